package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// ChangeCaseInput is a change of a case's state or kind (I1, G3); what is nil stays.
type ChangeCaseInput struct {
	CaseID        string
	Version       int // the case's version that the changer saw
	State         *valueset.CaseState
	Kind          *valueset.CaseKind
	ClosingReason *valueset.ClosingReason // given where State closes, and only there
	OccurredOn    *int64                  // UTC microseconds, not in the future
}

// follows is which state may follow which (I1). What is closed is reopened before any
// work goes on.
var follows = map[valueset.CaseState][]valueset.CaseState{
	valueset.CaseStateOpen:           {valueset.CaseStateActive, valueset.CaseStateFollowUp, valueset.CaseStateClosed, valueset.CaseStateClosedReferred},
	valueset.CaseStateActive:         {valueset.CaseStateFollowUp, valueset.CaseStateClosed, valueset.CaseStateClosedReferred},
	valueset.CaseStateFollowUp:       {valueset.CaseStateActive, valueset.CaseStateClosed, valueset.CaseStateClosedReferred},
	valueset.CaseStateReopened:       {valueset.CaseStateActive, valueset.CaseStateFollowUp, valueset.CaseStateClosed, valueset.CaseStateClosedReferred},
	valueset.CaseStateClosed:         {valueset.CaseStateReopened},
	valueset.CaseStateClosedReferred: {valueset.CaseStateReopened},
}

func closes(s valueset.CaseState) bool {
	return s == valueset.CaseStateClosed || s == valueset.CaseStateClosedReferred
}

// ChangeCase changes state or kind of a case of the viewer's agency and keeps what was
// (I1, G3). Closing revokes what is still offered; CLOSED revokes accepted referrals
// too, CLOSED_REFERRED needs one that goes on. It changes no statement of hers, ends
// no access of the owner and starts no erasure: withdrawal and retention are acts of
// their own (C8, H4).
func ChangeCase(ctx context.Context, op *store.Op, in ChangeCaseInput) error {
	c, err := ownCase(ctx, op, in.CaseID)
	if err != nil {
		return err
	}
	if c.Version != in.Version {
		return stale(c.Version, []string{"state", "kind"})
	}
	state, kind := value(in.State, c.State), value(in.Kind, c.Kind)
	if err := in.validate(c, op.Scope.Now); err != nil {
		return err
	}
	err = op.CaseChange.Create().SetCaseID(c.ID).SetContributorID(op.Scope.Agency).SetRecordedBy(op.Scope.Member).
		SetRecordedOn(op.Scope.Now).SetNillableOccurredOn(in.OccurredOn).SetFromState(c.State).SetToState(state).
		SetFromKind(c.Kind).SetToKind(kind).SetNillableClosingReason(in.ClosingReason).SetVersion(c.Version + 1).Exec(ctx)
	if err != nil {
		return outward(err, "keeping the course of the case")
	}
	// Before the row changes: a new kind closes the case until policy has decided.
	if in.State != nil && closes(state) {
		if err := endReferrals(ctx, op, c.ID, state); err != nil {
			return err
		}
		if err := op.Settle(ctx); err != nil {
			return err
		}
	}
	u := op.CaseFile.Update().Where(casefile.ID(c.ID)).AddVersion(1)
	if in.State != nil {
		u.SetState(state)
		if in.ClosingReason != nil {
			u.SetClosingReason(*in.ClosingReason)
		} else {
			u.ClearClosingReason()
		}
	}
	if kind != c.Kind {
		u.SetKind(kind)
		op.Touch(c.ID)
	}
	n, err := u.Save(ctx)
	if err != nil {
		return outward(err, "changing the case")
	}
	if n != 1 {
		return errs.NotHere()
	}
	return decided(ctx, op, "change case", c.ID)
}

func (in ChangeCaseInput) validate(c *ent.CaseFile, now int64) error {
	p := &problems{}
	switch {
	case in.State == nil && in.Kind == nil:
		p.add("state", "name a state or a kind that it changes to")
	case in.State != nil && !slices.Contains(follows[c.State], *in.State):
		p.add("state", "this state may not follow the case's present one (I1)")
	}
	if in.Kind != nil && !in.Kind.Valid() {
		p.add("kind", "name the kind of case (G3)")
	}
	if closing := in.State != nil && closes(*in.State); closing != (in.ClosingReason != nil) {
		p.add("closingReason", "a closing reason is given where the case is closed, and only there (I1)")
	}
	if in.ClosingReason != nil && !in.ClosingReason.Valid() {
		p.add("closingReason", "name a closing reason of the list (I1)")
	}
	if in.OccurredOn != nil && *in.OccurredOn > now {
		p.add("occurredOn", "what happened did not happen in the future")
	}
	return p.err()
}

// endReferrals revokes what closing ends; each receiver learns that it ended, and
// nothing of why (C8, D3).
func endReferrals(ctx context.Context, op *store.Op, caseID string, state valueset.CaseState) error {
	ending := []valueset.ReferralState{valueset.ReferralStateOffered, valueset.ReferralStateInformationAsked, valueset.ReferralStateWaiting}
	accepted := []valueset.ReferralState{valueset.ReferralStateAccepted, valueset.ReferralStateAcceptedInPart}
	if state == valueset.CaseStateClosed {
		ending = append(ending, accepted...)
	} else {
		goesOn, err := op.Referral.Query().Where(referral.CaseID(caseID), referral.FromID(op.Scope.Agency),
			referral.StateIn(accepted...), referral.ValidUntilGT(op.Scope.Now)).Exist(ctx)
		if err != nil {
			return outward(err, "reading the referrals of the case")
		}
		if !goesOn {
			return errs.New(errs.Conflict, "no accepted referral goes on: close the case as CLOSED").WithFields("state")
		}
	}
	n, err := op.Referral.Update().Where(referral.CaseID(caseID), referral.FromID(op.Scope.Agency), referral.StateIn(ending...)).
		SetState(valueset.ReferralStateRevoked).SetEndedOn(op.Scope.Now).AddVersion(1).Save(ctx)
	if err != nil {
		return outward(err, "ending the referrals of the case")
	}
	if n > 0 {
		op.Touch(caseID)
	}
	return nil
}
