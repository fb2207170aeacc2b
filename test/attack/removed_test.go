package attack

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/revisions"
	"github.com/sala-exchange/sala/test/world"
)

// removal is a world in which a policy that opens was rolled back to one that shuts, and
// what it decided was not removed: the process ended before.
type removal struct {
	*changing
	shared
	next [][]byte // shuts too, and comes into force under the number that the other had
}

func rolledBack(t *testing.T, w *world.World) *removal {
	t.Helper()
	r := &removal{changing: changes(t, w, store.Options{}, 1), shared: share(w, "Canary Rolled Back")}
	w.Advance(time.Hour)
	opens, next := world.Altered(t), shut(t)
	opens["access/access.rego"] += "\n# opens\n"
	next["access/access.rego"] += "\n# the next\n"
	for _, modules := range []map[string]string{shut(t), opens} {
		if _, err := r.book.Apply(t.Context(), r.st, [][]byte{r.signer.Bundle(t, modules)}, nil); err != nil {
			t.Fatal(err, world.Cause(err))
		}
	}
	r.next = [][]byte{r.signer.Bundle(t, next)}
	return r
}

// rollback goes as far as to the switch.
func (r *removal) rollback(t *testing.T, w *world.World) {
	t.Helper()
	stop, on := []string{"CREATE TRIGGER stopped BEFORE DELETE ON accesses BEGIN SELECT RAISE(ABORT, 'stopped'); END"}, ""
	if w.URL != "" {
		stop = []string{"CREATE FUNCTION stopped() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stopped'; END $$",
			"CREATE TRIGGER stopped BEFORE DELETE ON accesses FOR EACH STATEMENT EXECUTE FUNCTION stopped()"}
		on = " ON accesses"
	}
	exec(t, w.Root(), stop...)
	_, err := r.book.Rollback(t.Context(), r.st, nil)
	exec(t, w.Root(), "DROP TRIGGER stopped"+on)
	if live := one[int](t, w.Root(), "SELECT sequence FROM gates WHERE id = 'policy'"); err == nil || live != 1 {
		t.Fatalf("the rollback ended with %v, and number %d is live", err, live)
	}
}

// shutBy: the next policy is in force, and nothing of the one that was rolled back.
func (r *removal) shutBy(t *testing.T, w *world.World, done *revisions.Changed, err error) {
	t.Helper()
	if err != nil || done.Before {
		t.Fatalf("the next policy: %+v, %v (%v)", done, err, world.Cause(err))
	}
	if got := seesBy(t, w, r.st, as(w, "ngo"), r.Case); strings.Contains(got, "IDENTITY") {
		t.Errorf("under a policy that shuts, one that was rolled back opens %q", got)
	}
	r.sound(t)
}

// What a policy decided that was rolled back is removed before another comes into force under
// its number, though the clock of who rolled it back is ahead.
func TestWhatWasRolledBackIsNotTheNextOnes(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		r := rolledBack(t, w)
		r.rollback(t, w)
		w.Advance(-30 * time.Second)
		done, err := r.book.Apply(t.Context(), r.st, r.next, nil)
		r.shutBy(t, w, done, err)
	})
}

// Nor where it was rolled back after who applies the next one had looked.
func TestWhatIsBeingRolledBackIsNotTheNextOnes(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	r := rolledBack(t, w)
	hold, err := root(t, w).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, hold, "SELECT pg_advisory_xact_lock(1095189838)") // LockAgencies
	ended := make(chan error, 1)
	go func() {
		_, err := r.book.Apply(t.Context(), r.st, r.next, nil)
		ended <- err
	}()
	for one[int](t, w.Root(), "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())") == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	r.rollback(t, w)
	if err := hold.Rollback(); err != nil {
		t.Fatal(err)
	}
	wantKind(t, "a policy while another is being removed", <-ended, errs.Conflict)
	done, err := r.book.Apply(t.Context(), r.st, r.next, nil)
	r.shutBy(t, w, done, err)
}

// Who removes what was given up does not take what came into force meanwhile for that.
func TestWhatCameIntoForceIsNotRemoved(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	c := changes(t, w, store.Options{}, 1)
	s := share(w, "Canary Tidied")
	before := seesBy(t, w, c.st, as(w, "ngo"), s.Case)
	opens := world.Altered(t)
	opens["access/access.rego"] += "\n# opens\n"
	if _, err := c.book.Apply(t.Context(), c.st, [][]byte{c.signer.Bundle(t, shut(t))}, nil); err != nil {
		t.Fatal(err, world.Cause(err))
	}
	err := behind(t, w, store.Options{}).Run(t.Context(), rule.Scope{Mode: rule.Policy}, false, func(ctx context.Context, op *store.Op) error {
		_, live, err := op.Live(ctx)
		if err != nil {
			return err
		}
		if _, err := c.book.Apply(t.Context(), c.st, [][]byte{c.signer.Bundle(t, opens)}, nil); err != nil {
			t.Error(err, world.Cause(err))
		}
		_, err = op.Tidy(ctx, live, "", 1000, false)
		return err
	})
	wantKind(t, "removing what another policy than the live one did not decide", err, errs.Conflict)
	if got := seesBy(t, w, c.st, as(w, "ngo"), s.Case); got != before {
		t.Errorf("under a policy that opens, ngo sees %q, want %q", got, before)
	}
	c.sound(t)
}
