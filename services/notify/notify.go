// Package notify writes the notices of what ends by itself: time that runs out, an
// agreement or an agency that is suspended, a referral that nobody answers in time, an
// offered transfer that has nothing to rest on any more; of a child who turns 18 soon; of an
// agency's departure that is past its deadline, by which nothing ends; of closed cases that
// have been kept for their owner's period, which it notes as due for a decision (H4); and of
// break-glass whose review is overdue, to the panel too (F3, F5), while it puts on record
// which has run out.
//
// It promises one notice an agency and referral, alike whatever the cause (C8), within
// its interval; that nothing waits for it, since both walls close by time and gates
// alone; and that several processes beside each other, or one that was cut off, tell
// nobody twice. What somebody does is told in the act's own transaction, not here.
package notify

import (
	"context"
	"log/slog"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/valueset"
)

// backwards is how far back an end is looked for: a deployment may stand still so long
// and still tell everybody.
const backwards = int64(30 * 24 * time.Hour / time.Microsecond)

// beforeAdult is how long before a child turns 18 her case's owner is told: 90 days (E6).
const beforeAdult = int64(90 * 24 * time.Hour / time.Microsecond)

// overlap is how far back time that ran out is looked for where all until then was told:
// clocks differ, and what a transaction decided stands from its commit on.
const overlap = int64(time.Hour / time.Microsecond)

// seldom is how often closed cases are looked at for their owner's period, which is of
// months: that takes a look at each of them.
const seldom = int64(time.Hour / time.Microsecond)

// batch is how many notices of a kind one transaction writes.
const batch = 500

// Tell writes every notice that is due now and returns how many.
func Tell(ctx context.Context, st *store.Store) (int, error) { return NewTeller(st).Tell(ctx) }

// Teller knows what has been told already, so that it looks at little where little has
// happened. A new one looks at everything of the last 30 days. It is for one goroutine.
type Teller struct {
	store   *store.Store
	through int64                  // all time that had run out then was told
	told    map[store.Closing]bool // whose every end was told
	kept    int64                  // when closed cases were last looked at for their period
}

// NewTeller returns one that knows of nothing that was told.
func NewTeller(st *store.Store) *Teller { return &Teller{store: st} }

// Tell writes every notice that is due now and returns how many.
func (t *Teller) Tell(ctx context.Context) (total int, err error) {
	begun, since, closings, err := t.due(ctx)
	if err != nil {
		return 0, err
	}
	at, notes := store.UntoldOf{}, []note{glass}
	if begun-t.kept >= seldom {
		notes = append(notes, kept)
	}
	for more := true; more; {
		var n int
		n, more, err = t.some(ctx, since, closings, &at, notes)
		total += n
		if err != nil {
			return total, err
		}
	}
	t.through = begun
	if len(notes) > 1 {
		t.kept = begun
	}
	for _, c := range closings {
		t.told[c] = true
	}
	return total, nil
}

// due returns since when ends are looked for, and what ended much at once and was not told.
func (t *Teller) due(ctx context.Context) (begun, since int64, untold []store.Closing, err error) {
	err = t.store.Run(ctx, rule.Scope{Mode: rule.Policy}, true, func(ctx context.Context, op *store.Op) error {
		begun = op.Scope.Now
		since = max(begun-backwards, t.through-overlap)
		all, err := op.Closings(ctx, begun-backwards)
		if err != nil {
			return err
		}
		told := map[store.Closing]bool{} // no more than what there is
		for _, c := range all {
			if told[c] = t.told[c]; !told[c] {
				untold = append(untold, c)
			}
		}
		t.told = told
		return nil
	})
	return begun, since, untold, err
}

// note puts on record what has come by time alone, and tells of it; it returns how much, at
// most a batch.
type note = func(context.Context, *store.Op) (int, error)

// some writes some of the notices, and says how many and whether there may be more.
func (t *Teller) some(ctx context.Context, since int64, closings []store.Closing, at *store.UntoldOf, notes []note) (n int, more bool, err error) {
	err = t.store.Run(ctx, rule.Scope{Mode: rule.Policy}, false, func(ctx context.Context, op *store.Op) error {
		if err := op.LockNotices(ctx); err != nil {
			return err
		}
		closed, err := op.ClosedUntold(ctx, closings, *at, batch)
		if err != nil {
			return err
		}
		if n, more = len(closed), len(closed) == batch; n > 0 {
			*at = closed[n-1]
		}
		untold := make([]store.Untold, n)
		for i, u := range closed {
			untold[i] = u.Untold
		}
		if err := op.NotifyAll(ctx, valueset.NoticeKindAccessEnded, untold); err != nil {
			return err
		}
		for _, due := range []struct {
			kind valueset.NoticeKind
			find func() ([]store.Untold, error)
		}{
			// After the others: what they have just told is told.
			{valueset.NoticeKindAccessEnded, func() ([]store.Untold, error) { return op.ExpiredUntold(ctx, since, batch) }},
			{valueset.NoticeKindReferralChanged, func() ([]store.Untold, error) { return op.LapsedUntold(ctx, since, batch) }},
			{valueset.NoticeKindTransferEnded, func() ([]store.Untold, error) { return op.TransfersUntold(ctx, batch) }},
			{valueset.NoticeKindOwnConsentDue, func() ([]store.Untold, error) { return op.TurningAdult(ctx, beforeAdult, batch) }},
			{valueset.NoticeKindExternalDue, func() ([]store.Untold, error) { return op.ExternalUntold(ctx, op.Scope.Now-backwards, batch) }},
			{valueset.NoticeKindGlassOverdue, func() ([]store.Untold, error) { return op.GlassReviewsOverdue(ctx, batch) }},
			{valueset.NoticeKindDepartureOverdue, func() ([]store.Untold, error) { return op.DeparturesOverdue(ctx, batch) }},
		} {
			some, err := due.find()
			if err != nil {
				return err
			}
			if err := op.NotifyAll(ctx, due.kind, some); err != nil {
				return err
			}
			n, more = n+len(some), more || len(some) == batch
		}
		for _, note := range notes {
			of, err := note(ctx, op)
			if err != nil {
				return err
			}
			n, more = n+of, more || of >= batch
		}
		return nil
	})
	if err != nil {
		return 0, false, err
	}
	return n, more, nil
}

// Run tells at once and then every interval, until ctx ends.
func Run(ctx context.Context, st *store.Store, every time.Duration, log *slog.Logger) {
	tick, t := time.NewTicker(every), NewTeller(st)
	defer tick.Stop()
	for {
		if _, err := t.Tell(ctx); err != nil && ctx.Err() == nil {
			log.LogAttrs(ctx, slog.LevelError, "telling of what ended failed; it is tried again", slog.String("error", err.Error()))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
