package store

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// OpenCategories returns the categories that are open to the scope for the action
// on the contributor's rows in the case; the empty set where none is.
func (o *Op) OpenCategories(ctx context.Context, s *rule.Scope, caseID, contributor, action string) (category.Set, error) {
	rows, err := o.Access.Query().
		Where(access.CaseID(caseID), access.ContributorID(contributor), func(sel *sql.Selector) {
			sel.Where(rule.Open(s, sel.C("id"), action))
		}).All(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return 0, failed(err, "reading the accesses of a case")
	}
	var set category.Set
	for _, r := range rows {
		set |= r.Categories
	}
	return set, nil
}

// acceptedHere reports whether the agency has accepted a referral of the case.
func (o *Op) acceptedHere(ctx context.Context, agency, caseID string) (bool, error) {
	return o.Referral.Query().Where(referral.CaseID(caseID), referral.ToID(agency),
		referral.StateIn(valueset.ReferralStateAccepted, valueset.ReferralStateAcceptedInPart)).Exist(ctx)
}

// gateOpen reports whether the gate stands open; a missing gate is shut.
func (o *Op) gateOpen(ctx context.Context, id string) (bool, error) {
	g, err := o.Gate.Get(ctx, id)
	if ent.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, failed(err, "reading a gate")
	}
	return g.Open, nil
}

// Previewed reports whether a PREVIEW access of the referral stands now: consent
// and agreement cover it and it awaits a reply (D2).
func (o *Op) Previewed(ctx context.Context, referralID string) (bool, error) {
	rows, err := o.Access.Query().Where(access.ReferralID(referralID), access.Action(rule.ActionPreview),
		access.ValidFromLTE(o.Scope.Now), access.ValidUntilGT(o.Scope.Now)).All(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return false, failed(err, "reading the accesses of a referral")
	}
	for _, a := range rows {
		open, err := o.gateOpen(rule.InMode(ctx, rule.Policy), a.AgreementID)
		if err != nil || open {
			return open, err
		}
	}
	return false, nil
}
