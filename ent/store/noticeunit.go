package store

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/permission"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/pubid"
)

// unitsTold are whom of an agency a notice is for: the units to which what it is about is
// limited, or the agency as a whole, which the empty id stands for. That there is a referral
// to one unit is not told to the others (A5).
func (o *Op) unitsTold(ctx context.Context, agency, subject string) ([]string, error) {
	ctx = rule.InMode(ctx, rule.Policy)
	var caseID string
	switch pubid.Prefix(subject) {
	case "referral":
		r, err := o.Referral.Query().Where(referral.ID(subject)).Only(ctx)
		switch {
		case ent.IsNotFound(err):
			return []string{""}, nil
		case err != nil:
			return nil, failed(err, "reading whom to tell")
		case r.ToID == agency:
			return []string{r.UnitID}, nil
		}
		caseID = r.CaseID
	case "permission":
		p, err := o.Permission.Query().Where(permission.ID(subject)).Only(ctx)
		if err != nil {
			return nil, failed(err, "reading whom to tell")
		}
		caseID = p.CaseID
	default:
		return []string{""}, nil
	}
	return o.unitsIn(ctx, agency, caseID)
}

// unitsIn are the units by which an agency knows of a case: those that all of the referrals
// to it name; the empty id where one names none, and of an agency that received no referral,
// as the owner.
func (o *Op) unitsIn(ctx context.Context, agency, caseID string) ([]string, error) {
	units, err := o.Referral.Query().Where(referral.CaseID(caseID), referral.ToID(agency)).Unique(true).Select(referral.FieldUnitID).Strings(ctx)
	if err != nil {
		return nil, failed(err, "reading whom to tell")
	}
	if len(units) == 0 || slices.Contains(units, "") {
		return []string{""}, nil
	}
	slices.Sort(units)
	return slices.Compact(units), nil
}
