package erasure

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/sala-exchange/sala/ent"
	entgo "github.com/sala-exchange/sala/ent/erasure"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/disclosure"
)

// Carry carries out every erasure that is due, one after another, and returns how many.
// Several processes may try at once.
func Carry(ctx context.Context, st *store.Store, keys *seal.Keyring, l *List) (int, error) {
	for n := 0; ; {
		due, err := isDue(ctx, st)
		if err != nil || !due {
			return n, err
		}
		// Its records must have their places in the log before their details go, whoever
		// gives places else.
		if _, err := disclosure.Sequence(ctx, st); err != nil {
			return n, err
		}
		found, done, err := carryNext(ctx, st, keys, l)
		if err != nil || !found {
			return n, err
		}
		if done {
			n++
		}
	}
}

// dueAt picks the erasures that are to be carried out.
func dueAt(now int64) predicate.Erasure {
	return entgo.And(entgo.ConfirmedOnNotNil(), entgo.StoppedOnIsNil(), entgo.DoneOnIsNil(), entgo.DueOnLTE(now))
}

func isDue(ctx context.Context, st *store.Store) (due bool, err error) {
	err = st.Run(ctx, rule.Scope{Mode: rule.Erasure}, true, func(ctx context.Context, op *store.Op) error {
		due, err = op.Erasure.Query().Where(dueAt(op.Scope.Now)).Exist(ctx)
		return err
	})
	return due, err
}

// carryNext takes the oldest that is due, if one is found, and says whether it was carried
// out: a suspect who is not cleared any more is left. The list comes first, then the key,
// then the rows: whatever breaks off between, she is not forgotten on the list, and the
// next attempt finishes.
func carryNext(ctx context.Context, st *store.Store, keys *seal.Keyring, l *List) (found, done bool, err error) {
	err = st.Run(ctx, rule.Scope{Mode: rule.Erasure}, false, func(ctx context.Context, op *store.Op) error {
		if err := op.LockErasures(ctx); err != nil {
			return err
		}
		e, err := op.Erasure.Query().Where(dueAt(op.Scope.Now)).Order(ent.Asc(entgo.FieldDueOn, entgo.FieldID)).First(ctx)
		if ent.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		if e.SuspectID != "" {
			done, err = carrySuspect(ctx, op, l, e)
			return err
		}
		done = true
		if err := l.erased(ctx, e, op.Scope.Now); err != nil {
			return err
		}
		if err := keys.Destroy(ctx, e.CaseID); err != nil {
			return err
		}
		return remove(ctx, op, e)
	})
	return found, done, err
}

// erased puts her, or the suspect's row, on the list, once.
func (l *List) erased(ctx context.Context, e *ent.Erasure, now int64) error {
	entries, err := l.Entries(ctx)
	if err != nil {
		return err
	}
	kind := Erased
	if e.SuspectID != "" {
		kind = Suspect
	}
	if slices.ContainsFunc(entries, func(x Entry) bool { return x.Kind == kind && x.Case == e.CaseID && x.Suspect == e.SuspectID }) {
		return nil
	}
	entry := Entry{Kind: kind, At: now, Case: e.CaseID, Suspect: e.SuspectID, Agency: e.AgencyID, AskedBy: e.AskedBy, AskedOn: e.AskedOn, ConfirmedBy: e.ConfirmedBy}
	if e.ConfirmedOn != nil {
		entry.ConfirmedOn = *e.ConfirmedOn
	}
	return l.add(ctx, entry)
}

// remove deletes her rows, asks whoever was shown some to delete their copies, and
// keeps that it was done.
func remove(ctx context.Context, op *store.Op, e *ent.Erasure) error {
	shown, err := op.ShownTo(ctx, e.CaseID)
	if err != nil {
		return err
	}
	if err := op.Erase(ctx, e.CaseID); err != nil {
		return err
	}
	// Suspects of the case whose erasure waits are gone with it.
	which := []predicate.Erasure{entgo.CaseID(e.CaseID), entgo.StoppedOnIsNil(), entgo.DoneOnIsNil()}
	return carriedOut(ctx, op, e, which, shown, valueset.NoticeKindDeleteCopies, "erase")
}

// carriedOut tells whoever was shown what is gone now, and keeps that it was done.
func carriedOut(ctx context.Context, op *store.Op, e *ent.Erasure, which []predicate.Erasure, shown []string, kind valueset.NoticeKind, verb string) error {
	for _, agency := range shown {
		if agency == e.AgencyID {
			continue
		}
		if err := op.Notify(ctx, agency, kind, e.Reference); err != nil {
			return err
		}
	}
	if err := op.Erasure.Update().Where(which...).SetDoneOn(op.Scope.Now).SetReference("").Exec(ctx); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, verb, e.AgencyID, e.ID)
}

// Sweep deletes what mutations resulted in once it is not remembered any more: it names
// rows by their ids.
func Sweep(ctx context.Context, st *store.Store) error {
	return st.Run(ctx, rule.Scope{Mode: rule.Erasure}, false, func(ctx context.Context, op *store.Op) error { return op.SweepKeys(ctx) })
}

// Run carries out what is due, forgets what imports left, keeps the list current and
// sweeps, at once and then every interval, until ctx ends.
func Run(ctx context.Context, st *store.Store, keys *seal.Keyring, l *List, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		n, err := Carry(ctx, st, keys, l)
		if err == nil {
			_, err = Forget(ctx, st, keys, l)
		}
		if err == nil {
			_, err = Abandon(ctx, st, keys)
		}
		if err == nil {
			err = l.Renew(ctx)
		}
		if err == nil {
			err = Sweep(ctx, st)
		}
		if err != nil && ctx.Err() == nil {
			log.LogAttrs(ctx, slog.LevelError, "carrying out erasures failed; it is tried again", slog.String("error", err.Error()))
		}
		if n > 0 {
			log.LogAttrs(ctx, slog.LevelInfo, "erasures carried out", slog.Int("count", n))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
