package onboarding

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/member"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/disclosure"
)

// MemberInput is a new member of an agency.
type MemberInput struct {
	Agency, Issuer, Subject string
	Roles                   []viewer.Role
}

// AddMember enters a member with roles. It asks nobody: the directory comes here with
// none, and EnterMember with those that an administrator grants.
func AddMember(ctx context.Context, op *store.Op, in MemberInput) (string, error) {
	ctx = administering(ctx)
	if in.Subject == "" || in.Issuer == "" || canon.Identifier(in.Subject) != nil {
		return "", errs.New(errs.Invalid, "a member needs an issuer and a subject of plain characters").WithFields("subject")
	}
	for _, r := range in.Roles {
		if !r.Valid() {
			return "", errs.New(errs.Invalid, "a role is not on the list").WithFields("roles")
		}
	}
	if in.Roles == nil {
		in.Roles = []viewer.Role{}
	}
	id := pubid.New("member")
	err := op.Member.Create().SetID(id).SetAgencyID(in.Agency).SetIssuer(in.Issuer).SetSubject(in.Subject).
		SetRoles(in.Roles).SetCreatedOn(op.Scope.Now).Exec(ctx)
	return id, outward(err, "adding the member")
}

// EnterMemberInput is an account that an administrator lets in before it has signed in.
type EnterMemberInput struct {
	Issuer  string // one that the agency signs in by
	Subject string
	Roles   []viewer.Role
}

// EnterMember lets an account of the administrator's own agency in, with its roles.
func EnterMember(ctx context.Context, op *store.Op, in EnterMemberInput) (string, error) {
	ctx, d, err := deciding(ctx, op, viewer.AgencyAdministrator)
	if err != nil {
		return "", err
	}
	if err := grantable(d.agency, in.Roles); err != nil {
		return "", err
	}
	if err := issuerURL(in.Issuer); err != nil {
		return "", errs.New(errs.Invalid, "your agency signs in by no such issuer").WithFields("issuer")
	}
	ours, err := ownIssuer(ctx, op, d.agency.ID, in.Issuer)
	if err != nil {
		return "", err
	}
	if !ours {
		return "", errs.New(errs.Invalid, "your agency signs in by no such issuer").WithFields("issuer")
	}
	before, err := op.Member.Query().Where(member.Issuer(in.Issuer), member.Subject(in.Subject), member.AgencyID(d.agency.ID)).Only(ctx)
	switch {
	case err == nil && before.Active && sameSet(before.Roles, in.Roles):
		return before.ID, nil // again is the same
	case err == nil:
		return "", errs.New(errs.Conflict, "this account is there already, with other roles or closed: set its roles instead").WithFields("subject")
	case !ent.IsNotFound(err):
		return "", outward(err, "reading the member")
	}
	id, err := AddMember(ctx, op, MemberInput{Agency: d.agency.ID, Issuer: in.Issuer, Subject: in.Subject, Roles: in.Roles})
	if err != nil {
		return "", err
	}
	return id, disclosure.DecideAbout(ctx, op, "enter member", d.agency.ID, id)
}

// SetRoles grants a member of the administrator's own agency exactly these roles. Nobody
// grants themselves one that they do not hold (threats.md 24): another administrator does.
func SetRoles(ctx context.Context, op *store.Op, memberID string, roles []viewer.Role) error {
	ctx, d, err := deciding(ctx, op, viewer.AgencyAdministrator)
	if err != nil {
		return err
	}
	m, err := colleague(ctx, op, d, memberID)
	if err != nil {
		return err
	}
	if err := grantable(d.agency, roles); err != nil {
		return err
	}
	if sameSet(m.Roles, roles) {
		return nil // again is the same
	}
	if m.ID == d.member.ID && slices.ContainsFunc(roles, func(r viewer.Role) bool { return !slices.Contains(m.Roles, r) }) {
		return errs.New(errs.Forbidden, "nobody grants themselves a role: ask another administrator of the agency")
	}
	if err := staysAdministered(ctx, op, m, roles, m.Active); err != nil {
		return err
	}
	if err := op.Member.UpdateOneID(m.ID).SetRoles(slices.Clone(roles)).Exec(ctx); err != nil {
		return outward(err, "granting roles")
	}
	return disclosure.DecideAbout(ctx, op, "set roles", d.agency.ID, m.ID)
}

// SetActive closes the account of a member of the administrator's own agency, or
// opens it again. It counts from the next request on.
func SetActive(ctx context.Context, op *store.Op, memberID string, active bool) error {
	ctx, d, err := deciding(ctx, op, viewer.AgencyAdministrator)
	if err != nil {
		return err
	}
	m, err := colleague(ctx, op, d, memberID)
	if err != nil {
		return err
	}
	if m.Active == active {
		return nil // again is the same
	}
	if err := staysAdministered(ctx, op, m, m.Roles, active); err != nil {
		return err
	}
	if err := op.Member.UpdateOneID(m.ID).SetActive(active).Exec(ctx); err != nil {
		return outward(err, "closing the account")
	}
	verb := "close member"
	if active {
		verb = "open member"
	}
	return disclosure.DecideAbout(ctx, op, verb, d.agency.ID, m.ID)
}

// grantable refuses roles that conflict: who administers or operates the platform holds no
// other role (policy/act voids them), and only an agency that was approved for it has such.
func grantable(a *ent.Agency, roles []viewer.Role) error {
	seen := map[viewer.Role]bool{}
	for _, r := range roles {
		if !r.Valid() || seen[r] {
			return errs.New(errs.Invalid, "a role is not on the list, or stands twice").WithFields("roles")
		}
		seen[r] = true
	}
	if slices.ContainsFunc(roles, ofPlatform) {
		if len(roles) > 1 {
			return errs.New(errs.Invalid, "who administers or operates the platform holds no other role: use an account of its own").WithFields("roles")
		}
		if !a.AdministersPlatform {
			return errs.New(errs.Invalid, "your agency was not approved to administer the platform (I7)").WithFields("roles")
		}
	}
	return nil
}

// colleague is a member of the administrator's own agency; another's is not there.
func colleague(ctx context.Context, op *store.Op, d *decider, id string) (*ent.Member, error) {
	if !pubid.Valid(id, "member") {
		return nil, errs.NotHere()
	}
	m, err := op.Member.Query().Where(member.ID(id), member.AgencyID(d.agency.ID)).Only(ctx)
	return m, outward(err, "reading the member")
}

// staysAdministered refuses a change that leaves the agency without an administrator:
// nobody else could name one at once.
func staysAdministered(ctx context.Context, op *store.Op, m *ent.Member, roles []viewer.Role, active bool) error {
	if active && slices.Contains(roles, viewer.AgencyAdministrator) || !slices.Contains(m.Roles, viewer.AgencyAdministrator) {
		return nil
	}
	all, err := administrators(ctx, op, m.AgencyID)
	if err != nil {
		return err
	}
	if len(all) == 1 && all[0].ID == m.ID {
		return errs.New(errs.Conflict, "this is the agency's last administrator: name another first")
	}
	return nil
}

// administrators are the agency's own, of accounts that are open.
func administrators(ctx context.Context, op *store.Op, agencyID string) ([]*ent.Member, error) {
	rows, err := op.Member.Query().Where(member.AgencyID(agencyID), member.Active(true)).All(ctx)
	if err != nil {
		return nil, outward(err, "reading the members")
	}
	return slices.DeleteFunc(rows, func(m *ent.Member) bool { return !slices.Contains(m.Roles, viewer.AgencyAdministrator) }), nil
}
