package onboarding

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agreementparty"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// SuspendAgreement cuts what flows under the agreement at once (D6): one gate is
// shut, no access is rewritten. Either party may; the others are told as parties, and who
// had access under it gets the neutral notice that it ended (C8).
func SuspendAgreement(ctx context.Context, op *store.Op, id string) error {
	ctx, parties, mine, a, err := interrupting(ctx, op, id)
	if err != nil {
		return err
	}
	if mine.SuspendedOn != nil {
		return nil // again is the same
	}
	if err := op.AgreementParty.UpdateOneID(mine.ID).SetSuspendedOn(op.Scope.Now).Exec(ctx); err != nil {
		return outward(err, "suspending the agreement")
	}
	if err := cut(ctx, op, a); err != nil {
		return err
	}
	if err := tell(ctx, op, parties, valueset.NoticeKindAgreementSuspended, id); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, "suspend agreement", op.Scope.Agency, id)
}

// ResumeAgreement takes the viewer's agency's suspension back; the agreement is in
// force again when no party suspends it, and every party's name stands under it.
func ResumeAgreement(ctx context.Context, op *store.Op, id string) error {
	ctx, parties, mine, a, err := interrupting(ctx, op, id)
	if err != nil {
		return err
	}
	if mine.SuspendedOn == nil {
		if a.ShutDownOn != nil {
			return errs.New(errs.Conflict, "the agreement is shut down: it stands again when every party has signed anew")
		}
		return nil // again is the same
	}
	if err := op.AgreementParty.UpdateOneID(mine.ID).ClearSuspendedOn().Exec(ctx); err != nil {
		return outward(err, "resuming the agreement")
	}
	if err := disclosure.DecideAbout(ctx, op, "resume agreement", op.Scope.Agency, id); err != nil {
		return err
	}
	if a.CountersignedOn == nil || a.ShutDownOn != nil {
		return nil
	}
	for _, p := range parties {
		if p.ID != mine.ID && p.SuspendedOn != nil {
			return nil // another party still suspends it
		}
	}
	if err := SetGate(ctx, op, id, true); err != nil {
		return err
	}
	return tell(ctx, op, parties, valueset.NoticeKindAgreementResumed, id)
}

// ShutDownAgreement is the emergency's end of all flow (D6): any party's administrator
// or data-protection focal point, alone and at once. Unlike a suspension nobody takes
// it back alone: the agreement stands again when every party has signed anew.
func ShutDownAgreement(ctx context.Context, op *store.Op, id string) error {
	ctx, _, err := deciding(ctx, op, viewer.AgencyAdministrator, viewer.DataProtection)
	if err != nil {
		return err
	}
	parties, _, err := partiesOf(ctx, op, id)
	if err != nil {
		return err
	}
	a, err := standingAgreement(ctx, op, id)
	if err != nil {
		return err
	}
	if a.ShutDownOn != nil {
		return nil // again is the same
	}
	if err := op.Agreement.UpdateOneID(id).SetShutDownOn(op.Scope.Now).Exec(ctx); err != nil {
		return outward(err, "shutting the agreement down")
	}
	if _, err := op.AgreementParty.Update().Where(agreementparty.AgreementID(id)).ClearSignedOn().Save(ctx); err != nil {
		return outward(err, "voiding the signatures")
	}
	if err := cut(ctx, op, a); err != nil {
		return err
	}
	if err := tell(ctx, op, parties, valueset.NoticeKindAgreementShutDown, id); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, "shut down agreement", op.Scope.Agency, id)
}

// EndAgreement ends an agreement for good; each other party is told.
func EndAgreement(ctx context.Context, op *store.Op, id string) error {
	ctx, _, err := deciding(ctx, op, viewer.AgencyAdministrator)
	if err != nil {
		return err
	}
	parties, _, err := partiesOf(ctx, op, id)
	if err != nil {
		return err
	}
	a, err := op.Agreement.Get(ctx, id)
	if err != nil || a.EndedOn != nil {
		return outward(err, "reading the agreement") // again is the same
	}
	return end(ctx, op, a, parties, op.Scope.Agency)
}

// end ends an agreement for the agency by, and tells the other parties.
func end(ctx context.Context, op *store.Op, a *ent.Agreement, parties []*ent.AgreementParty, by string) error {
	if err := op.Agreement.UpdateOneID(a.ID).SetEndedOn(op.Scope.Now).Exec(ctx); err != nil {
		return outward(err, "ending the agreement")
	}
	if err := cut(ctx, op, a); err != nil {
		return err
	}
	if err := tellBut(ctx, op, parties, by, valueset.NoticeKindAgreementEnded, a.ID); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, "end agreement", op.Scope.Agency, a.ID)
}

// cut shuts the gate. Who had access under it is told that it ended by services/notify,
// a case and alike, and nothing else (C8).
func cut(ctx context.Context, op *store.Op, a *ent.Agreement) error {
	return SetGate(ctx, op, a.ID, false)
}

// interrupting returns an agreement of the viewer's agency that nobody has ended, for
// the agency's administrator.
func interrupting(ctx context.Context, op *store.Op, id string) (context.Context, []*ent.AgreementParty, *ent.AgreementParty, *ent.Agreement, error) {
	ctx = rule.InMode(ctx, rule.Onboarding)
	if err := op.LockAgencies(ctx); err != nil {
		return ctx, nil, nil, nil, outward(err, "taking the lock of decisions")
	}
	parties, mine, err := partiesOf(ctx, op, id)
	if err != nil {
		return ctx, nil, nil, nil, err
	}
	a, err := standingAgreement(ctx, op, id)
	return ctx, parties, mine, a, err
}
