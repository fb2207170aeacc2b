package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/valueset"
)

// endRefused ends the viewer's agency's referrals that her no has left without
// anything open, and a transfer that it has left without her yes. A later yes does not bring them back: it needs a referral of its own
// (C8, D1). It evaluates policy on the case first.
func endRefused(ctx context.Context, op *store.Op, caseID string, provisions []*ProvisionInput) error {
	refused := slices.ContainsFunc(provisions, func(p *ProvisionInput) bool { return p.Decision == valueset.DecisionDeny })
	if !refused {
		return nil
	}
	if err := op.Settle(ctx); err != nil {
		return err
	}
	if err := endTransfer(ctx, op, caseID); err != nil {
		return err
	}
	rows, err := op.Referral.Query().Where(referral.CaseID(caseID), referral.FromID(op.Scope.Agency), referral.StateIn(
		valueset.ReferralStateOffered, valueset.ReferralStateInformationAsked, valueset.ReferralStateWaiting,
		valueset.ReferralStateAccepted, valueset.ReferralStateAcceptedInPart)).All(ctx)
	if err != nil {
		return outward(err, "reading the referrals of the case")
	}
	for _, r := range rows {
		// What its receiver may add of its own does not count: nothing of hers is open by it.
		stands, err := op.Access.Query().Where(access.CaseID(caseID), access.ReferralID(r.ID), access.ReferrerIDNEQ(""), rule.Live()).Exist(rule.InMode(ctx, rule.Policy))
		if err != nil {
			return outward(err, "reading the accesses of the case")
		}
		if stands || op.Scope.Now >= r.ValidUntil {
			continue
		}
		// Not UpdateOne: that reads the row back, and the case is closed until policy has decided.
		err = op.Referral.Update().Where(referral.ID(r.ID)).SetState(valueset.ReferralStateRevoked).SetEndedOn(op.Scope.Now).
			AddVersion(1).Exec(ctx)
		if err != nil {
			return outward(err, "ending a referral")
		}
		op.Touch(caseID)
	}
	if err := op.Settle(ctx); err != nil {
		return err
	}
	return endOnward(ctx, op, caseID)
}
