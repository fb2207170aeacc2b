package attack

import (
	"context"
	"database/sql"
	"slices"
	"testing"
	"time"

	entgate "github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/narrative"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// answer reads a case as a viewer would, lets something happen before the answer
// leaves, and returns what the record says.
func answer(t *testing.T, w *world.World, s rule.Scope, caseID string, meanwhile func()) error {
	t.Helper()
	ctx, op, err := w.Store.Begin(t.Context(), s, true)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := query(ctx, op, caseID)
	op.Rollback()
	if err != nil || len(rows) == 0 {
		t.Fatalf("nothing was read: %v", err)
	}
	meanwhile()
	return disclosure.Record(t.Context(), w.Store, op)
}

// disclosed counts the rows of the record by kind, past all walls.
func disclosed(t *testing.T, w *world.World, kind string) int {
	t.Helper()
	return one[int](t, raw(t, w), "SELECT count(*) FROM disclosures WHERE kind = '"+kind+"'")
}

// raw is a world's database, bound by no wall.
func raw(t *testing.T, w *world.World) *sql.DB {
	t.Helper()
	if w.URL == "" {
		return w.Store.DB()
	}
	return root(t, w)
}

// What was read and closed before its record is committed does not leave (threat 22).
func TestWhatClosedMeanwhileDoesNotLeave(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Canary Meanwhile")
		var ref string
		anew := func() {
			w.Share("lwu", id, "ngo", assistance, category.Identity, category.Contact)
			ref = w.Refer("lwu", id, "ngo", assistance, category.Identity, category.Contact)
			w.Accept("ngo", assistance, ref)
		}
		gate := func(gate string, open bool) {
			w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error { return onboarding.SetGate(ctx, op, gate, open) })
		}
		for _, m := range []struct {
			name       string
			closes     func()
			afterwards func()
		}{
			{"withdrawn", func() { w.Withdraw("lwu", id, "ngo") }, anew},
			{"withdrawn in part", func() {
				w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
					_, err := casework.WithdrawConsent(ctx, op, casework.WithdrawConsentInput{CaseID: id, RecipientID: &w.Agencies["ngo"].ID,
						Categories: []category.Category{category.Contact}, Interpretation: "NONE_NEEDED", Setting: "SAFE_PLACE"})
					return err
				})
			}, anew},
			{"unassigned", func() { w.Must(as(w, "ngo"), unassign(id, w.Agencies["ngo"].Worker)) }, anew},
			{"the agreement suspended", func() { w.Must(as(w, "lwu"), suspend(w.Agreements["lwu+ngo"])) }, func() {
				w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
					return onboarding.ResumeAgreement(ctx, op, w.Agreements["lwu+ngo"])
				})
			}},
			{"the agency suspended", func() { gate(w.Agencies["ngo"].ID, false) }, func() { gate(w.Agencies["ngo"].ID, true) }},
			{"the policy switched", func() {
				w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error { return onboarding.SetPolicy(ctx, op, "another") })
			}, func() {
				w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
					return op.Gate.Update().Where(entgate.ID("policy")).SetRevision(w.Store.Revision()).SetSequence(0).Exec(ctx)
				})
			}},
			{"expired", func() { w.Advance(366 * 24 * time.Hour) }, func() {}},
		} {
			if m.name == "withdrawn" {
				anew()
			}
			before := disclosed(t, w, "READ")
			if err := answer(t, w, as(w, "ngo"), id, func() {}); err != nil {
				t.Errorf("%s: while it stood: %v (%v)", m.name, err, world.Cause(err))
			}
			stood := disclosed(t, w, "READ")
			if stood == before {
				t.Errorf("%s: an answer left without a record", m.name)
			}
			wantKind(t, m.name, answer(t, w, as(w, "ngo"), id, m.closes), errs.Changed)
			if disclosed(t, w, "READ") != stood {
				t.Errorf("%s: a record of an answer that did not leave", m.name)
			}
			m.afterwards()
		}
		// One case closed takes the whole answer with it, and an unrelated change nothing.
		a, b := share(w, "Canary Two"), share(w, "Canary Two B")
		ctx, op, err := w.Store.Begin(t.Context(), as(w, "ngo"), true)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := op.Identity.Query().All(ctx); len(n) != 2 || err != nil {
			t.Fatalf("%d rows, %v", len(n), err)
		}
		op.Rollback()
		w.Share("lwu", a.Case, "iom", assistance, category.Profile)
		if err := disclosure.Record(t.Context(), w.Store, op); err != nil {
			t.Errorf("after an unrelated change: %v", err)
		}
		w.Withdraw("lwu", b.Case, "ngo")
		wantKind(t, "one of two", disclosure.Record(t.Context(), w.Store, op), errs.Changed)
	})
}

// A withdrawal that comes after the recheck waits until the record is committed, so
// that the order of the two is the order of the ledger (threat 22).
func TestTheRecordHoldsAWithdrawalBack(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	s := share(w, "Canary Hold")
	viewer := as(w, "ngo")
	viewer.Mode = rule.Ledger
	ctx, led, err := w.Store.Begin(t.Context(), viewer, false)
	if err != nil {
		t.Fatal(err)
	}
	defer led.Rollback()
	viewer = *led.Scope
	open, err := led.Recheck(ctx, &viewer, []string{s.Case})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, ok := open.Basis(store.Key{Case: s.Case, Contributor: w.Agencies["lwu"].ID, Category: category.Identity}); !ok {
		t.Error("the recheck finds nothing open")
	}
	done := make(chan error, 1)
	go func() { done <- w.Do(as(w, "lwu"), withdraw(w, s.Case, "ngo")) }()
	if !blocked(t, w, done) {
		t.Error("the withdrawal did not wait for the record")
	}
	if err := led.Commit(ctx); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := sees(t, w, as(w, "ngo"), s.Case); got != "REFERRAL by lwu" {
		t.Errorf("after the withdrawal ngo sees %q", got)
	}
}

// Where the record cannot be written nothing is shown and nothing decided (threat 41).
func TestNoRecordNoAnswerNoAct(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Full Disk")
		db := raw(t, w)
		if w.URL == "" {
			exec(t, db, "CREATE TRIGGER full_disk BEFORE INSERT ON disclosures BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
		} else {
			exec(t, db, "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$",
				"CREATE TRIGGER full_disk BEFORE INSERT ON disclosures FOR EACH ROW EXECUTE FUNCTION full_disk()")
		}
		wantKind(t, "an answer", answer(t, w, as(w, "ngo"), s.Case, func() {}), errs.Unavailable)
		before := sees(t, w, as(w, "ngo"), s.Case)
		wantKind(t, "a withdrawal", w.Do(as(w, "lwu"), withdraw(w, s.Case, "ngo")), errs.Unavailable)
		if after := sees(t, w, as(w, "ngo"), s.Case); after != before {
			t.Errorf("an act without its entry: ngo sees %q, before %q", after, before)
		}
		if w.URL == "" {
			exec(t, db, "DROP TRIGGER full_disk")
		} else {
			exec(t, db, "DROP TRIGGER full_disk ON disclosures")
		}
		if err := answer(t, w, as(w, "ngo"), s.Case, func() {}); err != nil {
			t.Errorf("with room on the disk: %v", err)
		}
	})
}

// Each row shown is named in the record, whatever door it came through; a number of
// rows shows none.
func TestWhateverIsShownIsRecorded(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := full(t, w, "Canary Recorded")
		w.Share("lwu", id, "ngo", assistance, category.Identity, category.Contact)
		ref := w.Refer("lwu", id, "ngo", assistance, category.Identity, category.Contact)
		recorded := func(s rule.Scope, read func(context.Context, *store.Op) error) []string {
			t.Helper()
			exec(t, raw(t, w), "DELETE FROM disclosures")
			w.Look(s, read)
			rows, err := raw(t, w).QueryContext(t.Context(), "SELECT row_ids FROM disclosures")
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			var out []string
			for rows.Next() {
				var ids string
				if err := rows.Scan(&ids); err != nil {
					t.Fatal(err)
				}
				out = append(out, ids)
			}
			return out
		}
		about := append([]string{"CASE", "IDENTITY", "CONTACT", "PROFILE", "TRAFFICKING", "NARRATIVE", "CONSENT"}, further()...)
		for _, e := range entities {
			if !slices.Contains(about, e.name) {
				continue
			}
			if len(recorded(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { _, err := e.query(ctx, op, id); return err })) != 1 {
				t.Errorf("%s was shown without a record", e.name)
			}
			for _, r := range stock(t, w, id) {
				if r.name != e.name {
					continue
				}
				if len(recorded(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { _, err := r.get(ctx, op, r.id); return err })) != 1 {
					t.Errorf("%s was got without a record", e.name)
				}
			}
			counted := func(ctx context.Context, op *store.Op) error {
				_, err := e.count(ctx, op, id, w.Agencies["lwu"].ID)
				return err
			}
			if len(recorded(as(w, "lwu"), counted)) != 0 {
				t.Errorf("counting %s is on record as a disclosure", e.name)
			}
		}
		for name, ask := range map[string]door{"loaded": loaded, "edge": edge} {
			if len(recorded(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { _, err := ask(ctx, op, id); return err })) == 0 {
				t.Errorf("the door %s shows without a record", name)
			}
		}
		for name, read := range map[string]func(context.Context, *store.Op) error{
			"a column": func(ctx context.Context, op *store.Op) error {
				_, err := op.Narrative.Query().Select(narrative.FieldSealed).Strings(ctx)
				return err
			},
			"a grouping": func(ctx context.Context, op *store.Op) error {
				_, err := op.Identity.Query().GroupBy(identity.FieldSealed).Strings(ctx)
				return err
			},
		} {
			wantKind(t, name+" without its row", w.Store.Run(t.Context(), as(w, "lwu"), true, read), errs.Internal)
		}
		preview := recorded(as(w, "ngo"), func(ctx context.Context, op *store.Op) error { _, err := referrals(ctx, op, id, nil); return err })
		if len(preview) != 1 || disclosed(t, w, "PREVIEW") != 1 {
			t.Errorf("a preview was shown with the record %v (D2)", preview)
		}
		w.Accept("ngo", assistance, ref)
	})
}

// A suspended agency sees nothing from the next read on, not even its own; others are
// not touched.
func TestASuspendedAgencySeesNothing(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Suspended")
		w.Must(as(w, "ngo"), recording(s.Case))
		lwu := sees(t, w, as(w, "lwu"), s.Case)
		w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
			return onboarding.SetGate(ctx, op, w.Agencies["ngo"].ID, false)
		})
		if got := sees(t, w, as(w, "ngo"), s.Case); got != "REFERRAL by lwu" { // no case data, and no way to sign in
			t.Errorf("the suspended agency sees %q", got)
		}
		if got := sees(t, w, as(w, "lwu"), s.Case); got != lwu {
			t.Errorf("lwu sees %q, before %q", got, lwu)
		}
		wantKind(t, "recording while suspended", w.Do(as(w, "ngo"), recording(s.Case)), errs.Withheld)
	})
}
