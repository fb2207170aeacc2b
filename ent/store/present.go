package store

import (
	"context"
	"maps"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/access"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
)

// withoutNames takes from what says who decides for her the texts that name people, where
// the viewer is not assigned to the case: who was present at a statement, who speaks for
// her, on what grounds she is incapable. What a supervisor sees of a case holds none (D5).
// The reasons of a decision in her best interests stay: a supervisor signs them (E5).
func (o *Op) withoutNames(ctx context.Context, s *rule.Scope, v ent.Value) error {
	if !s.Supervisor {
		return nil // whoever is no supervisor sees by assignment alone
	}
	of := map[string][]func(){} // by case, what takes the texts away
	switch rows := v.(type) {
	case []*ent.Consent:
		for _, r := range rows {
			if r.Present != "" {
				of[r.CaseID] = append(of[r.CaseID], func() { r.Present = "" })
			}
		}
	case []*ent.Guardianship:
		for _, r := range rows {
			of[r.CaseID] = append(of[r.CaseID], func() { r.GuardianshipContent = schema.GuardianshipContent{} })
		}
	case []*ent.ExternalReferral:
		for _, r := range rows {
			of[r.CaseID] = append(of[r.CaseID], func() { r.ExternalReferralContent = schema.ExternalReferralContent{} })
		}
	case []*ent.Conference:
		for _, r := range rows {
			of[r.CaseID] = append(of[r.CaseID], func() { r.ConferenceContent = schema.ConferenceContent{} })
		}
	case []*ent.ConferenceTask:
		for _, r := range rows {
			of[r.CaseID] = append(of[r.CaseID], func() { r.ConferenceTaskContent = schema.ConferenceTaskContent{} })
		}
	case []*ent.Incapacity:
		for _, r := range rows {
			of[r.CaseID] = append(of[r.CaseID], func() { r.IncapacityContent = schema.IncapacityContent{} })
		}
	case []*ent.LegalBasis:
		for _, r := range rows {
			if r.ContributorID != s.Agency && r.Coverage != "" {
				of[r.CaseID] = append(of[r.CaseID], func() { r.Coverage = "" })
			}
		}
	}
	if len(of) == 0 {
		return nil
	}
	alone := *s
	alone.Supervisor = false
	own, err := o.Access.Query().Where(access.CaseIDIn(slices.Collect(maps.Keys(of))...), access.GranteeID(s.Agency), func(sel *sql.Selector) {
		sel.Where(rule.Open(&alone, sel.C(access.FieldID), rule.ActionRead))
	}).All(rule.InMode(ctx, rule.Policy))
	if err != nil {
		return failed(err, "reading the accesses of cases")
	}
	for _, a := range own {
		delete(of, a.CaseID)
	}
	for _, takes := range of {
		for _, take := range takes {
			take()
		}
	}
	return nil
}
