package casework

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/referral"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
)

// AcceptReferral takes on what was asked, wholly or in part (D3), and assigns the
// case to the viewer (D5). It is refused where nothing would open: the consent may
// have been withdrawn meanwhile.
func AcceptReferral(ctx context.Context, op *store.Op, in AcceptReferralInput) error {
	r, err := received(ctx, op, in.ReferralID)
	if err != nil {
		return err
	}
	if err := ownTakesOn(ctx, op); err != nil {
		return err
	}
	accepted, state := r.Categories, valueset.ReferralStateAccepted
	if in.Categories != nil {
		if len(in.Categories) == 0 {
			return errs.New(errs.Invalid, "name what is accepted, or leave the list out to accept all; to accept nothing, decline").WithFields("categories")
		}
		for _, c := range in.Categories {
			if !slices.Contains(r.Categories, c) {
				return errs.New(errs.Invalid, "only categories that were offered can be accepted").WithFields("categories")
			}
		}
		accepted = in.Categories
		if category.SetOf(accepted...) != category.SetOf(r.Categories...) {
			state = valueset.ReferralStateAcceptedInPart
		}
	}
	err = op.Referral.UpdateOneID(r.ID).SetState(state).SetAcceptedCategories(accepted).SetAcceptedOn(op.Scope.Now).AddVersion(1).Exec(ctx)
	if err != nil {
		return outward(err, "accepting the referral")
	}
	if err := takeOn(ctx, op, r.CaseID); err != nil {
		return err
	}
	return answered(ctx, op, r, "accept referral")
}

// AskReferral asks the sender about topics of a list, or puts the referral on the
// waiting list (D3).
func AskReferral(ctx context.Context, op *store.Op, in AskReferralInput) error {
	r, err := received(ctx, op, in.ReferralID)
	if err != nil {
		return err
	}
	state := valueset.ReferralStateInformationAsked
	if in.Waiting {
		state = valueset.ReferralStateWaiting
	} else if len(in.Topics) == 0 {
		return errs.New(errs.Invalid, "name at least one topic of the list").WithFields("topics")
	}
	for _, t := range in.Topics {
		if !slices.Contains(askTopics, t) {
			return errs.New(errs.Invalid, "a topic is not on the list").WithFields("topics")
		}
	}
	if err := op.Referral.UpdateOneID(r.ID).SetState(state).SetAskedAbout(in.Topics).AddVersion(1).Exec(ctx); err != nil {
		return outward(err, "asking about the referral")
	}
	return answered(ctx, op, r, "ask about referral")
}

// askTopics is what a receiver may ask about: no free text, which could name her.
var askTopics = []string{"SERVICE", "URGENCY", "REPLY_BY", "INTERPRETER", "ACCESSIBILITY", "CATEGORIES"}

// DeclineReferral declines with a reason of a list (D3); the preview vanishes (D2).
func DeclineReferral(ctx context.Context, op *store.Op, in DeclineReferralInput) error {
	r, err := received(ctx, op, in.ReferralID)
	if err != nil {
		return err
	}
	if !in.Reason.Valid() {
		return errs.New(errs.Invalid, "name a reason of the list").WithFields("reason")
	}
	err = op.Referral.UpdateOneID(r.ID).SetState(valueset.ReferralStateDeclined).SetDeclineReason(in.Reason).
		SetEndedOn(op.Scope.Now).AddVersion(1).Exec(ctx)
	if err != nil {
		return outward(err, "declining the referral")
	}
	return answered(ctx, op, r, "decline referral")
}

// CompleteReferral ends an accepted referral with its outcome (D3). It is for whoever is
// assigned to the case, for the referral's own purpose, while the referral stands: one
// that was revoked, one that has expired and one whose consent is withdrawn are alike.
func CompleteReferral(ctx context.Context, op *store.Op, in CompleteReferralInput) error {
	r, err := openReferral(ctx, op, in.ReferralID)
	if err != nil {
		return err
	}
	if r.ToID != op.Scope.Agency {
		return errs.New(errs.Forbidden, "only the receiving agency completes a referral")
	}
	if r.Purpose != op.Scope.Purpose {
		return errs.New(errs.Invalid, "state the referral's own purpose to complete it").WithFields("purpose")
	}
	outcome := referral.Outcome(in.Outcome)
	if err := referral.OutcomeValidator(outcome); err != nil {
		return errs.New(errs.Invalid, "name an outcome of the list").WithFields("outcome")
	}
	stands, err := standsForMember(ctx, op, r)
	if err != nil {
		return err
	}
	if !stands {
		return notOpen()
	}
	err = op.Referral.UpdateOneID(r.ID).SetState(valueset.ReferralStateCompleted).SetOutcome(outcome).
		SetEndedOn(op.Scope.Now).AddVersion(1).Exec(ctx)
	if err != nil {
		return outward(err, "completing the referral")
	}
	return answered(ctx, op, r, "complete referral")
}

// standsForMember: what the agency accepted is open now to the viewer, who is assigned to
// it or counts as such (D5).
func standsForMember(ctx context.Context, op *store.Op, r *ent.Referral) (bool, error) {
	rows, err := op.Standing(ctx, r.ToID, r.CaseID)
	if err != nil {
		return false, err
	}
	accepted := r.State == valueset.ReferralStateAccepted || r.State == valueset.ReferralStateAcceptedInPart
	return accepted && slices.ContainsFunc(rows, func(a *ent.Access) bool {
		return a.ReferralID == r.ID && a.Action == rule.ActionRead && op.Scope.Within(a.UnitID) && a.MemberID != "" && slices.Contains(op.Scope.Holders, a.MemberID)
	}), nil
}

// RevokeReferral takes the referral back; to the receiver it has ended (D3).
func RevokeReferral(ctx context.Context, op *store.Op, id string) error {
	r, err := openReferral(ctx, op, id)
	if err != nil {
		return err
	}
	if r.FromID != op.Scope.Agency {
		return errs.New(errs.Forbidden, "only the referring agency revokes a referral")
	}
	if !isOpen(r) && r.State != valueset.ReferralStateAccepted && r.State != valueset.ReferralStateAcceptedInPart {
		return notOpen()
	}
	// Not UpdateOne: that reads the row back, and the case is closed until policy has decided.
	n, err := op.Referral.Update().Where(referral.ID(r.ID)).SetState(valueset.ReferralStateRevoked).SetEndedOn(op.Scope.Now).
		AddVersion(1).Save(ctx)
	if err != nil {
		return outward(err, "revoking the referral")
	}
	if n != 1 {
		return errs.NotHere()
	}
	op.Touch(r.CaseID)
	return decided(ctx, op, "revoke referral", r.CaseID)
}

// received returns a referral that the viewer's agency may answer now: addressed
// to it, open, and with its preview open, so that consent and agreement stand.
func received(ctx context.Context, op *store.Op, id string) (*ent.Referral, error) {
	r, err := openReferral(ctx, op, id)
	if err != nil {
		return nil, err
	}
	if r.ToID != op.Scope.Agency {
		return nil, errs.New(errs.Forbidden, "only the receiving agency answers a referral")
	}
	if r.Purpose != op.Scope.Purpose {
		return nil, errs.New(errs.Invalid, "state the referral's own purpose to answer it").WithFields("purpose")
	}
	stands, err := op.Previewed(ctx, r)
	if err != nil {
		return nil, err
	}
	if !isOpen(r) || !stands {
		return nil, notOpen()
	}
	return r, nil
}

func isOpen(r *ent.Referral) bool {
	return r.State == valueset.ReferralStateOffered || r.State == valueset.ReferralStateInformationAsked ||
		r.State == valueset.ReferralStateWaiting
}

func notOpen() error {
	return errs.New(errs.Conflict, "the referral has ended or was answered: read it again")
}

// answered tells the sender, who always learns the state (D3).
func answered(ctx context.Context, op *store.Op, r *ent.Referral, verb string) error {
	op.Touch(r.CaseID)
	if err := op.Notify(ctx, r.FromID, valueset.NoticeKindReferralChanged, r.ID); err != nil {
		return err
	}
	return decided(ctx, op, verb, r.CaseID)
}
