package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sala-exchange/sala/services/exchange/client"
)

// people hands out persons of one agency's cases for the referrals and statements of
// the demonstration, and registers one more where the workbook has too few: nothing is
// shared about a child yet, nor about one whose stated age leaves that open (E1), and
// nothing about a closed case (I1).
type people struct {
	client       *client.Client
	adults, kids []string
	taken, again int // how many were given as new, and as any
	registered   int
}

// peopleOf reads the open cases of an agency.
func peopleOf(ctx context.Context, c *client.Client) (*people, error) {
	var out struct {
		Cases struct {
			Edges []struct {
				Node struct {
					ID, State  string
					Identities []struct {
						Birth *struct{ Year, Month, Day int }
					}
				}
			}
		}
	}
	_, err := c.Do(ctx, `query Open @purpose(of: ASSISTANCE) { cases(first: 50) { edges { node { id state identities { birth { year month day } } } } } }`, nil, &out)
	if err != nil {
		return nil, err
	}
	p := &people{client: c}
	for _, e := range out.Cases.Edges {
		if strings.HasPrefix(e.Node.State, "CLOSED") {
			continue
		}
		for _, i := range e.Node.Identities {
			switch {
			case i.Birth == nil || i.Birth.Year == 0:
			case i.Birth.Year < time.Now().Year()-22:
				p.adults = append(p.adults, e.Node.ID)
			case i.Birth.Year > time.Now().Year()-17:
				p.kids = append(p.kids, e.Node.ID)
			}
		}
	}
	return p, nil
}

// next is a grown person whom it has not given before.
func (p *people) next(ctx context.Context) (string, error) {
	if p.taken == len(p.adults) {
		id, err := p.register(ctx, 30)
		if err != nil {
			return "", err
		}
		p.adults = append(p.adults, id)
	}
	p.taken++
	return p.adults[p.taken-1], nil
}

// any is a person, given before or not: the same only after all others.
func (p *people) any(ctx context.Context, child bool) (string, error) {
	list, years := &p.adults, 30
	if child {
		list, years = &p.kids, 12
	}
	if len(*list) == 0 {
		id, err := p.register(ctx, years)
		if err != nil {
			return "", err
		}
		*list = append(*list, id)
	}
	p.again++
	return (*list)[p.again%len(*list)], nil
}

// register enters somebody of an age in years, on consent to be recorded.
func (p *people) register(ctx context.Context, years int) (string, error) {
	var out struct{ Case struct{ ID string } }
	p.registered++
	err := mutate(ctx, p.client, "ASSISTANCE", "registerCase", fmt.Sprintf(`input: {kind: PRESUMED_VICTIM,
    recording: {kind: RECORDING, form: WRITTEN, interpretation: NONE_NEEDED, setting: SAFE_PLACE, provisions: [{decision: PERMIT,
      purposes: [ASSISTANCE, PROTECTION, RETURN], categories: [IDENTITY, CONTACT, PROFILE, TRAFFICKING, NARRATIVE]}]},
    identity: {names: [{text: "Somsri %c.", kind: LEGAL, script: LATIN}], birthDate: "%d-03-08", ageBasis: DOCUMENT},
    contacts: [{channel: MOBILE_PHONE, address: "+999 20 5550 %04d", whoMayAnswer: "a neighbour"}],
    profile: {sex: FEMALE, citizenships: ["LA"], interpreterLanguage: "lo"}}`,
		'A'+rune(p.registered%26), time.Now().Year()-years, 200+p.registered), nil, &out)
	return out.Case.ID, err
}
