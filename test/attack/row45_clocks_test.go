package attack

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/casework"
	erasing "github.com/sala-exchange/sala/services/erasure"
	"github.com/sala-exchange/sala/test/world"
)

// Test45TokenTimes: clocks that are not alike. A token counts to 30 seconds past its end
// and from a minute before its beginning, to the second and no further; a clock that is a
// day behind would take yesterday's, and a token that was made to last takes no part in
// that. Ends of accesses, to the microsecond: TestEndsAreExclusive; days and zones:
// TestEighteenthWhereMidnightIsSkipped, TestABirthDateInTheFutureIsJudgedInTheDeploymentsZone.
func Test45TokenTimes(t *testing.T) {
	t.Parallel()
	i := ownIssuer(t)
	made := time.Unix(1_800_000_000, 0)
	at := func(offset time.Duration) { i.now = func() time.Time { return made.Add(offset) } }
	at(0)
	v, token := i.verifier(t), i.sign(t, i.claims(nil)) // for an hour
	lasting := i.sign(t, i.claims(map[string]any{"exp": made.Add(72 * time.Hour).Unix()}))
	for _, c := range []struct {
		offset time.Duration
		want   bool
	}{
		{0, true},
		{-time.Minute, true},
		{-time.Minute - time.Second, false},
		{-24 * time.Hour, false},
		{time.Hour + 30*time.Second - time.Microsecond, true},
		{time.Hour + 30*time.Second, false},
		{time.Hour + 5*time.Minute, false},
		{24 * time.Hour, false},
	} {
		at(c.offset)
		if _, ok := accepts(t, v, token); ok != c.want {
			t.Errorf("%v after it was made: accepted %v", c.offset, ok)
		}
		if _, ok := accepts(t, v, lasting); ok {
			t.Errorf("a token for three days is accepted %v after it was made", c.offset)
		}
	}
	// What the server's own clock guards: a day later, on a clock that is a day behind, the
	// token is good.
	at(0)
	if _, ok := accepts(t, v, token); !ok {
		t.Error("on a clock that is behind the token is refused, so that nothing is shown")
	}
}

// Test45AServersClock: a second person who confirms an erasure at a server whose clock is two
// weeks behind leaves her contributors no day to stop it, though the database deletes by its
// own clock; and such a server shows what has ended since. One whose clock differs by more
// than a minute shows and changes nothing, also where it is set while the server runs.
func Test45AServersClock(t *testing.T) {
	t.Parallel()
	server.Need(t)
	w := world.OnPostgres(t, server, world.Options{})
	w.At(time.Now().Add(-16 * 24 * time.Hour)) // the database goes by the real time
	id, erasure := w.Register("lwu", "Canary Clock"), ""
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) (err error) {
		erasure, err = casework.AskErasure(ctx, op, id)
		return err
	})
	var offset atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	guarded := behind(t, w, store.Options{Clock: clock, ClockApart: time.Minute})
	open := behind(t, w, store.Options{Clock: clock})
	reads := func(st *store.Store) error {
		return st.Run(t.Context(), as(w, "lwu"), true, func(ctx context.Context, op *store.Op) error {
			_, err := op.CaseByID(id).Only(ctx)
			return err
		})
	}
	for _, by := range []time.Duration{0, 59 * time.Second, -59 * time.Second} {
		offset.Store(int64(by))
		if err := reads(guarded); err != nil {
			t.Errorf("a clock that differs by %s: %v", by, err)
		}
	}
	for _, by := range []time.Duration{2 * time.Minute, -2 * time.Minute, 15 * 24 * time.Hour, -15 * 24 * time.Hour} {
		offset.Store(0)
		if err := reads(guarded); err != nil { // and then it is set
			t.Fatal(err)
		}
		offset.Store(int64(by))
		if err := reads(guarded); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("a clock that is set by %s: %v", by, err)
		}
	}
	confirm := func(st *store.Store) error {
		return st.Run(t.Context(), second(w, "lwu"), false, func(ctx context.Context, op *store.Op) error { return casework.ConfirmErasure(ctx, op, erasure) })
	}
	offset.Store(int64(-15 * 24 * time.Hour))
	if err := confirm(guarded); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("confirmed by a clock that is behind: %v", err)
	}
	if err := confirm(open); err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	offset.Store(0)
	l, _ := listOf(t, w)
	if n, err := erasing.Carry(t.Context(), guarded, w.Keys, l); err != nil || n != 1 {
		t.Errorf("without the comparison she is not erased at once: %d, %v (%v)", n, err, world.Cause(err))
	}
}
