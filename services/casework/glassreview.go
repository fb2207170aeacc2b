package casework

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/breakglass"
	"github.com/sala-exchange/sala/ent/caselock"
	"github.com/sala-exchange/sala/ent/glassreview"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/disclosure"
)

// ReviewBreakGlassInput is what the review of a break-glass comes to (F3).
type ReviewBreakGlassInput struct {
	ReviewID string
	Verdict  valueset.GlassVerdict
}

// ReviewBreakGlass gives the owning agency's verdict on a break-glass, once, by somebody
// who is not its user; its user is told that it was reviewed.
func ReviewBreakGlass(ctx context.Context, op *store.Op, in ReviewBreakGlassInput) (caseID string, err error) {
	if !in.Verdict.Valid() {
		return "", errs.New(errs.Invalid, "say what it comes to, by a word of the list (F3)").WithFields("verdict")
	}
	row, glass, err := toReview(ctx, op, in.ReviewID)
	if err != nil {
		return "", err
	}
	if glass.RecordedBy == op.Scope.Member {
		return "", errs.New(errs.Forbidden, "somebody else reviews a break-glass than who broke it (F3)")
	}
	if row.ReviewedOn != nil {
		return "", errs.New(errs.Conflict, "this break-glass was reviewed already").WithFields("reviewID")
	}
	n, err := op.GlassReview.Update().Where(glassreview.ID(row.ID)).SetVerdict(in.Verdict).SetReviewedOn(op.Scope.Now).SetReviewedBy(op.Scope.Member).Save(ctx)
	if err != nil {
		return "", outward(err, "reviewing a break-glass")
	}
	if n != 1 {
		return "", errs.NotHere()
	}
	if err := op.NotifyHolder(ctx, glass.ContributorID, glass.RecordedBy, valueset.NoticeKindGlassReviewed, row.ID); err != nil {
		return "", err
	}
	return row.CaseID, decided(ctx, op, "review break-glass", row.CaseID)
}

// TellOfBreakGlass notes that the person was told of it, at a safe contact.
func TellOfBreakGlass(ctx context.Context, op *store.Op, reviewID string) (caseID string, err error) {
	row, _, err := toReview(ctx, op, reviewID)
	if err != nil {
		return "", err
	}
	if row.ToldOn != nil {
		return "", errs.New(errs.Conflict, "she was told already").WithFields("reviewID")
	}
	n, err := op.GlassReview.Update().Where(glassreview.ID(row.ID)).SetToldOn(op.Scope.Now).SetToldBy(op.Scope.Member).Save(ctx)
	if err != nil {
		return "", outward(err, "noting that she was told")
	}
	if n != 1 {
		return "", errs.NotHere()
	}
	return row.CaseID, decided(ctx, op, "tell of break-glass", row.CaseID)
}

// toReview returns a review in a case of the viewer's agency, which it locks, with the
// break-glass that it is about.
func toReview(ctx context.Context, op *store.Op, id string) (*ent.GlassReview, *ent.BreakGlass, error) {
	if !pubid.Valid(id, "review") {
		return nil, nil, errs.NotHere()
	}
	row, err := op.GlassReview.Query().Where(glassreview.ID(id)).Only(ctx)
	if err != nil {
		return nil, nil, outward(err, "reading the review")
	}
	if _, err := ownCase(ctx, op, row.CaseID); err != nil {
		return nil, nil, err
	}
	if row, err = op.GlassReview.Query().Where(glassreview.ID(id)).Only(ctx); err != nil {
		return nil, nil, outward(err, "reading the review")
	}
	glass, err := op.BreakGlass.Query().Where(breakglass.ID(row.GlassID)).Only(ctx)
	return row, glass, outward(err, "reading the break-glass")
}

// LockCase locks a case, so that no break-glass opens it, and ends those that do. Only a
// supervisor of its owner does (F3).
func LockCase(ctx context.Context, op *store.Op, caseID string) error {
	locked, err := lockable(ctx, op, caseID)
	if err != nil {
		return err
	}
	if locked {
		return errs.New(errs.Conflict, "this case is locked already").WithFields("caseID")
	}
	err = op.CaseLock.Create().SetCaseID(caseID).SetAgencyID(op.Scope.Agency).SetLockedOn(op.Scope.Now).SetLockedBy(op.Scope.Member).Exec(ctx)
	if err != nil {
		return outward(err, "locking the case")
	}
	if err := endAllGlass(ctx, op, caseID); err != nil {
		return err
	}
	op.Touch(caseID)
	return decided(ctx, op, "lock case", caseID)
}

// endAllGlass ends what is open by break-glass; who broke it is told that access ended, and
// not why (C8).
func endAllGlass(ctx context.Context, op *store.Op, caseID string) error {
	runs := []predicate.BreakGlass{breakglass.CaseID(caseID), breakglass.EndedOnIsNil(), breakglass.ValidUntilGT(op.Scope.Now)}
	rows, err := op.BreakGlass.Query().Where(runs...).All(ctx)
	if err != nil {
		return outward(err, "reading what is open by break-glass")
	}
	if _, err := endGlass(ctx, op, runs...); err != nil {
		return err
	}
	for _, g := range rows {
		if err := op.NotifyHolder(ctx, g.ContributorID, g.RecordedBy, valueset.NoticeKindAccessEnded, g.ID); err != nil {
			return err
		}
		if err := disclosure.DecideOn(ctx, op, "end break-glass", caseID, g.OwnerID); err != nil {
			return err
		}
	}
	return nil
}

// endGlass ends break-glass now; that it has ended is put on record by whoever calls.
func endGlass(ctx context.Context, op *store.Op, which ...predicate.BreakGlass) (int, error) {
	n, err := op.BreakGlass.Update().Where(which...).SetEndedOn(op.Scope.Now).SetClosedOn(op.Scope.Now).Save(rule.InMode(ctx, rule.Policy))
	return n, outward(err, "ending a break-glass")
}

// UnlockCase lets break-glass open the case again. What was ended stays so.
func UnlockCase(ctx context.Context, op *store.Op, caseID string) error {
	locked, err := lockable(ctx, op, caseID)
	if err != nil {
		return err
	}
	if !locked {
		return errs.New(errs.Conflict, "this case is not locked").WithFields("caseID")
	}
	_, err = op.CaseLock.Update().Where(caselock.CaseID(caseID), caselock.UnlockedOnIsNil()).SetUnlockedOn(op.Scope.Now).SetUnlockedBy(op.Scope.Member).Save(ctx)
	if err != nil {
		return outward(err, "unlocking the case")
	}
	op.Touch(caseID)
	return decided(ctx, op, "unlock case", caseID)
}

// lockable: a case of the viewer's agency, to a supervisor; and whether it is locked.
func lockable(ctx context.Context, op *store.Op, caseID string) (locked bool, err error) {
	if _, err := ownCase(ctx, op, caseID); err != nil {
		return false, err
	}
	if !op.Scope.Supervisor {
		return false, errs.New(errs.Forbidden, "a supervisor locks and unlocks a case (F3)")
	}
	locked, err = op.CaseLock.Query().Where(caselock.CaseID(caseID), caselock.UnlockedOnIsNil()).Exist(ctx)
	return locked, outward(err, "reading whether the case is locked")
}
