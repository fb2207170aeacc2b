// Package explain says why a category of a case is open or closed to an agency, and what
// would open it, in the words of a catalogue.
//
// It promises that it decides nothing itself: what would open a category is found by asking
// policy about the same facts with more said, signed or agreed, so an explanation cannot
// differ from what policy does. What it names is needed, each part of it, and suffices. It
// reads no database, holds no name, and is for the owner of a case alone: whoever shows it
// to others tells them what she said.
package explain

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
)

// Decide is policy: every access that follows from facts.
type Decide func(context.Context, *rule.Facts) ([]rule.Access, error)

// Need is one thing without which a category stays closed.
type Need string

// What may be needed, in the order in which it is asked for.
const (
	Recording     Need = "RECORDING"     // her consent to the owner's recording it, or a typed basis (C1)
	Agreement     Need = "AGREEMENT"     // an agreement in force that covers it (D6)
	Consent       Need = "CONSENT"       // her own consent (C2), a child's assent (E2)
	Guardian      Need = "GUARDIAN"      // the consent of each who speaks for her (E2, E4)
	Determination Need = "DETERMINATION" // a panel's, beside the voices (E5)
	Decision      Need = "DECISION"      // one in her best interests, in place of a voice (C7, E5)
	Recovery      Need = "RECOVERY"      // the end of recovery and reflection, or that she asks (D7)
	Referral      Need = "REFERRAL"      // an offer, accepted (D1)
)

// needs in the order in which it is tried to do without them: what is hardest to have first.
var needs = []Need{Decision, Determination, Guardian, Recovery, Recording, Agreement, Consent, Referral}

// shown is the order in which needs are told.
var shown = []Need{Recovery, Recording, Agreement, Consent, Guardian, Determination, Decision, Referral}

// Answer is about one category of the owner's own rows.
type Answer struct {
	Category category.Category
	// Open to the agency now, or to one unit of it, which Access names; then Access is what it
	// rests on, the longest.
	Open   bool
	Access rule.Access
	// Needs is what would open it, all of it together; empty where it is open, and where
	// nothing that can be said, agreed or referred would.
	Needs []Need
	// Said is how her own statements about it stand, where Consent is needed.
	Said Standing
}

// Of explains each category of the owner's rows to an agency for a purpose at a moment (UTC
// microseconds). shut holds the ids of agreements and agencies that a gate shuts: these
// count as not there, in the same words whatever the reason (C8).
func Of(ctx context.Context, decide Decide, f *rule.Facts, agency string, purpose category.Purpose, now int64, shut map[string]bool) ([]Answer, error) {
	q := &question{decide: decide, facts: standing(f, shut), agency: agency, purpose: string(purpose), now: now, told: map[string][]rule.Access{}}
	open, err := q.ask(ctx, nil)
	if err != nil {
		return nil, err
	}
	out := make([]Answer, 0, len(category.Shareable()))
	for _, c := range category.Shareable() {
		a := Answer{Category: c}
		if a.Access, a.Open = q.longest(open, c); !a.Open {
			if a.Needs, err = q.needs(ctx, c); err != nil {
				return nil, err
			}
		}
		if slices.Contains(a.Needs, Consent) {
			a.Said = said(f.Consents[agency][string(purpose)][string(c)], now)
		}
		out = append(out, a)
	}
	return out, nil
}

// question is what is asked of policy about one agency and purpose.
type question struct {
	decide  Decide
	facts   *rule.Facts
	agency  string
	purpose string
	now     int64
	told    map[string][]rule.Access // by the needs that are taken for given
}

// ask returns what would be open to the agency's people if these were given.
func (q *question) ask(ctx context.Context, given []Need) ([]rule.Access, error) {
	key := ""
	for _, n := range given {
		key += string(n) + " "
	}
	if rows, asked := q.told[key]; asked {
		return rows, nil
	}
	rows, err := q.decide(ctx, q.with(given))
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(a rule.Access) bool {
		return a.Grantee != q.agency || a.Member != q.agency || a.Contributor != q.facts.Case.Owner || a.Action != rule.ActionRead ||
			a.Purpose != q.purpose || q.now < a.From || a.Until <= q.now
	})
	q.told[key] = rows
	return rows, nil
}

// longest is the access of the category to the agency as a whole that lasts longest, or,
// where there is none, that to a unit of it (A5).
func (q *question) longest(rows []rule.Access, c category.Category) (longest rule.Access, open bool) {
	for _, a := range rows {
		wider := a.Unit == "" && longest.Unit != ""
		if slices.Contains(a.Categories, string(c)) && (wider || a.Until > longest.Until && (a.Unit == "") == (longest.Unit == "") || !open) {
			longest, open = a, true
		}
	}
	return longest, open
}

// needs returns what opens the category, nothing of which can be left out; none where
// nothing does. Policy never closes on a further permission, so taking one away at a time
// finds it.
func (q *question) needs(ctx context.Context, c category.Category) ([]Need, error) {
	given := slices.Clone(needs)
	rows, err := q.ask(ctx, given)
	if err != nil {
		return nil, err
	}
	if _, open := q.longest(rows, c); !open {
		return nil, nil
	}
	for _, n := range needs {
		without := slices.DeleteFunc(slices.Clone(given), func(g Need) bool { return g == n })
		if rows, err = q.ask(ctx, without); err != nil {
			return nil, err
		}
		if _, open := q.longest(rows, c); open {
			given = without
		}
	}
	slices.SortFunc(given, func(a, b Need) int { return slices.Index(shown, a) - slices.Index(shown, b) })
	return given, nil
}
