package attack

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// aMonth is that of a retention period.
const aMonth = 2_629_746 * time.Second

// keeping sets for how many months an agency keeps closed cases.
func keeping(w *world.World, code string, months int) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error {
		return onboarding.UpdateAgency(ctx, op, w.Agencies[code].ID, onboarding.UpdateAgencyInput{
			Settings: &onboarding.SettingsInput{Retention: &onboarding.RetentionInput{ClosedCases: &months}}})
	}
}

// becoming changes the state of a case.
func becoming(w *world.World, id string, state valueset.CaseState) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error {
		c, err := op.CaseFile.Get(ctx, id)
		if err != nil {
			return err
		}
		in := casework.ChangeCaseInput{CaseID: id, Version: c.Version, State: &state}
		if state == valueset.CaseStateClosed {
			in.ClosingReason = world.Ptr(valueset.ClosingReasonGoalsMet)
		}
		return casework.ChangeCase(ctx, op, in)
	}
}

// TestClosedCasesAreDueForADecision: once its owner's period has passed, a decision about a
// closed case is due, told once, and nothing is erased; what is reopened, to be erased, or
// kept for longer is due no more.
func TestClosedCasesAreDueForADecision(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		for months, want := range map[int]errs.Kind{11: errs.Invalid, 601: errs.Invalid} {
			err := w.Do(w.AsAdmin("lwu"), keeping(w, "lwu", months))
			wantKind(t, "a period out of bounds", err, want)
			if got := fieldOf(err); got != "retention.closedCases" {
				t.Errorf("it names the field %q", got)
			}
		}
		wantKind(t, "by who administers the platform elsewhere", w.Do(w.AsPlatform("atd"), keeping(w, "lwu", 12)), errs.Forbidden)
		wantKind(t, "by another agency", w.Do(w.AsAdmin("ngo"), keeping(w, "lwu", 12)), errs.Withheld)
		w.Must(w.AsAdmin("lwu"), keeping(w, "lwu", 12))

		mine, open, others := w.Register("lwu", "Canary Closed"), w.Register("lwu", "Canary Open"), w.Register("ngo", "Canary Others")
		w.Must(as(w, "lwu"), becoming(w, mine, valueset.CaseStateClosed))
		w.Must(as(w, "ngo"), becoming(w, others, valueset.CaseStateClosed)) // 120 months
		since := w.Store.Now()
		due := func(when string, want int) {
			t.Helper()
			for range 2 {
				if _, err := notify.Tell(t.Context(), w.Store); err != nil {
					t.Fatalf("%v (%v)", err, world.Cause(err))
				}
			}
			if n := count(t, w, "retentions WHERE agency_id = '"+w.Agencies["lwu"].ID+"' AND case_id = '"+mine+"' AND cause = 'PERIOD_PASSED'"); n != want {
				t.Errorf("%s %d decisions are due, want %d", when, n, want)
			}
			if n := count(t, w, "retentions WHERE case_id IN ('"+open+"', '"+others+"')"); n != 0 {
				t.Errorf("%s %d decisions are due about an open case or before its time", when, n)
			}
		}
		told := func() int {
			return count(t, w, "notices WHERE kind = 'RETENTION_DUE' AND agency_id = '"+w.Agencies["lwu"].ID+"'")
		}
		w.Advance(12*aMonth - time.Minute)
		due("a moment before", 0)
		w.Advance(time.Minute)
		due("at its time", 1)
		if n := told(); n != 1 {
			t.Errorf("it was told %d times", n)
		}
		if got := inbox(t, w, w.AsFocal("lwu"), since, ""); got == "" {
			t.Error("its focal point is told nothing")
		}
		if n := count(t, w, "case_files WHERE id = '"+mine+"'"); n != 1 {
			t.Error("a case was erased by itself")
		}
		w.Must(w.AsAdmin("lwu"), keeping(w, "lwu", 24))
		due("kept for longer", 0)
		w.Must(w.AsAdmin("lwu"), keeping(w, "lwu", 12))
		due("as before", 1)
		keptSeldom(t, w)
		due("as before", 1)
		supervisor := as(w, "lwu")
		supervisor.Supervisor = true
		if seen := sees(t, w, supervisor, mine); !strings.Contains(seen, "CASE") {
			t.Errorf("who asks for its erasure sees %q of the case", seen)
		}
		id := run(t, w, supervisor, func(ctx context.Context, op *store.Op) (string, error) { return casework.AskErasure(ctx, op, mine) })
		due("to be erased", 0)
		w.Must(w.AsFocal("lwu"), func(ctx context.Context, op *store.Op) error { return casework.ConfirmErasure(ctx, op, id) })
		w.Must(w.AsFocal("lwu"), func(ctx context.Context, op *store.Op) error { return casework.StopErasure(ctx, op, id) })
		due("when that was stopped", 1)
		w.Must(as(w, "lwu"), becoming(w, mine, valueset.CaseStateReopened))
		due("reopened", 0)
		w.Must(as(w, "lwu"), becoming(w, mine, valueset.CaseStateClosed))
		due("closed anew", 0)
		w.Advance(12 * aMonth)
		due("when that is long ago", 1)
	})
}

// keptSeldom: one that tells looks at closed cases once an hour.
func keptSeldom(t *testing.T, w *world.World) {
	t.Helper()
	teller := notify.NewTeller(w.Store)
	left := func() int {
		if _, err := teller.Tell(t.Context()); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		return count(t, w, "retentions")
	}
	had := left()
	w.Must(w.AsAdmin("lwu"), keeping(w, "lwu", 24))
	w.Advance(59 * time.Minute)
	if n := left(); n != had || n == 0 {
		t.Errorf("within the hour %d of %d are left", n, had)
	}
	w.Advance(time.Minute)
	if n := left(); n != 0 {
		t.Errorf("after an hour %d are left", n)
	}
	w.Must(w.AsAdmin("lwu"), keeping(w, "lwu", 12))
}

// TestNoRetentionBySQL: the role that notes what is due by time notes that alone, of closed
// cases and for their owners, and takes nothing back that is due for another reason.
func TestNoRetentionBySQL(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	closed, open := w.Register("lwu", "Canary Closed"), w.Register("lwu", "Canary Open")
	w.Must(as(w, "lwu"), becoming(w, closed, valueset.CaseStateClosed))
	no := world.Recording(assistance)
	no.CaseID, no.Provisions[0].Decision = open, valueset.DecisionDeny
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordConsent(ctx, op, no)
		return err
	})
	lwu, ngo := w.Agencies["lwu"].ID, w.Agencies["ngo"].ID
	closing := one[string](t, w.Root(), "SELECT id FROM case_changes WHERE case_id = '"+closed+"'")
	in := func(statement string, args ...any) (int64, error) {
		tx, err := app(t, w).BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		exec(t, tx, "SET LOCAL ROLE sala_policy")
		r, err := tx.ExecContext(t.Context(), statement, args...)
		if err != nil {
			return 0, err
		}
		return r.RowsAffected()
	}
	const insert = "INSERT INTO retentions (id, agency_id, case_id, reference, cause, row_id, started_on, due_on) VALUES ('retention_x', $1, $2, 'x', $3, $4, 1, 1)"
	if n, err := in(insert, lwu, closed, "PERIOD_PASSED", closing); err != nil || n != 1 {
		t.Fatalf("what it is there for: %d %v", n, err)
	}
	for name, args := range map[string][]any{
		"another cause":         {lwu, closed, "RECORDING_WITHDRAWN", closing},
		"an open case":          {lwu, open, "PERIOD_PASSED", closing},
		"another agency":        {ngo, closed, "PERIOD_PASSED", closing},
		"of no closing":         {lwu, closed, "PERIOD_PASSED", ""},
		"of a case not there":   {lwu, "case_x", "PERIOD_PASSED", closing},
		"of a change elsewhere": {lwu, closed, "PERIOD_PASSED", "change_x"},
	} {
		if _, err := in(insert, args...); state(err) != notPrivileged {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := count(t, w, "retentions WHERE cause = 'RECORDING_WITHDRAWN'"); n != 1 {
		t.Fatalf("%d decisions are due for her no: the test proves nothing", n)
	}
	if n, err := in("DELETE FROM retentions"); err != nil || n != 0 {
		t.Errorf("it takes %d decisions back: %v", n, err)
	}
	if _, err := in("UPDATE retentions SET due_on = 1"); state(err) != notPrivileged {
		t.Errorf("it changes one: %v", err)
	}
}
