package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/whereabouts"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/pubid"
)

// RecordWhereabouts adds a row of the viewer's agency's own (A1).
func RecordWhereabouts(ctx context.Context, op *store.Op, caseID string, in WhereaboutsInput) (string, error) {
	if err := in.validate(op.Scope.Now); err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	id := pubid.New("whereabouts")
	sealed, err := op.Seal(ctx, ent.TypeWhereabouts, id, caseID, in.content())
	if err != nil {
		return "", err
	}
	err = op.Whereabouts.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).SetNillableOccurredOn(in.OccurredOn).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed).Exec(ctx)
	return id, recorded(ctx, op, err, "whereabouts", caseID)
}

// CorrectWhereabouts replaces the viewer's agency's own row (A4).
func CorrectWhereabouts(ctx context.Context, op *store.Op, at CorrectInput, in WhereaboutsInput) error {
	if err := in.validate(op.Scope.Now); err != nil {
		return err
	}
	read := func() (*ent.Whereabouts, error) { return op.Whereabouts.Query().Where(whereabouts.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Whereabouts) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "whereabouts", read, key, func(row *ent.Whereabouts) change {
		u := op.Whereabouts.UpdateOneID(at.ID).AddVersion(1)
		setOccurred(u.Mutation(), in.OccurredOn)
		content := in.content()
		return change{u.Mutation(), content, func() error {
			sealed, err := op.Seal(ctx, ent.TypeWhereabouts, row.ID, row.CaseID, content)
			if err != nil {
				return err
			}
			return u.SetSealed(sealed).Exec(ctx)
		}}
	})
}

func (in WhereaboutsInput) validate(now int64) error {
	p := &problems{}
	p.past("occurredOn", in.OccurredOn, now)
	if !in.Kind.Valid() {
		p.add("kind", "name a value of the list")
	}
	p.country("country", in.Country)
	p.date("since", in.Since)
	p.date("until", in.Until)
	for field, s := range map[string]*string{
		"place": in.Place, "street": in.Street, "city": in.City, "province": in.Province,
	} {
		p.text(field, s, canon.Text)
	}
	return p.err()
}

func (in WhereaboutsInput) content() schema.WhereaboutsContent {
	return schema.WhereaboutsContent{
		Kind:     in.Kind,
		Place:    value(in.Place, ""),
		Street:   value(in.Street, ""),
		City:     value(in.City, ""),
		Province: value(in.Province, ""),
		Country:  value(in.Country, ""),
		Since:    in.Since.written(),
		Until:    in.Until.written(),
	}
}
