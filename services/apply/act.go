package apply

import (
	"context"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// OfAgency suspends or resumes an agency by its code, and returns the id of the proposal
// that waits for another agency's approval; empty where nothing waits.
func OfAgency(ctx context.Context, c *client.Client, verb, code string) (string, error) {
	field, ok := map[string]string{"suspend": "suspendAgency", "resume": "resumeAgency"}[verb]
	if !ok {
		return "", errs.New(errs.Internal, "a decision of an unknown kind")
	}
	s, id, err := agencyID(ctx, c, code)
	if err != nil {
		return "", err
	}
	var out struct{ Proposal *struct{ ID, State string } }
	err = s.mutate(ctx, field, map[string]any{"id": id}, &out)
	if err != nil || out.Proposal == nil || out.Proposal.State != "PROPOSED" {
		return "", err
	}
	return out.Proposal.ID, nil
}

// OfAgreement signs, suspends, resumes, ends or shuts down an agreement by its code, on
// the viewer's agency's part.
func OfAgreement(ctx context.Context, c *client.Client, verb, code string) error {
	field, ok := map[string]string{
		"sign": "signAgreement", "suspend": "suspendAgreement", "resume": "resumeAgreement", "end": "endAgreement", "shut-down": "shutDownAgreement",
	}[verb]
	if !ok {
		return errs.New(errs.Internal, "a decision of an unknown kind")
	}
	s, err := read(ctx, c)
	if err != nil {
		return err
	}
	a := s.agreements[code]
	if a == nil {
		return errs.New(errs.Invalid, "your agency is a party of no agreement of this code")
	}
	return s.byID(ctx, field, a.ID)
}

// EnterMember lets an account in, and returns the member's id. It lets in once.
func EnterMember(ctx context.Context, c *client.Client, issuer, subject string, roles []string) (string, error) {
	var out struct{ Member struct{ ID string } }
	err := (&state{api: c}).mutate(ctx, "enterMember", map[string]any{"in": map[string]any{"issuer": issuer, "subject": subject, "roles": noNil(roles)}}, &out)
	return out.Member.ID, err
}

// SetRoles grants a member exactly these roles.
func SetRoles(ctx context.Context, c *client.Client, id string, roles []string) error {
	return (&state{api: c}).mutate(ctx, "setRoles", map[string]any{"id": id, "roles": noNil(roles)}, nil)
}

// OfMember opens or closes a member's account.
func OfMember(ctx context.Context, c *client.Client, verb, id string) error {
	field, ok := map[string]string{"open": "openMember", "close": "closeMember"}[verb]
	if !ok {
		return errs.New(errs.Internal, "a decision of an unknown kind")
	}
	return (&state{api: c}).byID(ctx, field, id)
}

// AddTeam makes a team, and returns its id. It makes it once.
func AddTeam(ctx context.Context, c *client.Client, code, name string) (string, error) {
	var out struct{ Team struct{ ID string } }
	err := (&state{api: c}).mutate(ctx, "addTeam", map[string]any{"code": code, "name": name}, &out)
	return out.Team.ID, err
}

// DissolveTeam dissolves a team.
func DissolveTeam(ctx context.Context, c *client.Client, id string) error {
	return (&state{api: c}).byID(ctx, "dissolveTeam", id)
}

// OfGroup puts a member into a team or unit, or takes it out.
func OfGroup(ctx context.Context, c *client.Client, verb, group, member string) error {
	field, ok := map[string]string{"join": "joinGroup", "leave": "leaveGroup"}[verb]
	if !ok {
		return errs.New(errs.Internal, "a decision of an unknown kind")
	}
	return (&state{api: c}).mutate(ctx, field, map[string]any{"member": member, "group": group}, nil)
}

func noNil(words []string) []string {
	if words == nil {
		return []string{}
	}
	return words
}
