package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/person"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
)

// RecordProfile adds a row of the viewer's agency's own (A1).
func RecordProfile(ctx context.Context, op *store.Op, caseID string, in ProfileInput) (string, error) {
	if err := in.validate(op.Scope.Now); err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	id := pubid.New("profile")
	create := op.Profile.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member)
	setProfile(create.Mutation(), in)
	if err := create.Exec(ctx); err != nil {
		return "", outward(err, "recording the row")
	}
	return id, recorded(ctx, op, death(ctx, op, caseID, in.Deceased), "profile", caseID)
}

// CorrectProfile replaces the viewer's agency's own row (A4).
func CorrectProfile(ctx context.Context, op *store.Op, at CorrectInput, in ProfileInput) error {
	if err := in.validate(op.Scope.Now); err != nil {
		return err
	}
	read := func() (*ent.Profile, error) { return op.Profile.Query().Where(profile.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Profile) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "profile", read, key, func(row *ent.Profile) change {
		u := op.Profile.UpdateOneID(at.ID).AddVersion(1)
		setProfile(u.Mutation(), in)
		return change{u.Mutation(), nil, func() error {
			if err := u.Exec(ctx); err != nil {
				return err
			}
			return death(ctx, op, row.CaseID, in.Deceased)
		}}
	})
}

// death keeps when the owner recorded that she is dead, or takes it back, for policy
// alone: nothing new is shared from then on (C7). What other agencies record of it is
// theirs; said nothing, it stays as it is.
func death(ctx context.Context, op *store.Op, caseID string, deceased *bool) error {
	if deceased == nil {
		return nil
	}
	ctx = rule.InMode(ctx, rule.Policy)
	row, err := op.Person.Query().Where(person.CaseID(caseID)).WithCase().Only(ctx)
	if err != nil {
		return outward(err, "reading the person")
	}
	if row.Edges.Case.OwnerID != op.Scope.Agency || *deceased == (row.DeceasedOn != nil) {
		return nil
	}
	update := op.Person.UpdateOneID(row.ID)
	if *deceased {
		update.SetDeceasedOn(op.Scope.Now)
	} else {
		update.ClearDeceasedOn()
	}
	if err := update.Exec(ctx); err != nil {
		return errs.Wrap(err, errs.Internal, "keeping what is known of her death failed")
	}
	op.Touch(caseID)
	return op.Settle(ctx)
}

func (in ProfileInput) validate(now int64) error {
	p := &problems{}
	p.past("occurredOn", in.OccurredOn, now)
	for i := range in.Citizenships {
		if in.Citizenships[i] == "" {
			p.add(index("citizenships", i), "name a country by its ISO 3166 alpha-2 code")
		}
		p.country(index("citizenships", i), &in.Citizenships[i])
	}
	p.language("primaryLanguage", in.PrimaryLanguage)
	p.language("secondaryLanguage", in.SecondaryLanguage)
	p.language("interpreterLanguage", in.InterpreterLanguage)
	p.text("accessibilityNeeds", in.AccessibilityNeeds, canon.Text)
	if n := value(in.NumberOfChildren, 0); n < 0 || n > 40 {
		p.add("numberOfChildren", "give a number from 0 to 40")
	}
	return p.err()
}

// setIf sets what was given and leaves alone what was left out.
func setIf[T any](p *T, set func(T)) {
	if p != nil {
		set(*p)
	}
}

func list[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}

func setProfile(m *ent.ProfileMutation, in ProfileInput) {
	setIf(in.Sex, m.SetSex)
	setIf(in.Gender, m.SetGender)
	m.SetCitizenships(list(in.Citizenships))
	setIf(in.MaritalStatus, m.SetMaritalStatus)
	setIf(in.NumberOfChildren, m.SetNumberOfChildren)
	setIf(in.Education, m.SetEducation)
	m.SetPrimaryLanguage(value(in.PrimaryLanguage, ""))
	m.SetSecondaryLanguage(value(in.SecondaryLanguage, ""))
	m.SetInterpreterLanguage(value(in.InterpreterLanguage, ""))
	m.SetAccessibilityNeeds(value(in.AccessibilityNeeds, ""))
	setIf(in.Deceased, m.SetDeceased)
	if in.OccurredOn != nil {
		m.SetOccurredOn(*in.OccurredOn)
	}
}
