package attack

import (
	"context"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// provisional records a statement through a relative, and returns its id.
func provisional(t *testing.T, w *world.World, in casework.RecordConsentInput) string {
	t.Helper()
	in.Interpretation = valueset.InterpretationRelative
	return run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) { return casework.RecordConsent(ctx, op, in) })
}

func confirm(w *world.World, code, id string, change func(*casework.ConfirmConsentInput)) error {
	in := casework.ConfirmConsentInput{ConsentID: id, Interpretation: valueset.InterpretationVetted, Setting: valueset.SettingSafePlace}
	if change != nil {
		change(&in)
	}
	return w.Do(as(w, code), func(ctx context.Context, op *store.Op) error {
		_, err := casework.ConfirmConsent(ctx, op, in)
		return err
	})
}

// What she says through a relative opens the minimum for 7 days, and is then confirmed or
// void; nothing is confirmed that she has taken back since (C6).
func TestAProvisionalConsentIsConfirmedOrVoid(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		const week = 7 * 24 * time.Hour
		begin := func(cs ...category.Category) (shared, string) {
			s := shared{Case: w.Register("lwu", "Canary Provisional")}
			id := provisional(t, w, statement(w, s.Case, "ngo", assistance, cs...))
			s.Referral = w.Refer("lwu", s.Case, "ngo", assistance, category.Identity)
			w.Accept("ngo", assistance, s.Referral)
			return s, id
		}
		look := func(what string, s shared, want string) {
			t.Helper()
			if got := sees(t, w, as(w, "ngo"), s.Case); got != want {
				t.Errorf("%s: ngo sees %q, want %q", what, got, want)
			}
		}
		beyond := w.Register("lwu", "Canary Beyond")
		provisional(t, w, statement(w, beyond, "ngo", assistance, category.Trafficking))
		wantKind(t, "beyond the minimum", refer(w, "lwu", beyond, "ngo", assistance, category.Trafficking), errs.Conflict)

		void, never := begin(category.Identity)
		kept, yes := begin(category.Identity)
		took, no := begin(category.Identity)
		look("at first", void, readsIdentity)
		for what, change := range map[string]func(*casework.ConfirmConsentInput){
			"through a relative once more": func(in *casework.ConfirmConsentInput) { in.Interpretation = valueset.InterpretationRelative },
			"in custody":                   func(in *casework.ConfirmConsentInput) { in.Setting = valueset.SettingCustody },
			"in the future":                func(in *casework.ConfirmConsentInput) { in.GivenOn = world.Ptr(w.Store.Now() + 1e12) },
		} {
			wantKind(t, "confirmed "+what, confirm(w, "lwu", yes, change), errs.Invalid)
		}
		wantKind(t, "confirmed by its recipient", confirm(w, "ngo", yes, nil), errs.Withheld)
		w.Must(as(w, "lwu"), withdraw(w, took.Case, "ngo"))
		wantKind(t, "what she took back", confirm(w, "lwu", no, nil), errs.Conflict)
		if err := confirm(w, "lwu", yes, nil); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		wantKind(t, "confirmed twice", confirm(w, "lwu", yes, nil), errs.Conflict)
		w.Advance(week + time.Minute)
		look("after 7 days, not confirmed", void, hasEnded)
		look("after 7 days, confirmed", kept, readsIdentity)
		look("taken back", took, hasEnded)
		wantKind(t, "after 7 days", confirm(w, "lwu", never, nil), errs.Conflict)

		custody := statement(w, kept.Case, "atd", justice, category.Profile)
		custody.Setting = valueset.SettingCustody
		stated(t, w, custody)
		wantKind(t, "for justice, out of custody", refer(w, "lwu", kept.Case, "atd", justice, category.Profile), errs.Conflict)
		w.Share("lwu", kept.Case, "atd", justice, category.Profile)
		if err := refer(w, "lwu", kept.Case, "atd", justice, category.Profile); err != nil {
			t.Errorf("in a safe place: %v (%v)", err, world.Cause(err))
		}
		evaluated(t, w)
	})
}

// Her story for JUSTICE takes a consent apart: that alone, to one agency by name, after
// legal advice was offered (C9).
func TestHerStoryForJusticeTakesAConsentApart(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id, story := full(t, w, "Canary Story"), category.Narrative
		apart := func() casework.RecordConsentInput {
			in := statement(w, id, "atd", justice, story)
			in.LegalAdvice = world.Ptr(true)
			return in
		}
		for what, change := range map[string]func(*casework.RecordConsentInput){
			"without legal advice": func(in *casework.RecordConsentInput) { in.LegalAdvice = nil },
			"beside something else": func(in *casework.RecordConsentInput) {
				in.Provisions[0].Categories = []category.Category{story, category.Profile}
			},
			"for another purpose too": func(in *casework.RecordConsentInput) {
				in.Provisions[0].Purposes = []category.Purpose{justice, category.ForProtection}
			},
			"through a relative": func(in *casework.RecordConsentInput) { in.Interpretation = valueset.InterpretationRelative },
		} {
			in := apart()
			change(&in)
			stated(t, w, in)
			wantKind(t, what, refer(w, "lwu", id, "atd", justice, story), errs.Conflict)
		}
		stated(t, w, apart())
		w.Accept("atd", justice, w.Refer("lwu", id, "atd", justice, story))
		const want = "CASE by lwu, NARRATIVE by lwu, PROVISION by lwu, REFERRAL by lwu"
		if got := sees(t, w, w.As("atd", justice), id); got != want {
			t.Errorf("atd sees %q, want %q", got, want)
		}
		if w.URL != "" {
			db, login := root(t, w), app(t, w)
			good := genuine(t, w, db, one[string](t, db, "SELECT id FROM referrals WHERE case_id = $1", id), "READ")
			exec(t, db, "ALTER TABLE consents DISABLE TRIGGER ALL", "UPDATE consents SET legal_advice_offered = false WHERE case_id = '"+id+"'", "ALTER TABLE consents ENABLE TRIGGER ALL")
			if err := good.insert(t, login); state(err) != checkViolated {
				t.Errorf("without legal advice, by SQL: %v", err)
			}
			return
		}
		evaluated(t, w)
	})
}

// While she recovers and reflects nothing for JUSTICE is offered and nothing starts, until
// she asks; what was open goes on, and nobody shortens her time (D7).
func TestRecoveryAndReflection(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		const days = 24 * time.Hour
		begun := func(to string, p category.Purpose) string {
			id := w.Register("lwu", "Canary Recovers")
			w.Share("lwu", id, to, p, category.Profile)
			return id
		}
		start := func(id string) string {
			return run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
				return casework.StartRecovery(ctx, op, casework.StartRecoveryInput{CaseID: id})
			})
		}
		alter := func(in casework.ChangeRecoveryInput) error {
			return w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
				_, err := casework.ChangeRecovery(ctx, op, in)
				return err
			})
		}
		open := begun("atd", justice)
		w.Accept("atd", justice, w.Refer("lwu", open, "atd", justice, category.Profile))
		start(open)
		reads := sees(t, w, w.As("atd", justice), open)
		if reads != "CASE by lwu, PROFILE by lwu, PROVISION by lwu, REFERRAL by lwu" {
			t.Errorf("what was open before: atd sees %q", reads)
		}

		id := begun("atd", justice)
		offered := w.Refer("lwu", id, "atd", justice, category.Profile)
		period := start(id)
		wantKind(t, "offering", refer(w, "lwu", id, "atd", justice, category.Profile), errs.Conflict)
		w.Share("lwu", id, "ngo", assistance, category.Profile)
		if err := refer(w, "lwu", id, "ngo", assistance, category.Profile); err != nil {
			t.Errorf("for assistance: %v (%v)", err, world.Cause(err))
		}
		w.Accept("atd", justice, offered)
		if got := sees(t, w, w.As("atd", justice), id); got != hasEnded {
			t.Errorf("accepted meanwhile: atd sees %q", got)
		}
		wantKind(t, "shortening", alter(casework.ChangeRecoveryInput{RecoveryID: period, ValidUntil: world.Ptr(w.Store.Now() + 1)}), errs.Invalid)
		if err := alter(casework.ChangeRecoveryInput{RecoveryID: period, ValidUntil: world.Ptr(w.Store.Now() + int64(60*days/time.Microsecond))}); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		wantKind(t, "a second one", w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.StartRecovery(ctx, op, casework.StartRecoveryInput{CaseID: id})
			return err
		}), errs.Conflict)
		w.Advance(40 * days)
		if got := sees(t, w, w.As("atd", justice), id); got != hasEnded {
			t.Errorf("within the extension atd sees %q", got)
		}
		if err := alter(casework.ChangeRecoveryInput{RecoveryID: period, Decision: world.Ptr(valueset.RecoveryDecisionAsks)}); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		if got := sees(t, w, w.As("atd", justice), id); got != reads {
			t.Errorf("she asks: atd sees %q", got)
		}
		if err := refer(w, "lwu", id, "atd", justice, category.Profile); err != nil {
			t.Errorf("she asks: %v (%v)", err, world.Cause(err))
		}
		if w.URL == "" {
			evaluated(t, w)
			return
		}
		db, login := root(t, w), app(t, w)
		good := genuine(t, w, db, offered, "READ")
		exec(t, db, "ALTER TABLE recovery_periods DISABLE TRIGGER ALL", "UPDATE recovery_periods SET decision = 'DECLINES' WHERE case_id = '"+id+"'", "ALTER TABLE recovery_periods ENABLE TRIGGER ALL")
		if err := good.insert(t, login); state(err) != checkViolated {
			t.Errorf("while she recovers, by SQL: %v", err)
		}
		exec(t, db, "ALTER TABLE accesses DISABLE TRIGGER accesses_rest")
		if err := good.insert(t, login); err != nil {
			t.Errorf("without the trigger: %v", err)
		}
		exec(t, db, "ALTER TABLE accesses ENABLE TRIGGER accesses_rest")
	})
}
