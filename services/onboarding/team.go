package onboarding

import (
	"context"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/agencyunit"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/membership"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/team"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// TeamInput is a team as it is made.
type TeamInput struct {
	Code string // lower-case ASCII letters, digits and hyphens, 2 to 32; unique within the agency
	Name string // not a person's
}

// AddTeam makes a team of the administrator's own agency (D5).
func AddTeam(ctx context.Context, op *store.Op, in TeamInput) (string, error) {
	ctx, d, err := deciding(ctx, op, viewer.AgencyAdministrator)
	if err != nil {
		return "", err
	}
	if !code.MatchString(in.Code) {
		return "", errs.New(errs.Invalid, "a team's code is 2 to 32 lower-case letters, digits and hyphens, beginning with a letter").WithFields("code")
	}
	if in.Name == "" || canon.Name(in.Name) != nil {
		return "", errs.New(errs.Invalid, "a team needs a readable name").WithFields("name")
	}
	before, err := op.Team.Query().Where(team.AgencyID(d.agency.ID), team.Code(in.Code)).Only(ctx)
	switch {
	case err == nil && before.Name == in.Name && before.EndedOn == nil:
		return before.ID, nil // again is the same
	case err == nil:
		return "", errs.New(errs.Conflict, "your agency has, or had, a team of this code with another name: choose another code").WithFields("code")
	case !ent.IsNotFound(err):
		return "", outward(err, "reading the team")
	}
	id := pubid.New("team")
	if err := op.Team.Create().SetID(id).SetAgencyID(d.agency.ID).SetCode(in.Code).SetName(in.Name).SetCreatedOn(op.Scope.Now).Exec(ctx); err != nil {
		return "", outward(err, "making the team")
	}
	return id, disclosure.DecideAbout(ctx, op, "add team", d.agency.ID, id)
}

// DissolveTeam ends a team of the administrator's own agency. What it was assigned to
// is closed to it at the next read; no access is rewritten.
func DissolveTeam(ctx context.Context, op *store.Op, id string) error {
	ctx, d, err := deciding(ctx, op, viewer.AgencyAdministrator)
	if err != nil {
		return err
	}
	n, err := op.Team.Update().Where(team.ID(id), team.AgencyID(d.agency.ID), team.EndedOnIsNil()).SetEndedOn(op.Scope.Now).Save(ctx)
	if err != nil {
		return outward(err, "dissolving the team")
	}
	if n == 0 {
		there, err := op.Team.Query().Where(team.ID(id), team.AgencyID(d.agency.ID)).Exist(ctx)
		if err == nil && !there {
			err = errs.NotHere()
		}
		return outward(err, "reading the team") // dissolved already: again is the same
	}
	if err := changedInside(ctx, op, d.agency.ID); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, "dissolve team", d.agency.ID, id)
}

// JoinGroup puts a member into a team or unit of the administrator's own agency. Who
// is in it stays so.
func JoinGroup(ctx context.Context, op *store.Op, memberID, groupID string) error {
	ctx, d, err := deciding(ctx, op, viewer.AgencyAdministrator)
	if err != nil {
		return err
	}
	m, err := colleague(ctx, op, d, memberID)
	if err != nil {
		return err
	}
	if err := groupOf(ctx, op, d.agency.ID, groupID); err != nil {
		return err
	}
	there, err := op.Membership.Query().Where(membership.MemberID(m.ID), membership.GroupID(groupID), membership.EndedOnIsNil()).Exist(ctx)
	if err != nil || there {
		return outward(err, "reading who belongs to the group")
	}
	err = op.Membership.Create().SetAgencyID(d.agency.ID).SetMemberID(m.ID).SetGroupID(groupID).SetSince(op.Scope.Now).Exec(ctx)
	if err != nil {
		return outward(err, "putting the member into the group")
	}
	if err := changedInside(ctx, op, d.agency.ID); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, "join group", d.agency.ID, m.ID, groupID)
}

// LeaveGroup takes a member out of a team or unit of the administrator's own agency.
// It counts from the next read on.
func LeaveGroup(ctx context.Context, op *store.Op, memberID, groupID string) error {
	ctx, d, err := deciding(ctx, op, viewer.AgencyAdministrator)
	if err != nil {
		return err
	}
	n, err := op.Membership.Update().Where(membership.AgencyID(d.agency.ID), membership.MemberID(memberID), membership.GroupID(groupID),
		membership.EndedOnIsNil()).SetEndedOn(op.Scope.Now).Save(ctx)
	if err != nil {
		return outward(err, "taking the member out of the group")
	}
	if n == 0 {
		// Who has left stays so; what is another agency's is not there.
		there, err := op.Membership.Query().Where(membership.AgencyID(d.agency.ID), membership.MemberID(memberID), membership.GroupID(groupID)).Exist(ctx)
		if err == nil && !there {
			err = errs.NotHere()
		}
		return outward(err, "reading who belongs to the group")
	}
	if err := changedInside(ctx, op, d.agency.ID); err != nil {
		return err
	}
	return disclosure.DecideAbout(ctx, op, "leave group", d.agency.ID, memberID, groupID)
}

// groupOf: a team that works, or a unit, of the agency; anything else is not there.
func groupOf(ctx context.Context, op *store.Op, agency, id string) error {
	var there bool
	var err error
	switch pubid.Prefix(id) {
	case "team":
		there, err = op.Team.Query().Where(team.ID(id), team.AgencyID(agency), team.EndedOnIsNil()).Exist(ctx)
	case "unit":
		there, err = op.AgencyUnit.Query().Where(agencyunit.ID(id), agencyunit.AgencyID(agency)).Exist(ctx)
	}
	if err != nil {
		return outward(err, "reading the group")
	}
	if !there {
		return errs.NotHere()
	}
	return nil
}

// changedInside marks the agency's gate: an answer that is on its way holds the gate,
// so that it goes on record before this change or is asked for anew.
func changedInside(ctx context.Context, op *store.Op, agency string) error {
	return outward(op.Gate.Update().Where(gate.ID(agency)).AddVersion(1).Exec(ctx), "marking the agency's gate")
}
