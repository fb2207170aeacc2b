package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// asked refuses an agency that does not own the case a basis for recording beyond what
// it was asked to do there: it records for the purposes of the referrals that it has
// accepted and that stand, on whatever basis (A4, C1).
func asked(ctx context.Context, op *store.Op, in RecordConsentInput) error {
	rows, err := op.Standing(ctx, op.Scope.Agency, in.CaseID)
	if err != nil {
		return err
	}
	purposes := map[category.Purpose][]string{} // the units that the referrals name
	for _, a := range rows {
		if !op.Scope.Within(a.UnitID) {
			continue
		}
		accepted, err := op.Referral.Query().Where(referral.ID(a.ReferralID),
			referral.StateIn(valueset.ReferralStateAccepted, valueset.ReferralStateAcceptedInPart)).Exist(rule.InMode(ctx, rule.Policy))
		if err != nil {
			return outward(err, "reading the referrals of the case")
		}
		if accepted {
			purposes[category.Purpose(a.Purpose)] = append(purposes[category.Purpose(a.Purpose)], a.UnitID)
		}
	}
	p := &problems{}
	for i, v := range in.Provisions {
		if v.Decision != valueset.DecisionPermit {
			continue
		}
		for _, u := range v.Purposes {
			switch of := recorders(purposes[u]); {
			case len(of) == 0:
				p.add(index("provisions", i)+".purposes", "in another agency's case yours records what it was asked for: name only purposes of referrals that it has accepted and that stand (A4)")
			case v.recordedFor != nil && !slices.Equal(of, v.recordedFor):
				p.add(index("provisions", i)+".purposes", "these purposes were referred to different units of your agency: name them in provisions of their own (A5)")
			default:
				v.recordedFor = of
			}
		}
	}
	return p.err()
}

// recorders are whom of the agency record by the referrals for a purpose: the units that
// these name, with whom it stays; or the agency as a whole, the empty id, where one goes to
// all of it (A5).
func recorders(units []string) []string {
	if slices.Contains(units, "") {
		return []string{""}
	}
	return slices.Compact(slices.Sorted(slices.Values(units)))
}
