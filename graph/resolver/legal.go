package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/legalbasis"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
)

func (query) LegalBases(ctx context.Context, first int, state *valueset.LegalBasisState, before *int64) ([]*ent.LegalBasis, error) {
	if first < 1 || first > MaxPage {
		return nil, errs.New(errs.Invalid, "ask for 1 to %d rows a page", MaxPage).WithFields("first")
	}
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	return casework.LegalBases(ctx, op, first, state, before)
}

func (query) Refusals(ctx context.Context, month string) (*casework.RefusalCounts, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	return casework.Refusals(ctx, op, month)
}

func (caseFile) LegalBases(ctx context.Context, c *ent.CaseFile) ([]*ent.LegalBasis, error) {
	return ofCase(ctx, c, func(b *batches) *batch[[]*ent.LegalBasis] { return b.legalBases })
}

// loadLegalBases reads those of cases that were checked and not refused.
func loadLegalBases(ctx context.Context, cases []string) (map[string][]*ent.LegalBasis, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.LegalBasis.Query().Where(legalbasis.CaseIDIn(cases...), legalbasis.CheckedOnNotNil(), legalbasis.StateNEQ(valueset.LegalBasisStateRefused)).
		Order(legalbasis.ByRecordedOn(), legalbasis.ByID()).All(ctx)
	return grouped(rows, func(r *ent.LegalBasis) string { return r.CaseID }), outward(err, "reading legal bases")
}

type legalBasisOf struct{}

// Requester is the agency that asks.
func (legalBasisOf) Requester(ctx context.Context, r *ent.LegalBasis) (*ent.Agency, error) {
	return agencyOf(ctx, r.ContributorID)
}

// Contributor is the agency whose rows it asks for.
func (legalBasisOf) Contributor(ctx context.Context, r *ent.LegalBasis) (*ent.Agency, error) {
	return agencyOf(ctx, r.SourceID)
}

// Here is told to the agency that is asked alone: whoever asks would learn of a case by it.
func (legalBasisOf) Here(ctx context.Context, r *ent.LegalBasis) (*bool, error) {
	op, err := store.OpOf(ctx)
	if err != nil || r.SourceID != op.Scope.Agency {
		return nil, err
	}
	here := r.CaseID != ""
	return &here, nil
}

// Document is what was entered. About a case that is not there nothing of it is kept: so
// whoever entered it reads it again only once it has been in effect.
func (legalBasisOf) Document(ctx context.Context, r *ent.LegalBasis) (*schema.LegalBasisContent, error) {
	op, err := store.OpOf(ctx)
	if err != nil || r.CaseID == "" {
		return nil, err
	}
	inEffect := r.CheckedOn != nil && r.State != valueset.LegalBasisStateRefused
	if r.ContributorID == op.Scope.Agency && !inEffect {
		return nil, nil
	}
	return &r.LegalBasisContent, nil
}

// Refusal stays with the agency that refused.
func (legalBasisOf) Refusal(ctx context.Context, r *ent.LegalBasis) (*valueset.LegalBasisRefusal, error) {
	op, err := store.OpOf(ctx)
	if err != nil || r.SourceID != op.Scope.Agency {
		return nil, err
	}
	return r.Refusal, nil
}

func (mutation) EnterLegalBasis(ctx context.Context, in casework.EnterLegalBasisInput, key *string) (*model.Payload, error) {
	return change{"enterLegalBasis", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return casework.EnterLegalBasis(ctx, op, in)
	})
}

func (mutation) CheckLegalBasis(ctx context.Context, in casework.CheckLegalBasisInput, key *string) (*model.Payload, error) {
	return change{"checkLegalBasis", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return casework.CheckLegalBasis(ctx, op, in)
	})
}

func (mutation) EndLegalBasis(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"endLegalBasis", key, id}.made(ctx, func(op *store.Op) (string, error) {
		return casework.EndLegalBasis(ctx, op, id)
	})
}

// LegalBasis is what a mutation entered or changed.
func (payload) LegalBasis(ctx context.Context, p *model.Payload) (*ent.LegalBasis, error) {
	op, err := store.OpOf(ctx)
	if err != nil || p.ID == "" {
		return nil, err
	}
	row, err := op.LegalBasis.Query().Where(legalbasis.ID(p.ID)).Only(ctx)
	return visible(row, err, "reading the legal basis")
}
