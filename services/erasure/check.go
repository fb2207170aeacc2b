package erasure

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	entgo "github.com/sala-exchange/sala/ent/erasure"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// Check compares the database with the list: nobody on the list is in the database, and
// what the database knows to be done is on the list. Otherwise one of the two is an
// older copy, and must not be served.
//
// It waits for an erasure that is being carried out, which is on the list before its
// rows are deleted. What a restored database believes of its own erasures counts for
// nothing: a backup made while one waited holds it as waiting.
func (l *List) Check(ctx context.Context, st *store.Store) error {
	return st.Run(ctx, rule.Scope{Mode: rule.Erasure}, false, func(ctx context.Context, op *store.Op) error {
		if err := op.LockErasures(ctx); err != nil {
			return err
		}
		entries, err := l.Entries(ctx)
		if err != nil {
			return err
		}
		listed := map[string]bool{}
		var ids []string
		for _, e := range entries {
			switch e.Kind {
			case Erased:
				listed[e.Case] = true
				ids = append(ids, e.Case)
			case Undone:
				ids = append(ids, e.Cases...)
			}
		}
		back, err := op.Remaining(ctx, ids)
		if err != nil {
			return err
		}
		if n := len(back); n > 0 {
			return errs.New(errs.Conflict, "%d erased persons or cases that were taken back are in this database again, as after a restore: run `sala erasures apply` before it is served", n)
		}
		return l.knowsAll(ctx, op, listed)
	})
}

// Apply deletes again whoever is on the list and in the database, as after a restore,
// and returns how many. st must be bound to the owner of the tables.
func (l *List) Apply(ctx context.Context, st *store.Store, keys *seal.Keyring) (int, error) {
	entries, err := l.Entries(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, e := range entries {
		if e.Kind == Undone {
			back, err := againTakenBack(ctx, st, keys, e)
			if n += back; err != nil {
				return n, err
			}
		}
		if e.Kind != Erased {
			continue
		}
		if err := keys.Destroy(ctx, e.Case); err != nil {
			return n, err
		}
		there, err := st.EraseAgain(ctx, store.Erased{
			Case: e.Case, Agency: e.Agency, AskedBy: e.AskedBy, AskedOn: e.AskedOn, ConfirmedBy: e.ConfirmedBy, ConfirmedOn: e.ConfirmedOn, At: e.At,
		})
		if err != nil {
			return n, err
		}
		if there {
			n++
		}
	}
	return n, nil
}

// againTakenBack destroys and deletes once more what an entry names.
func againTakenBack(ctx context.Context, st *store.Store, keys *seal.Keyring, e Entry) (int, error) {
	for _, id := range e.Cases {
		if err := keys.Destroy(ctx, id); err != nil {
			return 0, err
		}
	}
	return st.TakeBackAgain(ctx, e.Cases)
}

func (l *List) knowsAll(ctx context.Context, op *store.Op, listed map[string]bool) error {
	for last := ""; ; {
		rows, err := op.Erasure.Query().Where(entgo.DoneOnNotNil(), entgo.IDGT(last)).Order(ent.Asc(entgo.FieldID)).Limit(1000).All(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			if !listed[r.CaseID] {
				return errs.New(errs.Conflict, "the erasure list lacks erasures that were carried out: the key store is an older copy, and its keys must not be used")
			}
			last = r.ID
		}
	}
}
