package attack

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/departure"
	erasing "github.com/sala-exchange/sala/services/erasure"
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

// agreeToDeletion has another agency agree to the deletion of what the agency contributed,
// and lets the time pass in which the agency takes it back.
func agreeToDeletion(t *testing.T, w *world.World, code string) {
	t.Helper()
	got, err := offboard(t, w, code, onboarding.Departure{})
	if err != nil || got.Waiting != "objection" {
		t.Fatalf("the agreement to the deletion: %+v %v (%v)", got, err, world.Cause(err))
	}
	if ahead := time.Duration(*got.DeletionDueOn-w.Store.Now()) * time.Microsecond; ahead.Round(time.Minute) != 72*time.Hour {
		t.Errorf("it is due in %v", ahead)
	}
	w.Advance(72*time.Hour - time.Minute)
	if got, err := offboard(t, w, code, onboarding.Departure{}); err != nil || got.Waiting != "objection" {
		t.Fatalf("a moment before it is due: %+v %v (%v)", got, err, world.Cause(err))
	}
	w.Advance(time.Minute)
}

// leave starts the departure of an agency with a key of its own, which is returned.
func leave(t *testing.T, w *world.World, code string) *age.X25519Identity {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	w.Must(w.AsAdmin(code), starting(w, code, key.Recipient().String()))
	return key
}

func starting(w *world.World, code, to string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error {
		_, err := onboarding.StartOffboarding(ctx, op, w.Agencies[code].ID, onboarding.OffboardingInput{ExportTo: to})
		return err
	}
}

// partOf asks for one part of an agency's export.
func partOf(w *world.World, s rule.Scope, code string, number int) (*onboarding.ExportedPart, error) {
	var got *onboarding.ExportedPart
	err := w.Do(s, func(ctx context.Context, op *store.Op) (err error) {
		got, err = onboarding.ExportPart(ctx, op, w.Agencies[code].ID, number, onboarding.Departure{Export: departure.Export})
		return err
	})
	return got, err
}

func confirming(w *world.World, code, digest string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error {
		return onboarding.ConfirmExport(ctx, op, w.Agencies[code].ID, digest)
	}
}

// exported fetches the whole export, opens it, and has the agency confirm it.
func exported(t *testing.T, w *world.World, code string, key *age.X25519Identity) string {
	t.Helper()
	var plain bytes.Buffer
	for n, digest := 1, ""; ; n++ {
		got, err := partOf(w, w.AsAdmin(code), code, n)
		if err != nil {
			t.Fatalf("part %d: %v (%v)", n, err, world.Cause(err))
		}
		if digest = onboarding.DigestOf(digest, got.Content); digest != got.Digest {
			t.Errorf("the digest of part %d is not what its reader computes", n)
		}
		r, err := age.Decrypt(bytes.NewReader(got.Content), key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := plain.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		if got.Last {
			wantKind(t, "another digest", w.Do(w.AsAdmin(code), confirming(w, code, strings.Repeat("0", 64))), errs.Conflict)
			w.Must(w.AsAdmin(code), confirming(w, code, digest))
			w.Must(w.AsAdmin(code), confirming(w, code, digest)) // again is the same
			return plain.String()
		}
	}
}

// TestOffboarding: an agency leaves step by step; what is in the way is told without a
// case; each step is done once, whatever fails after it; and nothing is left open.
func TestOffboarding(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		_, err := offboard(t, w, "ngo", onboarding.Departure{})
		wantKind(t, "an agency that stays", err, errs.Withheld)
		s := share(w, "Canary Shared")
		own := w.Register("ngo", "Canary Owned")
		child := bornOf2(w, "ngo", "2015-01-01")
		wantKind(t, "started by another agency", w.Do(w.AsAdmin("lwu"), starting(w, "ngo", "")), errs.Withheld)
		wantKind(t, "without a key", w.Do(w.AsAdmin("ngo"), starting(w, "ngo", "")), errs.Invalid)
		wantKind(t, "with a private key", w.Do(w.AsAdmin("ngo"), starting(w, "ngo", "AGE-SECRET-KEY-1")), errs.Invalid)
		key := leave(t, w, "ngo")
		w.Must(w.AsAdmin("ngo"), starting(w, "ngo", "")) // again is the same

		got, err := offboard(t, w, "ngo", onboarding.Departure{})
		if err != nil || got.OwnedCases != 2 || got.StillCases != 1 || got.OpenReferrals != 1 || len(got.Agreements) != 1 || got.HandedOverOn != nil {
			t.Fatalf("in the way: %+v %v", got, err)
		}
		if !strings.Contains(sees(t, w, as(w, "ngo"), s.Case), "IDENTITY") {
			t.Error("frozen, it sees nothing any more of what it works on")
		}
		takesNothingOn(t, w)
		// The person's case goes to LWU by her statement and LWU's acceptance (A4); a
		// child's moves nowhere, and is in the way until it is erased.
		handOver(t, w, own)
		if got, err = offboard(t, w, "ngo", onboarding.Departure{}); err != nil || got.OwnedCases != 1 || got.StillCases != 1 {
			t.Fatalf("a child's case: %+v %v", got, err)
		}
		l, _ := listOf(t, w)
		erase(t, w, l, "ngo", child)

		_, err = partOf(w, w.AsAdmin("ngo"), "ngo", 1)
		wantKind(t, "an export before its step", err, errs.Conflict)
		fails := onboarding.Departure{Depart: func(context.Context, string, string, int64) error { return errors.New("the key store is down") }}
		got, err = offboard(t, w, "ngo", fails)
		if err != nil || got.AgreementsEndedOn == nil || got.Waiting != "export" {
			t.Fatalf("without an export: %+v %v", got, err)
		}
		if got := sees(t, w, as(w, "ngo"), s.Case); strings.Contains(got, "IDENTITY") {
			t.Errorf("its referrals and agreements have ended, and it sees %s", got)
		}
		if n := noticed(t, w, "lwu", valueset.NoticeKindReferralChanged); n < 1 {
			t.Error("the other side of its referrals was not told")
		}
		exported(t, w, "ngo", key)
		agreeToDeletion(t, w, "ngo")
		for _, waits := range []string{"rows", ""} {
			got, err = offboard(t, w, "ngo", fails)
			if waits != "" && (err != nil || got.Waiting != waits) {
				t.Fatalf("deleting: %+v %v (%v)", got, err, world.Cause(err))
			}
		}
		wantKind(t, "a key store that is down", err, errs.Unavailable)
		got, err = offboard(t, w, "ngo", onboarding.Departure{})
		if err != nil || got.Waiting != "list" {
			t.Fatalf("a deployment without a list: %+v %v", got, err)
		}
		got, err = offboard(t, w, "ngo", onboarding.Departure{Depart: l.Depart})
		if err != nil || got.EndedOn == nil {
			t.Fatalf("the end: %+v %v", got, err)
		}
		if signIn(t, w, w.IssuerURL("ngo")) != errs.Unauthenticated || stands(t, w, "ngo") {
			t.Error("it has left and still gets in")
		}
		wantKind(t, "its administrator afterwards", w.Do(w.AsAdmin("ngo"), starting(w, "ngo", "")), errs.Forbidden)
		wantKind(t, "its issuer, registered anew for itself", w.Do(w.AsPlatform("lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.ProposeSignIn(ctx, op, w.Agencies["ngo"].ID, onboarding.SignInInput{Add: []*onboarding.IssuerInput{{URL: "https://back.example"}}})
			return err
		}), errs.Conflict)
		again, err := offboard(t, w, "ngo", onboarding.Departure{})
		if err != nil || *again.EndedOn != *got.EndedOn {
			t.Errorf("called once more: %+v %v", again, err)
		}
		evaluated(t, w)
	})
}

// bornOf2 registers a case of an agency about one who was born then.
func bornOf2(w *world.World, code, date string) string {
	w.T.Helper()
	var id string
	w.Must(as(w, code), func(ctx context.Context, op *store.Op) (err error) {
		id, err = casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: valueset.CaseKindPresumedVictim, Recording: world.Recording(assistance),
			Identity: &casework.IdentityInput{BirthDate: &date, BirthCalendar: world.Ptr(valueset.CalendarGregorian), AgeBasis: world.Ptr(valueset.AgeBasisDocument)}})
		return err
	})
	return id
}

// erase carries out the erasure of an agency's case.
func erase(t *testing.T, w *world.World, l *erasing.List, code, caseID string) {
	t.Helper()
	id := run(t, w, as(w, code), func(ctx context.Context, op *store.Op) (string, error) { return casework.AskErasure(ctx, op, caseID) })
	w.Must(second(w, code), func(ctx context.Context, op *store.Op) error { return casework.ConfirmErasure(ctx, op, id) })
	w.Advance(15 * 24 * time.Hour)
	if carry(t, w, l) != 1 {
		t.Fatal("the case was not erased")
	}
}

// takesNothingOn: an agency that leaves registers nobody, accepts nothing and is offered
// nothing.
func takesNothingOn(t *testing.T, w *world.World) {
	t.Helper()
	wantKind(t, "registering", w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: valueset.CaseKindOther, Recording: world.Recording(assistance)})
		return err
	}), errs.Conflict)
	id := w.Register("lwu", "Canary Offered")
	w.Share("lwu", id, "ngo", assistance, category.Identity)
	wantKind(t, "a referral to it", refer(w, "lwu", id, "ngo", assistance, category.Identity), errs.Conflict)
	wantKind(t, "a transfer to it", transfer(w, id, "ngo", w.Transferable("lwu", id, "ngo", assistance)), errs.Conflict)
	wantKind(t, "an agreement with it", w.Do(w.AsAdmin("lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := onboarding.ProposeAgreement(ctx, op, onboarding.AgreementInput{Code: "more", Title: "More",
			Parties:  []*onboarding.PartyInput{{AgencyID: w.Agencies["lwu"].ID}, {AgencyID: w.Agencies["ngo"].ID}},
			Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Profile}, From: op.Scope.Now, Until: op.Scope.Now + 1e15})
		return err
	}), errs.Invalid)
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
			f, err := onboarding.Find(t.Context(), w.Store, url, subject, value, origin.Address{})
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
