package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/trafficking"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/pubid"
)

// RecordTrafficking adds a row of the viewer's agency's own (A1).
func RecordTrafficking(ctx context.Context, op *store.Op, caseID string, in TraffickingInput) (string, error) {
	if err := in.validate(op.Scope.Now); err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	id := pubid.New("trafficking")
	create := op.Trafficking.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member)
	setTrafficking(create.Mutation(), in)
	return id, recorded(ctx, op, create.Exec(ctx), "trafficking", caseID)
}

// CorrectTrafficking replaces the viewer's agency's own row (A4).
func CorrectTrafficking(ctx context.Context, op *store.Op, at CorrectInput, in TraffickingInput) error {
	if err := in.validate(op.Scope.Now); err != nil {
		return err
	}
	read := func() (*ent.Trafficking, error) { return op.Trafficking.Query().Where(trafficking.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Trafficking) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "trafficking", read, key, func(*ent.Trafficking) change {
		u := op.Trafficking.UpdateOneID(at.ID).AddVersion(1)
		setTrafficking(u.Mutation(), in)
		return change{u.Mutation(), nil, func() error { return u.Exec(ctx) }}
	})
}

func (in TraffickingInput) validate(now int64) error {
	p := &problems{}
	p.past("occurredOn", in.OccurredOn, now)
	p.text("recruitmentPlace", in.RecruitmentPlace, canon.Text)
	p.text("exploitationPlace", in.ExploitationPlace, canon.Text)
	p.country("exploitationCountry", in.ExploitationCountry)
	if n := value(in.AgeWhenTrafficked, 0); n < 0 || n > 120 {
		p.add("ageWhenTrafficked", "give whole years from 0 to 120")
	}
	return p.err()
}

func setTrafficking(m *ent.TraffickingMutation, in TraffickingInput) {
	setIf(in.Status, m.SetStatus)
	setIf(in.DecidedBy, m.SetDecidedBy)
	setIf(in.RelationshipToTrafficker, m.SetRelationshipToTrafficker)
	setIf(in.AgeWhenTrafficked, m.SetAgeWhenTrafficked)
	m.SetRecruitmentWebsites(list(in.RecruitmentWebsites))
	m.SetRecruitmentMethods(list(in.RecruitmentMethods))
	m.SetRecruitmentPlace(value(in.RecruitmentPlace, ""))
	m.SetControlMethods(list(in.ControlMethods))
	m.SetExploitationTypes(list(in.ExploitationTypes))
	m.SetIndustries(list(in.Industries))
	m.SetSexExploitationTypes(list(in.SexExploitationTypes))
	m.SetExploitationWebsites(list(in.ExploitationWebsites))
	setIf(in.PlaceKind, m.SetPlaceKind)
	m.SetExploitationPlace(value(in.ExploitationPlace, ""))
	m.SetExploitationCountry(value(in.ExploitationCountry, ""))
	if in.OccurredOn != nil {
		m.SetOccurredOn(*in.OccurredOn)
	}
}
