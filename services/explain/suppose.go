package explain

import (
	"maps"
	"slices"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// supposed is the id of everything that is taken for given and does not exist.
const supposed = "supposed"

// lasting is for how long what is supposed holds, in microseconds: it has to hold now.
const lasting = int64(24 * 60 * 60 * 1e6)

// standing is the facts without the agreements that a gate shuts, their own or a party's, so
// far copied that what is supposed changes nothing else. An agency that is shut out is so
// explained as one with which nothing is agreed: why access ended is not told (C8).
func standing(f *rule.Facts, shut map[string]bool) *rule.Facts {
	c := *f
	c.Agencies = maps.Clone(f.Agencies)
	c.Agreements = map[string][]rule.AgreementFacts{}
	for party, list := range f.Agreements {
		for _, a := range list {
			if !shut[a.ID] && !slices.ContainsFunc(a.Parties, func(p string) bool { return shut[p] }) {
				c.Agreements[party] = append(c.Agreements[party], a)
			}
		}
	}
	return &c
}

// with returns the facts with what is taken for given.
func (q *question) with(given []Need) *rule.Facts {
	f := *q.facts
	for _, n := range given {
		switch n {
		case Recording:
			f.Recordings = q.say(f.Recordings, f.Case.Owner, q.hers())
		case Agreement:
			f.Agreements = q.agree(f)
		case Consent:
			f.Consents = q.say(f.Consents, q.agency, q.hers())
		case Guardian:
			f.Guardians, f.Consents, f.Recordings = q.guardians(f)
		case Determination, Decision:
			f.BestInterests, f.Consents, f.Recordings = q.decision(f, n, slices.Contains(given, Decision))
		case Recovery:
			f.Recoveries = []rule.RecoveryFacts{}
		case Referral:
			f.Referrals = q.refer(f)
		}
	}
	return &f
}

// hers is a statement of hers that permits, in the form that opens most but for her
// maturity, which is recorded and not said.
func (q *question) hers() rule.StatementFacts {
	return rule.StatementFacts{
		Consent: supposed, Provision: supposed, Decision: string(valueset.DecisionPermit), Strength: "FULL", Voice: string(valueset.VoicePerson),
		Basis: string(valueset.RecordingBasisConsent), Singly: true, Written: true, Views: true, Free: true, Advised: true, Alone: true,
		GivenAt: q.now, From: q.now, Until: q.now + lasting, Contributors: []string{},
	}
}

func (q *question) guardian(id string) rule.StatementFacts {
	s := q.hers()
	s.Voice, s.Guardian = string(valueset.VoiceCaregiver), id
	return s
}

// say puts a statement last into each leaf of the purpose.
func (q *question) say(said map[string]rule.Statements, agency string, s rule.StatementFacts) map[string]rule.Statements {
	out, leaves := maps.Clone(said), map[string][]rule.StatementFacts{}
	for _, c := range category.Shareable() {
		leaves[string(c)] = append(slices.Clone(said[agency][q.purpose][string(c)]), s)
	}
	if out[agency] = maps.Clone(said[agency]); out[agency] == nil {
		out[agency] = rule.Statements{}
	}
	out[agency][q.purpose] = leaves
	return out
}

// guardians lets each who speaks for her say yes: those who have spoken, since all of them
// have to, and where there is none, one. He says it of recording too.
func (q *question) guardians(f rule.Facts) (known map[string]rule.GuardianFacts, consents, recordings map[string]rule.Statements) {
	known = maps.Clone(f.Guardians)
	known[supposed] = rule.GuardianFacts{From: 0, Until: rule.Forever}
	consents, recordings = f.Consents, f.Recordings
	for _, id := range slices.Sorted(maps.Keys(known)) {
		if !known[id].Conflict {
			consents = q.say(consents, q.agency, q.guardian(id))
			recordings = q.say(recordings, f.Case.Owner, q.guardian(id))
		}
	}
	return known, consents, recordings
}

// decision is one in her best interests by a whole panel: beside the voices, or in place of
// all of them, which every decision has to be that is given then.
func (q *question) decision(f rule.Facts, n Need, inPlace bool) (known map[string]rule.BestInterestsFacts, consents, recordings map[string]rule.Statements) {
	id, places := supposed+" "+string(n), []string{}
	if inPlace {
		places = []string{string(valueset.VoicePerson), string(valueset.VoiceCaregiver)}
	}
	known = maps.Clone(f.BestInterests)
	known[id] = rule.BestInterestsFacts{
		Kind: string(valueset.BestInterestsKindDetermination), StandsFor: places, ReviewAt: q.now + lasting,
		Signed: []rule.SignatureFacts{
			{As: "PANEL", Agency: f.Case.Owner, Member: supposed + " 1"}, {As: "PANEL", Agency: f.Case.Owner, Member: supposed + " 2"},
			{As: "PANEL", Agency: supposed, Member: supposed + " 3"},
		},
	}
	s := q.hers()
	s.Voice, s.BestInterests = string(valueset.VoiceBestInterests), id
	return known, q.say(f.Consents, q.agency, s), q.say(f.Recordings, f.Case.Owner, s)
}

func (q *question) agree(f rule.Facts) map[string][]rule.AgreementFacts {
	a := rule.AgreementFacts{
		ID: supposed, Parties: []string{f.Case.Owner, q.agency}, Purposes: []string{q.purpose}, Categories: everything(), CaseKinds: []string{f.Case.Kind},
		From: q.now, Until: q.now + lasting, Onward: string(valueset.OnwardSharingNo), AtEnd: string(valueset.AfterAgreementDelete),
	}
	out := maps.Clone(f.Agreements)
	for _, party := range a.Parties {
		out[party] = append(slices.Clone(out[party]), a)
	}
	return out
}

func (q *question) refer(f rule.Facts) map[string][]rule.ReferralFacts {
	out := maps.Clone(f.Referrals)
	out[q.agency] = append(slices.Clone(out[q.agency]), rule.ReferralFacts{
		ID: supposed, From: f.Case.Owner, To: q.agency, Purpose: q.purpose, Categories: everything(), State: string(valueset.ReferralStateAccepted),
		OfferedAt: q.now, ReplyBy: q.now + lasting, AcceptedAt: q.now, Until: q.now + lasting,
	})
	return out
}

func everything() []string {
	var out []string
	for _, c := range category.Shareable() {
		out = append(out, string(c))
	}
	return out
}

// Standing is how her own statements about a category stand, where they do not open it.
type Standing string

// The ways in which they may stand.
const (
	Unasked     Standing = "UNASKED"     // nothing was said
	Refused     Standing = "REFUSED"     // her latest is a no
	Over        Standing = "OVER"        // its time is over, or has not begun
	Provisional Standing = "PROVISIONAL" // to be confirmed (C6)
	Short       Standing = "SHORT"       // it does not open this: too broad, to a class, of a child alone
)

// said tells how what she said last stands.
func said(leaf []rule.StatementFacts, now int64) Standing {
	var last *rule.StatementFacts
	for i, s := range leaf {
		if s.Unit != "" && s.Decision == string(valueset.DecisionPermit) {
			continue // a yes about a unit is none about its agency (A5)
		}
		// Of several at once the narrower counts (C4).
		if s.Voice == string(valueset.VoicePerson) &&
			(last == nil || s.GivenAt > last.GivenAt || s.GivenAt == last.GivenAt && s.Decision == string(valueset.DecisionDeny)) {
			last = &leaf[i]
		}
	}
	switch {
	case last == nil:
		return Unasked
	case last.Decision != string(valueset.DecisionPermit):
		return Refused
	case now < last.From || last.Until <= now:
		return Over
	case last.Strength != "FULL":
		return Provisional
	}
	return Short
}
