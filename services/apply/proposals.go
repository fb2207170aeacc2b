package apply

import (
	"context"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// Proposal is what waits for somebody.
type Proposal struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`
	Agency   string   `json:"agency"` // code; of a new one, as proposed
	State    string   `json:"state"`  // PROPOSED or WAITING
	Approved []string `json:"approved"`
	// From is from when it will be in effect unless the agency objects, RFC 3339; empty
	// while it is not approved.
	From    string `json:"from,omitempty"`
	Content string `json:"content"` // what it would change, as JSON
	// Says is, of a departure, to whom cases are handed over and until when.
	Says string `json:"says,omitempty"`
}

// Proposals lists what is neither in effect nor refused, as far as the viewer sees it.
func Proposals(ctx context.Context, c *client.Client) ([]Proposal, error) {
	s, err := read(ctx, c)
	if err != nil {
		return nil, err
	}
	codes := map[string]string{}
	for code, a := range s.agencies {
		codes[a.ID] = code
	}
	out := []Proposal{}
	for _, p := range s.proposals {
		one := Proposal{ID: p.ID, Kind: p.Kind, Agency: codes[p.AgencyID], State: p.State, Content: p.Content, Approved: []string{}}
		var content agencyInput
		if one.Agency == "" && decode(p.Content, &content) == nil {
			one.Agency = content.Code
		}
		for _, a := range p.Approvals {
			if a.Agency != nil {
				one.Approved = append(one.Approved, a.Agency.Code)
			}
		}
		var terms leaving
		if p.Kind == "OFFBOARDING" && decode(p.Content, &terms) == nil {
			one.Says = terms.says()
		}
		if p.EffectiveFrom != nil {
			one.From = *p.EffectiveFrom
		}
		out = append(out, one)
	}
	return out, nil
}

// Decide approves, countersigns or refuses a proposal on the viewer's agency's part.
func Decide(ctx context.Context, c *client.Client, verb, id string) error {
	field, ok := map[string]string{"approve": "approveProposal", "countersign": "countersignProposal", "refuse": "refuseProposal"}[verb]
	if !ok {
		return errs.New(errs.Internal, "a decision of an unknown kind")
	}
	return (&state{api: c}).byID(ctx, field, id)
}
