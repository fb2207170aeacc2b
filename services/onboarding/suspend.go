package onboarding

import (
	"context"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// SuspendAgency shuts an agency out at once: by its own administrator, or by one who
// administers the platform. It is the safe direction, so one person suffices, and to
// end it takes two of different agencies. An agency that administers the platform is
// suspended by two as well: else one could keep the other from ever ending it. It
// returns the proposal where it has to wait for a second, and nothing where it is done.
func SuspendAgency(ctx context.Context, op *store.Op, agencyID string) (string, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.PlatformOperator, viewer.AgencyAdministrator)
	if err != nil {
		return "", err
	}
	own := d.agency.ID == agencyID && d.has(viewer.AgencyAdministrator)
	if !own && !d.keeps() {
		return "", errs.NotHere()
	}
	a, err := existing(ctx, op, agencyID)
	if err != nil {
		return "", err
	}
	if a.State == valueset.AgencyStateSuspended {
		return "", nil // again is the same
	}
	if a.AdministersPlatform && !own {
		if id, err := again(ctx, op, agencyID, valueset.ProposalKindSuspendAgency, struct{}{}, true); err != nil || id != "" {
			return id, err
		}
		return propose(ctx, op, d, agencyID, valueset.ProposalKindSuspendAgency, struct{}{})
	}
	if err := suspend(ctx, op, agencyID); err != nil {
		return "", err
	}
	return "", disclosure.DecideAbout(ctx, op, "suspend agency", agencyID)
}
