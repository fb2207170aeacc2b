// Package notify writes the notices of what ends by itself: time that runs out, an
// agreement or an agency that is suspended, a referral that nobody answers in time, an
// offered transfer that has nothing to rest on any more; of a child who turns 18 soon; and
// of break-glass whose review is overdue, to the panel too (F3, F5), while it puts on record
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

// batch is how many notices one transaction writes.
const batch = 500

// Tell writes every notice that is due now and returns how many.
func Tell(ctx context.Context, st *store.Store) (int, error) {
	total := 0
	for {
		n, err := tellSome(ctx, st)
		total += n
		if err != nil || n < batch {
			return total, err
		}
	}
}

func tellSome(ctx context.Context, st *store.Store) (n int, err error) {
	err = st.Run(ctx, rule.Scope{Mode: rule.Policy}, false, func(ctx context.Context, op *store.Op) error {
		if err := op.LockNotices(ctx); err != nil {
			return err
		}
		since := op.Scope.Now - backwards
		ended, err := op.EndedUntold(ctx, since, batch)
		if err != nil {
			return err
		}
		lapsed, err := op.LapsedUntold(ctx, since, batch)
		if err != nil {
			return err
		}
		transfers, err := op.TransfersUntold(ctx, batch)
		if err != nil {
			return err
		}
		adults, err := op.TurningAdult(ctx, beforeAdult, batch)
		if err != nil {
			return err
		}
		external, err := op.ExternalUntold(ctx, since, batch)
		if err != nil {
			return err
		}
		overdue, err := op.GlassReviewsOverdue(ctx, batch)
		if err != nil {
			return err
		}
		glass, err := glass(ctx, op)
		if err != nil {
			return err
		}
		n = max(len(ended), len(lapsed), len(transfers), len(adults), len(external), len(overdue), glass)
		for _, due := range []struct {
			untold []store.Untold
			kind   valueset.NoticeKind
		}{{ended, valueset.NoticeKindAccessEnded}, {lapsed, valueset.NoticeKindReferralChanged}, {transfers, valueset.NoticeKindTransferEnded},
			{adults, valueset.NoticeKindOwnConsentDue}, {external, valueset.NoticeKindExternalDue}, {overdue, valueset.NoticeKindGlassOverdue}} {
			whole := store.Untold{} // the last agency that was told as a whole, its units with it
			for _, u := range due.untold {
				if u.Unit == "" {
					whole = u
				} else if u.Agency == whole.Agency && u.Subject == whole.Subject {
					continue
				}
				if err := op.NotifyUnit(ctx, u.Agency, u.Unit, due.kind, u.Subject); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// Run tells at once and then every interval, until ctx ends.
func Run(ctx context.Context, st *store.Store, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if _, err := Tell(ctx, st); err != nil && ctx.Err() == nil {
			log.LogAttrs(ctx, slog.LevelError, "telling of what ended failed; it is tried again", slog.String("error", err.Error()))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
