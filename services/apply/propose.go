package apply

import (
	"context"
	"slices"
	"strings"

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
// proposed, and nothing is approved, countersigned or signed (I7). before are the ids, by
// kind, of the proposals that it made or waited for of this very manifest: where one of
// them is not open any more and what it said is still to be done, somebody refused it, and
// it is not proposed again.
func (s *Seen) Propose(d *v1alpha1.Document, before map[string]string) *Plan {
	p := &Plan{Steps: s.now.steps(d)}
	for _, step := range p.Steps {
		id := before[step.kind]
		if step.do == nil || step.kind == "" || id == "" || s.Open(id) {
			continue
		}
		what := strings.Join(step.About, ", ")
		if step.Action == Create {
			what = "the agency"
		}
		step.Action, step.Waits, step.do, step.turnedDown, step.proposal = Refused, "", nil, true, id
		step.About = []string{what + ": its proposal was refused, or is gone with a restored database: change the object and it is proposed again, or propose it by sala apply"}
	}
	return p
}

// Open reports whether a proposal waits for people.
func (s *Seen) Open(id string) bool {
	return slices.ContainsFunc(s.now.proposals, func(p *proposal) bool { return p.ID == id })
}

// TurnedDown reports whether the plan leaves something out that somebody refused.
func (p *Plan) TurnedDown() bool {
	return slices.ContainsFunc(p.Steps, func(s *Step) bool { return s.turnedDown })
}

// Proposals are the ids, by kind, of the proposals that were made, are waited for, or were
// refused.
func (p *Plan) Proposals() map[string]string {
	out := map[string]string{}
	for _, s := range p.Steps {
		if s.proposal != "" {
			out[s.kind] = s.proposal
		}
	}
	return out
}

// Standing is where an agency stands, as ACTIVE; empty where there is none of this code.
func (s *Seen) Standing(code string) string {
	if a := s.now.agencies[code]; a != nil {
		return a.State
	}
	return ""
}

// Undecided reports whether a proposal about this agency waits for approvals.
func (s *Seen) Undecided(code, id string) bool {
	a := s.now.agencies[code]
	return slices.ContainsFunc(s.now.proposals, func(p *proposal) bool {
		return p.ID == id && p.State == "PROPOSED" && (a != nil && p.AgencyID == a.ID || p.founds(code))
	})
}

// Withdraw refuses a proposal of the viewer's own.
func (s *Seen) Withdraw(ctx context.Context, id string) error {
	return s.now.byID(ctx, "refuseProposal", id)
}

// founds reports whether a proposal is of a new agency of this code.
func (p *proposal) founds(code string) bool {
	var content agencyInput
	return p.Kind == "NEW_AGENCY" && decode(p.Content, &content) == nil && content.Code == code
}

// TakeBack refuses the open proposals of a new agency that hold what the manifest says, or
// said when its status was written. It returns the id of the one that it could not refuse:
// who acts for nobody takes back what it proposed itself alone.
func (s *Seen) TakeBack(ctx context.Context, a *v1alpha1.Agency) (string, error) {
	for _, p := range s.now.proposals {
		noted := slices.ContainsFunc(a.Status.Proposals, func(n v1alpha1.ProposalStatus) bool { return n.ID == p.ID })
		if !p.founds(a.Name) || !noted && !p.holds(inputOf(a)) {
			continue
		}
		if err := s.Withdraw(ctx, p.ID); err != nil {
			return p.ID, err
		}
	}
	return "", nil
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
