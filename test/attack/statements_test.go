package attack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

const (
	hour = int64(time.Hour / time.Microsecond)
	// lost is what a former receiver of one referral still sees.
	lost = "REFERRAL by lwu"
)

// withdrawAt is her no towards ngo, given at a time.
func withdrawAt(caseID, to string, at *int64) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error {
		_, err := casework.WithdrawConsent(ctx, op, casework.WithdrawConsentInput{CaseID: caseID, RecipientID: &to, GivenOn: at,
			Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace})
		return err
	}
}

// A withdrawal that would end nothing is refused, and names the field; one at the very
// moment of her yes ends it, being the narrower (C4).
func TestAWithdrawalEndsWhatItNames(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Backdated")
		ngo := w.Agencies["ngo"].ID
		before := sees(t, w, as(w, "ngo"), s.Case)
		said := one[int64](t, raw(t, w), "SELECT given_on FROM consents WHERE kind = 'SHARING' AND case_id = '"+s.Case+"'")
		early := said - 1
		err := w.Do(as(w, "lwu"), withdrawAt(s.Case, ngo, &early))
		wantKind(t, "a no before her yes", err, errs.Conflict)
		var e *errs.Error
		if errors.As(err, &e); !slices.Equal(e.Fields, []string{"givenOn"}) {
			t.Errorf("the refusal names %v", e.Fields)
		}
		if after := sees(t, w, as(w, "ngo"), s.Case); after != before {
			t.Errorf("a refused withdrawal: ngo sees %q, before %q", after, before)
		}
		w.Must(as(w, "lwu"), withdrawAt(s.Case, ngo, &said))
		if got := sees(t, w, as(w, "ngo"), s.Case); got != lost {
			t.Errorf("a no at the moment of her yes: ngo sees %q", got)
		}
		future := w.Store.Now() + hour
		wantKind(t, "a no tomorrow", w.Do(as(w, "lwu"), withdrawAt(s.Case, ngo, &future)), errs.Invalid)
		evaluated(t, w)
	})
}

// What she permitted as a child does not open at 18; her own yes as an adult does
// (E1, E6).
func TestAChildsStatementDoesNotOpenAtEighteen(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		forever := rule.Forever
		id := bornOf(w, "2010-01-01", valueset.AgeBasisDocument)
		in := world.Recording(assistance)
		in.CaseID, in.Provisions[0].ValidUntil = id, &forever
		if err := record(w, "lwu", in); err != nil {
			t.Fatal(err)
		}
		yes := statement(w, id, "ngo", assistance, category.Identity)
		yes.Provisions[0].ValidUntil = &forever
		if err := record(w, "lwu", yes); err != nil {
			t.Fatal(err)
		}
		w.Advance(2 * 365 * 24 * time.Hour) // 2028-03-01
		wantKind(t, "on what she said at 16", refer(w, "lwu", id, "ngo", assistance, category.Identity), errs.Conflict)
		if err := record(w, "lwu", yes); err != nil {
			t.Fatal(err)
		}
		w.Accept("ngo", assistance, w.Refer("lwu", id, "ngo", assistance, category.Identity))
		if got, want := sees(t, w, as(w, "ngo"), id), "CASE by lwu, IDENTITY by lwu, PROVISION by lwu, REFERRAL by lwu"; got != want {
			t.Errorf("on what she said at 18 ngo sees %q, want %q", got, want)
		}
		evaluated(t, w)
	})
}

// bornOf registers a case of lwu with a birth date on a basis.
func bornOf(w *world.World, date string, basis valueset.AgeBasis) string {
	w.T.Helper()
	var id string
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) (err error) {
		who := world.Adult("Canary Born")
		who.BirthDate, who.AgeBasis = &date, &basis
		if basis == "" {
			who.AgeBasis = nil
		}
		id, err = casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: valueset.CaseKindPresumedVictim,
			Recording: world.Recording(assistance), Identity: who})
		return err
	})
	return id
}

// Her no to being recorded by the owner puts the file into safekeeping: what was shared
// closes, nothing is offered any more, and the owner keeps its rows (C8).
func TestSafekeepingSharesNothing(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Safekeeping")
		w.Share("lwu", s.Case, "atd", justice, category.Profile)
		in := world.Recording(assistance, justice, category.ForProtection)
		in.CaseID, in.Provisions[0].Decision = s.Case, valueset.DecisionDeny
		if err := record(w, "lwu", in); err != nil {
			t.Fatal(err)
		}
		if got := sees(t, w, as(w, "ngo"), s.Case); got != lost {
			t.Errorf("ngo sees %q of a file in safekeeping", got)
		}
		wantKind(t, "a file in safekeeping", refer(w, "lwu", s.Case, "atd", justice, category.Profile), errs.Conflict)
		if got := sees(t, w, as(w, "lwu"), s.Case); !strings.Contains(got, "IDENTITY by lwu") {
			t.Errorf("the owner sees %q of its own", got)
		}
		evaluated(t, w)
	})
}

// Whoever gives out another's rows needs both agreements: the contributor's with the
// receiver, and the owner's, on which the referral rests (A2, D6).
func TestSuspensionClosesEveryContributorsRows(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Canary Third")
		w.Share("lwu", id, "atd", assistance, category.Profile)
		w.Accept("atd", assistance, w.Refer("lwu", id, "atd", assistance, category.Profile))
		w.Must(as(w, "atd"), recording(id))
		w.Must(as(w, "atd"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordProfile(ctx, op, id, casework.ProfileInput{Sex: world.Ptr(valueset.SexFemale)})
			return err
		})
		third := agree(t, w, "atd", "ngo", category.Profile)
		in := statement(w, id, "ngo", assistance, category.Profile)
		in.Provisions[0].ContributorIDs = []string{w.Agencies["atd"].ID}
		if err := record(w, "lwu", in); err != nil {
			t.Fatal(err)
		}
		w.Accept("ngo", assistance, w.Refer("lwu", id, "ngo", assistance, category.Profile))
		look := func() string { return sees(t, w, as(w, "ngo"), id) }
		const all, owners = "CASE by lwu, PROFILE by atd, PROFILE by lwu, PROVISION by lwu, REFERRAL by lwu", "CASE by lwu, PROFILE by lwu, PROVISION by lwu, REFERRAL by lwu"
		check := func(what, want string) {
			t.Helper()
			if got := look(); got != want {
				t.Errorf("%s: ngo sees %q, want %q", what, got, want)
			}
		}
		check("both in force", all)
		gates := func(who, agreement string, do func(context.Context, *store.Op, string) error) {
			w.Must(as(w, who), func(ctx context.Context, op *store.Op) error { return do(ctx, op, agreement) })
		}
		gates("lwu", w.Agreements["lwu+ngo"], onboarding.SuspendAgreement)
		check("the owner's agreement is suspended", lost)
		gates("lwu", w.Agreements["lwu+ngo"], onboarding.ResumeAgreement)
		check("it is resumed", all)
		gates("atd", third, onboarding.SuspendAgreement)
		check("the contributor's agreement is suspended", owners)
		gates("atd", third, onboarding.ResumeAgreement)
		w.Shut("atd")
		check("the contributor is suspended", owners)
		w.Open("atd")
		w.Shut("lwu")
		check("the owner is suspended", lost)
		w.Open("lwu")
		check("it is at work again", all)
	})
}

// The owner is suspended: nobody could record her withdrawal any more, so what she
// shared is shut, a preview as well; a receiver's own rows stay its own (A3, C8, D6).
func TestASuspendedOwnersRowsAreShut(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Suspended")
		ref := w.Refer("lwu", s.Case, "ngo", assistance, category.Identity)
		contribute(w, "ngo", s.Case)
		w.Shut("lwu")
		if got, want := sees(t, w, as(w, "ngo"), s.Case), "CASE by lwu, CONSENT by ngo, PROFILE by ngo, PROVISION by ngo, REFERRAL by lwu, REFERRAL by lwu"; got != want {
			t.Errorf("ngo sees %q, want %q", got, want)
		}
		err := w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			return casework.AcceptReferral(ctx, op, casework.AcceptReferralInput{ReferralID: ref})
		})
		wantKind(t, "accepting a suspended owner's referral", err, errs.Conflict)
	})
}

// contribute records a basis and a profile of the agency's own in another's case.
func contribute(w *world.World, code, caseID string) {
	w.T.Helper()
	w.Must(as(w, code), recording(caseID))
	w.Must(as(w, code), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordProfile(ctx, op, caseID, casework.ProfileInput{Sex: world.Ptr(valueset.SexFemale)})
		return err
	})
}

// A receiver that recorded a statement and no row keeps nothing after her withdrawal,
// and records for no purpose but what it was asked for (A3, A4, C8).
func TestAStatementAloneKeepsNothing(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Stated")
		beyond := world.Recording(assistance, justice)
		beyond.CaseID, beyond.Basis = s.Case, world.Ptr(valueset.RecordingBasisPublicTask)
		wantKind(t, "a purpose that it was not asked for", record(w, "ngo", beyond), errs.Invalid)
		w.Must(as(w, "ngo"), recording(s.Case))
		w.Withdraw("lwu", s.Case, "ngo")
		if got := sees(t, w, as(w, "ngo"), s.Case); got != lost {
			t.Errorf("on a statement alone ngo keeps %q", got)
		}
		other := share(w, "Canary Contributed")
		contribute(w, "ngo", other.Case)
		w.Withdraw("lwu", other.Case, "ngo")
		if got, want := sees(t, w, as(w, "ngo"), other.Case), "CASE by lwu, CONSENT by ngo, PROFILE by ngo, PROVISION by ngo, REFERRAL by lwu"; got != want {
			t.Errorf("a contributor keeps %q, want %q", got, want)
		}
		err := w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordContact(ctx, op, other.Case, casework.ContactInput{Channel: valueset.ContactChannelEmail})
			return err
		})
		wantKind(t, "adding after its referral ended", err, errs.Withheld)
		wantKind(t, "a basis after its referral ended", w.Do(as(w, "ngo"), recording(other.Case)), errs.Invalid)
		evaluated(t, w)
	})
}

// After her death nothing new is shared without a legal basis; what was open stays to
// its end, and a mistake is taken back (C7).
func TestAfterHerDeathNothingNewIsShared(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Deceased")
		before := sees(t, w, as(w, "ngo"), s.Case)
		w.Share("lwu", s.Case, "iom", assistance, category.Profile)
		offered := w.Refer("lwu", s.Case, "iom", assistance, category.Profile)
		profile := one[string](t, raw(t, w), "SELECT id FROM profiles WHERE case_id = '"+s.Case+"'")
		dead := func(version int, yes bool) {
			w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
				return casework.CorrectProfile(ctx, op, casework.CorrectInput{ID: profile, Version: version},
					casework.ProfileInput{Sex: world.Ptr(valueset.SexFemale), Deceased: &yes})
			})
		}
		accept := func() error {
			return w.Do(as(w, "iom"), func(ctx context.Context, op *store.Op) error {
				return casework.AcceptReferral(ctx, op, casework.AcceptReferralInput{ReferralID: offered})
			})
		}
		dead(1, true)
		if got := sees(t, w, as(w, "ngo"), s.Case); got != before {
			t.Errorf("what was open: ngo sees %q, want %q", got, before)
		}
		if got := sees(t, w, as(w, "iom"), s.Case); got != lost {
			t.Errorf("an offer: iom sees %q", got)
		}
		wantKind(t, "accepting after her death", accept(), errs.Conflict)
		wantKind(t, "offering after her death", refer(w, "lwu", s.Case, "atd", assistance, category.Profile), errs.Conflict)
		dead(2, false)
		if err := accept(); err != nil {
			t.Errorf("she is alive after all: %v", err)
		}
		evaluated(t, w)
	})
}
