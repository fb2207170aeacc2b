package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/erasure"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/suspect"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// AskSuspectErasure asks for the row of one cleared suspect to be erased alone: the first of
// two people of the agency that recorded it (B2, H4). The second is its data-protection focal
// point, by ConfirmErasure; nobody else is told, since a cleared suspect's row is nobody
// else's. To whom the row is not there, and who did not record it, gets the same answer.
func AskSuspectErasure(ctx context.Context, op *store.Op, suspectID string) (string, error) {
	read := func() (*ent.Suspect, error) {
		s, err := op.Suspect.Query().Where(suspect.ID(suspectID), suspect.ContributorID(op.Scope.Agency)).Only(ctx)
		return s, outward(err, "reading the suspect")
	}
	s, err := read()
	if err != nil {
		return "", err
	}
	c, err := openCase(ctx, op, s.CaseID)
	if err != nil {
		return "", err
	}
	if s, err = read(); err != nil { // as it stands now that its case is held
		return "", err
	}
	if s.ClearedOn == nil {
		return "", errs.New(errs.Conflict, "a suspect's row is erased alone once the suspect is acquitted or the proceeding dismissed (B2): record that first")
	}
	waits, err := op.Erasure.Query().Where(waitsFor(s.ID)...).Exist(ctx)
	if err != nil {
		return "", outward(err, "reading the erasures")
	}
	if waits {
		return "", errs.New(errs.Conflict, "the erasure of this suspect has been asked for already: it waits for the data-protection focal point, or for its time")
	}
	id := pubid.New("erasure")
	err = op.Erasure.Create().SetID(id).SetAgencyID(op.Scope.Agency).SetCaseID(s.CaseID).SetSuspectID(s.ID).SetReference(c.Reference).
		SetAskedBy(op.Scope.Member).SetAskedOn(op.Scope.Now).Exec(ctx)
	if err != nil {
		return "", outward(err, "asking for an erasure")
	}
	if err := op.Notify(ctx, op.Scope.Agency, valueset.NoticeKindErasureAsked, id); err != nil {
		return "", err
	}
	return id, decided(ctx, op, "ask suspect erasure", s.CaseID)
}

// keepSuspect stops the erasure of a suspect's row that is charged again: what two people
// decided was about one who is cleared. Once it is due it is being carried out, and the
// row cannot be kept. The case is held.
func keepSuspect(ctx context.Context, op *store.Op, s *ent.Suspect) error {
	e, err := op.Erasure.Query().Where(waitsFor(s.ID)...).First(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return outward(err, "reading the erasures")
	}
	if e.DueOn != nil && *e.DueOn <= op.Scope.Now {
		return errs.New(errs.Conflict, "the time in which the erasure of this suspect could be stopped is over: it is being carried out")
	}
	n, err := op.Erasure.Update().Where(append(waitsFor(s.ID), erasure.ID(e.ID))...).SetStoppedBy(op.Scope.Member).SetStoppedOn(op.Scope.Now).Save(ctx)
	if err != nil || n == 0 {
		return outward(err, "stopping an erasure")
	}
	return tellContributors(ctx, op, e, valueset.NoticeKindErasureStopped, "stop")
}

// waitsFor are the erasures of a suspect's row that were neither stopped nor carried out.
func waitsFor(suspectID string) []predicate.Erasure {
	return []predicate.Erasure{erasure.SuspectID(suspectID), erasure.StoppedOnIsNil(), erasure.DoneOnIsNil()}
}
