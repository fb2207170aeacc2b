package apply

import (
	"context"
	"time"

	"github.com/sala-exchange/sala/services/exchange/client"
)

// Invited is a new invitation of an agency's first administrator.
type Invited struct {
	ID       string
	Secret   string // shown this once; empty where the invitation waits since before
	Until    string // usable until, RFC 3339; empty where it waits
	Proposal string // id of what it waits for; empty where it is usable at once
}

// Invitation is how the last invitation of an agency's first administrator stands.
type Invitation struct {
	ID    string
	Until time.Time // usable until, exclusive; zero where it waits for a proposal
	Over  bool      // that has passed, by the clock of the API
	Used  bool      // somebody has taken it up
}

// Invitation is nil where none was made, or the viewer does not see it.
func (s *Seen) Invitation(code string) *Invitation {
	a := s.now.agencies[code]
	if a == nil || a.Invitation == nil {
		return nil
	}
	out := &Invitation{ID: a.Invitation.ID, Over: a.Invitation.Over, Used: a.Invitation.UsedOn != nil}
	if at, err := time.Parse(time.RFC3339, textOf(a.Invitation.ValidUntil)); err == nil {
		out.Until = at
	}
	return out
}

// Invite makes the invitation of an agency's first administrator.
func Invite(ctx context.Context, c *client.Client, code string) (*Invited, error) {
	s, id, err := agencyID(ctx, c, code)
	if err != nil {
		return nil, err
	}
	return s.invite(ctx, id)
}

func (s *state) invite(ctx context.Context, id string) (*Invited, error) {
	var out struct {
		Invitation struct {
			ID, Secret             string
			ValidUntil, ProposalID *string
		}
	}
	err := s.mutate(ctx, "inviteAdministrator", map[string]any{"id": id}, &out)
	if err != nil {
		return nil, err
	}
	got := &Invited{ID: out.Invitation.ID, Secret: out.Invitation.Secret}
	if out.Invitation.ValidUntil != nil {
		got.Until = *out.Invitation.ValidUntil
	}
	if out.Invitation.ProposalID != nil {
		got.Proposal = *out.Invitation.ProposalID
	}
	return got, nil
}

// Join accepts an invitation: the token's account becomes its agency's administrator.
func Join(ctx context.Context, c *client.Client, secret string) error {
	s := &state{api: c}
	return s.mutate(ctx, "acceptInvitation", map[string]any{"secret": secret}, nil)
}
