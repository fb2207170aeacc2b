package casework

import (
	"context"

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
	purposes := map[category.Purpose]bool{}
	for _, a := range rows {
		accepted, err := op.Referral.Query().Where(referral.ID(a.ReferralID),
			referral.StateIn(valueset.ReferralStateAccepted, valueset.ReferralStateAcceptedInPart)).Exist(rule.InMode(ctx, rule.Policy))
		if err != nil {
			return outward(err, "reading the referrals of the case")
		}
		if accepted {
			purposes[category.Purpose(a.Purpose)] = true
		}
	}
	p := &problems{}
	for i, v := range in.Provisions {
		for _, u := range v.Purposes {
			if v.Decision == valueset.DecisionPermit && !purposes[u] {
				p.add(index("provisions", i)+".purposes", "in another agency's case yours records what it was asked for: name only purposes of referrals that it has accepted and that stand (A4)")
			}
		}
	}
	return p.err()
}
