package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/proceeding"
	"github.com/sala-exchange/sala/ent/retention"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/suspect"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// RecordSuspect adds a suspect to a proceeding that the viewer's agency recorded (A1, B2).
func RecordSuspect(ctx context.Context, op *store.Op, proceedingID string, in SuspectInput) (string, error) {
	if err := in.validate(op.Scope.Now); err != nil {
		return "", err
	}
	// One who sees another agency's proceeding adds nothing to it (A4).
	p, err := op.Proceeding.Query().Where(proceeding.ID(proceedingID), proceeding.ContributorID(op.Scope.Agency)).Only(ctx)
	if err != nil {
		return "", outward(err, "reading the proceeding")
	}
	if _, err := openCase(ctx, op, p.CaseID); err != nil {
		return "", err
	}
	id := pubid.New("suspect")
	sealed, err := op.Seal(ctx, ent.TypeSuspect, id, p.CaseID, in.content())
	if err != nil {
		return "", err
	}
	create := op.Suspect.Create().SetID(id).SetCaseID(p.CaseID).SetProceedingID(p.ID).SetContributorID(op.Scope.Agency).SetNillableOccurredOn(in.OccurredOn).
		SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed(sealed)
	if in.cleared() {
		create.SetClearedOn(op.Scope.Now)
	}
	if err := recorded(ctx, op, create.Exec(ctx), "suspect", p.CaseID); err != nil || !in.cleared() {
		return id, err
	}
	return id, clearedDue(ctx, op, p.CaseID, id)
}

// CorrectSuspect replaces the viewer's agency's own row (A4). That a suspect is acquitted,
// or the proceeding dismissed, closes the row to everybody else on the next read, and a
// decision about its erasure is due: AskSuspectErasure (B2). One who is charged again is not
// erased.
func CorrectSuspect(ctx context.Context, op *store.Op, at CorrectInput, in SuspectInput) error {
	if err := in.validate(op.Scope.Now); err != nil {
		return err
	}
	read := func() (*ent.Suspect, error) { return op.Suspect.Query().Where(suspect.ID(at.ID)).Only(ctx) }
	key := func(r *ent.Suspect) (string, int) { return r.CaseID, r.Version }
	return correct(ctx, op, at, "suspect", read, key, func(row *ent.Suspect) change {
		u := op.Suspect.UpdateOneID(at.ID).AddVersion(1)
		setOccurred(u.Mutation(), in.OccurredOn)
		content := in.content()
		return change{u.Mutation(), content, func() error {
			sealed, err := op.Seal(ctx, ent.TypeSuspect, row.ID, row.CaseID, content)
			if err != nil {
				return err
			}
			if in.cleared() == (row.ClearedOn != nil) {
				return u.SetSealed(sealed).Exec(ctx)
			}
			return in.turn(ctx, op, row, sealed)
		}}
	})
}

// turn clears a suspect, or takes that back. Who may see the row changes by it: the case is
// closed until policy has been evaluated, so the row is not read back before.
func (in SuspectInput) turn(ctx context.Context, op *store.Op, row *ent.Suspect, sealed []byte) error {
	if !in.cleared() {
		if err := keepSuspect(ctx, op, row); err != nil {
			return err
		}
	}
	u := op.Suspect.Update().Where(suspect.ID(row.ID)).SetSealed(sealed).SetNillableOccurredOn(in.OccurredOn)
	if in.cleared() {
		u.SetClearedOn(op.Scope.Now)
	} else {
		u.ClearClearedOn()
	}
	n, err := u.Save(ctx)
	if err != nil {
		return err
	}
	if n != 1 {
		return errs.NotHere()
	}
	op.Touch(row.CaseID)
	if err := op.Settle(ctx); err != nil || !in.cleared() {
		return err
	}
	return clearedDue(ctx, op, row.CaseID, row.ID)
}

// cleared: acquittal and dismissal close a suspect's row and start its erasure (B2).
func (in SuspectInput) cleared() bool {
	return in.State == valueset.SuspectStateAcquitted || in.State == valueset.SuspectStateDismissed
}

// clearedDue notes that a decision about the erasure of a cleared suspect's row is due, once
// a row, and tells its contributor (B2, H4).
func clearedDue(ctx context.Context, op *store.Op, caseID, row string) error {
	waits, err := op.Retention.Query().Where(retention.RowID(row)).Exist(ctx)
	if err != nil || waits {
		return outward(err, "reading the retention decisions")
	}
	c, err := openCase(ctx, op, caseID)
	if err != nil {
		return err
	}
	id := pubid.New("retention")
	err = op.Retention.Create().SetID(id).SetAgencyID(op.Scope.Agency).SetCaseID(caseID).SetReference(c.Reference).SetRowID(row).
		SetCause(retention.CauseSUSPECT_CLEARED).SetStartedOn(op.Scope.Now).SetDueOn(op.Scope.Now + store.ToDecide).Exec(ctx)
	if err != nil {
		return errs.Wrap(err, errs.Internal, "starting a retention decision failed")
	}
	return op.Notify(ctx, op.Scope.Agency, valueset.NoticeKindRetentionDue, id)
}

func (in SuspectInput) validate(now int64) error {
	p := &problems{}
	p.past("occurredOn", in.OccurredOn, now)
	for i, n := range in.Names {
		p.name(index("names", i), n)
	}
	if !in.State.Valid() {
		p.add("state", "name a value of the list")
	}
	p.date("suspectedOn", in.SuspectedOn)
	p.date("chargedOn", in.ChargedOn)
	p.date("decidedOn", in.DecidedOn)
	for field, s := range map[string]*string{
		"roleDetails": in.RoleDetails,
	} {
		p.text(field, s, canon.Text)
	}
	return p.err()
}

func (in SuspectInput) content() schema.SuspectContent {
	return schema.SuspectContent{
		Names:       names(in.Names),
		Roles:       list(in.Roles),
		RoleDetails: value(in.RoleDetails, ""),
		State:       in.State,
		SuspectedOn: in.SuspectedOn.written(),
		ChargedOn:   in.ChargedOn.written(),
		DecidedOn:   in.DecidedOn.written(),
	}
}
