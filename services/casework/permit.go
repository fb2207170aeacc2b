package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// PermitContributionInput is an international organisation's own decision that its rows of
// a case may open to a recipient (A6).
type PermitContributionInput struct {
	CaseID      string
	RecipientID string
	Purpose     category.Purpose
	Categories  []category.Category
	ValidFrom   *int64 // now where left out; UTC microseconds
	ValidUntil  *int64 // a year on where left out
}

// PermitContribution decides, for an international organisation, that its own rows may open
// to one recipient (A6). Consent, agreement and referral are needed besides. Rows that an
// international organisation refers itself need none: its referral is its decision.
func PermitContribution(ctx context.Context, op *store.Op, in PermitContributionInput) (string, error) {
	if _, err := openCase(ctx, op, in.CaseID); err != nil {
		return "", err
	}
	own, err := op.Agency.Query().Where(agency.ID(op.Scope.Agency), agency.KindEQ(valueset.AgencyKindInternationalOrganisation)).Exist(ctx)
	if err != nil {
		return "", outward(err, "reading the viewer's agency")
	}
	if !own {
		return "", errs.New(errs.Forbidden, "what an international organisation contributed opens by its own decision; of your agency's rows consent, agreement and referral decide (A2, A6)")
	}
	from := value(in.ValidFrom, op.Scope.Now)
	until := value(in.ValidUntil, from+year)
	p := &problems{}
	if in.RecipientID == op.Scope.Agency {
		p.add("recipientID", "it is about another agency")
	}
	if !in.Purpose.OpensCase() {
		p.add("purpose", "this purpose never opens a case")
	}
	if len(in.Categories) == 0 {
		p.add("categories", "name at least one category: what is not named is not covered (A6)")
	}
	p.categories("categories", in.Categories)
	if until <= from {
		p.add("validUntil", "it must end after it starts")
	}
	if err := p.err(); err != nil {
		return "", err
	}
	if _, err := agencyAtWork(ctx, op, in.RecipientID); err != nil {
		return "", err
	}
	id := pubid.New("permission")
	err = op.Permission.Create().SetID(id).SetCaseID(in.CaseID).SetContributorID(op.Scope.Agency).SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).
		SetRecipientID(in.RecipientID).SetPurpose(in.Purpose).SetCategories(in.Categories).SetState(valueset.PermissionStateGranted).
		SetDecidedOn(op.Scope.Now).SetDecidedBy(op.Scope.Member).SetValidFrom(from).SetValidUntil(until).Exec(ctx)
	if err != nil {
		return "", outward(err, "deciding about own rows")
	}
	op.Touch(in.CaseID)
	return id, decided(ctx, op, "permit contribution", in.CaseID)
}

// agencyAtWork returns an agency that may receive: a regional counterpart never does (J7).
func agencyAtWork(ctx context.Context, op *store.Op, id string) (*ent.Agency, error) {
	none := errs.New(errs.Invalid, "there is no such agency: choose one from the list of agencies").WithFields("toID", "recipientID")
	if !pubid.Valid(id, "agency") {
		return nil, none
	}
	a, err := op.Agency.Query().Where(agency.ID(id), agency.KindNEQ(valueset.AgencyKindRegionalCounterpart)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, none
	}
	return a, outward(err, "reading the receiving agency")
}
