package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/casechange"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/team"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
)

// Work inside an agency: teams, who belongs to what, the course of a case.

func (query) Teams(ctx context.Context, first int, after *ent.Cursor) (*ent.TeamConnection, error) {
	ctx, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	c, err := op.Team.Query().Paginate(ctx, after, &first, nil, nil)
	return c, outward(err, "reading teams")
}

func (payload) Team(ctx context.Context, p *model.Payload) (*ent.Team, error) {
	return byID[*ent.TeamQuery, ent.Team](ctx, p.ID, func(op *store.Op) *ent.TeamQuery {
		return op.Team.Query().Where(team.ID(p.ID))
	})
}

func (mutation) AddTeam(ctx context.Context, code, name string, key *string) (*model.Payload, error) {
	return change{"addTeam", key, on{code, name}}.made(ctx, func(op *store.Op) (string, error) {
		return onboarding.AddTeam(ctx, op, onboarding.TeamInput{Code: code, Name: name})
	})
}

func (mutation) DissolveTeam(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"dissolveTeam", key, id}.changed(ctx, id, func(op *store.Op) error {
		return onboarding.DissolveTeam(ctx, op, id)
	})
}

func (mutation) JoinGroup(ctx context.Context, memberID, groupID string, key *string) (*model.Payload, error) {
	return change{"joinGroup", key, on{memberID, groupID}}.changed(ctx, memberID, func(op *store.Op) error {
		return onboarding.JoinGroup(ctx, op, memberID, groupID)
	})
}

func (mutation) LeaveGroup(ctx context.Context, memberID, groupID string, key *string) (*model.Payload, error) {
	return change{"leaveGroup", key, on{memberID, groupID}}.changed(ctx, memberID, func(op *store.Op) error {
		return onboarding.LeaveGroup(ctx, op, memberID, groupID)
	})
}

func (mutation) ChangeCase(ctx context.Context, in casework.ChangeCaseInput, key *string) (*model.Payload, error) {
	return change{"changeCase", key, in}.changed(ctx, in.CaseID, func(op *store.Op) error {
		return casework.ChangeCase(ctx, op, in)
	})
}

// ClosingReason is the owner's to know: it may tell a recipient why access ended (C8).
func (caseFile) ClosingReason(ctx context.Context, c *ent.CaseFile) (*valueset.ClosingReason, error) {
	op, err := store.OpOf(ctx)
	if err != nil || op.Scope.Agency == "" || c.OwnerID != op.Scope.Agency {
		return nil, err
	}
	return c.ClosingReason, nil
}

// Changes are those of the case's state and kind, the first first.
func (caseFile) Changes(ctx context.Context, c *ent.CaseFile) ([]*ent.CaseChange, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	return b.changes.get(ctx, c.ID)
}

func loadChanges(ctx context.Context, cases []string) (map[string][]*ent.CaseChange, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.CaseChange.Query().Where(casechange.CaseIDIn(cases...)).Order(casechange.ByVersion()).All(ctx)
	out := map[string][]*ent.CaseChange{}
	for _, id := range cases {
		out[id] = []*ent.CaseChange{}
	}
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], r)
	}
	return out, outward(err, "reading the course of cases")
}

type changeOf struct{}

// ClosingReason is told to the agency that closed the case alone (C8).
func (changeOf) ClosingReason(ctx context.Context, c *ent.CaseChange) (*valueset.ClosingReason, error) {
	op, err := store.OpOf(ctx)
	if err != nil || op.Scope.Agency == "" || c.ContributorID != op.Scope.Agency {
		return nil, err
	}
	return c.ClosingReason, nil
}
