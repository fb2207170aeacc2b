package scenario

import (
	"testing"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/world"
)

// However an accepted referral ended - revoked, withdrawn, a file in safekeeping, a
// suspended owner - the receiver gets the same answers: its state, the case, and what
// comes of completing it (C8, D3, D6).
func TestWhatEndedHasEndedAlike(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		assistance := category.ForAssistance
		made := func() (id, ref string) {
			id = w.Register("lwu", "Canary Ended")
			w.Share("lwu", id, "ngo", assistance, category.Profile)
			ref = w.Refer("lwu", id, "ngo", assistance, category.Profile)
			w.Accept("ngo", assistance, ref)
			return id, ref
		}
		answers := func(id, ref string) (all string) {
			vars := map[string]any{"id": ref, "case": id}
			for _, subject := range []string{"worker", "colleague", "supervisor"} {
				all += as(s, "ngo", subject).ask(`query($id: ID!) @purpose(of: ASSISTANCE) { node(id: $id) { ... on Referral { state case { id } preview { sex } } } }`, vars).raw
				all += as(s, "ngo", subject).ask(`query($case: ID!) @purpose(of: ASSISTANCE) { case(id: $case) { id } }`, vars).raw
				all += as(s, "ngo", subject).ask(`mutation($id: ID!) @purpose(of: ASSISTANCE) { done: completeReferral(input: {referralID: $id, outcome: SERVICE_GIVEN}) { referral { id } userErrors { code message } } }`, vars).raw
			}
			return all
		}
		stands, ref := made()
		before := answers(stands, ref) // and is completed by it
		ends := map[string]func(id, ref string){
			"withdrawn": func(id, _ string) { w.Withdraw("lwu", id, "ngo") },
			"in safekeeping": func(id, _ string) {
				change(t, s, "lwu", "worker", `mutation($in: RecordConsentInput!) @purpose(of: ASSISTANCE) { done: recordConsent(input: $in) { consent { id } userErrors { code message } } }`,
					map[string]any{"in": map[string]any{"caseID": id, "kind": "RECORDING", "interpretation": "NONE_NEEDED", "setting": "SAFE_PLACE",
						"provisions": []any{map[string]any{"decision": "DENY", "purposes": []string{"ASSISTANCE"}, "categories": []string{"PROFILE"}}}}})
			},
			"of a suspended owner": func(string, string) { w.Shut("lwu") },
		}
		id, ref := made()
		change(t, s, "lwu", "worker", `mutation($id: ID!) @purpose(of: ASSISTANCE) { done: revokeReferral(referralID: $id) { referral { id } userErrors { code message } } }`, map[string]any{"id": ref})
		want := answers(id, ref)
		if want == before {
			t.Fatal("an ended referral answers like one that stands: the test proves nothing")
		}
		for name, end := range ends {
			id, ref := made()
			end(id, ref)
			got := answers(id, ref)
			w.Open("lwu")
			if got != want {
				t.Errorf("%s: %s\nrevoked: %s", name, got, want)
			}
		}
	})
}
