package store

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/rule"
)

// withoutPresent takes from statements who was present, where the viewer is not
// assigned to the case: it is free text that names people, and what a supervisor sees
// of a case holds none (D5).
func (o *Op) withoutPresent(ctx context.Context, s *rule.Scope, v ent.Value) error {
	rows, ok := v.([]*ent.Consent)
	if !ok || !s.Supervisor {
		return nil // whoever is no supervisor sees by assignment alone
	}
	var cases []string
	for _, r := range rows {
		if r.Present != "" {
			cases = append(cases, r.CaseID)
		}
	}
	if len(cases) == 0 {
		return nil
	}
	alone := *s
	alone.Supervisor = false
	own, err := o.Access.Query().Where(access.CaseIDIn(cases...), access.GranteeID(s.Agency), func(sel *sql.Selector) {
		sel.Where(rule.Open(&alone, sel.C(access.FieldID), rule.ActionRead))
	}).All(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return failed(err, "reading the accesses of cases")
	}
	assigned := map[string]bool{}
	for _, a := range own {
		assigned[a.CaseID] = true
	}
	for _, r := range rows {
		if !assigned[r.CaseID] {
			r.Present = ""
		}
	}
	return nil
}
