package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/erasure"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// AskErasure asks for a person to be erased: the first of two people (H4). Only the
// owner does; the second is the owner's data-protection focal point.
func AskErasure(ctx context.Context, op *store.Op, caseID string) (string, error) {
	c, err := ownCase(ctx, op, caseID)
	if err != nil {
		return "", err
	}
	waits, err := op.Erasure.Query().Where(erasure.CaseID(caseID), erasure.SuspectID(""), erasure.StoppedOnIsNil(), erasure.DoneOnIsNil()).Exist(ctx)
	if err != nil {
		return "", outward(err, "reading the erasures")
	}
	if waits {
		return "", errs.New(errs.Conflict, "the erasure of this case has been asked for already: it waits for the data-protection focal point, or for its time")
	}
	id := pubid.New("erasure")
	err = op.Erasure.Create().SetID(id).SetAgencyID(op.Scope.Agency).SetCaseID(caseID).SetReference(c.Reference).
		SetAskedBy(op.Scope.Member).SetAskedOn(op.Scope.Now).Exec(ctx)
	if err != nil {
		return "", outward(err, "asking for an erasure")
	}
	if err := op.Notify(ctx, op.Scope.Agency, valueset.NoticeKindErasureAsked, id); err != nil {
		return "", err
	}
	return id, decided(ctx, op, "ask erasure", caseID)
}

// ConfirmErasure is the second person's word. From it on, whoever contributed to the
// case has 14 days, or as many more as the deployment gives, to stop it; then it is carried out.
func ConfirmErasure(ctx context.Context, op *store.Op, id string) error {
	e, err := waiting(ctx, op, id)
	if err != nil {
		return err
	}
	if e.ConfirmedOn != nil {
		return errs.New(errs.Conflict, "this erasure was confirmed already")
	}
	if e.AskedBy == op.Scope.Member {
		return errs.New(errs.Forbidden, "an erasure takes two people: somebody else confirms what you asked for (H4)")
	}
	// Charging a suspect again stops an erasure without holding the others.
	n, err := op.Erasure.Update().Where(erasure.ID(id), erasure.StoppedOnIsNil()).SetConfirmedBy(op.Scope.Member).SetConfirmedOn(op.Scope.Now).
		SetDueOn(op.Scope.Now + op.Deployment().ToStop.Microseconds()).Save(ctx)
	if err != nil {
		return outward(err, "confirming an erasure")
	}
	if n != 1 {
		return stoppedAlready()
	}
	return tellContributors(ctx, op, e, valueset.NoticeKindErasurePlanned, "confirm")
}

// StopErasure stops it before its time: the owner's focal point, or that of an agency
// which was told because it contributed.
func StopErasure(ctx context.Context, op *store.Op, id string) error {
	e, err := waiting(ctx, op, id)
	if errs.KindOf(err) == errs.Withheld {
		e, err = told(ctx, op, id)
	}
	if err != nil {
		return err
	}
	if e.DueOn != nil && *e.DueOn <= op.Scope.Now {
		return errs.New(errs.Conflict, "its time to be stopped is over: it is being carried out")
	}
	n, err := op.Erasure.Update().Where(erasure.ID(id), erasure.StoppedOnIsNil()).SetStoppedBy(op.Scope.Member).SetStoppedOn(op.Scope.Now).
		Save(rule.InMode(ctx, rule.Erasure))
	if err != nil {
		return outward(err, "stopping an erasure")
	}
	if n != 1 {
		return stoppedAlready()
	}
	return tellContributors(ctx, op, e, valueset.NoticeKindErasureStopped, "stop")
}

// waiting returns an erasure of the viewer's agency that can still be decided.
func waiting(ctx context.Context, op *store.Op, id string) (*ent.Erasure, error) {
	if !pubid.Valid(id, "erasure") {
		return nil, errs.NotHere()
	}
	if err := op.LockErasures(ctx); err != nil {
		return nil, outward(err, "reading the erasure")
	}
	e, err := op.Erasure.Query().Where(erasure.ID(id)).Only(ctx)
	if err != nil {
		return nil, outward(err, "reading the erasure")
	}
	return undecided(e)
}

// told returns it to an agency that was given notice of it.
func told(ctx context.Context, op *store.Op, id string) (*ent.Erasure, error) {
	known, err := op.Notice.Query().Where(notice.KindEQ(valueset.NoticeKindErasurePlanned), notice.SubjectID(id)).Exist(ctx)
	if err != nil {
		return nil, outward(err, "reading the erasure")
	}
	if !known {
		return nil, errs.NotHere()
	}
	e, err := op.Erasure.Query().Where(erasure.ID(id)).Only(rule.InMode(ctx, rule.Erasure))
	if err != nil {
		return nil, outward(err, "reading the erasure")
	}
	return undecided(e)
}

func undecided(e *ent.Erasure) (*ent.Erasure, error) {
	if e.StoppedOn != nil || e.DoneOn != nil {
		return nil, stoppedAlready()
	}
	return e, nil
}

func stoppedAlready() error {
	return errs.New(errs.Conflict, "this erasure was stopped or carried out already")
}

// tellContributors tells the owner, and each agency with rows of its own in the case; of a
// suspect's row its contributor alone, whose it is since it was cleared (B2).
func tellContributors(ctx context.Context, op *store.Op, e *ent.Erasure, kind valueset.NoticeKind, verb string) error {
	if e.SuspectID != "" {
		if err := op.Notify(ctx, e.AgencyID, kind, e.ID); err != nil {
			return err
		}
		return decided(ctx, op, verb+" suspect erasure", e.CaseID)
	}
	agencies, err := op.Contributors(ctx, e.CaseID)
	if err != nil {
		return err
	}
	agencies = append(agencies, e.AgencyID)
	slices.Sort(agencies)
	for _, a := range slices.Compact(agencies) {
		if err := op.Notify(ctx, a, kind, e.ID); err != nil {
			return err
		}
	}
	return decided(ctx, op, verb+" erasure", e.CaseID)
}
