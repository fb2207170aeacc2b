package store

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/legalbasis"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/valueset"
)

// legalFacts reads the legal bases that are in effect (F1). One that waits, was refused or
// has ended is no fact.
func (o *Op) legalFacts(ctx context.Context, g *gathered) error {
	rows, err := o.LegalBasis.Query().Where(legalbasis.CaseIDIn(g.ids...), legalbasis.StateEQ(valueset.LegalBasisStateConfirmed)).
		Order(ent.Asc(legalbasis.FieldID)).All(ctx)
	if err != nil {
		return err
	}
	for _, b := range rows {
		f, names := g.to(b.CaseID)
		names[b.ContributorID], names[b.SourceID] = true, true
		fact := rule.LegalBasisFacts{
			Kind: string(b.Kind), Requester: b.ContributorID, Contributor: b.SourceID, Purpose: string(b.Purpose), Categories: words(b.Categories),
			State: string(b.State), EnteredBy: b.RecordedBy, CheckedAgency: b.CheckedAgency, CheckedBy: b.CheckedBy, CheckedAt: -1,
			From: b.ValidFrom, Until: b.ValidUntil,
		}
		if b.CheckedOn != nil {
			fact.CheckedAt = *b.CheckedOn
		}
		f.LegalBases[b.ID] = fact
	}
	return nil
}

// entersBasis: a case worker enters a legal basis of the own agency for another's rows,
// whether the case is known to it or not (F1).
func entersBasis(s *rule.Scope, m ent.Mutation) bool {
	return s.Agency != "" && s.CaseWork && text(m, "contributor_id") == s.Agency && text(m, "recorded_by") == s.Member && text(m, "source_id") != s.Agency
}

// HasRows reports whether an agency has a stored part in the case.
func (o *Op) HasRows(ctx context.Context, caseID, agencyID string) (bool, error) {
	agencies, err := o.words(rule.InMode(ctx, rule.Policy), "SELECT contributor_id FROM case_contributors WHERE case_id = "+o.bind(1), caseID)
	if err != nil {
		return false, failed(err, "reading who has rows in a case")
	}
	return slices.Contains(agencies, agencyID), nil
}
