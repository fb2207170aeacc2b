package attack

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/offboarding"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

const aDay = 24 * time.Hour

// leavingBy starts the departure of an agency, or proposes it, and returns the proposal.
func leavingBy(w *world.World, s rule.Scope, code string, in onboarding.OffboardingInput) (id string, err error) {
	err = w.Do(s, func(ctx context.Context, op *store.Op) (err error) {
		id, err = onboarding.StartOffboarding(ctx, op, w.Agencies[code].ID, in)
		return err
	})
	return id, err
}

// ahead is a time from now on, as a deadline.
func ahead(w *world.World, d time.Duration) *int64 { return new(w.Store.Now() + d.Microseconds()) }

func approving(w *world.World, code, proposal string) error {
	return w.Do(w.AsPlatform(code), func(ctx context.Context, op *store.Op) error { return onboarding.Approve(ctx, op, proposal) })
}

// fieldOf is the field that an error names.
func fieldOf(err error) string { return strings.Join(errs.Public(err).Fields, " ") }

// TestTermsOfADeparture: cases are handed over to another agency that is there, active and
// may own some, and by a deadline that lies ahead; who approves sees both, and what has
// become impossible meanwhile is not begun.
func TestTermsOfADeparture(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		w.Must(w.AsPlatform("lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.SuspendAgency(ctx, op, w.Agencies["mops"].ID)
			return err
		})
		for name, code := range map[string]string{"itself": "ngo", "nobody": "unknown", "no code": "N G O", "a suspended one": "mops", "a regional counterpart": "thailand"} {
			for _, s := range []rule.Scope{w.AsAdmin("ngo"), w.AsPlatform("lwu")} {
				_, err := leavingBy(w, s, "ngo", onboarding.OffboardingInput{ExportTo: somebodysKey, HandOverTo: code})
				wantKind(t, "handed over to "+name, err, errs.Invalid)
				if got := fieldOf(err); got != "handOverTo" {
					t.Errorf("%s: it names the field %q", name, got)
				}
			}
		}
		for name, d := range map[string]time.Duration{"in the past": -aDay, "now": 0, "too soon": 7*aDay - time.Second, "too late": 730*aDay + time.Second} {
			_, err := leavingBy(w, w.AsAdmin("ngo"), "ngo", onboarding.OffboardingInput{ExportTo: somebodysKey, Deadline: ahead(w, d)})
			wantKind(t, "a deadline "+name, err, errs.Invalid)
			if got := fieldOf(err); got != "deadline" {
				t.Errorf("%s: it names the field %q", name, got)
			}
		}
		if n := count(t, w, "offboardings"); n != 0 {
			t.Fatalf("%d departures have begun", n)
		}

		in := onboarding.OffboardingInput{HandOverTo: "iom", Deadline: ahead(w, 30*aDay)}
		id, err := leavingBy(w, w.AsPlatform("lwu"), "ngo", in)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := leavingBy(w, w.AsPlatform("atd"), "ngo", in); err != nil || same != id {
			t.Errorf("proposed twice: %s %v", same, err)
		}
		_, err = leavingBy(w, w.AsPlatform("atd"), "ngo", onboarding.OffboardingInput{HandOverTo: "lwu", Deadline: in.Deadline})
		wantKind(t, "another target while one waits", err, errs.Conflict)
		content := one[string](t, w.Root(), "SELECT content FROM proposals WHERE id = '"+id+"'")
		if want := `{"handOverTo":"iom","deadline":"` + time.UnixMicro(*in.Deadline).UTC().Format(time.RFC3339Nano) + `"}`; content != want {
			t.Errorf("who approves is shown %s, want %s", content, want)
		}
		w.Must(w.AsPlatform("lwu"), func(ctx context.Context, op *store.Op) error { return onboarding.Approve(ctx, op, id) })
		suspend := func(state string) {
			if _, err := w.Root().ExecContext(t.Context(), "UPDATE agencies SET state = '"+state+"' WHERE code = 'iom'"); err != nil {
				t.Fatal(err)
			}
		}
		suspend("SUSPENDED")
		err = approving(w, "atd", id)
		wantKind(t, "approved when the target is suspended", err, errs.Conflict)
		if got := fieldOf(err); got != "handOverTo" {
			t.Errorf("it names the field %q", got)
		}
		suspend("ACTIVE")
		now := time.UnixMicro(w.Store.Now())
		w.At(now.Add(30 * aDay))
		err = approving(w, "atd", id)
		wantKind(t, "approved when the deadline has passed", err, errs.Conflict)
		w.At(now.Add(29 * aDay))
		if err := approving(w, "atd", id); err != nil {
			t.Fatal(err)
		}
		began(t, w, *in.Deadline)
	})
}

// began: the terms are those that were approved, and never change.
func began(t *testing.T, w *world.World, deadline int64) {
	t.Helper()
	got, err := offboard(t, w, "ngo", onboarding.Departure{})
	if err != nil || got.HandOverToID != w.Agencies["iom"].ID || got.Deadline == nil || *got.Deadline != deadline || got.Overdue {
		t.Fatalf("it began with %+v %v", got, err)
	}
	for _, s := range []rule.Scope{w.AsAdmin("ngo"), w.AsPlatform("lwu")} {
		for field, in := range map[string]onboarding.OffboardingInput{"handOverTo": {HandOverTo: "lwu"}, "deadline": {Deadline: ahead(w, 90*aDay)}} {
			_, err := leavingBy(w, s, "ngo", in)
			wantKind(t, "another "+field, err, errs.Conflict)
			if got := fieldOf(err); got != field {
				t.Errorf("it names the field %q", got)
			}
		}
		if _, err := leavingBy(w, s, "ngo", onboarding.OffboardingInput{HandOverTo: "iom", Deadline: &deadline}); err != nil {
			t.Errorf("the same again: %v", err)
		}
	}
	if w.URL == "" {
		return
	}
	for _, set := range []string{"deadline = deadline + 1", "hand_over_to_id = ''", "deadline = NULL"} {
		tx, err := app(t, w).BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, tx, "SET LOCAL ROLE sala_onboarding")
		if _, err = tx.ExecContext(t.Context(), "UPDATE offboardings SET "+set); state(err) != checkViolated {
			t.Errorf("the database lets %s: %v", set, err)
		}
		_ = tx.Rollback()
	}
}

// TestDepartureIsOverdue: after its deadline nothing has ended and nothing goes on by
// itself; the agency's administrators and those of the platform are told, once, and nobody
// else.
func TestDepartureIsOverdue(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Overdue")
		own := w.Register("ngo", "Canary Kept")
		since := w.Store.Now()
		in := onboarding.OffboardingInput{ExportTo: somebodysKey, Deadline: ahead(w, 30*aDay)}
		if _, err := leavingBy(w, w.AsAdmin("ngo"), "ngo", in); err != nil {
			t.Fatal(err)
		}
		ngo := w.Agencies["ngo"].ID
		told := func(when, want string) {
			t.Helper()
			if _, err := notify.Tell(t.Context(), w.Store); err != nil {
				t.Fatal(err)
			}
			for who, scope := range map[string]rule.Scope{"its administrator": w.AsAdmin("ngo"), "LWU's platform": w.AsPlatform("lwu"), "ATD's platform": w.AsPlatform("atd")} {
				if got := inbox(t, w, scope, since, ngo, "N"); got != want {
					t.Errorf("%s %s is told %q, want %q", when, who, got, want)
				}
			}
			worker := as(w, "lwu")
			worker.CaseNotices = true
			for who, scope := range map[string]rule.Scope{"a case worker of LWU": worker, "an agency that does not administer the platform": w.AsAdmin("mops"),
				"who answers for ATD's agreements": w.AsAdmin("atd"), "who answers for its data": w.AsFocal("atd")} {
				if got := inbox(t, w, scope, since, ngo, "N"); strings.Contains(got, "OVERDUE") {
					t.Errorf("%s %s is told %q", when, who, got)
				}
			}
		}
		w.Advance(30*aDay - time.Minute)
		told("before", "")
		if got, err := offboard(t, w, "ngo", onboarding.Departure{}); err != nil || got.Overdue {
			t.Fatalf("before its deadline: %+v %v", got, err)
		}
		w.Advance(time.Minute)
		told("after", "DEPARTURE_OVERDUE N")
		told("once more", "DEPARTURE_OVERDUE N")
		got, err := offboard(t, w, "ngo", onboarding.Departure{})
		if err != nil || !got.Overdue || got.OwnedCases != 1 || got.HandedOverOn != nil {
			t.Fatalf("after its deadline: %+v %v", got, err)
		}
		if seen := sees(t, w, as(w, "ngo"), own); !strings.Contains(seen, "IDENTITY") {
			t.Errorf("its own case is shut: %q", seen)
		}
		if seen := sees(t, w, as(w, "ngo"), s.Case); !strings.Contains(seen, "IDENTITY") {
			t.Errorf("what was shared with it is shut: %q", seen)
		}
		handOver(t, w, own)
		if got, err := offboard(t, w, "ngo", onboarding.Departure{}); err != nil || got.HandedOverOn == nil || !got.Overdue {
			t.Errorf("it goes on after its deadline: %+v %v", got, err)
		}
		if _, err := w.Root().ExecContext(t.Context(), "UPDATE offboardings SET ended_on = 1"); err != nil {
			t.Fatal(err)
		}
		w.Must(w.AsPlatform("atd"), func(ctx context.Context, op *store.Op) error {
			got, err := onboarding.Departing(ctx, op, ngo)
			if err == nil && got.Overdue {
				t.Error("an agency that has left is overdue")
			}
			return err
		})
	})
}

// TestHandOverTarget: an offer that names nobody goes to the agency that the departure
// names, and needs all that an offer needs: her statement, an agreement, and acceptance.
func TestHandOverTarget(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		own := w.Register("ngo", "Canary Target")
		offer := func(to, said string) error {
			return w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
				return casework.OfferTransfer(ctx, op, casework.OfferTransferInput{CaseID: own, ToID: to, ConsentID: said})
			})
		}
		said := w.Transferable("ngo", own, "lwu", assistance)
		err := offer("", said)
		wantKind(t, "by an agency that stays", err, errs.Invalid)
		if got := fieldOf(err); got != "toID" {
			t.Errorf("it names the field %q", got)
		}
		if _, err := leavingBy(w, w.AsAdmin("ngo"), "ngo", onboarding.OffboardingInput{ExportTo: somebodysKey, HandOverTo: "lwu"}); err != nil {
			t.Fatal(err)
		}
		if n := count(t, w, "notices WHERE agency_id = '"+w.Agencies["lwu"].ID+"' AND kind = 'CASE_TRANSFER'"); n != 0 {
			t.Errorf("to be named is to be told %d times", n)
		}
		for who, scope := range map[string]rule.Scope{"a case worker of the agency": as(w, "ngo"), "its administrator": w.AsAdmin("ngo"), "who administers the platform": w.AsPlatform("atd")} {
			if n := departures(t, w, scope); n != 1 {
				t.Errorf("%s sees %d departures", who, n)
			}
		}
		analyst := rule.Scope{Mode: rule.Request, Agency: w.Agencies["ngo"].ID, Member: w.Agencies["ngo"].Worker}
		for who, scope := range map[string]rule.Scope{"the target's case worker": as(w, "lwu"), "its administrator": w.AsAdmin("lwu"), "one without case work": analyst} {
			if n := departures(t, w, scope); n != 0 {
				t.Errorf("%s sees %d departures", who, n)
			}
		}
		wantKind(t, "on a statement about another", offer("", w.Transferable("ngo", own, "iom", assistance)), errs.Conflict)
		run(t, w, as(w, "ngo"), func(ctx context.Context, op *store.Op) (string, error) {
			lwu := w.Agencies["lwu"].ID
			return casework.RecordConsent(ctx, op, casework.RecordConsentInput{
				CaseID: own, Kind: valueset.ConsentKindSharing, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
				Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionPermit, RecipientID: &lwu,
					Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Profile}}},
			})
		})
		w.Accept("lwu", assistance, w.Refer("ngo", own, "lwu", assistance, category.Profile))
		w.Must(as(w, "lwu"), recording(own))
		if err := offer("", said); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		if got := one[string](t, w.Root(), "SELECT owner_id || ' ' || transfer_to_id FROM case_files WHERE id = '"+own+"'"); got != w.Agencies["ngo"].ID+" "+w.Agencies["lwu"].ID {
			t.Errorf("offered, its owner and who it is offered to are %s", got)
		}
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.AcceptTransfer(ctx, op, own) })
		if got, err := offboard(t, w, "ngo", onboarding.Departure{}); err != nil || got.HandedOverOn == nil {
			t.Errorf("accepted: %+v %v", got, err)
		}
	})
}

// departures counts those that one sees, alike by both walls.
func departures(t *testing.T, w *world.World, s rule.Scope) int {
	t.Helper()
	var all []int
	for _, st := range wallsOf(t, w) {
		n, err := within(t, st, s, func(ctx context.Context, op *store.Op) (int, error) {
			return op.Offboarding.Query().Where(offboarding.AgencyIDNEQ("")).Count(ctx)
		})
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		all = append(all, n)
	}
	if slices.Max(all) != slices.Min(all) {
		t.Errorf("the walls differ: %v", all)
	}
	return all[0]
}
