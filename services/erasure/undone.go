package erasure

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/fileimport"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/stagedrow"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/undonecase"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/valueset"
)

// undoneAtOnce is how many cases that were taken back stand in one entry of the list,
// which is bounded in bytes.
const undoneAtOnce = 100

// leftOpen is how long an import may be left open, in microseconds: a day.
const leftOpen = int64(24 * 3600 * 1_000_000)

// Forget destroys the keys of cases that were taken back with their import, after it has
// put them on the list, and returns how many. Their rows are gone already; one that was
// broken off is finished by the next.
func Forget(ctx context.Context, st *store.Store, keys *seal.Keyring, l *List) (int, error) {
	for total := 0; ; {
		n, err := forgetSome(ctx, st, keys, l)
		if total += n; err != nil || n == 0 {
			return total, err
		}
	}
}

func forgetSome(ctx context.Context, st *store.Store, keys *seal.Keyring, l *List) (n int, err error) {
	err = st.Run(ctx, rule.Scope{Mode: rule.Erasure}, false, func(ctx context.Context, op *store.Op) error {
		if err := op.LockErasures(ctx); err != nil {
			return err
		}
		first, err := op.UndoneCase.Query().Order(ent.Asc(undonecase.FieldID)).First(ctx)
		if ent.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		// Of one import and one deed, since an entry says who took them back and when.
		rows, err := op.UndoneCase.Query().Where(undonecase.ImportID(first.ImportID), undonecase.MemberID(first.MemberID), undonecase.UndoneOn(first.UndoneOn)).
			Order(ent.Asc(undonecase.FieldID)).Limit(undoneAtOnce).All(ctx)
		if err != nil {
			return err
		}
		ids, cases := make([]string, len(rows)), make([]string, len(rows))
		for i, r := range rows {
			ids[i], cases[i] = r.ID, r.CaseID
		}
		if err := l.undone(ctx, first, cases, op.Scope.Now); err != nil {
			return err
		}
		for _, id := range cases {
			if err := keys.Destroy(ctx, id); err != nil {
				return err
			}
		}
		n = len(rows)
		_, err = op.UndoneCase.Delete().Where(undonecase.IDIn(ids...)).Exec(ctx)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// undone puts cases on the list, once.
func (l *List) undone(ctx context.Context, u *ent.UndoneCase, cases []string, now int64) error {
	entries, err := l.Entries(ctx)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Kind == Undone && e.Import == u.ImportID {
			cases = slices.DeleteFunc(slices.Clone(cases), func(id string) bool { return slices.Contains(e.Cases, id) })
		}
	}
	if len(cases) == 0 {
		return nil
	}
	return l.add(ctx, Entry{Kind: Undone, At: now, Agency: u.AgencyID, AskedBy: u.MemberID, AskedOn: u.UndoneOn, Import: u.ImportID, Cases: cases})
}

// Abandon gives up each import that was left open for a day, and destroys the key of
// each that has ended, and so what it had staged. It returns how many it gave up.
func Abandon(ctx context.Context, st *store.Store, keys *seal.Keyring) (int, error) {
	given := 0
	for {
		done, err := abandonNext(ctx, st)
		if err != nil {
			return given, err
		}
		if !done {
			break
		}
		given++
	}
	for {
		n, err := wipeSome(ctx, st, keys)
		if err != nil || n == 0 {
			return given, err
		}
	}
}

func abandonNext(ctx context.Context, st *store.Store) (done bool, err error) {
	err = st.Run(ctx, rule.Scope{Mode: rule.Erasure}, false, func(ctx context.Context, op *store.Op) error {
		left, err := op.FileImport.Query().Where(fileimport.StateEQ(valueset.ImportStateOpen), fileimport.OpenedOnLTE(op.Scope.Now-leftOpen)).
			Order(ent.Asc(fileimport.FieldOpenedOn, fileimport.FieldID)).Limit(100).All(ctx)
		if err != nil {
			return err
		}
		for _, i := range left {
			held, err := op.LockImport(ctx, i.ID)
			if err != nil {
				return err
			}
			if !held {
				continue // it is being committed
			}
			// The import first: a batch that is being staged waits for it, and finds it ended.
			n, err := op.FileImport.Update().Where(fileimport.ID(i.ID), fileimport.StateEQ(valueset.ImportStateOpen)).
				SetState(valueset.ImportStateAbandoned).SetEndedOn(op.Scope.Now).AddVersion(1).Save(ctx)
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			done = true
			_, err = op.StagedRow.Delete().Where(stagedrow.ImportID(i.ID)).Exec(ctx)
			return err
		}
		return nil
	})
	return done && err == nil, err
}

// wipeSome destroys the keys of imports that have ended.
func wipeSome(ctx context.Context, st *store.Store, keys *seal.Keyring) (n int, err error) {
	err = st.Run(ctx, rule.Scope{Mode: rule.Erasure}, false, func(ctx context.Context, op *store.Op) error {
		if err := op.LockErasures(ctx); err != nil {
			return err
		}
		ids, err := op.FileImport.Query().Where(fileimport.StateNEQ(valueset.ImportStateOpen), fileimport.WipedOnIsNil()).Limit(100).IDs(ctx)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if !pubid.Valid(id, "import") { // a key that is a case's is destroyed by erasure alone
				return errs.New(errs.Internal, "an import is named as no import is: the database was changed outside Sala")
			}
			if err := keys.Destroy(ctx, id); err != nil {
				return err
			}
		}
		n, err = op.FileImport.Update().Where(fileimport.IDIn(ids...)).SetWipedOn(op.Scope.Now).AddVersion(1).Save(ctx)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
