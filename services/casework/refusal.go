package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/consent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// leaf is what one voice has said of one category, for the purpose at hand.
type leaf struct {
	kind            valueset.ConsentKind
	voice, guardian string
	byClass         bool
	category        category.Category
}

// refusalStands reports whether the last word of any voice refuses the viewer's agency, or
// the owner's recording, for the purpose and one of the categories: by name and as one of
// a class apart, as each counts by itself (C4); a yes about a unit takes back no refusal of
// its agency (A5). It shows itself before break-glass does
// what it refuses (F3); of what else was said it tells nothing.
func refusalStands(ctx context.Context, op *store.Op, c *store.Openable, categories []category.Category) (bool, error) {
	rows, err := op.Consent.Query().Where(consent.CaseID(c.Case)).WithProvisions().Order(ent.Asc(consent.FieldGivenOn, consent.FieldID)).
		All(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return false, outward(err, "reading what she has refused")
	}
	last, refuses := map[leaf]int64{}, map[leaf]bool{}
	for _, k := range rows {
		for _, p := range k.Edges.Provisions {
			about := k.Kind == valueset.ConsentKindSharing && p.RecipientID == op.Scope.Agency && (p.UnitID == "" || p.Decision == valueset.DecisionDeny) || k.Kind == valueset.ConsentKindRecording && p.RecipientID == c.Owner
			if !about || !slices.Contains(p.Purposes, op.Scope.Purpose) {
				continue
			}
			for _, cat := range p.Categories {
				if !slices.Contains(categories, cat) {
					continue
				}
				l := leaf{k.Kind, string(k.Voice), value(k.GuardianshipID, ""), p.RecipientClass != nil, cat}
				no := p.Decision == valueset.DecisionDeny
				refuses[l] = no || refuses[l] && last[l] == k.GivenOn // at the same moment the no counts
				last[l] = k.GivenOn
			}
		}
	}
	for _, no := range refuses {
		if no {
			return true, nil
		}
	}
	return false, nil
}
