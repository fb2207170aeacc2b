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
	"github.com/sala-exchange/sala/internal/valueset"
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
	if in.Text == "" && in.Referral == nil {
		p.add("text", "a narrative needs its text")
	}
	p.text("text", &in.Text, canon.Text)
	p.language("language", in.Language)
	in.Referral.validate(p, in.Kind)
	return p.err()
}

func (in *ReferralHistoryInput) validate(p *problems, kind string) {
	if in == nil {
		return
	}
	if kind != referralHistory {
		p.add("referral", "only a REFERRAL_HISTORY tells of a referral")
	}
	if in.Direction != "INCOMING" && in.Direction != "OUTGOING" {
		p.add("referral.direction", "say INCOMING or OUTGOING")
	}
	p.text("referral.organisation", in.Organisation, canon.Text)
	p.text("referral.caseWorker", in.CaseWorker, canon.Text)
	if value(in.Date, "") != "" {
		if _, err := canon.ParseDate(*in.Date, value(in.DateCalendar, valueset.CalendarGregorian)); err != nil {
			p.add("referral.date", err.Error())
		}
	}
}

func (in NarrativeInput) content() schema.NarrativeContent {
	out := schema.NarrativeContent{Kind: in.Kind, Text: in.Text, Language: value(in.Language, "")}
	if r := in.Referral; r != nil {
		out.Referral = &schema.ReferralHistory{
			Direction: r.Direction, Organisation: value(r.Organisation, ""), CaseWorker: value(r.CaseWorker, ""),
			DateText: value(r.Date, ""), Reason: r.Reason,
		}
		if out.Referral.DateText != "" {
			calendar := value(r.DateCalendar, valueset.CalendarGregorian)
			out.Referral.DateCalendar = &calendar
		}
	}
	return out
}

const referralHistory = "REFERRAL_HISTORY"

// narrativeKinds is what sort of text there is.
var narrativeKinds = []string{"STATEMENT", "COMMENT", "CLOSURE", referralHistory, "CASE_WORKER", "EARLIER_REFERENCE"}
