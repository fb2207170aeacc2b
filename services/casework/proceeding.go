package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/proceeding"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
)

// RecordProceeding adds a row of the viewer's agency's own (A1).
func RecordProceeding(ctx context.Context, op *store.Op, caseID string, in ProceedingInput) (string, error) {
	if err := in.validate(op.Scope.Now); err != nil {
		return "", err
	}
	if _, err := openCase(ctx, op, caseID); err != nil {
		return "", err
	}
	if err := in.agencies(ctx, op); err != nil {
		return "", err
	}
	id := pubid.New("proceeding")
	sealed, err := op.Seal(ctx, ent.TypeProceeding, id, caseID, in.content())
	if err != nil {
		return "", err
	}
	err = op.Proceeding.Create().SetID(id).SetCaseID(caseID).SetContributorID(op.Scope.Agency).SetNillableOccurredOn(in.OccurredOn).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed).SetPartyIds(list(in.AgencyIDs)).Exec(ctx)
	return id, recorded(ctx, op, err, "proceeding", caseID)
}

// CorrectProceeding replaces the viewer's agency's own row (A4).
func CorrectProceeding(ctx context.Context, op *store.Op, at CorrectInput, in ProceedingInput) error {
	if err := in.validate(op.Scope.Now); err != nil {
		return err
	}
	if err := in.agencies(ctx, op); err != nil {
		return err
	}
	read := func() (*ent.Proceeding, error) { return op.Proceeding.Query().Where(proceeding.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Proceeding) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "proceeding", read, key, func(row *ent.Proceeding) change {
		u := op.Proceeding.UpdateOneID(at.ID).AddVersion(1)
		setOccurred(u.Mutation(), in.OccurredOn)
		content := in.content()
		return change{u.Mutation(), content, func() error {
			sealed, err := op.Seal(ctx, ent.TypeProceeding, row.ID, row.CaseID, content)
			if err != nil {
				return err
			}
			if slices.Equal(list(in.AgencyIDs), list(row.PartyIds)) {
				return u.SetSealed(sealed).Exec(ctx)
			}
			return in.share(ctx, op, row, sealed)
		}}
	})
}

// share changes whose proceeding it is. Who may see its suspects changes by it (B2): the case
// is closed until policy has been evaluated, so the row is not read back before.
func (in ProceedingInput) share(ctx context.Context, op *store.Op, row *ent.Proceeding, sealed []byte) error {
	n, err := op.Proceeding.Update().Where(proceeding.ID(row.ID)).SetSealed(sealed).SetNillableOccurredOn(in.OccurredOn).
		SetPartyIds(list(in.AgencyIDs)).Save(ctx)
	if err != nil {
		return err
	}
	if n != 1 {
		return errs.NotHere()
	}
	op.Touch(row.CaseID)
	return op.Settle(ctx)
}

// agencies looks whether the agencies of the proceeding are there.
func (in ProceedingInput) agencies(ctx context.Context, op *store.Op) error {
	if len(in.AgencyIDs) == 0 {
		return nil
	}
	n, err := op.Agency.Query().Where(agency.IDIn(in.AgencyIDs...)).Count(ctx)
	if err != nil {
		return outward(err, "reading the agencies of the proceeding")
	}
	if n != len(in.AgencyIDs) {
		return errs.New(errs.Invalid, "name agencies that are there, each once").WithFields("agencyIDs")
	}
	return nil
}

func (in ProceedingInput) validate(now int64) error {
	p := &problems{}
	p.past("occurredOn", in.OccurredOn, now)
	if !in.Kind.Valid() {
		p.add("kind", "name a value of the list")
	}
	if !in.Stage.Valid() {
		p.add("stage", "name a value of the list")
	}
	p.date("openedOn", in.OpenedOn)
	p.date("closedOn", in.ClosedOn)
	for field, s := range map[string]*string{
		"authority": in.Authority, "reference": in.Reference, "offence": in.Offence, "compensationDetails": in.CompensationDetails,
	} {
		p.text(field, s, canon.Text)
	}
	return p.err()
}

func (in ProceedingInput) content() schema.ProceedingContent {
	return schema.ProceedingContent{
		Kind:                in.Kind,
		Stage:               in.Stage,
		Authority:           value(in.Authority, ""),
		Reference:           value(in.Reference, ""),
		Offence:             value(in.Offence, ""),
		AgencyIDs:           list(in.AgencyIDs),
		OpenedOn:            in.OpenedOn.written(),
		ClosedOn:            in.ClosedOn.written(),
		Outcome:             in.Outcome,
		Compensation:        in.Compensation,
		CompensationDetails: value(in.CompensationDetails, ""),
	}
}
