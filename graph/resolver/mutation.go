package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
)

type mutation struct{ departure onboarding.Departure }

// change is one mutation: its name and its input, for the idempotency key.
type change struct {
	name  string
	key   *string
	input any
}

// run does the change at most once for its key, lets policy decide anew, and
// returns the ids or why the input was refused.
func (c change) run(ctx context.Context, do func(*store.Op) ([]string, error)) ([]string, []*model.UserError, error) {
	op, err := store.OpOf(ctx)
	if err != nil {
		return nil, nil, err
	}
	key := ""
	if c.key != nil {
		key = *c.key
	}
	ids, err := casework.Once(ctx, op, c.name, key, c.input, func() ([]string, error) { return do(op) })
	if err == nil {
		err = op.Settle(ctx)
	}
	if err == nil {
		op.ReadBack()
		return ids, nil, nil
	}
	// What the refused attempt read is in no answer.
	op.ReadBack()
	refused, err := refusal(ctx, outward(err, "changing a row"))
	return nil, refused, err
}

// refusal turns what the caller can mend into a typed user error, for which the
// operation stores nothing; everything else stays an error.
func refusal(ctx context.Context, err error) ([]*model.UserError, error) {
	code, ok := map[errs.Kind]model.UserErrorCode{
		errs.Invalid: model.UserErrorCodeInvalid, errs.Stale: model.UserErrorCodeStale,
		errs.Conflict: model.UserErrorCodeConflict, errs.Withheld: model.UserErrorCodeWithheld,
	}[errs.KindOf(err)]
	if !ok {
		return nil, err
	}
	operation.Refuse(ctx)
	shown := errs.Public(err)
	return []*model.UserError{{Code: code, Field: shown.Fields, Message: shown.Message}}, nil
}

// made runs a verb that returns an id.
func (c change) made(ctx context.Context, verb func(*store.Op) (string, error)) (*model.Payload, error) {
	ids, refused, err := c.run(ctx, func(op *store.Op) ([]string, error) {
		id, err := verb(op)
		return []string{id}, err
	})
	if err != nil || len(ids) != 1 {
		return &model.Payload{UserErrors: refused}, err
	}
	return &model.Payload{ID: ids[0]}, nil
}

// changed runs a verb on the row of a known id.
func (c change) changed(ctx context.Context, id string, verb func(*store.Op) error) (*model.Payload, error) {
	return c.made(ctx, func(op *store.Op) (string, error) { return id, verb(op) })
}

// on is the input of a verb that takes an id beside its input.
type on struct {
	ID    any
	Input any
}

func (mutation) RegisterCase(ctx context.Context, in casework.RegisterCaseInput, key *string) (*model.Payload, error) {
	return change{"registerCase", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RegisterCase(ctx, op, in)
	})
}

func (mutation) RecordConsent(ctx context.Context, in casework.RecordConsentInput, key *string) (*model.Payload, error) {
	return change{"recordConsent", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordConsent(ctx, op, in)
	})
}

func (mutation) WithdrawConsent(ctx context.Context, in casework.WithdrawConsentInput, key *string) (*model.Payload, error) {
	return change{"withdrawConsent", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return casework.WithdrawConsent(ctx, op, in)
	})
}

func (mutation) OfferReferral(ctx context.Context, in casework.OfferReferralInput, key *string) (*model.Payload, error) {
	return change{"offerReferral", key, in}.made(ctx, func(op *store.Op) (string, error) {
		return casework.OfferReferral(ctx, op, in)
	})
}

func (mutation) AskReferral(ctx context.Context, in casework.AskReferralInput, key *string) (*model.Payload, error) {
	return change{"askReferral", key, in}.changed(ctx, in.ReferralID, func(op *store.Op) error {
		return casework.AskReferral(ctx, op, in)
	})
}

func (mutation) AcceptReferral(ctx context.Context, in casework.AcceptReferralInput, key *string) (*model.Payload, error) {
	return change{"acceptReferral", key, in}.changed(ctx, in.ReferralID, func(op *store.Op) error {
		return casework.AcceptReferral(ctx, op, in)
	})
}

func (mutation) DeclineReferral(ctx context.Context, in casework.DeclineReferralInput, key *string) (*model.Payload, error) {
	return change{"declineReferral", key, in}.changed(ctx, in.ReferralID, func(op *store.Op) error {
		return casework.DeclineReferral(ctx, op, in)
	})
}

func (mutation) RevokeReferral(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"revokeReferral", key, id}.changed(ctx, id, func(op *store.Op) error {
		return casework.RevokeReferral(ctx, op, id)
	})
}

func (mutation) CompleteReferral(ctx context.Context, in casework.CompleteReferralInput, key *string) (*model.Payload, error) {
	return change{"completeReferral", key, in}.changed(ctx, in.ReferralID, func(op *store.Op) error {
		return casework.CompleteReferral(ctx, op, in)
	})
}

func (mutation) OfferTransfer(ctx context.Context, in casework.OfferTransferInput, key *string) (*model.Payload, error) {
	return change{"offerTransfer", key, in}.changed(ctx, in.CaseID, func(op *store.Op) error {
		return casework.OfferTransfer(ctx, op, in)
	})
}

func (mutation) AcceptTransfer(ctx context.Context, caseID string, key *string) (*model.Payload, error) {
	return change{"acceptTransfer", key, caseID}.changed(ctx, caseID, func(op *store.Op) error {
		return casework.AcceptTransfer(ctx, op, caseID)
	})
}

func (mutation) Assign(ctx context.Context, caseID, holderID string, key *string) (*model.Payload, error) {
	return change{"assign", key, on{caseID, holderID}}.changed(ctx, caseID, func(op *store.Op) error {
		return casework.Assign(ctx, op, caseID, holderID)
	})
}

func (mutation) Unassign(ctx context.Context, caseID, holderID string, key *string) (*model.Payload, error) {
	return change{"unassign", key, on{caseID, holderID}}.changed(ctx, caseID, func(op *store.Op) error {
		return casework.Unassign(ctx, op, caseID, holderID)
	})
}

func (mutation) SuspendAgreement(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"suspendAgreement", key, id}.changed(ctx, id, func(op *store.Op) error {
		return onboarding.SuspendAgreement(ctx, op, id)
	})
}

func (mutation) ResumeAgreement(ctx context.Context, id string, key *string) (*model.Payload, error) {
	return change{"resumeAgreement", key, id}.changed(ctx, id, func(op *store.Op) error {
		return onboarding.ResumeAgreement(ctx, op, id)
	})
}
