package notify

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/retention"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// kept notes that a decision is due about cases that have been closed for their owner's
// period, and tells the owner once each; and takes back what is not due any more. It is
// called once an hour, and erases nothing. It returns how many there were, at most a batch
// of each.
func kept(ctx context.Context, op *store.Op) (int, error) {
	gone, err := op.KeptNoMore(ctx, batch)
	if err != nil {
		return 0, err
	}
	ctx = rule.InMode(ctx, rule.Policy)
	if len(gone) > 0 {
		if _, err := op.Retention.Delete().Where(retention.IDIn(gone...)).Exec(ctx); err != nil {
			return 0, err
		}
	}
	due, err := op.KeptPastPeriod(ctx, batch)
	if err != nil || len(due) == 0 {
		return len(gone), err
	}
	told := make([]store.Untold, len(due))
	for i, k := range due {
		told[i] = store.Untold{Agency: k.Agency, Subject: pubid.New("retention")}
	}
	err = op.Retention.MapCreateBulk(due, func(c *ent.RetentionCreate, i int) {
		c.SetID(told[i].Subject).SetAgencyID(due[i].Agency).SetCaseID(due[i].Case).SetReference(due[i].Reference).SetRowID(due[i].Closing).
			SetCause(retention.CausePERIOD_PASSED).SetStartedOn(op.Scope.Now).SetDueOn(op.Scope.Now + store.ToDecide)
	}).Exec(ctx)
	if err != nil {
		return 0, err
	}
	return max(len(gone), len(due)), op.NotifyAll(ctx, valueset.NoticeKindRetentionDue, told)
}
