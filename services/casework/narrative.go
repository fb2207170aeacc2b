package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/narrative"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/pubid"
)

// RecordNarrative adds a row of the viewer's agency's own (A1).
func RecordNarrative(ctx context.Context, op *store.Op, caseID string, in NarrativeInput) (string, error) {
	if err := in.validate(); err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	id := pubid.New("narrative")
	create := op.Narrative.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member)
	setNarrative(create.Mutation(), in)
	return id, recorded(ctx, op, create.Exec(ctx), "narrative", caseID)
}

// CorrectNarrative replaces the viewer's agency's own row (A4).
func CorrectNarrative(ctx context.Context, op *store.Op, at CorrectInput, in NarrativeInput) error {
	if err := in.validate(); err != nil {
		return err
	}
	read := func() (*ent.Narrative, error) { return op.Narrative.Query().Where(narrative.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Narrative) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "narrative", read, key, func(*ent.Narrative) change {
		u := op.Narrative.UpdateOneID(at.ID).AddVersion(1)
		setNarrative(u.Mutation(), in)
		return change{u.Mutation(), func() error { return u.Exec(ctx) }}
	})
}

func (in NarrativeInput) validate() error {
	p := &problems{}
	if narrative.KindValidator(narrative.Kind(in.Kind)) != nil {
		p.add("kind", "name a kind of the list")
	}
	if in.Text == "" {
		p.add("text", "a narrative needs its text")
	}
	p.text("text", &in.Text, canon.Text)
	return p.err()
}

func setNarrative(m *ent.NarrativeMutation, in NarrativeInput) {
	m.SetKind(narrative.Kind(in.Kind))
	m.SetText(in.Text)
	m.SetLanguage(value(in.Language, ""))
	if in.OccurredOn != nil {
		m.SetOccurredOn(*in.OccurredOn)
	}
}
