package attack

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// Test58SearchForASheltered: a police officer who has a woman's name, and even the ids and
// the spoken reference of her case, asks everything that might answer whether she is
// sheltered: previews, notices, counts, errors, her registration once more. Whatever is
// asked before she is registered and afterwards, about her and about nobody, is answered
// alike. Break-glass is refused to him on his own account.
func Test58SearchForASheltered(t *testing.T) {
	siege(t, func(t *testing.T, s *service, g guard) {
		const name = "Canary Sheltered"
		ask := func() map[string]string {
			out := map[string]string{}
			for _, of := range []map[string]string{lists, ownLists} {
				for what, document := range of {
					out[what] = s.ask("atd", "worker", strings.ReplaceAll(document, "ASSISTANCE", "JUSTICE"))
				}
			}
			return out
		}
		register := func() string {
			return s.ask("mops", "worker", `mutation @purpose(of: JUSTICE) { registerCase(input: {kind: PRESUMED_VICTIM, identity: {names: [{text: "`+name+`", kind: LEGAL, script: LATIN}]},
			  recording: {kind: RECORDING, interpretation: NONE_NEEDED, setting: SAFE_PLACE, provisions: [{decision: PERMIT, purposes: [JUSTICE], categories: [IDENTITY]}]}})
			  { case { kind state } userErrors { code field message } } }`)
		}
		before, unknown := ask(), register()
		c := share(s.w, name)
		differs := false
		for what, now := range ask() {
			if differs = differs || now != before[what]; g == allStand && now != before[what] {
				t.Errorf("%s: %s\nbefore she was registered: %s", what, now, before[what])
			}
		}
		if g == nothingStands && !differs {
			t.Error("nothing is told where nothing stands, so that nothing is shown")
		}
		if known := register(); known != unknown || !strings.Contains(known, `"case":{`) {
			t.Errorf("registering her once more: %s\nbefore she was known: %s", known, unknown)
		}
		db := raw(t, s.w)
		reference := one[string](t, db, "SELECT reference FROM case_files WHERE id = '"+c.Case+"'")
		for what, document := range map[string]string{
			"her case":      `query @purpose(of: JUSTICE) { case(id: "#case") { kind owner { code } access { category state until } accessibleBy { agency { code } } } }`,
			"her reference": `query @purpose(of: JUSTICE) { cases(first: 5, filter: {reference: "#reference"}) { edges { node { kind } } } }`,
			"her referral":  `query @purpose(of: JUSTICE) { node(id: "#referral") { ... on Referral { service state } } }`,
			"a referral to the shelter": `mutation @purpose(of: JUSTICE) { offerReferral(input: {caseID: "#case", toID: "` + s.w.Agencies["ngo"].ID + `", service: SHELTER, purpose: JUSTICE,
			  categories: [IDENTITY], urgency: ROUTINE, replyBy: "2026-03-08T00:00:00Z"}) { referral { id } userErrors { code field message } } }`,
			"taking her referral on": `mutation @purpose(of: JUSTICE) { acceptReferral(input: {referralID: "#referral"}) { referral { id } userErrors { code field message } } }`,
			"an account of her":      `mutation @purpose(of: JUSTICE) { recordNarrative(caseID: "#case", input: {kind: COMMENT, text: "x"}) { narrative { id } userErrors { code field message } } }`,
			"her erasure":            `mutation @purpose(of: JUSTICE) { askErasure(caseID: "#case") { erasure { id } userErrors { code field message } } }`,
			"a break-glass":          `mutation @purpose(of: PROTECTION) { breakGlass(input: {reference: "#reference", ground: DANGER_TO_LIFE, reason: "x", categories: [IDENTITY]}) { outcome userErrors { code field message } } }`,
		} {
			fill := func(caseID, reference, referral string) string {
				return strings.NewReplacer("#case", caseID, "#reference", reference, "#referral", referral).Replace(document)
			}
			for _, who := range []string{"atd", "mops"} {
				got := s.ask(who, "worker", fill(c.Case, reference, c.Referral))
				want := s.ask(who, "worker", fill(pubid.New("case"), caseref.New(), pubid.New("referral")))
				if g == allStand && got != want || strings.Contains(got, name) && g != nothingStands {
					t.Errorf("%s, by %s: %s\nabout nobody: %s", what, who, got, want)
				}
				if g == nothingStands && (what == "her case" || what == "her reference" || what == "her referral") && got == want {
					t.Errorf("%s, by %s: told apart by nothing where nothing stands, so that nothing is shown: %s", what, who, got)
				}
			}
		}
	})
}

// Test58BreakGlassInTwoWorlds: two worlds that differ in whether she is sheltered, her case
// locked to break-glass. Whoever walks break-glass, the notices, counts and errors there -
// a police officer, who may not try, and a helper of another agency, who may - is answered
// alike, byte by byte, and leaves the same behind. Where the case is not locked, the worlds
// are told apart: then the attack shows something.
func Test58BreakGlassInTwoWorlds(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		reference := caseref.New()
		s := serviceOf(t, w, nil)
		walk := func() (answers []string) {
			for _, who := range [][2]string{{"atd", "worker"}, {"atd", "supervisor"}, {"mops", "worker"}, {"ngo", "worker"}, {"ngo", "supervisor"}} {
				v := s.viewer(who[0], who[1])
				v.SecondFactor = true
				documents := []string{`mutation @purpose(of: PROTECTION) { breakGlass(input: {reference: "` + reference + `", ground: DANGER_TO_LIFE, reason: "x", categories: [IDENTITY]}) {
				  outcome confirmation breakGlass { id } case { kind } userErrors { code field message } } }`, `{ oversight { overdue { pseudonym } uses { count } } }`,
					`query @purpose(of: PROTECTION) { glassReviews { id } }`, `query @purpose(of: PROTECTION) { cases(first: 5, filter: {reference: "` + reference + `"}) { edges { node { kind } } } }`}
				for _, of := range []map[string]string{lists, ownLists} {
					for _, name := range slices.Sorted(maps.Keys(of)) {
						documents = append(documents, strings.ReplaceAll(of[name], "ASSISTANCE", "PROTECTION"))
					}
				}
				for _, document := range documents {
					answers = append(answers, strings.Join(who[:], " ")+": "+s.askAs(v, document))
				}
			}
			db := raw(t, w)
			answers = append(answers, traceOf(t, w, one[string](t, db, "SELECT id FROM glass_attempts ORDER BY attempted_on DESC LIMIT 1")))
			w.Advance(25 * time.Hour)
			return answers
		}
		nobody := walk()
		c := w.Register("lwu", "Canary Two Worlds")
		exec(t, raw(t, w), "UPDATE case_files SET reference = '"+reference+"' WHERE id = '"+c+"'")
		locks(t, w, c)
		for i, answer := range walk() {
			if answer != nobody[i] {
				t.Errorf("she is sheltered: %s\nshe is not: %s", answer, nobody[i])
			}
		}
		w.Must(supervisorOf(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.UnlockCase(ctx, op, c) })
		if slices.Equal(walk(), nobody) {
			t.Error("an unlocked case is told apart by nothing, so that nothing is shown")
		}
	})
}
