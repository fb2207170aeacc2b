package resolver

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/valueset"
)

// What tells of interruptions: whether an agreement stands, and whether an agency is at
// work. Beside "access ended" it would tell a case worker why (C8), so it is told to who
// answers for agreements, and to who administers the platform; to everybody else it is
// null, whatever it is. Notices keep to the same (rule.Scope.Parties).

func toldOfInterruptions(s *rule.Scope) bool { return s.Parties || s.Platform }

// told returns what to say where it may be told, else nil.
func told[T any](ctx context.Context, what *T) (*T, error) {
	op, err := store.OpOf(ctx)
	if err != nil || !toldOfInterruptions(op.Scope) {
		return nil, err
	}
	return what, nil
}

// Suspended: a party has suspended the agreement (D6).
func (agreementOf) Suspended(ctx context.Context, a *ent.Agreement) (*bool, error) {
	if may, err := told(ctx, a); err != nil || may == nil {
		return nil, err
	}
	b, err := batchesOf(ctx)
	if err != nil {
		return nil, err
	}
	is, err := b.suspended.get(ctx, a.ID)
	return &is, err
}

// CountersignedOn begins anew after an emergency shut-down.
func (agreementOf) CountersignedOn(ctx context.Context, a *ent.Agreement) (*int64, error) {
	return told(ctx, a.CountersignedOn)
}

// ShutDownOn is when it was shut down in an emergency.
func (agreementOf) ShutDownOn(ctx context.Context, a *ent.Agreement) (*int64, error) {
	return told(ctx, a.ShutDownOn)
}

// EndedOn is when a party ended it.
func (agreementOf) EndedOn(ctx context.Context, a *ent.Agreement) (*int64, error) {
	return told(ctx, a.EndedOn)
}

// SignedOn is void after an emergency shut-down.
func (partyOf) SignedOn(ctx context.Context, p *ent.AgreementParty) (*int64, error) {
	return told(ctx, p.SignedOn)
}

// SuspendedOn is when this party suspended the agreement.
func (partyOf) SuspendedOn(ctx context.Context, p *ent.AgreementParty) (*int64, error) {
	return told(ctx, p.SuspendedOn)
}

// State of the viewer's own agency is everybody's there to know.
func (agencyRow) State(ctx context.Context, a *ent.Agency) (*valueset.AgencyState, error) {
	op, err := store.OpOf(ctx)
	if err == nil && a.ID == op.Scope.Agency {
		return &a.State, nil
	}
	return told(ctx, &a.State)
}
