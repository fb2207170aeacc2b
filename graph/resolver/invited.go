package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/services/onboarding"
)

// Invitation is null where none was made, and to whoever does not administer the platform.
func (agencyRow) Invitation(ctx context.Context, a *ent.Agency) (*model.AdministratorInvitation, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	if !op.Scope.Platform {
		return nil, nil
	}
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	i, err := b.invitations.get(ctx, a.ID)
	if err != nil || i == nil {
		return nil, err
	}
	out := &model.AdministratorInvitation{ID: i.ID, UsedOn: i.UsedOn}
	if i.ValidFrom != nil {
		out.ValidUntil, out.Over = &i.ValidUntil, i.ValidUntil <= op.Scope.Now
	} else {
		out.ProposalID = &i.ProposalID
	}
	return out, nil
}

func loadInvitations(ctx context.Context, agencies []string) (map[string]*ent.Invitation, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	out, err := onboarding.LastInvitations(ctx, op, agencies)
	return out, outward(err, "reading invitations")
}
