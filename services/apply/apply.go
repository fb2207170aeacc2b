// Package apply brings agencies and agreements to what manifests say, as a client of
// the API with a token: what an agency's administrator may do for the agency, what who
// administers the platform may do for the platform, and nothing else.
//
// It promises a plan before anything is changed, that a second run changes nothing,
// and that what it cannot do alone it names with who is waited for: it approves,
// countersigns and signs exactly what stands in the manifest. It opens no database and
// holds no rule of its own: what is allowed is decided by the API.
package apply

import (
	"context"
	"fmt"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// Action is what a step does.
type Action string

// The actions.
const (
	Create      Action = "create"
	Change      Action = "change"
	Approve     Action = "approve"
	Countersign Action = "countersign"
	Sign        Action = "sign"
	Unchanged   Action = "unchanged"
	Waiting     Action = "waiting" // for somebody else
	Refused     Action = "refused" // it cannot become so
)

// Step is one thing of a plan.
type Step struct {
	Name   string   `json:"name"`   // as "Agency/lwu"
	Place  string   `json:"place"`  // file, document and line
	Action Action   `json:"action"` // what is or was done
	About  []string `json:"about,omitempty"`
	// Waits says for whom it waits once the step is done; empty where for nobody.
	Waits string `json:"waits,omitempty"`
	do    func(context.Context) error
	// kind is that of the proposal that it makes or waits for, and proposal its id once it
	// is there; both empty where there is none.
	kind, proposal string
	turnedDown     bool // somebody refused it, so that it is not proposed again
}

// Plan is what is to be done, in order.
type Plan struct {
	Steps []*Step `json:"steps"`
}

// Changes counts the steps that change something.
func (p *Plan) Changes() (n int) {
	for _, s := range p.Steps {
		if s.do != nil {
			n++
		}
	}
	return n
}

// Refusals counts what cannot become what its manifest says.
func (p *Plan) Refusals() (n int) {
	for _, s := range p.Steps {
		if s.Action == Refused {
			n++
		}
	}
	return n
}

// Make compares the manifests with what is there and says what there is to do. It
// changes nothing.
func Make(ctx context.Context, c *client.Client, docs []*v1alpha1.Document) (*Plan, error) {
	now, err := read(ctx, c)
	if err != nil {
		return nil, err
	}
	p := &Plan{}
	for _, d := range docs {
		p.Steps = append(p.Steps, now.steps(d)...)
	}
	return p, nil
}

func (s *state) steps(d *v1alpha1.Document) []*Step {
	steps := s.terms(d)
	if d.Agency != nil {
		steps = s.agency(d)
	}
	for _, step := range steps {
		step.Name, step.Place = d.KindName, d.Place()
	}
	return steps
}

// Run does what the plan says, step by step, and stops at the first that fails. What
// was done stays: run again.
func (p *Plan) Run(ctx context.Context, done func(*Step)) error {
	for _, s := range p.Steps {
		if s.do == nil {
			continue
		}
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("%s (%s): %w", s.Name, s.Place, err)
		}
		if done != nil {
			done(s)
		}
	}
	return nil
}
