package erasure

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	entgo "github.com/sala-exchange/sala/ent/erasure"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/disclosure"
)

// carrySuspect erases one cleared suspect's row (B2). The case is held before the list is
// written: whoever charges the suspect again does so before, and then nothing is listed, or
// finds the row gone. The key of the case stays, since other rows are sealed with it; so a
// backup still opens the row, and the list alone deletes it there.
func carrySuspect(ctx context.Context, op *store.Op, l *List, e *ent.Erasure) (done bool, err error) {
	due, err := op.SuspectDue(ctx, e)
	if err != nil {
		return false, err
	}
	if !due {
		return false, leave(ctx, op, e)
	}
	if err := l.erased(ctx, e, op.Scope.Now); err != nil {
		return false, err
	}
	shown, err := op.ShownSuspect(ctx, e.CaseID, e.SuspectID)
	if err != nil {
		return false, err
	}
	if err := op.EraseSuspect(ctx, e); err != nil {
		return false, err
	}
	return true, carriedOut(ctx, op, e, []predicate.Erasure{entgo.ID(e.ID)}, shown, valueset.NoticeKindDeleteSuspect, "erase suspect")
}

// leave stops the erasure of a row that is not cleared any more, or was cleared anew since:
// two people decided about what it was. One that was stopped meanwhile stays as it is.
func leave(ctx context.Context, op *store.Op, e *ent.Erasure) error {
	n, err := op.Erasure.Update().Where(entgo.ID(e.ID), entgo.StoppedOnIsNil()).SetStoppedOn(op.Scope.Now).Save(ctx)
	if err != nil || n == 0 {
		return err
	}
	if err := op.Notify(ctx, e.AgencyID, valueset.NoticeKindErasureStopped, e.ID); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, "stop suspect erasure", e.AgencyID, e.ID)
}
