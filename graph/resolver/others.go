package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/agencyunit"
	"github.com/sala-exchange/sala/ent/agreementparty"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
)

// agencyOf returns the agency, nil where there is none under the id.
func agencyOf(ctx context.Context, id string) (*ent.Agency, error) {
	b, err := batchesOf(ctx)
	if err != nil || id == "" {
		return nil, err
	}
	return b.agencies.get(ctx, id)
}

func loadAgencies(ctx context.Context, ids []string) (map[string]*ent.Agency, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.Agency.Query().Where(agency.IDIn(ids...)).All(ctx)
	out := map[string]*ent.Agency{}
	for _, r := range rows {
		out[r.ID] = r
	}
	return out, outward(err, "reading agencies")
}

func unitOf(ctx context.Context, id string) (*ent.AgencyUnit, error) {
	b, err := batchesOf(ctx)
	if err != nil || id == "" {
		return nil, err
	}
	return b.units.get(ctx, id)
}

func loadUnits(ctx context.Context, ids []string) (map[string]*ent.AgencyUnit, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.AgencyUnit.Query().Where(agencyunit.IDIn(ids...)).All(ctx)
	out := map[string]*ent.AgencyUnit{}
	for _, r := range rows {
		out[r.ID] = r
	}
	return out, outward(err, "reading units")
}

// contributed is every type whose rows an agency recorded.
type contributed[T any] struct{ by func(*T) string }

// Contributor is the agency that recorded the row.
func (c contributed[T]) Contributor(ctx context.Context, row *T) (*ent.Agency, error) {
	return agencyOf(ctx, c.by(row))
}

type partyOf struct{}

// Agency is the party.
func (partyOf) Agency(ctx context.Context, p *ent.AgreementParty) (*ent.Agency, error) {
	return agencyOf(ctx, p.AgencyID)
}

type provisionOf struct{}

// Recipient is the agency that the provision is about.
func (provisionOf) Recipient(ctx context.Context, p *ent.Provision) (*ent.Agency, error) {
	return agencyOf(ctx, p.RecipientID)
}

// Unit is that of the recipient that alone it is about (A5).
func (provisionOf) Unit(ctx context.Context, p *ent.Provision) (*ent.AgencyUnit, error) {
	return unitOf(ctx, p.UnitID)
}

// Current: the operation's time lies in its period.
func (provisionOf) Current(ctx context.Context, p *ent.Provision) (bool, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return false, err
	}
	return p.ValidFrom <= op.Scope.Now && op.Scope.Now < p.ValidUntil, nil
}

// Contributors are those whose rows are named beside the referring agency's (A2).
func (provisionOf) Contributors(ctx context.Context, p *ent.Provision) ([]*ent.Agency, error) {
	out := []*ent.Agency{}
	for _, id := range p.ContributorIds {
		a, err := agencyOf(ctx, id)
		if err != nil {
			return nil, err
		}
		if a != nil {
			out = append(out, a)
		}
	}
	return out, nil
}

type agreementOf struct{}

func loadSuspended(ctx context.Context, ids []string) (map[string]bool, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := op.AgreementParty.Query().
		Where(agreementparty.AgreementIDIn(ids...), agreementparty.SuspendedOnNotNil()).All(ctx)
	out := map[string]bool{}
	for _, r := range rows {
		out[r.AgreementID] = true
	}
	return out, outward(err, "reading the parties of agreements")
}

type disclosureOf struct{}

// Agency is whose member was shown or decided.
func (disclosureOf) Agency(ctx context.Context, d *ent.Disclosure) (*ent.Agency, error) {
	return agencyOf(ctx, d.AgencyID)
}

// Contributor is whose rows.
func (disclosureOf) Contributor(ctx context.Context, d *ent.Disclosure) (*ent.Agency, error) {
	return agencyOf(ctx, d.ContributorID)
}

// Purpose stated, null where none was.
func (disclosureOf) Purpose(_ context.Context, d *ent.Disclosure) (*category.Purpose, error) {
	p := category.Purpose(d.Purpose)
	if p == "" {
		return nil, nil
	}
	if !p.Valid() {
		return nil, errs.New(errs.Internal, "a disclosure names an unknown purpose")
	}
	return &p, nil
}

// Categories shown.
func (disclosureOf) Categories(_ context.Context, d *ent.Disclosure) ([]category.Category, error) {
	return d.Categories.List(), nil
}

// RowCount is how many rows were shown.
func (disclosureOf) RowCount(_ context.Context, d *ent.Disclosure) (int, error) {
	return len(d.RowIds), nil
}

// CaseReference is null unless the case is open to the viewer for this operation's
// purpose; without a purpose none is.
func (disclosureOf) CaseReference(ctx context.Context, d *ent.Disclosure) (*string, error) {
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	ref, err := b.reference.get(ctx, d.CaseID)
	if err != nil || ref == "" {
		return nil, err
	}
	return &ref, nil
}

type nameOf struct{}

// Part is null where it is not known.
func (nameOf) Part(_ context.Context, n *schema.Name) (*string, error) {
	if n.Part == "" {
		return nil, nil
	}
	return &n.Part, nil
}
