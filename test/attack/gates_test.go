package attack

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

func resume(agreement string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error { return onboarding.ResumeAgreement(ctx, op, agreement) }
}

// One party takes its suspension back while another suspends: whichever comes first,
// the agreement stays suspended (D6).
func TestResumeBesideSuspendLeavesNoGateOpen(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	s := share(w, "Canary Gate")
	agreement := w.Agreements["lwu+ngo"]
	for round, first := range []string{"suspend", "resume"} {
		w.Must(as(w, "lwu"), suspend(agreement))
		verbs := map[string]change{"suspend": {"SuspendAgreement", as(w, "ngo"), suspend(agreement)}, "resume": {"ResumeAgreement", as(w, "lwu"), resume(agreement)}}
		order := []change{verbs["suspend"], verbs["resume"]}
		if first == "resume" {
			order[0], order[1] = order[1], order[0]
		}
		waited, a, b := overtaken(t, w, w.Store, order[0], order[1])
		if !waited {
			t.Errorf("%s first: the second change ended before it was committed", first)
		}
		if a != nil || b != nil {
			t.Errorf("%s first: %v, %v", first, a, b)
		}
		if got := sees(t, w, as(w, "ngo"), s.Case); strings.Contains(got, "IDENTITY") {
			t.Errorf("%s first: ngo suspends the agreement and sees %q", first, got)
		}
		if round == 0 {
			w.Must(as(w, "ngo"), resume(agreement))
			if got := sees(t, w, as(w, "ngo"), s.Case); !strings.Contains(got, "IDENTITY") {
				t.Fatalf("resumed by both, ngo sees %q: the test proves nothing", got)
			}
		}
	}
}

// No gate of an agreement opens while a party suspends it, whatever verb or statement
// opens it; one that was opened past the triggers is found and shut.
func TestASuspendedAgreementsGateStaysShut(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Gate")
		agreement := w.Agreements["lwu+ngo"]
		open := func() bool {
			return one[bool](t, raw(t, w), "SELECT open FROM gates WHERE id = '"+agreement+"'")
		}
		exec(t, raw(t, w), "UPDATE agreement_parties SET suspended_on = 1 WHERE agreement_id = '"+agreement+"' AND agency_id = '"+w.Agencies["ngo"].ID+"'")
		if open() {
			t.Error("a party suspends the agreement, and its gate is open")
		}
		w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error { return onboarding.SetGate(ctx, op, agreement, true) })
		if open() {
			t.Error("the gate of a suspended agreement was opened")
		}
		past := "DROP TRIGGER gates_update"
		if w.URL != "" {
			past = "ALTER TABLE gates DISABLE TRIGGER gates_changed"
		}
		exec(t, raw(t, w), past, "UPDATE gates SET open = true WHERE id = '"+agreement+"'")
		if got := sees(t, w, as(w, "ngo"), s.Case); !strings.Contains(got, "IDENTITY") {
			t.Fatalf("past the triggers ngo sees %q: the test proves nothing", got)
		}
		checked, err := w.Store.Fsck(t.Context())
		if err != nil || len(checked.Shut) != 1 || checked.Shut[0] != agreement || len(checked.Closed) > 0 {
			t.Errorf("fsck: %+v %v", checked, err)
		}
		if open() {
			t.Error("fsck left the gate open")
		}
	})
}

// The policy's role opens no gate: who could write as it would lift a suspension.
func TestThePolicysRoleOpensNoGate(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	w.Shut("ngo")
	err := w.Do(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) error {
		return onboarding.SetGate(ctx, op, w.Agencies["ngo"].ID, true)
	})
	if state(err) != notPrivileged {
		t.Errorf("the policy's role opened a gate: %v", err)
	}
}

// Who suspended and resumed an agreement is on record.
func TestSuspensionIsOnRecord(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		agreement := w.Agreements["lwu+ngo"]
		w.Must(as(w, "lwu"), suspend(agreement))
		w.Must(as(w, "lwu"), resume(agreement))
		if n := one[int](t, raw(t, w), "SELECT count(*) FROM disclosures WHERE kind = 'DECISION' AND verb IN ('suspend agreement', 'resume agreement') AND agency_id = '"+w.Agencies["lwu"].ID+"'"); n != 2 {
			t.Errorf("%d records of two acts", n)
		}
	})
}

// A withdrawal, and a suspension, wait for the answers that came before them and for
// no other: each answer that leaves after they began to wait was under way before. With
// locks of rows, which let new sharers pass, readers who overlap put them off for ever.
func TestReadersDoNotPutAChangeOff(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	const unfair = `
		CREATE OR REPLACE FUNCTION sala_hold_cases(ids text[]) RETURNS TABLE (id text, facts_version bigint, evaluated_version bigint)
		LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
		  SELECT f.id::text, f.facts_version, f.evaluated_version FROM case_files f WHERE f.id = ANY (ids) ORDER BY f.id FOR SHARE $$;
		CREATE OR REPLACE FUNCTION sala_hold_gates(ids text[]) RETURNS TABLE (id text, open boolean, revision text, version bigint)
		LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
		  SELECT g.id::text, g.open, g.revision::text, g.version FROM gates g WHERE g.id = ANY (ids) ORDER BY g.id FOR SHARE $$`
	for _, locks := range []string{"fair", "of rows"} {
		for name, begin := range map[string]func(s shared) change{
			"a withdrawal": func(s shared) change { return withdrawing(w, s.Case) },
			"a suspension": func(shared) change { return change{"SuspendAgreement", as(w, "lwu"), suspend(w.Agreements["lwu+ngo"])} },
		} {
			s := share(w, "Canary Fair")
			passed, err := relay(t, w, s.Case, begin(s))
			if err != nil {
				t.Fatal(err, world.Cause(err))
			}
			switch {
			case locks == "fair" && passed > 0:
				t.Errorf("%s: %d answers passed it", name, passed)
			case locks != "fair" && passed < most:
				t.Errorf("%s with locks %s: only %d answers passed it; the test proves nothing", name, locks, passed)
			}
			if name == "a suspension" {
				w.Must(as(w, "lwu"), resume(w.Agreements["lwu+ngo"]))
			}
		}
		exec(t, root(t, w), unfair)
	}
}

// most is how many answers try to pass a change that waits.
const most = 40

// relay lets answers overlap, each held before the last one has left, while a change
// waits, and returns how many were held and left before it came through.
func relay(t *testing.T, w *world.World, caseID string, c change) (int, error) {
	t.Helper()
	hold := func() (*store.Op, func() error) {
		viewer := as(w, "ngo")
		viewer.Mode = rule.Ledger
		ctx, led, err := w.Store.Begin(t.Context(), viewer, false)
		if err != nil {
			t.Fatal(err)
		}
		return led, func() error {
			scope := *led.Scope
			_, err := led.Recheck(ctx, &scope, []string{caseID})
			return err
		}
	}
	answer, held := hold()
	if err := held(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- w.Do(c.who, c.do) }()
	db := root(t, w)
	if !waits(t, db, 1, done) {
		t.Fatal("the change did not wait for the answer")
	}
	passed := 0
	for ; passed < most; passed++ {
		next, held := hold()
		came := make(chan error, 1)
		go func() { came <- held() }()
		if waits(t, db, 2, came) {
			answer.Rollback() // it left; now the change, then the next answer
			err := <-done
			<-came
			next.Rollback()
			return passed, err
		}
		if err := <-came; err != nil {
			t.Fatal(err)
		}
		answer.Rollback()
		answer = next
	}
	answer.Rollback()
	return passed, <-done
}

// waits reports whether n connections wait for locks, or else that done has come.
func waits(t *testing.T, db *sql.DB, n int, done <-chan error) bool {
	t.Helper()
	for {
		if one[int](t, db, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`) >= n {
			return true
		}
		if len(done) > 0 {
			return false
		}
		exec(t, db, "SELECT pg_sleep(0.002)")
	}
}
