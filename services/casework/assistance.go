package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/assistance"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/pubid"
)

// RecordAssistance adds a row of the viewer's agency's own (A1).
func RecordAssistance(ctx context.Context, op *store.Op, caseID string, in AssistanceInput) (string, error) {
	if err := in.validate(op.Scope.Now); err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	id := pubid.New("assistance")
	create := op.Assistance.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member)
	setAssistance(create.Mutation(), in)
	return id, recorded(ctx, op, create.Exec(ctx), "assistance", caseID)
}

// CorrectAssistance replaces the viewer's agency's own row (A4).
func CorrectAssistance(ctx context.Context, op *store.Op, at CorrectInput, in AssistanceInput) error {
	if err := in.validate(op.Scope.Now); err != nil {
		return err
	}
	read := func() (*ent.Assistance, error) { return op.Assistance.Query().Where(assistance.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Assistance) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "assistance", read, key, func(*ent.Assistance) change {
		u := op.Assistance.UpdateOneID(at.ID).AddVersion(1)
		setAssistance(u.Mutation(), in)
		return change{u.Mutation(), nil, func() error { return u.Exec(ctx) }}
	})
}

func (in AssistanceInput) validate(now int64) error {
	p := &problems{}
	p.past("occurredOn", in.OccurredOn, now)
	p.date("startedOn", in.StartedOn)
	p.date("plannedEnd", in.PlannedEnd)
	p.date("endedOn", in.EndedOn)
	for field, s := range map[string]*string{
		"programme": in.Programme, "provider": in.Provider, "objectives": in.Objectives, "actionPlan": in.ActionPlan,
	} {
		p.text(field, s, canon.Text)
	}
	return p.err()
}

func setAssistance(m *ent.AssistanceMutation, in AssistanceInput) {
	setIf(in.State, m.SetState)
	setIf(in.Service, m.SetService)
	setIf(in.SupportType, m.SetSupportType)
	m.SetProgramme(value(in.Programme, ""))
	m.SetProvider(value(in.Provider, ""))
	m.SetObjectives(value(in.Objectives, ""))
	m.SetActionPlan(value(in.ActionPlan, ""))
	setDate(in.StartedOn, m.SetStartedOn, m.ClearStartedOn)
	setDate(in.PlannedEnd, m.SetPlannedEnd, m.ClearPlannedEnd)
	setDate(in.EndedOn, m.SetEndedOn, m.ClearEndedOn)
	if in.OccurredOn != nil {
		m.SetOccurredOn(*in.OccurredOn)
	}
}
