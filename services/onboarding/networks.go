package onboarding

import (
	"context"
	"errors"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/allowlist"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/internal/valueset"
)

// readNetworks brings a list into its one form, sorted; nil stays nil.
func readNetworks(texts []string) ([]string, error) {
	if texts == nil {
		return nil, nil
	}
	n, err := origin.ParseNetworks(texts)
	var wrong *errs.Error
	if errors.As(err, &wrong) {
		return nil, wrong.WithFields("allowedNetworks")
	}
	return n.Texts(), err
}

// staysIn refuses a list without the address that is asked from. nil changes nothing.
func staysIn(op *store.Op, texts []string) error {
	n, err := origin.ParseNetworks(texts)
	switch {
	case err != nil:
		return err
	case n.Allow(op.Scope.From):
		return nil
	case !op.Scope.From.Known():
		return errs.New(errs.Conflict, "it is not known from where you ask, so these networks could shut you out: whoever runs the deployment looks after its proxies (trustedProxy)").WithFields("allowedNetworks")
	}
	return errs.New(errs.Conflict, "you ask from none of these networks, as the server sees it, and would shut yourself out: add yours, or ask from one of them; behind a proxy that is not trusted (trustedProxy) everybody comes from the proxy").WithFields("allowedNetworks")
}

// countersignerStaysIn refuses a proposal whose networks are without the address that is
// asked from.
func countersignerStaysIn(op *store.Op, p *ent.Proposal) error {
	if p.Kind != valueset.ProposalKindSignIn {
		return nil
	}
	in, err := decode[SignInInput](p)
	if err != nil {
		return err
	}
	return staysIn(op, in.AllowedNetworks)
}

// enterNetworks enters a list, which counts from then on in place of all before.
func enterNetworks(ctx context.Context, op *store.Op, agencyID, proposalID string, from int64, texts []string) error {
	texts, err := readNetworks(texts)
	if err != nil {
		return err
	}
	if from <= op.Scope.Now {
		if err := takeWaitingNetworksBack(ctx, op, agencyID); err != nil {
			return err
		}
	}
	err = op.AllowList.Create().SetAgencyID(agencyID).SetNetworks(list(texts)).SetProposalID(proposalID).
		SetCreatedOn(op.Scope.Now).SetValidFrom(from).Exec(ctx)
	return outward(err, "entering the networks")
}

// takeWaitingNetworksBack: what the agency's own administrator decided last is not undone by
// a list that was approved before and begins later.
func takeWaitingNetworksBack(ctx context.Context, op *store.Op, agencyID string) error {
	_, err := op.AllowList.Update().Where(waitingNetworks(op, agencyID)...).SetTakenBackOn(op.Scope.Now).Save(ctx)
	return outward(err, "taking back networks that wait")
}

func waitingNetworks(op *store.Op, agencyID string) []predicate.AllowList {
	return []predicate.AllowList{allowlist.AgencyID(agencyID), allowlist.ValidFromGT(op.Scope.Now), allowlist.TakenBackOnIsNil()}
}

// inEffect reports whether a change of how an agency signs in is in effect as it was
// proposed last: then its own administrator need not decide it again. What merely waits is
// not, since her word counts at once.
func inEffect(ctx context.Context, op *store.Op, agencyID, proposalID string, networks []string) (bool, error) {
	p, err := op.Proposal.Get(ctx, proposalID)
	if err != nil {
		return false, outward(err, "reading the proposal")
	}
	if p.EffectiveFrom == nil || *p.EffectiveFrom > op.Scope.Now {
		return false, nil
	}
	if networks == nil {
		return true, nil
	}
	waits, err := op.AllowList.Query().Where(waitingNetworks(op, agencyID)...).Exist(ctx)
	if err != nil || waits {
		return false, outward(err, "reading the networks that wait")
	}
	now, err := Allowed(ctx, op, []string{agencyID})
	return slices.Equal(now[agencyID], list(networks)), err
}

func takeNetworksBack(ctx context.Context, op *store.Op, p *ent.Proposal) error {
	_, err := op.AllowList.Update().Where(allowlist.ProposalID(p.ID)).SetTakenBackOn(op.Scope.Now).Save(ctx)
	return outward(err, "taking the networks back")
}

// Allowed returns the list that counts now of each agency that the viewer sees it of and
// that has had one.
func Allowed(ctx context.Context, op *store.Op, agencies []string) (map[string][]string, error) {
	rows, err := op.AllowList.Query().Where(allowlist.AgencyIDIn(agencies...), allowlist.ValidFromLTE(op.Scope.Now), allowlist.TakenBackOnIsNil()).
		Order(allowlist.ByValidFrom(), allowlist.ByCreatedOn(), allowlist.ByID()).All(ctx)
	if err != nil {
		return nil, outward(err, "reading the networks")
	}
	out := map[string][]string{}
	for _, r := range rows {
		out[r.AgencyID] = list(r.Networks)
	}
	return out, nil
}
