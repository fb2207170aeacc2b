package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/narrative"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/pubid"
)

// RecordNarrative adds a row of the viewer's agency's own (A1).
func RecordNarrative(ctx context.Context, op *store.Op, caseID string, in NarrativeInput) (string, error) {
	if err := in.validate(op.Scope.Now); err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	id := pubid.New("narrative")
	sealed, err := op.Seal(ctx, ent.TypeNarrative, id, caseID, in.content())
	if err != nil {
		return "", err
	}
	err = op.Narrative.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).SetNillableOccurredOn(in.OccurredOn).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed).Exec(ctx)
	return id, recorded(ctx, op, err, "narrative", caseID)
}

// CorrectNarrative replaces the viewer's agency's own row (A4).
func CorrectNarrative(ctx context.Context, op *store.Op, at CorrectInput, in NarrativeInput) error {
	if err := in.validate(op.Scope.Now); err != nil {
		return err
	}
	read := func() (*ent.Narrative, error) { return op.Narrative.Query().Where(narrative.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Narrative) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "narrative", read, key, func(row *ent.Narrative) change {
		u := op.Narrative.UpdateOneID(at.ID).AddVersion(1)
		setOccurred(u.Mutation(), in.OccurredOn)
		content := in.content()
		return change{u.Mutation(), content, func() error {
			sealed, err := op.Seal(ctx, ent.TypeNarrative, row.ID, row.CaseID, content)
			if err != nil {
				return err
			}
			return u.SetSealed(sealed).Exec(ctx)
		}}
	})
}

func (in NarrativeInput) validate(now int64) error {
	p := &problems{}
	p.past("occurredOn", in.OccurredOn, now)
	if !slices.Contains(narrativeKinds, in.Kind) {
		p.add("kind", "name a kind of the list")
	}
	if in.Text == "" {
		p.add("text", "a narrative needs its text")
	}
	p.text("text", &in.Text, canon.Text)
	p.language("language", in.Language)
	return p.err()
}

func (in NarrativeInput) content() schema.NarrativeContent {
	return schema.NarrativeContent{Kind: in.Kind, Text: in.Text, Language: value(in.Language, "")}
}

// narrativeKinds is what sort of text there is.
var narrativeKinds = []string{"STATEMENT", "COMMENT", "CLOSURE", "REFERRAL_HISTORY"}
