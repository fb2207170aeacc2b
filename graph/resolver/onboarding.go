package resolver

import (
	"context"
	"maps"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/approval"
	"github.com/sala-exchange/sala/ent/issuer"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/proposal"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/services/onboarding"
)

type agencyRow struct{}

// Names by language, in a fixed order.
func (agencyRow) Names(_ context.Context, a *ent.Agency) ([]*onboarding.LocalName, error) {
	return localNames(a.Names), nil
}

// Retention is the agency's own choice, or the deployment's.
func (agencyRow) Retention(ctx context.Context, a *ent.Agency) (*onboarding.Retention, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	return onboarding.RetentionOf(a, op.Deployment()), nil
}

// Issuers are empty to whoever administers neither the agency nor the platform.
func (agencyRow) Issuers(ctx context.Context, a *ent.Agency) ([]*ent.Issuer, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := b.issuers.get(ctx, a.ID)
	return orEmpty(rows), err
}

// AllowedNetworks are null to whoever administers neither the agency nor the platform:
// empty would say that its members come from anywhere.
func (agencyRow) AllowedNetworks(ctx context.Context, a *ent.Agency) ([]string, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	if s := op.Scope; !s.Platform && !(s.Administers && s.Agency == a.ID) {
		return nil, nil
	}
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	networks, err := b.networks.get(ctx, a.ID)
	return orEmpty(networks), err
}

func loadNetworks(ctx context.Context, agencies []string) (map[string][]string, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	out, err := onboarding.Allowed(ctx, op, agencies)
	return out, outward(err, "reading networks")
}

type unitRow struct{}

// Names by language, in a fixed order.
func (unitRow) Names(_ context.Context, u *ent.AgencyUnit) ([]*onboarding.LocalName, error) {
	return localNames(u.Names), nil
}

func localNames(names map[string]string) []*onboarding.LocalName {
	out := []*onboarding.LocalName{}
	for _, language := range slices.Sorted(maps.Keys(names)) {
		out = append(out, &onboarding.LocalName{Language: language, Text: names[language]})
	}
	return out
}

func orEmpty[T any](rows []T) []T {
	if rows == nil {
		return []T{}
	}
	return rows
}

// loadIssuers reads those that are in effect or will be.
func loadIssuers(ctx context.Context, agencies []string) (map[string][]*ent.Issuer, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Issuer.Query().Where(issuer.AgencyIDIn(agencies...), onboarding.Unended(op.Scope.Now)).
		Order(issuer.ByURL(), issuer.ByValidFrom(), issuer.ByID()).All(ctx)
	out := map[string][]*ent.Issuer{}
	for _, r := range rows {
		out[r.AgencyID] = append(out[r.AgencyID], r)
	}
	return out, outward(err, "reading issuers")
}

type proposalRow struct{}

// Agency is null until a new agency is there.
func (proposalRow) Agency(ctx context.Context, p *ent.Proposal) (*ent.Agency, error) {
	return agencyOf(ctx, p.AgencyID)
}

// Proposer is the agency whose member proposed it.
func (proposalRow) Proposer(ctx context.Context, p *ent.Proposal) (*ent.Agency, error) {
	return agencyOf(ctx, p.ProposerID)
}

// State follows from the proposal's times.
func (proposalRow) State(ctx context.Context, p *ent.Proposal) (model.ProposalState, error) {
	op, err := store.OpOf(ctx)
	switch {
	case err != nil:
		return "", err
	case p.RefusedOn != nil:
		return model.ProposalStateRefused, nil
	case p.EffectiveFrom == nil:
		return model.ProposalStateProposed, nil
	case *p.EffectiveFrom > op.Scope.Now:
		return model.ProposalStateWaiting, nil
	}
	return model.ProposalStateInEffect, nil
}

// Approvals so far.
func (proposalRow) Approvals(ctx context.Context, p *ent.Proposal) ([]*ent.Approval, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := b.approvals.get(ctx, p.ID)
	return orEmpty(rows), err
}

func loadApprovals(ctx context.Context, proposals []string) (map[string][]*ent.Approval, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Approval.Query().Where(approval.ProposalIDIn(proposals...)).Order(approval.ByApprovedOn(), approval.ByID()).All(ctx)
	out := map[string][]*ent.Approval{}
	for _, r := range rows {
		out[r.ProposalID] = append(out[r.ProposalID], r)
	}
	return out, outward(err, "reading approvals")
}

type approvalRow struct{}

// Agency of the one who approved.
func (approvalRow) Agency(ctx context.Context, a *ent.Approval) (*ent.Agency, error) {
	return agencyOf(ctx, a.AgencyID)
}

func (query) Members(ctx context.Context, first int, after *ent.Cursor) (*ent.MemberConnection, error) {
	ctx, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	c, err := op.Member.Query().Paginate(ctx, after, &first, nil, nil)
	return c, outward(err, "reading members")
}

func (query) Proposals(ctx context.Context, first int, after *ent.Cursor, open bool) (*ent.ProposalConnection, error) {
	ctx, op, err := page(ctx, first)
	if err != nil {
		return nil, err
	}
	q := op.Proposal.Query()
	if open {
		q.Where(onboarding.Open(op.Scope.Now))
	}
	c, err := q.Paginate(ctx, after, &first, nil, nil)
	return c, outward(err, "reading proposals")
}

func (payload) Proposal(ctx context.Context, p *model.Payload) (*ent.Proposal, error) {
	return byID[*ent.ProposalQuery, ent.Proposal](ctx, p.ID, func(op *store.Op) *ent.ProposalQuery {
		return op.Proposal.Query().Where(proposal.ID(p.ID))
	})
}

func (payload) Agency(ctx context.Context, p *model.Payload) (*ent.Agency, error) {
	return agencyOf(ctx, p.ID)
}

func (payload) Member(ctx context.Context, p *model.Payload) (*ent.Member, error) {
	return byID[*ent.MemberQuery, ent.Member](ctx, p.ID, func(op *store.Op) *ent.MemberQuery {
		return op.Member.Query().Where(member.ID(p.ID))
	})
}
