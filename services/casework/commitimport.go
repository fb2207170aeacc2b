package casework

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/stagedrow"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// registeredAtOnce is how many staged rows are in memory while an import is committed.
const registeredAtOnce = 200

// underWay counts, by import, how many cases this process has made of it so far, while
// it is being committed: the transaction itself shows nothing before its end.
var underWay sync.Map

// Registered is how many cases this process has made of an import that is being
// committed, and whether it is.
func Registered(importID string) (int, bool) {
	n, ok := underWay.Load(importID)
	if !ok {
		return 0, false
	}
	return int(n.(*atomic.Int64).Load()), true
}

// CommitImport makes a case of every staged row, in this one transaction, or of none.
// It creates no consent to share, no referral and no access to anybody else. One that
// is committed already stays as it is; busy says that another request is at it.
//
// The rows pass through memory some hundred at a time. Policy decides on each case once,
// and no case is locked: nobody else sees them before the end.
func CommitImport(ctx context.Context, op *store.Op, id string) (busy bool, err error) {
	if i, err := importOf(ctx, op, id); err != nil || i.State == valueset.ImportStateCommitted || i.State == valueset.ImportStateUndone {
		return false, err
	}
	held, err := op.LockImport(ctx, id)
	if err != nil || !held {
		return !held && err == nil, err
	}
	i, err := ownImport(ctx, op, id)
	if err != nil {
		return false, err
	}
	switch known, err := knownRows(ctx, op, i.Digest); {
	case err != nil:
		return false, err
	case known > 0:
		return false, errs.New(errs.Conflict, "the same file was imported meanwhile by somebody else of your agency: give this import up")
	case i.Refused > 0:
		return false, errs.New(errs.Conflict, "%d rows of the file were refused, so none becomes a case: mend the file and import it anew", i.Refused)
	case i.Staged == 0:
		return false, errs.New(errs.Conflict, "this import has no rows: send them first")
	}
	count := &atomic.Int64{}
	underWay.Store(id, count)
	defer underWay.Delete(id)
	own, err := ownAgency(ctx, op)
	if err != nil {
		return false, err
	}
	k := check{op.Scope, op.Deployment().Zone, own}
	if err := op.MakeMany(ctx); err != nil {
		return false, err
	}
	for last := 0; ; {
		rows, err := op.StagedRow.Query().Where(stagedrow.ImportID(id), stagedrow.RowGT(last)).
			Order(ent.Asc(stagedrow.FieldRow)).Limit(registeredAtOnce).All(ctx)
		if err != nil {
			return false, outward(err, "reading the staged rows")
		}
		if len(rows) == 0 {
			break
		}
		if err := registerStaged(ctx, op, i, k, rows); err != nil {
			return false, err
		}
		last = rows[len(rows)-1].Row
		count.Add(int64(len(rows)))
	}
	if n := int(count.Load()); n != i.Staged {
		return false, errs.New(errs.Internal, "the staged rows are not those that were sent: nothing was stored")
	}
	return false, endImport(ctx, op, i, op.FileImport.Update().SetState(valueset.ImportStateCommitted).SetRegistered(i.Staged))
}

// registerStaged makes cases of some staged rows.
func registerStaged(ctx context.Context, op *store.Op, i *ent.FileImport, k check, rows []*ent.StagedRow) error {
	many := make(drafts, len(rows))
	for n, r := range rows {
		d := &draft{row: r.Row}
		if err := op.Unseal(ctx, ent.TypeStagedRow, r.ID, i.ID, r.Sealed, &d.in); err != nil {
			return err
		}
		// Time has passed since it was staged, and the rules may have changed.
		if wrong := k.wrong(d.in); len(wrong) > 0 {
			return errs.New(errs.Invalid, "row %d: %s: %s", r.Row, wrong[0].field, wrong[0].message).WithFields(fmt.Sprintf("row %d", r.Row))
		}
		many[n] = d
	}
	return many.register(ctx, op, i)
}
