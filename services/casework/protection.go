package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/protection"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/pubid"
)

// RecordProtection adds a row of the viewer's agency's own (A1).
func RecordProtection(ctx context.Context, op *store.Op, caseID string, in ProtectionInput) (string, error) {
	if err := in.validate(op.Scope.Now); err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	id := pubid.New("protection")
	sealed, err := op.Seal(ctx, ent.TypeProtection, id, caseID, in.content())
	if err != nil {
		return "", err
	}
	err = op.Protection.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).SetNillableOccurredOn(in.OccurredOn).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed).Exec(ctx)
	return id, recorded(ctx, op, err, "protection", caseID)
}

// CorrectProtection replaces the viewer's agency's own row (A4).
func CorrectProtection(ctx context.Context, op *store.Op, at CorrectInput, in ProtectionInput) error {
	if err := in.validate(op.Scope.Now); err != nil {
		return err
	}
	read := func() (*ent.Protection, error) { return op.Protection.Query().Where(protection.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Protection) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "protection", read, key, func(row *ent.Protection) change {
		u := op.Protection.UpdateOneID(at.ID).AddVersion(1)
		setOccurred(u.Mutation(), in.OccurredOn)
		content := in.content()
		return change{u.Mutation(), content, func() error {
			sealed, err := op.Seal(ctx, ent.TypeProtection, row.ID, row.CaseID, content)
			if err != nil {
				return err
			}
			return u.SetSealed(sealed).Exec(ctx)
		}}
	})
}

func (in ProtectionInput) validate(now int64) error {
	p := &problems{}
	p.past("occurredOn", in.OccurredOn, now)
	if !in.RiskLevel.Valid() {
		p.add("riskLevel", "name a value of the list")
	}
	p.date("reviewOn", in.ReviewOn)
	for field, s := range map[string]*string{
		"riskDetails": in.RiskDetails, "safetyPlan": in.SafetyPlan,
	} {
		p.text(field, s, canon.Text)
	}
	return p.err()
}

func (in ProtectionInput) content() schema.ProtectionContent {
	return schema.ProtectionContent{
		RiskLevel:   in.RiskLevel,
		RiskFrom:    list(in.RiskFrom),
		RiskDetails: value(in.RiskDetails, ""),
		SelfHarm:    in.SelfHarm,
		SafetyPlan:  value(in.SafetyPlan, ""),
		ReviewOn:    in.ReviewOn.written(),
	}
}
