package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/model"
	"github.com/sala-exchange/sala/services/casework"
)

// Recording and correcting the parts of a case (A4), two mutations a category.

func (mutation) RecordIdentity(ctx context.Context, caseID string, in casework.IdentityInput, key *string) (*model.Payload, error) {
	return change{"recordIdentity", key, on{caseID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordIdentity(ctx, op, caseID, in)
	})
}

func (mutation) CorrectIdentity(ctx context.Context, at casework.CorrectInput, in casework.IdentityInput, key *string) (*model.Payload, error) {
	return change{"correctIdentity", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectIdentity(ctx, op, at, in)
	})
}

func (mutation) RecordContact(ctx context.Context, caseID string, in casework.ContactInput, key *string) (*model.Payload, error) {
	return change{"recordContact", key, on{caseID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordContact(ctx, op, caseID, in)
	})
}

func (mutation) CorrectContact(ctx context.Context, at casework.CorrectInput, in casework.ContactInput, key *string) (*model.Payload, error) {
	return change{"correctContact", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectContact(ctx, op, at, in)
	})
}

func (mutation) RecordProfile(ctx context.Context, caseID string, in casework.ProfileInput, key *string) (*model.Payload, error) {
	return change{"recordProfile", key, on{caseID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordProfile(ctx, op, caseID, in)
	})
}

func (mutation) CorrectProfile(ctx context.Context, at casework.CorrectInput, in casework.ProfileInput, key *string) (*model.Payload, error) {
	return change{"correctProfile", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectProfile(ctx, op, at, in)
	})
}

func (mutation) RecordTrafficking(ctx context.Context, caseID string, in casework.TraffickingInput, key *string) (*model.Payload, error) {
	return change{"recordTrafficking", key, on{caseID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordTrafficking(ctx, op, caseID, in)
	})
}

func (mutation) CorrectTrafficking(ctx context.Context, at casework.CorrectInput, in casework.TraffickingInput, key *string) (*model.Payload, error) {
	return change{"correctTrafficking", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectTrafficking(ctx, op, at, in)
	})
}

func (mutation) RecordNarrative(ctx context.Context, caseID string, in casework.NarrativeInput, key *string) (*model.Payload, error) {
	return change{"recordNarrative", key, on{caseID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordNarrative(ctx, op, caseID, in)
	})
}

func (mutation) CorrectNarrative(ctx context.Context, at casework.CorrectInput, in casework.NarrativeInput, key *string) (*model.Payload, error) {
	return change{"correctNarrative", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectNarrative(ctx, op, at, in)
	})
}
