package resolver

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
)

// loadOpen reads the accesses that are open to the viewer for the operation's
// purpose, by case.
func loadOpen(ctx context.Context, cases []string) (map[string][]*ent.Access, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Access.Query().
		Where(access.CaseIDIn(cases...), access.GranteeID(op.Scope.Agency), func(sel *sql.Selector) {
			sel.Where(rule.Open(op.Scope, sel.C(access.FieldID), rule.ActionRead))
		}).Order(access.ByID()).All(ctx)
	return byCase(rows), outward(err, "reading what is open")
}

// loadGranted reads others' accesses to rows of the viewer's agency, by case.
func loadGranted(ctx context.Context, cases []string) (map[string][]*ent.Access, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Access.Query().
		Where(access.CaseIDIn(cases...), access.ContributorID(op.Scope.Agency), access.GranteeIDNEQ(op.Scope.Agency),
			access.Action(rule.ActionRead), rule.InForce(op.Scope)).
		Order(access.ByGranteeID(), access.ByPurpose(), access.ByValidFrom(), access.ByValidUntil(), access.ByID()).All(ctx)
	return byCase(rows), outward(err, "reading who may see the rows")
}

// loadInside reads what is open of the agency's own rows to whomever of it, for the
// operation's purpose, by case.
func loadInside(ctx context.Context, cases []string) (map[string][]*ent.Access, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Access.Query().
		Where(access.CaseIDIn(cases...), access.ContributorID(op.Scope.Agency), access.GranteeID(op.Scope.Agency),
			access.Action(rule.ActionRead), access.Purpose(string(op.Scope.Purpose)), rule.InForce(op.Scope)).
		Order(access.ByID()).All(ctx)
	return byCase(rows), outward(err, "reading what is open within the agency")
}

func byCase(rows []*ent.Access) map[string][]*ent.Access {
	out := map[string][]*ent.Access{}
	for _, r := range rows {
		out[r.CaseID] = append(out[r.CaseID], r)
	}
	return out
}

// loadStanding tells which referrals to the viewer's agency open anything to it at
// all, to whichever member and for the referral's own purpose. It reads under the
// policy role, since before acceptance the case is not the receiver's to see, and
// gives nothing but yes or no.
func loadStanding(ctx context.Context, referrals []string) (map[string]bool, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Access.Query().
		Where(access.ReferralIDIn(referrals...), access.GranteeID(op.Scope.Agency),
			access.ActionIn(rule.ActionRead, rule.ActionPreview), rule.InForce(op.Scope)).
		All(rule.InMode(ctx, rule.Policy))
	out := map[string]bool{}
	for _, r := range rows {
		out[r.ReferralID] = true
	}
	for _, id := range referrals {
		op.Seen.Stood(id, out[id])
	}
	return out, outward(err, "reading the state of referrals")
}
