package scenario

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/test/world"
)

// change sends one mutation under the alias done, fails the test where it is refused
// and returns the id of what was made.
func change(t *testing.T, s *world.Server, code, subject, query string, vars map[string]any) string {
	t.Helper()
	a := as(s, code, subject).ask(query, vars)
	if a.code() != "" || a.userError() != "" {
		t.Fatalf("%s as %s: %s", query, code, a.raw)
	}
	var done map[string]json.RawMessage
	if err := json.Unmarshal(a.Data["done"], &done); err != nil {
		t.Fatal(err)
	}
	for name, raw := range done {
		var row struct{ ID string }
		if name != "userErrors" && json.Unmarshal(raw, &row) == nil && row.ID != "" {
			return row.ID
		}
	}
	t.Fatalf("%s as %s made nothing: %s", query, code, a.raw)
	return ""
}

const register = `mutation Register($in: RegisterCaseInput!) @purpose(of: ASSISTANCE) {
  done: registerCase(input: $in) { case { id } userErrors { code field message } } }`

// newCase is the input of a case with a row in every part; name is a canary.
func newCase(name string) map[string]any {
	return map[string]any{
		"kind": "PRESUMED_VICTIM", "recording": recording("ASSISTANCE", "JUSTICE", "PROTECTION"),
		"identity": map[string]any{
			"names": []any{map[string]any{"text": name, "kind": "LEGAL", "script": "LATIN"}}, "birthDate": "1994-05-17",
		},
		"contacts":    []any{map[string]any{"channel": "MOBILE_PHONE", "address": "+999 1", "whatToSay": name}},
		"profile":     map[string]any{"sex": "FEMALE", "citizenships": []any{"LA"}, "interpreterLanguage": "lo", "accessibilityNeeds": "stairs"},
		"trafficking": map[string]any{"recruitmentPlace": name},
		"narratives":  []any{map[string]any{"kind": "STATEMENT", "text": name}},
	}
}

// recording is her consent to be recorded, for the purposes.
func recording(purposes ...string) map[string]any {
	return map[string]any{
		"kind": "RECORDING", "interpretation": "NONE_NEEDED", "setting": "SAFE_PLACE",
		"provisions": []any{map[string]any{"decision": "PERMIT", "purposes": purposes,
			"categories": []any{"IDENTITY", "CONTACT", "PROFILE", "TRAFFICKING", "NARRATIVE"}}},
	}
}

// consenting records her consent towards an agency through the API.
func consenting(t *testing.T, s *world.Server, owner, id, to, purpose string, categories ...string) string {
	t.Helper()
	return change(t, s, owner, "worker", `mutation Consent($in: RecordConsentInput!) @purpose(of: ASSISTANCE) {
	  done: recordConsent(input: $in) { consent { id } userErrors { code message } } }`, map[string]any{"in": map[string]any{
		"caseID": id, "kind": "SHARING", "interpretation": "NONE_NEEDED", "setting": "SAFE_PLACE",
		"provisions": []any{map[string]any{"decision": "PERMIT", "recipientID": s.Agencies[to].ID,
			"purposes": []any{purpose}, "categories": categories}},
	}})
}

const offer = `mutation Offer($in: OfferReferralInput!) @purpose(of: ASSISTANCE) {
  done: offerReferral(input: $in) { referral { id } userErrors { code field message } } }`

func referral(s *world.Server, id, to, purpose string, categories ...string) map[string]any {
	return map[string]any{"caseID": id, "toID": s.Agencies[to].ID, "service": "COUNSELLING", "purpose": purpose, "urgency": "ROUTINE",
		"categories": categories, "replyBy": time.UnixMicro(s.Store.Now()).Add(7 * 24 * time.Hour).UTC().Format(time.RFC3339)}
}

func accepting(t *testing.T, s *world.Server, code, purpose, id string) {
	t.Helper()
	change(t, s, code, "worker", `mutation Accept($id: ID!) @purpose(of: `+purpose+`) {
	  done: acceptReferral(input: {referralID: $id}) { referral { id } userErrors { code message } } }`, map[string]any{"id": id})
}

// shown is what an agency's case worker is shown of a case.
func shown(t *testing.T, s *world.Server, code, purpose, id string) string {
	t.Helper()
	var out struct{ Case *aCase }
	as(s, code, "worker").ask(`query($id: ID!) @purpose(of: `+purpose+`) { case(id: $id) {`+parts+`} }`, map[string]any{"id": id}).into(t, &out)
	return out.Case.String()
}

// The walk-through, steps 1 to 7, with every change made through the API: A2, A3,
// B5, C1, C2, C8, D1, D2, D6; threats.md 12, 14, 26.
func TestAPIWalkThrough(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := change(t, s, "lwu", "worker", register, map[string]any{"in": newCase("Canary Walk")})
		all := "CASE, CONTACT by lwu, IDENTITY by lwu, NARRATIVE by lwu, PROFILE by lwu, TRAFFICKING by lwu"
		expect(t, "1 lwu", shown(t, s, "lwu", "ASSISTANCE", id), all)
		for _, other := range []string{"ngo", "atd", "mops", "iom"} {
			expect(t, "1 "+other, shown(t, s, other, "ASSISTANCE", id), "")
		}
		consenting(t, s, "lwu", id, "atd", "JUSTICE", "PROFILE", "TRAFFICKING")
		consenting(t, s, "lwu", id, "ngo", "ASSISTANCE", "IDENTITY", "CONTACT")
		expect(t, "2 atd", shown(t, s, "atd", "JUSTICE", id), "")
		expect(t, "2 ngo", shown(t, s, "ngo", "ASSISTANCE", id), "")

		toATD := change(t, s, "lwu", "worker", offer, map[string]any{"in": referral(s, id, "atd", "JUSTICE", "PROFILE", "TRAFFICKING")})
		toNGO := change(t, s, "lwu", "worker", offer, map[string]any{"in": referral(s, id, "ngo", "ASSISTANCE", "IDENTITY", "CONTACT")})
		expect(t, "3 atd before", shown(t, s, "atd", "JUSTICE", id), "")
		const inbox = ` { referrals(first: 50, box: INBOX) { edges { node { id state service preview { ageGroup sex interpreterLanguage accessibilityNeeds } case { id } } } } }`
		preview := `{"data":{"referrals":{"edges":[{"node":{"id":"` + toNGO + `","state":"OFFERED","service":"COUNSELLING","preview":{"ageGroup":"ADULT","sex":"FEMALE","interpreterLanguage":"lo","accessibilityNeeds":"stairs"},"case":null}}]}},"extensions":{"security":{"confidentiality":"RESTRICTED","obligations":["DELETE_AT_END","NO_ONWARD_SHARING","PURPOSE_ONLY","REPORT_BREACHES"]}}}`
		expect(t, "3 ngo's preview", as(s, "ngo", "worker").ask("query @purpose(of: ASSISTANCE)"+inbox, nil).raw, preview)
		accepting(t, s, "atd", "JUSTICE", toATD)
		accepting(t, s, "ngo", "ASSISTANCE", toNGO)
		expect(t, "3 atd", shown(t, s, "atd", "JUSTICE", id), "CASE, PROFILE by lwu, TRAFFICKING by lwu")
		expect(t, "3 ngo", shown(t, s, "ngo", "ASSISTANCE", id), "CASE, CONTACT by lwu, IDENTITY by lwu")

		addRows(t, s, id)
		expect(t, "4 lwu", shown(t, s, "lwu", "ASSISTANCE", id), all)
		expect(t, "4 ngo", shown(t, s, "ngo", "ASSISTANCE", id), "CASE, CONTACT by lwu, IDENTITY by lwu, PROFILE by ngo")
		expect(t, "4 atd", shown(t, s, "atd", "JUSTICE", id), "CASE, PROFILE by lwu, TRAFFICKING by atd, TRAFFICKING by lwu")

		expect(t, "5 atd for assistance", shown(t, s, "atd", "ASSISTANCE", id), "")
		expect(t, "5 mops", shown(t, s, "mops", "JUSTICE", id), "")

		change(t, s, "lwu", "worker", `mutation Withdraw($case: ID!, $to: ID!) @purpose(of: ASSISTANCE) { done: withdrawConsent(
		  input: {caseID: $case, recipientID: $to, interpretation: NONE_NEEDED, setting: SAFE_PLACE}) { consent { id } userErrors { code message } } }`,
			map[string]any{"case": id, "to": s.Agencies["atd"].ID})
		expect(t, "6 atd", shown(t, s, "atd", "JUSTICE", id), "CASE, TRAFFICKING by atd")

		agreement := map[string]any{"id": s.Agreements["lwu+ngo"]}
		change(t, s, "lwu", "admin", `mutation Suspend($id: ID!) { done: suspendAgreement(agreementID: $id) { agreement { id } userErrors { code message } } }`, agreement)
		expect(t, "7 ngo", shown(t, s, "ngo", "ASSISTANCE", id), "CASE, PROFILE by ngo")
		if _, err := notify.Tell(t.Context(), s.Store); err != nil {
			t.Fatal(err)
		}
		const told = `{ notices(first: 9, orderBy: {field: CREATED_ON}) { edges { node { kind } } } }`
		one := `{"data":{"notices":{"edges":[{"node":{"kind":"REFERRAL_OFFERED"}},{"node":{"kind":"ACCESS_ENDED"}}]}}}`
		for _, code := range []string{"atd", "ngo"} { // withdrawal and suspension tell the same (C8)
			expect(t, "7 notices of "+code, as(s, code, "worker").ask(told, nil).raw, one)
		}
		change(t, s, "lwu", "admin", `mutation Resume($id: ID!) { done: resumeAgreement(agreementID: $id) { agreement { id } userErrors { code message } } }`, agreement)
		expect(t, "7 resumed", shown(t, s, "ngo", "ASSISTANCE", id), "CASE, CONTACT by lwu, IDENTITY by lwu, PROFILE by ngo")
	})
}

// addRows: both receivers record her consent to their own recording, then a row.
func addRows(t *testing.T, s *world.Server, id string) {
	t.Helper()
	for _, r := range []struct{ code, purpose, record string }{
		{"ngo", "ASSISTANCE", "recordProfile(caseID: $id, input: {sex: FEMALE}) { profile { id }"},
		{"atd", "JUSTICE", "recordTrafficking(caseID: $id, input: {}) { trafficking { id }"},
	} {
		record := "mutation Record($id: ID!) @purpose(of: " + r.purpose + ") { done: " + r.record + " userErrors { code message } } }"
		if a := as(s, r.code, "worker").ask(record, map[string]any{"id": id}); a.userError() != "WITHHELD" {
			t.Errorf("%s recorded without a basis (C1): %s", r.code, a.raw)
		}
		basis := recording(r.purpose)
		basis["caseID"] = id
		change(t, s, r.code, "worker", `mutation Basis($in: RecordConsentInput!) @purpose(of: `+r.purpose+`) {
		  done: recordConsent(input: $in) { consent { id } userErrors { code message } } }`, map[string]any{"in": basis})
		change(t, s, r.code, "worker", record, map[string]any{"id": id})
	}
}
