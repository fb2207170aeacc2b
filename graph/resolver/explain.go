package resolver

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/explain"
)

var languages = map[model.Language]explain.Language{model.LanguageEnglish: explain.English, model.LanguageLao: explain.Lao}

// accessWords says in words what the row says: to its owner what its recording needs, or
// that it is for those who work on the case; to others nothing that tells whether there is
// anything.
func accessWords(ctx context.Context, l model.Language, row *model.CategoryAccess, caseID string, owns bool) (string, error) {
	switch {
	case row.State == model.AccessStateOpen && len(row.Basis) > 0:
		a := explain.Answer{Category: row.Category, Open: true}
		a.Access.Basis, a.Access.Until = row.Basis[0], *row.Until
		return explain.Words(languages[l], a, false), nil
	case row.State == model.AccessStateOpen || !owns:
		return explain.Yours(languages[l], false, 0), nil
	}
	b, err := batchesOf(ctx)
	if err != nil {
		return "", err
	}
	inside, err := b.inside.get(ctx, caseID)
	if err != nil {
		return "", err
	}
	// She has said what was needed: nobody is sent to ask her again (D5).
	if slices.ContainsFunc(inside, func(a *ent.Access) bool { return a.Categories.Has(row.Category) }) {
		return explain.Inside(languages[l]), nil
	}
	return explain.Words(languages[l], explain.Answer{Category: row.Category, Needs: []explain.Need{explain.Recording}}, false), nil
}

// Explain is for the owner in full: it tells what she said, and nothing that the owner does
// not see by her statements, its referrals and its agreements. Whoever else sees the case
// is told about their own agency what access tells them.
func (caseFile) Explain(ctx context.Context, c *ent.CaseFile, agency string, purpose category.Purpose, wordsIn model.Language) ([]*model.Explanation, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	switch own := op.Scope.Agency; {
	case own == "" || !pubid.Valid(agency, "agency"):
		return []*model.Explanation{}, nil
	case c.OwnerID == own:
		return explainedToOwner(ctx, op, c, agency, purpose, languages[wordsIn])
	case agency == own && purpose == op.Scope.Purpose:
		return explainedToOther(ctx, c, languages[wordsIn])
	}
	return []*model.Explanation{}, nil
}

func explainedToOwner(ctx context.Context, op *store.Op, c *ent.CaseFile, agency string, purpose category.Purpose, l explain.Language) ([]*model.Explanation, error) {
	if known, err := agencyOf(ctx, agency); err != nil || known == nil {
		return []*model.Explanation{}, err
	}
	facts, _, err := op.Facts(ctx, c.ID, agency)
	if err != nil {
		return nil, err
	}
	shut, err := op.Shut(ctx, facts)
	if err != nil {
		return nil, err
	}
	answers, err := explain.Of(ctx, op.Decide, facts, agency, purpose, op.Scope.Now, shut)
	if err != nil {
		return nil, err
	}
	never := !purpose.OpensCase() || facts.Agencies[agency].Kind == string(valueset.AgencyKindRegionalCounterpart)
	out := make([]*model.Explanation, len(answers))
	for i, a := range answers {
		e := &model.Explanation{Category: a.Category, State: model.AccessStateWithheld, Needs: []string{}, Words: explain.Words(l, a, never)}
		if a.Open {
			e.State, e.Basis, e.Until = model.AccessStateOpen, &a.Access.Basis, &a.Access.Until
			if e.Unit, err = unitOf(ctx, a.Access.Unit); err != nil {
				return nil, err
			}
		}
		for _, n := range a.Needs {
			e.Needs = append(e.Needs, string(n))
		}
		if a.Said != "" {
			said := string(a.Said)
			e.Said = &said
		}
		out[i] = e
	}
	return out, nil
}

func explainedToOther(ctx context.Context, c *ent.CaseFile, l explain.Language) ([]*model.Explanation, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	open, err := b.open.get(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	out := make([]*model.Explanation, 0, len(category.Shareable()))
	for _, cat := range category.Shareable() {
		row := categoryAccess(cat, open)
		e := &model.Explanation{Category: cat, State: row.State, Until: row.Until, Needs: []string{}, Words: explain.Yours(l, false, 0)}
		if row.Until != nil {
			e.Words = explain.Yours(l, true, *row.Until)
		}
		out = append(out, e)
	}
	return out, nil
}
