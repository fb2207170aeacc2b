package resolver

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/internal/category"
)

type caseFile struct{}

// Owner answers for the case.
func (caseFile) Owner(ctx context.Context, c *ent.CaseFile) (*ent.Agency, error) {
	return agencyOf(ctx, c.OwnerID)
}

// Access is what is open to the viewer, category by category. The word for a
// withheld one is the same whether or not there is anything.
func (caseFile) Access(ctx context.Context, c *ent.CaseFile, wordsIn model.Language) ([]*model.CategoryAccess, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	open, err := b.open.get(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	owns := op.Scope.Agency != "" && c.OwnerID == op.Scope.Agency
	out := make([]*model.CategoryAccess, 0, len(category.All()))
	for _, cat := range category.All() {
		row := categoryAccess(cat, open)
		if row.Words, err = accessWords(ctx, wordsIn, row, c.ID, owns); err != nil {
			return nil, err
		}
		if row.Provenance, err = provenance(ctx, cat, open); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

// bases in the order in which they are shown.
var bases = []string{"OWNERSHIP", "OWN_CONTRIBUTION", "CONSENT_REFERRAL", "LEGAL_BASIS", "BREAK_GLASS"}

func categoryAccess(cat category.Category, open []*ent.Access) *model.CategoryAccess {
	reason, ask := model.WithheldReasonNoAccessForPurpose, model.HowToAskReferralWithConsent
	out := &model.CategoryAccess{Category: cat, State: model.AccessStateWithheld, Reason: &reason, HowToAsk: &ask, Confidentiality: cat.Bit().Confidentiality()}
	held := map[string]bool{}
	var until int64
	for _, a := range open {
		// Whoever may see any row of a case sees its CASE row (B5).
		if cat != category.Case && !a.Categories.Has(cat) {
			continue
		}
		out.State, out.Reason, out.HowToAsk = model.AccessStateOpen, nil, nil
		held[a.Basis] = true
		until = max(until, a.ValidUntil)
		for _, o := range a.Obligations {
			if !slices.Contains(out.Obligations, o) {
				out.Obligations = append(out.Obligations, o)
			}
		}
	}
	if out.State == model.AccessStateOpen {
		out.Until = &until
	}
	for _, b := range bases {
		if held[b] {
			out.Basis = append(out.Basis, b)
		}
	}
	slices.Sort(out.Obligations)
	return out
}

// AccessibleBy is for the owner only: who else may see the owner's own rows. The
// members of the other agency are its own concern.
func (caseFile) AccessibleBy(ctx context.Context, c *ent.CaseFile) ([]*model.AccessibleBy, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	if op.Scope.Agency == "" || c.OwnerID != op.Scope.Agency {
		return []*model.AccessibleBy{}, nil
	}
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	granted, err := b.granted.get(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	out, said := []*model.AccessibleBy{}, map[model.AccessibleBy]bool{}
	for _, a := range granted {
		agency, err := agencyOf(ctx, a.GranteeID)
		if err != nil || agency == nil {
			return nil, err
		}
		through, err := agencyOf(ctx, a.ReferrerID)
		if err != nil {
			return nil, err
		}
		unit, err := unitOf(ctx, a.UnitID)
		if err != nil {
			return nil, err
		}
		for _, cat := range a.Categories.List() {
			row := model.AccessibleBy{
				Through: through, Agency: agency, Unit: unit, Category: cat, Purpose: category.Purpose(a.Purpose), Basis: a.Basis,
				From: a.ValidFrom, Until: a.ValidUntil,
			}
			if !said[row] {
				said[row] = true
				out = append(out, &row)
			}
		}
	}
	return out, nil
}

// loadReferences reads the references of the cases that are open to the viewer.
func loadReferences(ctx context.Context, cases []string) (map[string]string, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.CaseFile.Query().Where(casefile.IDIn(cases...)).All(ctx)
	out := map[string]string{}
	for _, r := range rows {
		out[r.ID] = r.Reference
	}
	return out, outward(err, "reading the references of cases")
}
