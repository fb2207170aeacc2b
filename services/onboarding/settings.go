package onboarding

import (
	"context"
	"maps"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agencyunit"
	"github.com/sala-exchange/sala/ent/issuer"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// UpdateAgencyInput changes what an agency says of itself and how it works; what is
// left out stays. Its code and kind are not among it.
type UpdateAgencyInput struct {
	Name     *string
	Names    []*LocalName // nil: as they are
	Country  *string      // nil: as it is; empty: none
	Settings *SettingsInput
	Units    []*UnitInput // added, or renamed by code; those not named stay
}

// UpdateAgency changes an agency: its own administrator everything but the limits,
// who administers the platform the limits alone.
func UpdateAgency(ctx context.Context, op *store.Op, agencyID string, in UpdateAgencyInput) error {
	ctx, d, err := deciding(ctx, op, viewer.PlatformAdministrator, viewer.PlatformOperator, viewer.AgencyAdministrator)
	if err != nil {
		return err
	}
	own := d.agency.ID == agencyID && d.has(viewer.AgencyAdministrator)
	platform := d.keeps()
	if !own && !platform {
		return errs.NotHere()
	}
	a, err := existing(ctx, op, agencyID)
	if err != nil {
		return err
	}
	if err := in.validate(a); err != nil {
		return err
	}
	if !own && in.itsOwn() {
		return errs.New(errs.Forbidden, "names, country, units, the need-to-know mode and retention are the agency's own administrator's to change")
	}
	if !platform && in.limits() {
		return errs.New(errs.Forbidden, "an agency's limits are for who administers the platform to change")
	}
	if a.AdministersPlatform && d.has(viewer.PlatformOperator) && in.limits() {
		return errs.New(errs.Forbidden, "the limits of an agency that administers the platform are a person's to change: they would keep those who decide from it")
	}
	if same, err := in.is(ctx, op, a); err != nil || same {
		return err // again is the same
	}
	if err := in.store(ctx, op, a); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, "update agency", agencyID)
}

func (in UpdateAgencyInput) itsOwn() bool {
	return in.Name != nil || in.Names != nil || in.Country != nil || len(in.Units) > 0 || in.Settings != nil && in.Settings.NeedToKnow != nil || in.Settings.closedCases() != nil
}

func (in UpdateAgencyInput) limits() bool {
	return in.Settings != nil && (in.Settings.RequestsPerMinute != nil || in.Settings.ConcurrentRequests != nil)
}

func (in UpdateAgencyInput) validate(a *ent.Agency) error {
	name := a.Name
	if in.Name != nil {
		name = *in.Name
	}
	if err := readableName(name, in.Names); err != nil {
		return err
	}
	if err := existingCountry(in.Country); err != nil {
		return err
	}
	if err := in.Settings.validate(); err != nil {
		return err
	}
	return validateUnits(in.Units)
}

// is: the agency is already what it would become.
func (in UpdateAgencyInput) is(ctx context.Context, op *store.Op, a *ent.Agency) (bool, error) {
	if in.Name != nil && *in.Name != a.Name || in.Names != nil && !maps.Equal(byLanguage(in.Names), a.Names) || or(in.Country, a.Country) != a.Country {
		return false, nil
	}
	if s := in.Settings; s != nil && (or(s.NeedToKnow, a.NeedToKnow) != a.NeedToKnow ||
		or(s.RequestsPerMinute, a.RequestsPerMinute) != a.RequestsPerMinute || or(s.ConcurrentRequests, a.ConcurrentRequests) != a.ConcurrentRequests) {
		return false, nil
	}
	if months := in.Settings.closedCases(); months != nil && (a.ClosedCaseMonths == nil || *a.ClosedCaseMonths != *months) {
		return false, nil
	}
	rows, err := op.AgencyUnit.Query().Where(agencyunit.AgencyID(a.ID)).All(ctx)
	if err != nil {
		return false, outward(err, "reading the units")
	}
	present := map[string]*ent.AgencyUnit{}
	for _, u := range rows {
		present[u.Code] = u
	}
	for _, u := range in.Units {
		if p := present[u.Code]; p == nil || p.Name != u.Name || !maps.Equal(byLanguage(u.Names), p.Names) {
			return false, nil
		}
	}
	return true, nil
}

func (in UpdateAgencyInput) store(ctx context.Context, op *store.Op, a *ent.Agency) error {
	u := op.Agency.UpdateOneID(a.ID).SetNillableCountry(in.Country)
	if in.Name != nil {
		u.SetName(*in.Name)
	}
	if in.Names != nil {
		u.SetNames(byLanguage(in.Names))
	}
	if s := in.Settings; s != nil {
		u.SetNillableNeedToKnow(s.NeedToKnow).SetNillableRequestsPerMinute(s.RequestsPerMinute).SetNillableConcurrentRequests(s.ConcurrentRequests).SetNillableClosedCaseMonths(s.closedCases())
	}
	if err := u.Exec(ctx); err != nil {
		return outward(err, "updating the agency")
	}
	if s := in.Settings; s != nil && s.NeedToKnow != nil {
		if err := changedInside(ctx, op, a.ID); err != nil {
			return err
		}
	}
	if err := roomForUnits(ctx, op, a.ID, in.Units); err != nil {
		return err
	}
	for _, unit := range in.Units {
		n, err := op.AgencyUnit.Update().Where(agencyunit.AgencyID(a.ID), agencyunit.Code(unit.Code)).
			SetName(unit.Name).SetNames(byLanguage(unit.Names)).Save(ctx)
		if err == nil && n == 0 {
			err = op.AgencyUnit.Create().SetAgencyID(a.ID).SetCode(unit.Code).SetName(unit.Name).SetNames(byLanguage(unit.Names)).Exec(ctx)
		}
		if err != nil {
			return outward(err, "updating a unit")
		}
	}
	return nil
}

// roomForUnits refuses more units than an agency has at most, those that are there included:
// everybody who reads the agencies reads them.
func roomForUnits(ctx context.Context, op *store.Op, agencyID string, more []*UnitInput) error {
	codes := make([]string, len(more))
	for i, u := range more {
		codes[i] = u.Code
	}
	others, err := op.AgencyUnit.Query().Where(agencyunit.AgencyID(agencyID), agencyunit.CodeNotIn(codes...)).Count(ctx)
	if err != nil {
		return outward(err, "counting the units")
	}
	if len(more) > 0 && others+len(more) > mostUnits {
		return errs.New(errs.Limited, "an agency has at most %d units", mostUnits).WithFields("units")
	}
	return nil
}

// ownIssuer reports whether the agency signs in by the issuer now.
func ownIssuer(ctx context.Context, op *store.Op, agencyID, url string) (bool, error) {
	ok, err := op.Issuer.Query().Where(issuer.AgencyID(agencyID), issuer.URL(url), issuer.ValidFromLTE(op.Scope.Now), Unended(op.Scope.Now)).Exist(ctx)
	return ok, outward(err, "reading the issuers")
}
