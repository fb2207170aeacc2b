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

func (mutation) RecordWhereabouts(ctx context.Context, caseID string, in casework.WhereaboutsInput, key *string) (*model.Payload, error) {
	return change{"recordWhereabouts", key, on{caseID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordWhereabouts(ctx, op, caseID, in)
	})
}

func (mutation) CorrectWhereabouts(ctx context.Context, at casework.CorrectInput, in casework.WhereaboutsInput, key *string) (*model.Payload, error) {
	return change{"correctWhereabouts", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectWhereabouts(ctx, op, at, in)
	})
}

func (mutation) RecordFamily(ctx context.Context, caseID string, in casework.FamilyInput, key *string) (*model.Payload, error) {
	return change{"recordFamily", key, on{caseID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordFamily(ctx, op, caseID, in)
	})
}

func (mutation) CorrectFamily(ctx context.Context, at casework.CorrectInput, in casework.FamilyInput, key *string) (*model.Payload, error) {
	return change{"correctFamily", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectFamily(ctx, op, at, in)
	})
}

func (mutation) RecordProtection(ctx context.Context, caseID string, in casework.ProtectionInput, key *string) (*model.Payload, error) {
	return change{"recordProtection", key, on{caseID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordProtection(ctx, op, caseID, in)
	})
}

func (mutation) CorrectProtection(ctx context.Context, at casework.CorrectInput, in casework.ProtectionInput, key *string) (*model.Payload, error) {
	return change{"correctProtection", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectProtection(ctx, op, at, in)
	})
}

func (mutation) RecordHealth(ctx context.Context, caseID string, in casework.HealthInput, key *string) (*model.Payload, error) {
	return change{"recordHealth", key, on{caseID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordHealth(ctx, op, caseID, in)
	})
}

func (mutation) CorrectHealth(ctx context.Context, at casework.CorrectInput, in casework.HealthInput, key *string) (*model.Payload, error) {
	return change{"correctHealth", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectHealth(ctx, op, at, in)
	})
}

func (mutation) RecordHealthRestricted(ctx context.Context, caseID string, in casework.HealthRestrictedInput, key *string) (*model.Payload, error) {
	return change{"recordHealthRestricted", key, on{caseID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordHealthRestricted(ctx, op, caseID, in)
	})
}

func (mutation) CorrectHealthRestricted(ctx context.Context, at casework.CorrectInput, in casework.HealthRestrictedInput, key *string) (*model.Payload, error) {
	return change{"correctHealthRestricted", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectHealthRestricted(ctx, op, at, in)
	})
}

func (mutation) RecordAssistance(ctx context.Context, caseID string, in casework.AssistanceInput, key *string) (*model.Payload, error) {
	return change{"recordAssistance", key, on{caseID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordAssistance(ctx, op, caseID, in)
	})
}

func (mutation) CorrectAssistance(ctx context.Context, at casework.CorrectInput, in casework.AssistanceInput, key *string) (*model.Payload, error) {
	return change{"correctAssistance", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectAssistance(ctx, op, at, in)
	})
}

func (mutation) RecordProceeding(ctx context.Context, caseID string, in casework.ProceedingInput, key *string) (*model.Payload, error) {
	return change{"recordProceeding", key, on{caseID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordProceeding(ctx, op, caseID, in)
	})
}

func (mutation) CorrectProceeding(ctx context.Context, at casework.CorrectInput, in casework.ProceedingInput, key *string) (*model.Payload, error) {
	return change{"correctProceeding", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectProceeding(ctx, op, at, in)
	})
}

func (mutation) RecordSuspect(ctx context.Context, proceedingID string, in casework.SuspectInput, key *string) (*model.Payload, error) {
	return change{"recordSuspect", key, on{proceedingID, in}}.made(ctx, func(op *store.Op) (string, error) {
		return casework.RecordSuspect(ctx, op, proceedingID, in)
	})
}

func (mutation) CorrectSuspect(ctx context.Context, at casework.CorrectInput, in casework.SuspectInput, key *string) (*model.Payload, error) {
	return change{"correctSuspect", key, on{at, in}}.changed(ctx, at.ID, func(op *store.Op) error {
		return casework.CorrectSuspect(ctx, op, at, in)
	})
}
