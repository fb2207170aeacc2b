package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/breakglass"
	"github.com/sala-exchange/sala/ent/caselock"
	"github.com/sala-exchange/sala/ent/glassattempt"
	"github.com/sala-exchange/sala/ent/glassreview"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
)

// mostReviews bounds the list of what is left to do after break-glass.
const mostReviews = 100

func (caseFile) BreakGlass(ctx context.Context, c *ent.CaseFile) ([]*ent.BreakGlass, error) {
	return ofCase(ctx, c, func(b *batches) *batch[[]*ent.BreakGlass] { return b.glass })
}

func (caseFile) GlassReviews(ctx context.Context, c *ent.CaseFile) ([]*ent.GlassReview, error) {
	return ofCase(ctx, c, func(b *batches) *batch[[]*ent.GlassReview] { return b.reviews })
}

// Locked is null to anybody but the owner: it is nobody else's to know (F3).
func (caseFile) Locked(ctx context.Context, c *ent.CaseFile) (*bool, error) {
	op, err := store.OpOf(ctx)
	if err != nil || c.OwnerID != op.Scope.Agency {
		return nil, err
	}
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := b.locks.get(ctx, c.ID)
	locked := len(rows) > 0
	return &locked, err
}

func loadGlass(ctx context.Context, cases []string) (map[string][]*ent.BreakGlass, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.BreakGlass.Query().Where(breakglass.CaseIDIn(cases...)).Order(breakglass.ByValidFrom(), breakglass.ByID()).All(ctx)
	return grouped(rows, func(r *ent.BreakGlass) string { return r.CaseID }), outward(err, "reading break-glass")
}

func loadReviews(ctx context.Context, cases []string) (map[string][]*ent.GlassReview, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.GlassReview.Query().Where(glassreview.CaseIDIn(cases...)).Order(glassreview.ByDueOn(), glassreview.ByID()).All(ctx)
	return grouped(rows, func(r *ent.GlassReview) string { return r.CaseID }), outward(err, "reading reviews of break-glass")
}

func loadLocks(ctx context.Context, cases []string) (map[string][]*ent.CaseLock, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.CaseLock.Query().Where(caselock.CaseIDIn(cases...), caselock.UnlockedOnIsNil()).All(ctx)
	return grouped(rows, func(r *ent.CaseLock) string { return r.CaseID }), outward(err, "reading locked cases")
}

type glassOf struct{}

// Agency is that of whoever broke the glass.
func (glassOf) Agency(ctx context.Context, g *ent.BreakGlass) (*ent.Agency, error) {
	return agencyOf(ctx, g.ContributorID)
}

type reviewOf struct{}

// BreakGlass is what the review is about.
func (reviewOf) BreakGlass(ctx context.Context, r *ent.GlassReview) (*ent.BreakGlass, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := b.glass.get(ctx, r.CaseID)
	for _, g := range rows {
		if g.ID == r.GlassID {
			return g, err
		}
	}
	return nil, err
}

// glassPayload reads back what an attempt came to: what it opened, through both walls.
type glassPayload struct{}

func (glassPayload) attempt(ctx context.Context, p *model.Payload) (*ent.GlassAttempt, error) {
	op, err := store.OpOf(ctx)
	if err != nil || p.ID == "" {
		return nil, err
	}
	row, err := op.GlassAttempt.Query().Where(glassattempt.ID(p.ID)).Only(ctx)
	return visible(row, err, "reading your attempt")
}

func (g glassPayload) Outcome(ctx context.Context, p *model.Payload) (*valueset.GlassOutcome, error) {
	a, err := g.attempt(ctx, p)
	if a == nil {
		return nil, err
	}
	return &a.Outcome, err
}

func (g glassPayload) Confirmation(ctx context.Context, p *model.Payload) (*string, error) {
	a, err := g.attempt(ctx, p)
	if a == nil || a.Outcome != valueset.GlassOutcomeRefusalStands {
		return nil, err
	}
	return &a.ID, err
}

func (g glassPayload) BreakGlass(ctx context.Context, p *model.Payload) (*ent.BreakGlass, error) {
	a, err := g.attempt(ctx, p)
	if a == nil || a.GlassID == "" {
		return nil, err
	}
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	row, err := op.BreakGlass.Query().Where(breakglass.ID(a.GlassID)).Only(ctx)
	return visible(row, err, "reading your break-glass")
}

func (g glassPayload) Case(ctx context.Context, p *model.Payload) (*ent.CaseFile, error) {
	a, err := g.attempt(ctx, p)
	if a == nil || a.GlassID == "" {
		return nil, err
	}
	return caseByID(ctx, a.CaseID)
}

func (query) GlassReviews(ctx context.Context) ([]*ent.GlassReview, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.GlassReview.Query().Where(glassreview.Or(glassreview.ReviewedOnIsNil(), glassreview.ToldOnIsNil())).
		Order(glassreview.ByDueOn(), glassreview.ByID()).Limit(mostReviews).All(ctx)
	if rows == nil {
		rows = []*ent.GlassReview{}
	}
	return rows, outward(err, "reading reviews of break-glass")
}

func (query) Oversight(ctx context.Context) (*casework.Oversight, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	out, err := casework.Oversee(ctx, op)
	if errs.KindOf(err) == errs.Withheld {
		return nil, nil
	}
	return out, err
}

func (mutation) BreakGlass(ctx context.Context, in casework.BreakGlassInput, key *string) (*model.Payload, error) {
	return change{"breakGlass", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return casework.BreakGlass(ctx, op, in)
	})
}

func (mutation) EndBreakGlass(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"endBreakGlass", key, id}.made(ctx, func(op *store.Op) (string, error) {
		return casework.EndBreakGlass(ctx, op, id)
	})
}

func (mutation) ReviewBreakGlass(ctx context.Context, in casework.ReviewBreakGlassInput, key *string) (*model.Payload, error) {
	return change{"reviewBreakGlass", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return casework.ReviewBreakGlass(ctx, op, in)
	})
}

func (mutation) TellOfBreakGlass(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"tellOfBreakGlass", key, id}.made(ctx, func(op *store.Op) (string, error) {
		return casework.TellOfBreakGlass(ctx, op, id)
	})
}

func (mutation) LockCase(ctx context.Context, caseID string, key *string) (*model.Payload, error) {
	return change{"lockCase", key, caseID}.changed(ctx, caseID, func(op *store.Op) error { return casework.LockCase(ctx, op, caseID) })
}

func (mutation) UnlockCase(ctx context.Context, caseID string, key *string) (*model.Payload, error) {
	return change{"unlockCase", key, caseID}.changed(ctx, caseID, func(op *store.Op) error { return casework.UnlockCase(ctx, op, caseID) })
}

func (mutation) ProposeOversightPanel(ctx context.Context, agencyIDs []string, key *string) (*model.Payload, error) {
	return change{"proposeOversightPanel", key, agencyIDs}.made(ctx, func(op *store.Op) (string, error) {
		return onboarding.ProposeOversightPanel(ctx, op, agencyIDs)
	})
}
