package apply

import (
	"context"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// Seen is what the API showed a viewer at one time. Several may read it at once.
type Seen struct{ now *state }

// Look reads what the API shows the viewer.
func Look(ctx context.Context, c *client.Client) (*Seen, error) {
	now, err := read(ctx, c)
	if err != nil {
		return nil, err
	}
	now.proposes = true
	return &Seen{now}, nil
}

// Requests is how many the reading took.
func (s *Seen) Requests() int { return s.now.requests }

// Propose is Make for a program that acts for nobody: what takes a person's yes is
// proposed, and nothing is approved, countersigned or signed (I7).
func (s *Seen) Propose(d *v1alpha1.Document) *Plan { return &Plan{Steps: s.now.steps(d)} }

// Standing is where an agency stands, as ACTIVE; empty where there is none of this code.
func (s *Seen) Standing(code string) string {
	if a := s.now.agencies[code]; a != nil {
		return a.State
	}
	return ""
}

// TakeBack refuses the open proposal of a new agency that holds what the manifest says,
// and reports whether there was one.
func (s *Seen) TakeBack(ctx context.Context, a *v1alpha1.Agency) (bool, error) {
	for _, p := range s.now.proposals {
		if p.Kind == "NEW_AGENCY" && p.holds(inputOf(a)) {
			return true, s.now.byID(ctx, "refuseProposal", p.ID)
		}
	}
	return false, nil
}

// Invite makes the invitation of an agency's first administrator.
func (s *Seen) Invite(ctx context.Context, code string) (*Invited, error) {
	a := s.now.agencies[code]
	if a == nil {
		return nil, errs.New(errs.Invalid, "there is no agency of this name: it has to be approved first")
	}
	return s.now.invite(ctx, a.ID)
}

// EndSharing takes an agency's departure one call further, to the end of its agreements and
// referrals and never beyond: it agrees to no deletion, as a program acts for nobody.
func (s *Seen) EndSharing(ctx context.Context, code string) (*Departure, error) {
	a := s.now.agencies[code]
	if a == nil {
		return nil, errs.New(errs.Invalid, "there is no agency of this name")
	}
	var out struct{ Offboarding *Departure }
	err := s.now.mutate(ctx, "advanceOffboarding", map[string]any{"id": a.ID, "sharing": true}, &out)
	return out.Offboarding, err
}
