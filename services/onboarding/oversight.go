package onboarding

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agency"
	"github.com/sala-exchange/sala/ent/oversightpanel"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
)

// panelContent is who would sit on the oversight panel, in order.
type panelContent struct {
	AgencyIDs []string `json:"agencyIDs"`
}

// mostPanel bounds how many agencies sit on a panel.
const mostPanel = 16

// ProposeOversightPanel proposes who sits on the oversight panel: at least two agencies,
// one of them not law enforcement (F5). It is the panel, in place of the one before, when
// two people of different agencies have approved it.
func ProposeOversightPanel(ctx context.Context, op *store.Op, agencyIDs []string) (string, error) {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator)
	if err != nil {
		return "", err
	}
	c := panelContent{AgencyIDs: slices.Clone(agencyIDs)}
	slices.Sort(c.AgencyIDs)
	if err := c.check(ctx, op); err != nil {
		return "", err
	}
	if id, err := again(ctx, op, d.agency.ID, valueset.ProposalKindOversight, c, true); err != nil || id != "" {
		return id, err
	}
	return propose(ctx, op, d, d.agency.ID, valueset.ProposalKindOversight, c)
}

func (c panelContent) check(ctx context.Context, op *store.Op) error {
	if len(c.AgencyIDs) > mostPanel || len(slices.Compact(slices.Clone(c.AgencyIDs))) != len(c.AgencyIDs) {
		return errs.New(errs.Invalid, "name each agency once, at most %d", mostPanel).WithFields("agencyIDs")
	}
	rows, err := op.Agency.Query().Where(agency.IDIn(c.AgencyIDs...), agency.StateEQ(valueset.AgencyStateActive),
		agency.KindNEQ(valueset.AgencyKindRegionalCounterpart)).All(ctx)
	if err != nil {
		return outward(err, "reading the agencies")
	}
	kinds := make([]string, len(rows))
	for i, a := range rows {
		kinds[i] = string(a.Kind)
	}
	if len(rows) != len(c.AgencyIDs) || !store.Oversees(kinds) {
		return errs.New(errs.Invalid, "a panel is at least two agencies that are let in, one of them not police, prosecutor, court or border (F5)").WithFields("agencyIDs")
	}
	return nil
}

// seat puts the panel in the place of the one before.
func seat(ctx context.Context, op *store.Op, p *ent.Proposal, from int64) error {
	c, err := decode[panelContent](p)
	if err != nil {
		return err
	}
	if err := c.check(ctx, op); err != nil {
		return err
	}
	if _, err := op.OversightPanel.Update().Where(oversightpanel.ValidUntilIsNil()).SetValidUntil(from).Save(ctx); err != nil {
		return outward(err, "ending the panel before")
	}
	return outward(op.OversightPanel.Create().SetProposalID(p.ID).SetAgencyIds(c.AgencyIDs).SetValidFrom(from).Exec(ctx), "entering the panel")
}
