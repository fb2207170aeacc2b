package attack

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// offboard takes an agency's departure a call further.
func offboard(t *testing.T, w *world.World, code string, parts onboarding.Departure) (*onboarding.Leaving, error) {
	t.Helper()
	var got *onboarding.Leaving
	err := w.Do(w.AsPlatform("atd"), func(ctx context.Context, op *store.Op) (err error) {
		got, err = onboarding.Offboard(ctx, op, w.Agencies[code].ID, parts)
		return err
	})
	return got, err
}

// TestOffboarding: an agency leaves step by step; what is in the way is told without a
// case; each step is done once, whatever fails after it; and nothing is left open.
func TestOffboarding(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		start := func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.StartOffboarding(ctx, op, w.Agencies["ngo"].ID)
			return err
		}
		_, err := offboard(t, w, "ngo", onboarding.Departure{})
		wantKind(t, "an agency that stays", err, errs.Withheld)
		s := share(w, "Canary Shared")
		own := w.Register("ngo", "Canary Owned")
		wantKind(t, "started by another agency", w.Do(w.AsAdmin("lwu"), start), errs.Withheld)
		w.Must(w.AsAdmin("ngo"), start)
		w.Must(w.AsAdmin("ngo"), start) // again is the same

		got, err := offboard(t, w, "ngo", onboarding.Departure{})
		if err != nil || got.OwnedCases != 1 || got.OpenReferrals != 1 || len(got.Agreements) != 1 || got.HandedOverOn != nil {
			t.Fatalf("in the way: %+v %v", got, err)
		}
		if !strings.Contains(sees(t, w, as(w, "ngo"), s.Case), "IDENTITY") {
			t.Error("frozen, it sees nothing any more of what it works on")
		}
		// The person's case goes to LWU by her statement and LWU's acceptance (A4).
		handOver(t, w, own)

		calls := 0
		fails := onboarding.Departure{
			Export:      func(context.Context, string) (string, error) { calls++; return "sha256:x", nil },
			DestroyKeys: func(context.Context, string) error { return errors.New("the key store is down") },
		}
		got, err = offboard(t, w, "ngo", onboarding.Departure{})
		if err != nil || got.AgreementsEndedOn == nil || got.Waiting != "export" {
			t.Fatalf("without an export: %+v %v", got, err)
		}
		if got := sees(t, w, as(w, "ngo"), s.Case); strings.Contains(got, "IDENTITY") {
			t.Errorf("its referrals and agreements have ended, and it sees %s", got)
		}
		if n := noticed(t, w, "lwu", valueset.NoticeKindReferralChanged); n < 1 {
			t.Error("the other side of its referrals was not told")
		}
		if _, err = offboard(t, w, "ngo", onboarding.Departure{Export: fails.Export}); err != nil {
			t.Fatal(err)
		}
		_, err = offboard(t, w, "ngo", fails)
		wantKind(t, "a key store that is down", err, errs.Unavailable)
		got, err = offboard(t, w, "ngo", onboarding.Departure{Export: fails.Export, DestroyKeys: func(context.Context, string) error { return nil }})
		if err != nil || got.EndedOn == nil || got.ExportDigest != "sha256:x" || calls != 1 {
			t.Fatalf("the end: %+v %v, exported %d times", got, err, calls)
		}
		if signIn(t, w, w.IssuerURL("ngo")) != errs.Unauthenticated || stands(t, w, "ngo") {
			t.Error("it has left and still gets in")
		}
		wantKind(t, "its administrator afterwards", w.Do(w.AsAdmin("ngo"), start), errs.Forbidden)
		wantKind(t, "its issuer, registered anew for itself", w.Do(w.AsPlatform("lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.ProposeSignIn(ctx, op, w.Agencies["ngo"].ID, onboarding.SignInInput{Add: []*onboarding.IssuerInput{{URL: "https://back.example"}}})
			return err
		}), errs.Conflict)
		again, err := offboard(t, w, "ngo", onboarding.Departure{})
		if err != nil || *again.EndedOn != *got.EndedOn {
			t.Errorf("called once more: %+v %v", again, err)
		}
	})
}

// handOver gives a case of the NGO to LWU.
func handOver(t *testing.T, w *world.World, caseID string) { handOverFrom(t, w, "ngo", caseID) }

func handOverFrom(t *testing.T, w *world.World, owner, caseID string) {
	t.Helper()
	lwu := w.Agencies["lwu"].ID
	run(t, w, as(w, owner), func(ctx context.Context, op *store.Op) (string, error) {
		return casework.RecordConsent(ctx, op, casework.RecordConsentInput{
			CaseID: caseID, Kind: valueset.ConsentKindSharing, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
			Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionPermit, RecipientID: &lwu,
				Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Profile}}},
		})
	})
	w.Accept("lwu", assistance, w.Refer(owner, caseID, "lwu", assistance, category.Profile))
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		in := world.Recording(assistance)
		in.CaseID = caseID
		_, err := casework.RecordConsent(ctx, op, in)
		return err
	})
	said := w.Transferable(owner, caseID, "lwu", assistance)
	w.Must(as(w, owner), func(ctx context.Context, op *store.Op) error {
		return casework.OfferTransfer(ctx, op, casework.OfferTransferInput{CaseID: caseID, ToID: lwu, ConsentID: said})
	})
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.AcceptTransfer(ctx, op, caseID) })
}

// TestSharedIssuer: the value of the claim, and nothing else, says which agency a
// member of a shared issuer is of; nobody registers it as an issuer of its own, and a
// subject that has come in for one agency does not come in for another.
func TestSharedIssuer(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		const url = "https://shared.example"
		claim := "org"
		for _, code := range []string{"one", "two"} {
			w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
				id, err := onboarding.AddAgency(ctx, op, onboarding.AgencyInput{Code: "agency-" + code, Name: "Agency", Kind: valueset.AgencyKindNGO,
					Issuers: []*onboarding.IssuerInput{{URL: url, AgencyClaim: &claim, AgencyValue: &code}}})
				w.Agencies[code] = &world.Agency{ID: id}
				return err
			})
		}
		find := func(subject, value string) (string, error) {
			f, err := onboarding.Find(t.Context(), w.Store, url, subject, value)
			if err != nil {
				return "", err
			}
			return f.Agency, nil
		}
		for subject, code := range map[string]string{"ann": "one", "bob": "two"} {
			if id, err := find(subject, code); err != nil || id != w.Agencies[code].ID {
				t.Errorf("%s of %s: %s %v", subject, code, id, err)
			}
		}
		for _, value := range []string{"", "three", "One", "one "} {
			_, err := find("carl", value)
			wantKind(t, "the value "+value, err, errs.Unauthenticated)
		}
		_, err := find("ann", "two")
		wantKind(t, "a subject of one agency under another's value", err, errs.Unauthenticated)
		three := "three"
		for what, in := range map[string]*onboarding.IssuerInput{
			"of its own": {URL: url}, "another's value": {URL: url, AgencyClaim: &claim, AgencyValue: &[]string{"one"}[0]},
			"another claim": {URL: url, AgencyClaim: &three, AgencyValue: &three},
		} {
			wantKind(t, what, w.Do(w.AsAdmin("ngo"), func(ctx context.Context, op *store.Op) error {
				_, err := onboarding.ProposeSignIn(ctx, op, w.Agencies["ngo"].ID, onboarding.SignInInput{Add: []*onboarding.IssuerInput{in}})
				return err
			}), errs.Conflict)
		}
		// A value of its own is not the agency's to take alone.
		w.Must(w.AsAdmin("ngo"), func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.ProposeSignIn(ctx, op, w.Agencies["ngo"].ID, onboarding.SignInInput{
				Add: []*onboarding.IssuerInput{{URL: url, AgencyClaim: &claim, AgencyValue: &three}}})
			return err
		})
		_, err = find("dan", "three")
		wantKind(t, "a value that nobody has approved", err, errs.Unauthenticated)
	})
}
