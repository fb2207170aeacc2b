package casework

import (
	"context"
	"time"

	"github.com/sala-exchange/sala/ent/recoveryperiod"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// reflects is how long a period of recovery and reflection lasts where nothing else is
// said, in microseconds: 30 days (Council of Europe Convention, article 13).
const reflects = int64(30 * 24 * time.Hour / time.Microsecond)

// StartRecoveryInput is her time to recover and reflect (D7).
type StartRecoveryInput struct {
	CaseID     string
	ValidFrom  *int64 // now where left out; UTC microseconds, never in the future
	ValidUntil *int64 // 30 days on where left out, a year at most
}

// ChangeRecoveryInput extends the period, or notes her decision; what is nil stays.
type ChangeRecoveryInput struct {
	RecoveryID string
	ValidUntil *int64 // later than it is, a year after its start at most
	Decision   *valueset.RecoveryDecision
}

// StartRecovery starts a period of recovery and reflection: while it runs no referral for
// JUSTICE is offered, and none that was starts to open anything, unless she asks (D7).
func StartRecovery(ctx context.Context, op *store.Op, in StartRecoveryInput) (string, error) {
	if _, err := ownCase(ctx, op, in.CaseID); err != nil {
		return "", err
	}
	from := value(in.ValidFrom, op.Scope.Now)
	until := value(in.ValidUntil, from+reflects)
	p := &problems{}
	p.past("validFrom", in.ValidFrom, op.Scope.Now)
	if until <= from || until > from+year {
		p.add("validUntil", "it ends after it starts, within a year (D7)")
	}
	if err := p.err(); err != nil {
		return "", err
	}
	runs, err := op.RecoveryPeriod.Query().Where(recoveryperiod.CaseID(in.CaseID), recoveryperiod.ValidUntilGT(from)).Exist(ctx)
	if err != nil {
		return "", outward(err, "reading the periods of recovery")
	}
	if runs {
		return "", errs.New(errs.Conflict, "one runs already: extend it (D7)").WithFields("validFrom")
	}
	id := pubid.New("recovery")
	err = op.RecoveryPeriod.Create().SetID(id).SetCaseID(in.CaseID).SetContributorID(op.Scope.Agency).SetRecordedOn(op.Scope.Now).
		SetRecordedBy(op.Scope.Member).SetValidFrom(from).SetValidUntil(until).Exec(ctx)
	if err != nil {
		return "", outward(err, "starting a period of recovery")
	}
	op.Touch(in.CaseID)
	return id, decided(ctx, op, "start recovery", in.CaseID)
}

// ChangeRecovery extends a period of recovery and reflection, or notes what she decides
// meanwhile. Nobody shortens it: her asking for justice herself ends what it holds off (D7).
func ChangeRecovery(ctx context.Context, op *store.Op, in ChangeRecoveryInput) (caseID string, err error) {
	if !pubid.Valid(in.RecoveryID, "recovery") {
		return "", errs.NotHere()
	}
	row, err := op.RecoveryPeriod.Query().Where(recoveryperiod.ID(in.RecoveryID)).Only(ctx)
	if err != nil {
		return "", outward(err, "reading the period of recovery")
	}
	if _, err := ownCase(ctx, op, row.CaseID); err != nil {
		return "", err
	}
	p := &problems{}
	switch {
	case in.ValidUntil == nil && in.Decision == nil:
		p.add("decision", "say until when it lasts, or what she decides")
	case in.ValidUntil != nil && (*in.ValidUntil <= row.ValidUntil || *in.ValidUntil > row.ValidFrom+year):
		p.add("validUntil", "it is extended, to a year after its start at most, and not shortened (D7)")
	}
	if in.Decision != nil && !in.Decision.Valid() {
		p.add("decision", "say ASKS, DECLINES or UNDECIDED (D7)")
	}
	if err := p.err(); err != nil {
		return "", err
	}
	u := op.RecoveryPeriod.Update().Where(recoveryperiod.ID(row.ID)).SetNillableValidUntil(in.ValidUntil)
	if in.Decision != nil {
		u.SetDecision(*in.Decision).SetDecidedOn(op.Scope.Now)
	}
	n, err := u.Save(ctx)
	if err != nil {
		return "", outward(err, "changing the period of recovery")
	}
	if n != 1 {
		return "", errs.NotHere()
	}
	op.Touch(row.CaseID)
	return row.CaseID, decided(ctx, op, "change recovery", row.CaseID)
}
