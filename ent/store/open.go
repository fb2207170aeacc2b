package store

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/gate"
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

// acceptedHere reports whether the agency has accepted a referral of the case that
// stands: one that her withdrawal, a suspension or time has ended is none, whatever its
// state says (C8). Within the transaction that accepts it stands by its preview, since
// policy is evaluated after it.
func (o *Op) acceptedHere(ctx context.Context, agency, caseID string) (bool, error) {
	rows, err := o.Standing(ctx, agency, caseID)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	ids := make([]string, len(rows))
	for i, a := range rows {
		ids[i] = a.ReferralID
	}
	return o.Referral.Query().Where(referral.IDIn(ids...), referral.CaseID(caseID), referral.ToID(agency),
		referral.StateIn(valueset.ReferralStateAccepted, valueset.ReferralStateAcceptedInPart)).Exist(rule.InMode(ctx, rule.Policy))
}

// Standing returns the accesses of the case that rest on a referral to the agency and
// are in force now, whichever member or purpose they are for: READ of what it accepted,
// PREVIEW of what it was offered. They are those of the last evaluation.
func (o *Op) Standing(ctx context.Context, agency, caseID string) ([]*ent.Access, error) {
	ctx = rule.InMode(ctx, rule.Policy)
	rows, err := o.Access.Query().Where(access.CaseID(caseID), access.GranteeID(agency), access.ReferralIDNEQ(""), access.ReferrerIDNEQ(""),
		access.ValidFromLTE(o.Scope.Now), access.ValidUntilGT(o.Scope.Now), rule.Live()).Order(access.ByID()).All(ctx)
	if err != nil {
		return nil, failed(err, "reading the accesses of a case")
	}
	var needed []string
	for _, a := range rows {
		needed = append(needed, gatesOf(a)...)
	}
	open, err := o.Gate.Query().Where(gate.IDIn(needed...), gate.Open(true)).IDs(ctx)
	if err != nil {
		return nil, failed(err, "reading the gates")
	}
	return slices.DeleteFunc(rows, func(a *ent.Access) bool {
		return slices.ContainsFunc(gatesOf(a), func(id string) bool { return !slices.Contains(open, id) })
	}), nil
}

// gatesOf names the gates that an access on a referral passes: those of the agencies
// whose rows it opens, by whose referral and to whom, and of their agreements (D6).
func gatesOf(a *ent.Access) []string {
	gates := []string{a.GranteeID, a.ContributorID, a.ReferrerID, a.AgreementID, a.ReferralAgreementID}
	if a.FirstReferralID != "" {
		gates = append(gates, a.FirstAgreementID, a.FirstReferrerID) // the first link's (D4)
	}
	return gates
}

// Previewed reports whether a PREVIEW access of the referral stands now, for all to whom it
// goes: consent and agreement cover it and it awaits a reply (A5, D2).
func (o *Op) Previewed(ctx context.Context, r *ent.Referral) (bool, error) {
	rows, err := o.Standing(ctx, r.ToID, r.CaseID)
	return slices.ContainsFunc(rows, func(a *ent.Access) bool {
		return a.ReferralID == r.ID && a.UnitID == r.UnitID && a.Action == rule.ActionPreview
	}), err
}
