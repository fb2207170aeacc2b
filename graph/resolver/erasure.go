package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/erasure"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/services/casework"
)

func (query) Erasures(ctx context.Context, first int, after *ent.Cursor, orderBy *ent.ErasureOrder) (*ent.ErasureConnection, error) {
	ctx, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	c, err := op.Erasure.Query().Paginate(ctx, after, &first, nil, nil, ent.WithErasureOrder(orderBy))
	return c, outward(err, "reading erasures")
}

func (mutation) AskErasure(ctx context.Context, caseID string, key *string) (*model.Payload, error) {
	return change{"askErasure", key, caseID}.made(ctx, func(op *store.Op) (string, error) {
		return casework.AskErasure(ctx, op, caseID)
	})
}

func (mutation) AskSuspectErasure(ctx context.Context, suspectID string, key *string) (*model.Payload, error) {
	return change{"askSuspectErasure", key, suspectID}.made(ctx, func(op *store.Op) (string, error) {
		return casework.AskSuspectErasure(ctx, op, suspectID)
	})
}

func (mutation) ConfirmErasure(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"confirmErasure", key, id}.changed(ctx, id, func(op *store.Op) error { return casework.ConfirmErasure(ctx, op, id) })
}

func (mutation) StopErasure(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"stopErasure", key, id}.changed(ctx, id, func(op *store.Op) error { return casework.StopErasure(ctx, op, id) })
}

func (payload) Erasure(ctx context.Context, p *model.Payload) (*ent.Erasure, error) {
	return byID[*ent.ErasureQuery, ent.Erasure](ctx, p.ID, func(op *store.Op) *ent.ErasureQuery {
		return op.Erasure.Query().Where(erasure.ID(p.ID))
	})
}
