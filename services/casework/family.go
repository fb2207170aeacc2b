package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/family"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/pubid"
)

// RecordFamily adds a row of the viewer's agency's own (A1).
func RecordFamily(ctx context.Context, op *store.Op, caseID string, in FamilyInput) (string, error) {
	if err := in.validate(op.Scope.Now); err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	id := pubid.New("family")
	sealed, err := op.Seal(ctx, ent.TypeFamily, id, caseID, in.content())
	if err != nil {
		return "", err
	}
	err = op.Family.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).SetNillableOccurredOn(in.OccurredOn).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed).Exec(ctx)
	return id, recorded(ctx, op, err, "family", caseID)
}

// CorrectFamily replaces the viewer's agency's own row (A4).
func CorrectFamily(ctx context.Context, op *store.Op, at CorrectInput, in FamilyInput) error {
	if err := in.validate(op.Scope.Now); err != nil {
		return err
	}
	read := func() (*ent.Family, error) { return op.Family.Query().Where(family.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Family) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "family", read, key, func(row *ent.Family) change {
		u := op.Family.UpdateOneID(at.ID).AddVersion(1)
		setOccurred(u.Mutation(), in.OccurredOn)
		content := in.content()
		return change{u.Mutation(), content, func() error {
			sealed, err := op.Seal(ctx, ent.TypeFamily, row.ID, row.CaseID, content)
			if err != nil {
				return err
			}
			return u.SetSealed(sealed).Exec(ctx)
		}}
	})
}

func (in FamilyInput) validate(now int64) error {
	p := &problems{}
	p.past("occurredOn", in.OccurredOn, now)
	for i, n := range in.Names {
		p.name(index("names", i), n)
	}
	if !in.Relation.Valid() {
		p.add("relation", "name a value of the list")
	}
	for field, s := range map[string]*string{
		"address": in.Address,
	} {
		p.text(field, s, canon.Text)
	}
	return p.err()
}

func (in FamilyInput) content() schema.FamilyContent {
	return schema.FamilyContent{
		Names:       names(in.Names),
		Relation:    in.Relation,
		Sex:         in.Sex,
		Caregiver:   in.Caregiver,
		Guardian:    in.Guardian,
		ContactWish: in.ContactWish,
		Address:     value(in.Address, ""),
	}
}
