package scenario

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/world"
)

const whoDecides = `query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { reference
  guardianships { id relation capacity name document agency { code } conflict mayBeTold }
  bestInterests { id kind matter standsFor options views reasons signers { agency { code } capacity signedOn } }
  incapacities { id kind grounds }
  recoveryPeriods { id decision }
  consents { voice guardianshipID bestInterestsID childsViews matureAndSafe legalAdviceOffered confirmsID } } }`

type decidesFor struct {
	Case struct {
		Reference     string
		Guardianships []struct {
			ID, Name  string
			Agency    *struct{ Code string }
			Conflict  bool
			MayBeTold bool
		}
		BestInterests []struct {
			ID, Reasons string
			Signers     []struct {
				Capacity string
				SignedOn *string
			}
		}
		Incapacities    []struct{ Grounds string }
		RecoveryPeriods []struct{ ID, Decision string }
		Consents        []struct {
			Voice, BestInterestsID string
			ConfirmsID             *string
		}
	}
}

// TestWhoDecidesForHer: what says who decides for one who cannot goes through the API to
// the owner whole, to a supervisor without names, and to a receiver not at all (E2 to E5,
// C6, C7, D5, D7).
func TestWhoDecidesForHer(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		w.Share("lwu", id, "ngo", category.ForAssistance, category.Profile)
		w.Accept("ngo", category.ForAssistance, w.Refer("lwu", id, "ngo", category.ForAssistance, category.Profile))
		do := func(role, field, args string) {
			t.Helper()
			args = strings.NewReplacer("$id", `"`+id+`"`, "$ngo", `"`+s.Agencies["ngo"].ID+`"`).Replace(args)
			doc := `mutation @purpose(of: ASSISTANCE) { done: ` + field + `(` + args + `) { userErrors { code field message } } }`
			a := as(s, "lwu", role).ask(doc, nil)
			if a.code() != "" || a.userError() != "" {
				t.Fatalf("%s: %s", field, a.raw)
			}
		}
		look := func(agency, role string) (d decidesFor) {
			t.Helper()
			as(s, agency, role).ask(whoDecides, map[string]any{"id": id}).into(t, &d)
			return d
		}
		do("worker", "recordGuardianship", `input: {caseID: $id, relation: MOTHER, capacity: LEGAL_GUARDIAN, name: "Kanaree's mother", document: "order 7"}`)
		const share = `provisions: [{decision: PERMIT, recipientID: $ngo, purposes: [PROTECTION], categories: [PROFILE]}]`
		do("worker", "recordBestInterests", `input: {caseID: $id, kind: ASSESSMENT, matter: URGENT_CARE, standsFor: [PERSON], options: "o", views: "v", reasons: "r", `+share+`}`)
		do("worker", "recordConsent", `input: {caseID: $id, kind: SHARING, interpretation: OFFICER, setting: SAFE_PLACE, `+share+`}`)
		do("worker", "startRecovery", `input: {caseID: $id}`)
		do("worker", "recordIncapacity", `input: {caseID: $id, kind: LASTING, grounds: "a physician"}`)
		owner := look("lwu", "worker").Case
		if len(owner.Guardianships) != 1 || owner.Guardianships[0].Name != "Kanaree's mother" || owner.Guardianships[0].Agency != nil || !owner.Guardianships[0].MayBeTold {
			t.Errorf("the owner sees who speaks for her: %+v", owner.Guardianships)
		}
		if len(owner.BestInterests) != 1 || len(owner.BestInterests[0].Signers) != 1 || owner.BestInterests[0].Signers[0].Capacity != "WORKER" {
			t.Fatalf("the owner sees what was decided: %+v", owner.BestInterests)
		}
		do("worker", "changeGuardianship", `input: {guardianshipID: "`+owner.Guardianships[0].ID+`", conflict: true}`)
		do("supervisor", "signBestInterests", `input: {bestInterestsID: "`+owner.BestInterests[0].ID+`", reference: "`+owner.Reference+`"}`)
		do("worker", "changeRecovery", `input: {recoveryID: "`+owner.RecoveryPeriods[0].ID+`", decision: ASKS}`)
		d := look("lwu", "supervisor").Case
		switch {
		case len(d.Guardianships) != 1 || d.Guardianships[0].Name != "" || !d.Guardianships[0].Conflict || d.Guardianships[0].MayBeTold:
			t.Errorf("a supervisor sees who speaks for her: %+v", d.Guardianships)
		case len(d.Incapacities) != 1 || d.Incapacities[0].Grounds != "":
			t.Errorf("a supervisor sees on what grounds: %+v", d.Incapacities)
		case len(d.BestInterests) != 1 || d.BestInterests[0].Reasons != "r" || len(d.BestInterests[0].Signers) != 2:
			t.Errorf("a supervisor sees what it signed: %+v", d.BestInterests)
		case len(d.RecoveryPeriods) != 1 || d.RecoveryPeriods[0].Decision != "ASKS":
			t.Errorf("her decision: %+v", d.RecoveryPeriods)
		}
		raw, err := json.Marshal(look("ngo", "worker").Case)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"mother", "order 7", "physician", "interests_", "guardianship_", "recovery_", "WORKER"} {
			if strings.Contains(string(raw), word) {
				t.Errorf("the receiver sees %q: %s", word, raw)
			}
		}
	})
}
