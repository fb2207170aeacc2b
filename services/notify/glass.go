package notify

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent/breakglass"
	"github.com/sala-exchange/sala/ent/glassreview"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// glass puts on record which break-glass has run out, and tells the oversight panel of
// reviews that are overdue. It returns how many there were, at most a batch of each.
func glass(ctx context.Context, op *store.Op) (int, error) {
	ended, err := op.BreakGlass.Query().Where(breakglass.ClosedOnIsNil(), breakglass.ValidUntilLTE(op.Scope.Now)).
		Order(breakglass.ByValidUntil(), breakglass.ByID()).Limit(batch).All(ctx)
	if err != nil {
		return 0, err
	}
	for _, g := range ended {
		if err := op.BreakGlass.UpdateOneID(g.ID).SetClosedOn(op.Scope.Now).Exec(ctx); err != nil {
			return 0, err
		}
		if err := disclosure.RanOut(ctx, op, g); err != nil {
			return 0, err
		}
	}
	overdue, err := toPanel(ctx, op)
	return max(len(ended), overdue), err
}

// toPanel tells each of the panel's members, by the panel's id alone: which case it is
// about, the panel has a pseudonym for (F5). While there is no panel, it waits.
func toPanel(ctx context.Context, op *store.Op) (int, error) {
	ids, err := op.GlassReview.Query().Where(glassreview.ReviewedOnIsNil(), glassreview.OverdueToldOnIsNil(), glassreview.DueOnLTE(op.Scope.Now)).
		Order(glassreview.ByDueOn(), glassreview.ByID()).Limit(batch).IDs(ctx)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	panel, agencies, err := op.Panel(ctx)
	if err != nil || len(agencies) == 0 {
		return 0, err
	}
	members, err := op.Member.Query().Where(member.AgencyIDIn(agencies...), member.Active(true)).Order(member.ByID()).All(ctx)
	if err != nil {
		return 0, err
	}
	for range ids {
		for _, m := range members {
			if !slices.Contains(m.Roles, viewer.OversightPanelMember) {
				continue
			}
			if err := op.NotifyHolder(ctx, m.AgencyID, m.ID, valueset.NoticeKindGlassOverdue, panel); err != nil {
				return 0, err
			}
		}
	}
	_, err = op.GlassReview.Update().Where(glassreview.IDIn(ids...)).SetOverdueToldOn(op.Scope.Now).Save(ctx)
	return len(ids), err
}
