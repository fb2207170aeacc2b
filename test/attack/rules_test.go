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

// statement is her yes to an agency about sharing, to be changed by a test.
func statement(w *world.World, caseID, to string, p category.Purpose, cs ...category.Category) casework.RecordConsentInput {
	return casework.RecordConsentInput{
		CaseID: caseID, Kind: valueset.ConsentKindSharing, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
		Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionPermit, RecipientID: &w.Agencies[to].ID,
			Purposes: []category.Purpose{p}, Categories: cs}},
	}
}

func record(w *world.World, code string, in casework.RecordConsentInput) error {
	return w.Do(as(w, code), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordConsent(ctx, op, in)
		return err
	})
}

// refer offers a referral and gives what came of it.
func refer(w *world.World, from, caseID, to string, p category.Purpose, cs ...category.Category) error {
	return w.Do(as(w, from), func(ctx context.Context, op *store.Op) error {
		_, err := casework.OfferReferral(ctx, op, casework.OfferReferralInput{
			CaseID: caseID, ToID: w.Agencies[to].ID, Service: valueset.ServiceCounselling, Purpose: p, Categories: cs,
			Urgency: valueset.UrgencyRoutine, ReplyBy: op.Scope.Now + int64(7*24*time.Hour/time.Microsecond),
		})
		return err
	})
}

// born registers a case of lwu with that birth date by a document, or with none.
func born(w *world.World, date string) string {
	w.T.Helper()
	var id string
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		who := world.Adult("Canary Born")
		who.BirthDate = &date
		var err error
		id, err = casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: valueset.CaseKindPresumedVictim,
			Recording: world.Recording(assistance), Identity: who})
		return err
	})
	return id
}

// What is not built, or never allowed, is refused by its verb and opens nothing.
func TestWhatIsNotBuiltDenies(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		identity := []category.Category{category.Identity}
		for name, birth := range map[string]string{"a child (E1)": "2012-05-17", "a child by a day (E1)": "2008-03-03", "an unknown birth date (E1)": "", "a year alone, perhaps a child (E1)": "2008"} {
			id := born(w, birth)
			w.Share("lwu", id, "ngo", assistance, identity...)
			wantKind(t, name, refer(w, "lwu", id, "ngo", assistance, identity...), errs.Conflict)
			if got := sees(t, w, as(w, "ngo"), id); got != "" {
				t.Errorf("%s: ngo sees %q", name, got)
			}
		}
		grown := born(w, "2008-03-01") // the same with a birth date two days earlier is open
		w.Share("lwu", grown, "ngo", assistance, identity...)
		if err := refer(w, "lwu", grown, "ngo", assistance, identity...); err != nil {
			t.Errorf("an adult by a day: %v (%v)", err, world.Cause(err))
		}

		id := full(t, w, "Canary Denied")
		provisional := statement(w, id, "ngo", assistance, category.Trafficking) // beyond the minimum of C6
		for name, weaken := range map[string]func(*casework.RecordConsentInput){
			"through a relative (C6)": func(in *casework.RecordConsentInput) { in.Interpretation = valueset.InterpretationRelative },
			"in custody (C6)":         func(in *casework.RecordConsentInput) { in.Setting = valueset.SettingCustody },
			"a caregiver's voice (C4)": func(in *casework.RecordConsentInput) {
				in.Voice = world.Ptr(valueset.VoiceCaregiver)
			},
		} {
			in := provisional
			weaken(&in)
			if err := record(w, "lwu", in); err != nil {
				t.Errorf("recording a statement %s: %v", name, err)
			}
			wantKind(t, name, refer(w, "lwu", id, "ngo", assistance, category.Trafficking), errs.Conflict)
		}
		w.Share("lwu", id, "atd", justice, category.Narrative)
		wantKind(t, "her story for JUSTICE (C9)", refer(w, "lwu", id, "atd", justice, category.Narrative), errs.Conflict)
		wantKind(t, "no agreement (D6)", shareAndRefer(w, id, "mops"), errs.Conflict)
		wantKind(t, "no consent for the purpose (C2)", refer(w, "lwu", id, "iom", assistance, identity...), errs.Conflict)

		class := statement(w, id, "ngo", justice, category.Profile)
		class.Provisions[0].RecipientID, class.Provisions[0].RecipientClass = nil, world.Ptr(valueset.AgencyKindPolice)
		wantKind(t, "police by class (C3)", record(w, "lwu", class), errs.Invalid)
		wantKind(t, "WHEREABOUTS in company (B1)", record(w, "lwu", statement(w, id, "ngo", assistance, category.Whereabouts, category.Identity)), errs.Invalid)
		wantKind(t, "CASE named (B5)", record(w, "lwu", statement(w, id, "ngo", assistance, category.Case)), errs.Invalid)
		wantKind(t, "CASE referred (B5)", refer(w, "lwu", id, "ngo", assistance, category.Case), errs.Invalid)
		wantKind(t, "a purpose that opens nothing", record(w, "lwu", statement(w, id, "ngo", category.Statistics, category.Profile)), errs.Invalid)

		s := share(w, "Canary Onward")
		w.Must(as(w, "ngo"), recording(s.Case))
		wantKind(t, "onward by one who is not the owner (D4)", refer(w, "ngo", s.Case, "iom", assistance, identity...), errs.Forbidden)
		wantKind(t, "her statement by one who is not the owner", record(w, "ngo", statement(w, s.Case, "iom", assistance, identity...)), errs.Forbidden)
		evaluated(t, w)
	})
}

func shareAndRefer(w *world.World, id, to string) error {
	w.Share("lwu", id, to, assistance, category.Identity)
	return refer(w, "lwu", id, to, assistance, category.Identity)
}

// An international organisation's rows open by its own decision only, whomever a
// statement names (A6); another contributor's whom it names do open (A2).
func TestAnInternationalOrganisationsRowsStayClosed(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Canary Organisation")
		for _, code := range []string{"iom", "atd"} {
			w.Share("lwu", id, code, assistance, category.Contact)
			w.Accept(code, assistance, w.Refer("lwu", id, code, assistance, category.Contact))
			w.Must(as(w, code), recording(id))
			w.Must(as(w, code), func(ctx context.Context, op *store.Op) error {
				_, err := casework.RecordProfile(ctx, op, id, casework.ProfileInput{Sex: world.Ptr(valueset.SexFemale)})
				return err
			})
		}
		agree(t, w, "iom", "ngo", category.Shareable()...)
		agree(t, w, "atd", "ngo", category.Shareable()...)
		in := statement(w, id, "ngo", assistance, category.Profile)
		in.Provisions[0].ContributorIDs = []string{w.Agencies["iom"].ID, w.Agencies["atd"].ID}
		if err := record(w, "lwu", in); err != nil {
			t.Fatal(err)
		}
		w.Accept("ngo", assistance, w.Refer("lwu", id, "ngo", assistance, category.Profile))
		if got, want := sees(t, w, as(w, "ngo"), id), "CASE by lwu, PROFILE by atd, PROFILE by lwu, PROVISION by lwu, REFERRAL by lwu"; got != want {
			t.Errorf("ngo sees %q, want %q", got, want)
		}
	})
}

// Intervals are [from, until): a microsecond before the end is open, the end is not
// (threat 45).
func TestEndsAreExclusive(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		const week = 7 * 24 * time.Hour
		at := func(until int64, look func() string) (before, after string) {
			// Each look at the clock moves it by a microsecond.
			w.Advance(time.Duration(until-w.Store.Now()-2) * time.Microsecond)
			return look(), look()
		}
		id := w.Register("lwu", "Canary Expiry")
		look := func() string { return sees(t, w, as(w, "ngo"), id) }

		in := statement(w, id, "ngo", assistance, category.Identity)
		until := w.Store.Now() + int64(week/time.Microsecond)/2
		in.Provisions[0].ValidUntil = &until
		if err := record(w, "lwu", in); err != nil {
			t.Fatal(err)
		}
		w.Accept("ngo", assistance, w.Refer("lwu", id, "ngo", assistance, category.Identity))
		before, after := at(until, look)
		if !strings.Contains(before, "IDENTITY") || after != "REFERRAL by lwu" {
			t.Errorf("her consent: %q, then %q", before, after)
		}

		w.Share("lwu", id, "iom", assistance, category.Identity)
		ref := w.Refer("lwu", id, "iom", assistance, category.Identity)
		replyBy := one[int64](t, raw(t, w), "SELECT reply_by FROM referrals WHERE id = '"+ref+"'")
		before, after = at(replyBy, func() string { return sees(t, w, as(w, "iom"), id) })
		if before != "PREVIEW by lwu, REFERRAL by lwu" || after != "REFERRAL by lwu" {
			t.Errorf("the preview: %q, then %q", before, after)
		}
		wantKind(t, "accepting after reply-by (threat 21)", w.Do(as(w, "iom"), func(ctx context.Context, op *store.Op) error {
			return casework.AcceptReferral(ctx, op, casework.AcceptReferralInput{ReferralID: ref})
		}), errs.Conflict)

		forever := rule.Forever
		in = world.Recording(assistance)
		in.CaseID, in.Provisions[0].ValidUntil = id, &forever
		if err := record(w, "lwu", in); err != nil {
			t.Fatal(err)
		}
		in = statement(w, id, "ngo", assistance, category.Identity)
		in.Provisions[0].ValidUntil = &forever
		if err := record(w, "lwu", in); err != nil {
			t.Fatal(err)
		}
		long := run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
			return casework.OfferReferral(ctx, op, casework.OfferReferralInput{CaseID: id, ToID: w.Agencies["ngo"].ID, Service: valueset.ServiceCounselling,
				Purpose: assistance, Categories: []category.Category{category.Identity}, Urgency: valueset.UrgencyRoutine,
				ReplyBy: op.Scope.Now + 1e12, ValidUntil: &forever})
		})
		w.Accept("ngo", assistance, long)
		end := one[int64](t, raw(t, w), "SELECT valid_until FROM agreements WHERE id = '"+w.Agreements["lwu+ngo"]+"'")
		before, after = at(end, look)
		if !strings.Contains(before, "IDENTITY") || strings.Contains(after, "CASE") {
			t.Errorf("the agreement: %q, then %q", before, after)
		}
	})
}

// A correction of an older version names the fields that differ, never their values.
func TestAStaleCorrectionNamesFieldsOnly(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Canary Stale")
		contact := one[string](t, raw(t, w), "SELECT id FROM contacts WHERE case_id = '"+id+"'")
		correct := func(code string, version int, address string) error {
			return w.Do(as(w, code), func(ctx context.Context, op *store.Op) error {
				return casework.CorrectContact(ctx, op, casework.CorrectInput{ID: contact, Version: version},
					casework.ContactInput{Channel: valueset.ContactChannelMobilePhone, Address: &address})
			})
		}
		if err := correct("lwu", 1, "canary-one"); err != nil {
			t.Fatal(err)
		}
		err := correct("lwu", 1, "canary-two")
		wantKind(t, "an older version", err, errs.Stale)
		var e *errs.Error
		if errors.As(err, &e); !slices.Equal(e.Fields, []string{"address"}) || strings.Contains(err.Error(), "canary") {
			t.Errorf("fields %v, message %q", e.Fields, err)
		}
		if err := correct("lwu", 2, "canary-two"); err != nil {
			t.Error(err)
		}
		wantKind(t, "another agency's row (A4)", correct("mops", 3, "canary-three"), errs.Withheld)
	})
}

// A key runs its mutation once for its member; with other input it is refused.
func TestAKeyRunsOnce(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		runs := 0
		once := func(s rule.Scope, input string) ([]string, error) {
			var ids []string
			err := w.Do(s, func(ctx context.Context, op *store.Op) (err error) {
				ids, err = casework.Once(ctx, op, "register", "key", input, func() ([]string, error) { runs++; return []string{"a", "b"}, nil })
				return err
			})
			return ids, err
		}
		for range 2 {
			if ids, err := once(as(w, "lwu"), "x"); !slices.Equal(ids, []string{"a", "b"}) || err != nil || runs != 1 {
				t.Errorf("%v after %d runs: %v", ids, runs, err)
			}
		}
		_, err := once(as(w, "lwu"), "y")
		wantKind(t, "the key with other input", err, errs.Conflict)
		other := as(w, "lwu")
		other.Member = w.Agencies["lwu"].Colleague
		for i, s := range []rule.Scope{other, as(w, "ngo")} {
			if _, err := once(s, "y"); err != nil || runs != i+2 {
				t.Errorf("another member's key: %d runs, %v", runs, err)
			}
		}
		w.Advance(25 * time.Hour)
		if _, err := once(as(w, "lwu"), "y"); err != nil || runs != 4 {
			t.Errorf("a day later: %d runs, %v", runs, err)
		}
	})
}

// What the verbs answer to bad input, and what PostgreSQL logs meanwhile, never holds
// what was put in (threat 46).
func TestNoErrorHoldsACanary(t *testing.T) {
	const canary = "Zanarivoso"
	attack := func(t *testing.T, w *world.World) {
		id := full(t, w, canary)
		var said []error
		try := func(code string, fn func(context.Context, *store.Op) error) {
			said = append(said, w.Do(as(w, code), fn))
		}
		ref := w.Agencies["ngo"].ID
		for _, code := range []string{"lwu", "mops"} {
			for _, name := range []string{canary, canary + "\x00", canary + "\u202e", canary + "\xff"} {
				try(code, func(ctx context.Context, op *store.Op) error {
					_, err := casework.RecordIdentity(ctx, op, id, *world.Adult(name)) // there is one already
					return err
				})
				try(code, func(ctx context.Context, op *store.Op) error {
					_, err := casework.RecordNarrative(ctx, op, id, casework.NarrativeInput{Kind: name, Text: name})
					return err
				})
				try(code, func(ctx context.Context, op *store.Op) error {
					_, err := casework.RecordProfile(ctx, op, name, casework.ProfileInput{Citizenships: []string{name}, PrimaryLanguage: &name})
					return err
				})
				try(code, func(ctx context.Context, op *store.Op) error {
					who := world.Adult(name)
					who.BirthDate = &name
					_, err := casework.RecordIdentity(ctx, op, id, *who)
					return err
				})
				try(code, func(ctx context.Context, op *store.Op) error {
					return casework.AskReferral(ctx, op, casework.AskReferralInput{ReferralID: ref, Topics: []string{name}})
				})
				try(code, func(ctx context.Context, op *store.Op) error {
					_, err := casework.Once(ctx, op, name, name, name, func() ([]string, error) { return nil, errs.NotHere() })
					return err
				})
				try(code, func(ctx context.Context, op *store.Op) error {
					return onboarding.SuspendAgreement(ctx, op, name)
				})
			}
		}
		refusals := 0
		for _, err := range said {
			if err == nil {
				continue
			}
			refusals++
			if strings.Contains(err.Error(), canary) || strings.Contains(errs.Public(err).Message, canary) {
				t.Errorf("an error shows what was put in: %s", errs.KindOf(err).Code())
			}
		}
		if refusals != len(said) {
			t.Errorf("%d of %d attempts were refused", refusals, len(said))
		}
	}
	both(t, attack)
	t.Run("log", func(t *testing.T) {
		server.Need(t)
		w := onPostgres(t)
		attack(t, w)
		log := server.Log()
		if !strings.Contains(log, "duplicate key") {
			t.Error("the log tells of no refusal: the sweep proves nothing")
		}
		if strings.Contains(log, canary) {
			t.Error("PostgreSQL's log holds what was put in")
		}
	})
}
