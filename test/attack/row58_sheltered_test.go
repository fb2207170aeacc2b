package attack

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/internal/pubid"
)

// Test58SearchForASheltered: a police officer who has a woman's name, and even the ids and
// the spoken reference of her case, asks everything that might answer whether she is
// sheltered: previews, notices, counts, errors, her registration once more. Whatever is
// asked before she is registered and afterwards, about her and about nobody, is answered
// alike. There is no break-glass that could be asked (rule F3 is not built), which is
// looked at too.
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
			"a break-glass":          `mutation @purpose(of: JUSTICE) { breakGlass(caseID: "#case", reason: "x") { userErrors { code } } }`,
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
