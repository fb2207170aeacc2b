package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

type referralOf struct{}

// From is the sender.
func (referralOf) From(ctx context.Context, r *ent.Referral) (*ent.Agency, error) {
	return agencyOf(ctx, r.FromID)
}

// To is the receiver.
func (referralOf) To(ctx context.Context, r *ent.Referral) (*ent.Agency, error) {
	return agencyOf(ctx, r.ToID)
}

// State is the true state to the sender. To the receiver revoked, expired,
// withdrawn and suspended are one: ended (C8, D3).
func (referralOf) State(ctx context.Context, r *ent.Referral) (model.ReferralView, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return "", err
	}
	state := model.ReferralView(r.State)
	if r.FromID == op.Scope.Agency {
		if ranOut(r, op.Scope.Now) {
			return model.ReferralViewExpired, nil
		}
		return state, nil
	}
	switch r.State {
	case valueset.ReferralStateDeclined, valueset.ReferralStateCompleted:
		return state, nil // the receiver's own acts
	case valueset.ReferralStateOffered, valueset.ReferralStateInformationAsked, valueset.ReferralStateWaiting,
		valueset.ReferralStateAccepted, valueset.ReferralStateAcceptedInPart:
		b, err := batchesOf(ctx)
		if err != nil {
			return "", err
		}
		stands, err := b.standing.get(ctx, r.ID)
		if err != nil {
			return "", err
		}
		if stands {
			return state, nil
		}
	}
	return model.ReferralViewEnded, nil
}

// ranOut: nobody answered in time, or what was accepted has come to its end; the sender
// always learns the state (D3).
func ranOut(r *ent.Referral, now int64) bool {
	switch r.State {
	case valueset.ReferralStateOffered, valueset.ReferralStateInformationAsked, valueset.ReferralStateWaiting:
		return r.ReplyBy <= now
	case valueset.ReferralStateAccepted, valueset.ReferralStateAcceptedInPart:
		return r.ValidUntil <= now
	}
	return false
}

// vanished: the viewer is the receiver of an offer that ended without acceptance;
// what the preview showed is gone with it (D2).
func vanished(ctx context.Context, r *ent.Referral) (bool, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return true, err
	}
	if r.FromID == op.Scope.Agency || r.AcceptedOn != nil {
		return false, nil
	}
	state, err := referralOf{}.State(ctx, r)
	return state == model.ReferralViewEnded || state == model.ReferralViewDeclined, err
}

func unlessVanished[T any](ctx context.Context, r *ent.Referral, v T) (*T, error) {
	gone, err := vanished(ctx, r)
	if err != nil || gone {
		return nil, err
	}
	return &v, nil
}

// Service asked for.
func (referralOf) Service(ctx context.Context, r *ent.Referral) (*valueset.Service, error) {
	return unlessVanished(ctx, r, r.Service)
}

// Urgency of the request.
func (referralOf) Urgency(ctx context.Context, r *ent.Referral) (*valueset.Urgency, error) {
	return unlessVanished(ctx, r, r.Urgency)
}

// ReplyBy is until when a reply is awaited.
func (referralOf) ReplyBy(ctx context.Context, r *ent.Referral) (*int64, error) {
	return unlessVanished(ctx, r, r.ReplyBy)
}

// Categories offered.
func (referralOf) Categories(ctx context.Context, r *ent.Referral) ([]category.Category, error) {
	gone, err := vanished(ctx, r)
	if err != nil || gone {
		return []category.Category{}, err
	}
	return r.Categories, nil
}

// Case resolves through both walls: null where the case is not open to the viewer.
func (referralOf) Case(ctx context.Context, r *ent.Referral) (*ent.CaseFile, error) {
	c, err := r.Case(ctx)
	return visible(c, err, "reading a referral's case")
}
