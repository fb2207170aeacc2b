package onboarding

import (
	"context"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// ReportBreach tells the other parties of an agreement of a breach, by the viewer's
// agency's data-protection focal point (D6). It takes when the breach was found, in UTC
// microseconds, and no data of a case; that it is told later than the agreement's hours
// is seen by all. It cuts nothing: suspension and shut-down are acts of their own.
func ReportBreach(ctx context.Context, op *store.Op, agreementID string, foundOn int64) error {
	ctx, d, err := deciding(ctx, op, viewer.DataProtection)
	if err != nil {
		return err
	}
	parties, _, err := partiesOf(ctx, op, agreementID)
	if err != nil {
		return err
	}
	a, err := op.Agreement.Get(ctx, agreementID) // one that has ended binds what was received under it
	if err != nil {
		return outward(err, "reading the agreement")
	}
	if foundOn > op.Scope.Now {
		return errs.New(errs.Invalid, "a breach was not found in the future").WithFields("foundOn")
	}
	id, hours := pubid.New("breach"), time.Duration(a.BreachNoticeHours)*time.Hour
	err = op.Breach.Create().SetID(id).SetAgreementID(agreementID).SetAgencyID(d.agency.ID).SetFoundOn(foundOn).
		SetReportedOn(op.Scope.Now).SetDueOn(foundOn + hours.Microseconds()).Exec(ctx)
	if err != nil {
		return outward(err, "reporting the breach")
	}
	if err := tell(ctx, op, parties, valueset.NoticeKindBreachReported, id); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, "report breach", d.agency.ID, agreementID, id)
}
