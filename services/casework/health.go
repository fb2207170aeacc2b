package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/health"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/pubid"
)

// RecordHealth adds a row of the viewer's agency's own (A1).
func RecordHealth(ctx context.Context, op *store.Op, caseID string, in HealthInput) (string, error) {
	if err := in.validate(op.Scope.Now); err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	id := pubid.New("health")
	sealed, err := op.Seal(ctx, ent.TypeHealth, id, caseID, in.content())
	if err != nil {
		return "", err
	}
	err = op.Health.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).SetNillableOccurredOn(in.OccurredOn).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed).Exec(ctx)
	return id, recorded(ctx, op, err, "health", caseID)
}

// CorrectHealth replaces the viewer's agency's own row (A4).
func CorrectHealth(ctx context.Context, op *store.Op, at CorrectInput, in HealthInput) error {
	if err := in.validate(op.Scope.Now); err != nil {
		return err
	}
	read := func() (*ent.Health, error) { return op.Health.Query().Where(health.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Health) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "health", read, key, func(row *ent.Health) change {
		u := op.Health.UpdateOneID(at.ID).AddVersion(1)
		setOccurred(u.Mutation(), in.OccurredOn)
		content := in.content()
		return change{u.Mutation(), content, func() error {
			sealed, err := op.Seal(ctx, ent.TypeHealth, row.ID, row.CaseID, content)
			if err != nil {
				return err
			}
			return u.SetSealed(sealed).Exec(ctx)
		}}
	})
}

func (in HealthInput) validate(now int64) error {
	p := &problems{}
	p.past("occurredOn", in.OccurredOn, now)
	if !in.Kind.Valid() {
		p.add("kind", "name a value of the list")
	}
	p.date("since", in.Since)
	p.date("until", in.Until)
	for field, s := range map[string]*string{
		"condition": in.Condition, "treatment": in.Treatment, "provider": in.Provider,
	} {
		p.text(field, s, canon.Text)
	}
	return p.err()
}

func (in HealthInput) content() schema.HealthContent {
	return schema.HealthContent{
		Kind:      in.Kind,
		Condition: value(in.Condition, ""),
		Treatment: value(in.Treatment, ""),
		Provider:  value(in.Provider, ""),
		Urgent:    in.Urgent,
		Since:     in.Since.written(),
		Until:     in.Until.written(),
	}
}
