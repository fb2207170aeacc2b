package scenario

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/world"
)

// further are the further parts as the API takes them: their field of a case, the word of
// their mutations, a first and a second input, and what the second shows.
var further = []struct {
	field, word string
	category    category.Category
	was, is     string
	shows       string
}{
	{"whereabouts", "Whereabouts", category.Whereabouts, `kind: SHELTER, place: "First", since: {text: "2026-01"}`, `kind: HOSPITAL, place: "Second", country: "LA", until: {text: "2569-03-01", calendar: BUDDHIST}`,
		`kind place country since { text } until { text calendar precision year month day }`},
	{"family", "Family", category.Family, `relation: MOTHER, address: "First"`, `relation: FATHER, names: [{text: "Second", kind: LEGAL, script: LATIN}], sex: MALE, caregiver: true, guardian: false, contactWish: NO_CONTACT`,
		`relation names { text } sex caregiver guardian contactWish address`},
	{"protections", "Protection", category.Protection, `riskLevel: LOW, riskDetails: "First"`, `riskLevel: HIGH, riskFrom: [TRAFFICKER, FAMILY], riskDetails: "Second", selfHarm: YES, safetyPlan: "plan", reviewOn: {text: "2027"}`,
		`riskLevel riskFrom riskDetails selfHarm safetyPlan reviewOn { text }`},
	{"health", "Health", category.Health, `kind: INJURY, condition: "First"`, `kind: DISABILITY, condition: "Second", treatment: "t", provider: "p", urgent: true`, `kind condition treatment provider urgent`},
	{"healthRestricted", "HealthRestricted", category.HealthRestricted, `kind: HIV, condition: "First"`, `kind: PSYCHIATRIC, condition: "Second"`, `kind condition`},
	{"assistance", "Assistance", category.Assistance, `state: OFFERED, programme: "First", startedOn: {text: "2026"}`, `state: DECLINED, service: COUNSELLING, supportType: Livelihood, programme: "Second", plannedEnd: {text: "2027-01"}`,
		`state service supportType programme startedOn { text } plannedEnd { text }`},
	{"proceedings", "Proceeding", category.Justice, `kind: CRIMINAL, stage: REPORTED, offence: "First"`, `kind: CRIMINAL, stage: TRIAL, offence: "Second", outcome: CONVICTION, compensation: AWARDED, compensationDetails: "c"`,
		`kind stage offence outcome compensation compensationDetails agencyIDs`},
	{"suspects", "Suspect", category.Suspect, `state: SUSPECTED, roleDetails: "First"`, `state: CONVICTED, roleDetails: "Second", roles: [Transporter], names: [{text: "Second", kind: ALIAS, script: LATIN}]`,
		`state roleDetails roles names { text } clearedOn proceedingID`},
}

// TestFurtherParts: each further part is recorded once for its key, corrected by the version
// that was seen, shown in its case, by its id, and as it was; to a recipient of the case,
// who has not been given it, as nothing. I2, A4.
func TestFurtherParts(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity)
		w.Accept("ngo", category.ForAssistance, w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity))
		lwu := as(s, "lwu", "worker")
		record := func(word, of, input string) (string, answer) {
			on := "caseID"
			if word == "Suspect" {
				on = "proceedingID"
			}
			part := strings.ToLower(word[:1]) + word[1:]
			a := lwu.ask(fmt.Sprintf(`mutation($of: ID!) @purpose(of: ASSISTANCE) { done: record%s(%s: $of, input: {%s}, idempotencyKey: "key") { row: %s { id version contributor { code } } userErrors { code field message } } }`,
				word, on, input, part), map[string]any{"of": of})
			var p struct{ Row *struct{ ID string } }
			if err := json.Unmarshal(a.Data["done"], &p); err != nil || p.Row == nil {
				return "", a
			}
			return p.Row.ID, a
		}
		if _, a := record("Family", id, further[1].was); a.userError() != "WITHHELD" {
			t.Errorf("a part without a basis (C1): %s", a.raw)
		}
		basis := `mutation($id: ID!) @purpose(of: ASSISTANCE) { done: recordConsent(input: {caseID: $id, kind: RECORDING, interpretation: NONE_NEEDED, setting: SAFE_PLACE, provisions: [
		  {decision: PERMIT, purposes: [ASSISTANCE], categories: [FAMILY, PROTECTION, HEALTH, ASSISTANCE, JUSTICE, SUSPECT]},
		  {decision: PERMIT, purposes: [ASSISTANCE], categories: [WHEREABOUTS]}, {decision: PERMIT, purposes: [ASSISTANCE], categories: [HEALTH_RESTRICTED]}]}) { userErrors { code message } } }`
		if a := lwu.ask(basis, map[string]any{"id": id}); a.code() != "" || a.userError() != "" {
			t.Fatal(a.raw)
		}
		rows := map[string]string{}
		for _, f := range further {
			of := id
			if f.word == "Suspect" {
				of = rows["Proceeding"]
			}
			row, a := record(f.word, of, f.was)
			if row == "" {
				t.Fatalf("%s: %s", f.word, a.raw)
			}
			if again, _ := record(f.word, of, f.was); again != row {
				t.Errorf("%s: recorded twice for one key", f.word)
			}
			rows[f.word] = row
		}
		w.Advance(time.Hour)
		before := time.UnixMicro(w.Store.Now()).UTC().Format(time.RFC3339Nano)
		w.Advance(time.Hour)
		for _, f := range further {
			correct := func(version int) answer {
				return lwu.ask(fmt.Sprintf(`mutation($at: CorrectInput!) @purpose(of: ASSISTANCE) { done: correct%s(at: $at, input: {%s}) { row: %s { version %s } userErrors { code field message } } }`,
					f.word, f.is, strings.ToLower(f.word[:1])+f.word[1:], f.shows), map[string]any{"at": map[string]any{"id": rows[f.word], "version": version, "reason": "MISTAKE"}})
			}
			if a := correct(1); a.code() != "" || !strings.Contains(a.raw, `"version":2`) || !strings.Contains(a.raw, "econd") && f.word != "Family" {
				t.Errorf("%s: %s", f.word, a.raw)
			}
			if a := correct(1); a.userError() != "STALE" {
				t.Errorf("%s, an older version: %s", f.word, a.raw)
			}
		}
		whole, then := "", ""
		for _, f := range further {
			fields := f.field + " { id contributor { code } " + f.shows + " history(first: 5) { edges { node { version reason " + strings.NewReplacer("clearedOn", "", "proceedingID", "").Replace(f.shows) + " } } } "
			if f.word == "Proceeding" {
				whole += " " + fields
				continue
			}
			whole += " " + fields + "}"
		}
		for _, f := range further {
			then += " " + f.field + " { rowID version " + strings.NewReplacer("clearedOn", "", "proceedingID", "").Replace(f.shows) + " }"
		}
		ask := `query($id: ID!, $at: Time!) @purpose(of: ASSISTANCE) { case(id: $id) { ` + whole + ` } asOf(at: $at) { ` + then + ` } } }`
		a := lwu.ask(ask, map[string]any{"id": id, "at": before})
		if a.code() != "" {
			t.Fatal(a.raw)
		}
		for _, f := range further {
			for _, want := range []string{rows[f.word], `"rowID":"` + rows[f.word] + `"`} {
				if !strings.Contains(a.raw, want) {
					t.Errorf("%s: %s is not shown", f.word, want)
				}
			}
		}
		// Each once in its history, and once as it was.
		if n := strings.Count(a.raw, `"First"`); n != 2*len(further) {
			t.Errorf("%d of %d former texts: %s", n, 2*len(further), a.raw)
		}
		if !strings.Contains(a.raw, `"until":{"text":"2569-03-01","calendar":"BUDDHIST","precision":"DAY","year":2026,"month":3,"day":1}`) {
			t.Errorf("a written date: %s", a.raw)
		}
		none := as(s, "ngo", "worker").ask(ask, map[string]any{"id": id, "at": before})
		for _, row := range rows {
			if none.code() != "" || strings.Contains(none.raw, row) {
				t.Errorf("a recipient of IDENTITY: %s", none.raw)
			}
			if n := as(s, "ngo", "worker").ask(`query($id: ID!) @purpose(of: ASSISTANCE) { node(id: $id) { id } }`, map[string]any{"id": row}); n.raw != `{"data":{"node":null}}` {
				t.Errorf("a recipient of IDENTITY, by its id: %s", n.raw)
			}
			if n := lwu.ask(`query($id: ID!) @purpose(of: ASSISTANCE) { node(id: $id) { id } }`, map[string]any{"id": row}); !strings.Contains(n.raw, row) {
				t.Errorf("to its contributor, by its id: %s", n.raw)
			}
		}
		for _, bad := range []string{`kind: CRIMINAL, stage: TRIAL, agencyIDs: ["agency_0123456789abcdefghjkmnpqr0"]`, `kind: CRIMINAL, stage: TRIAL, openedOn: {text: "Canary"}`} {
			a := lwu.ask(`mutation($id: ID!) @purpose(of: ASSISTANCE) { done: recordProceeding(caseID: $id, input: {`+bad+`}) { userErrors { code field message } } }`, map[string]any{"id": id})
			if a.userError() != "INVALID" || strings.Contains(a.raw, "Canary") {
				t.Errorf("%s: %s", bad, a.raw)
			}
		}
	})
}
