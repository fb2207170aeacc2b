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
		for _, u := range v.Purposes {
			if v.Decision == valueset.DecisionPermit && len(purposes[u]) == 0 {
				p.add(index("provisions", i)+".purposes", "in another agency's case yours records what it was asked for: name only purposes of referrals that it has accepted and that stand (A4)")
			}
		}
		v.recordedFor = oneUnit(purposes, v.Purposes)
	}
	return p.err()
}

// oneUnit is the unit that the referrals for all of the purposes name, or empty: what is
// recorded by a referral to one unit stays with it (A5).
func oneUnit(units map[category.Purpose][]string, purposes []category.Purpose) string {
	var named []string
	for _, u := range purposes {
		named = append(named, units[u]...)
	}
	slices.Sort(named)
	if named = slices.Compact(named); len(named) == 1 {
		return named[0]
	}
	return ""
}
