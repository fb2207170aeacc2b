package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/sala-exchange/sala/services/exchange/client"
)

// Where an agreement of the demonstration stands.
const (
	proposed   = "proposed" // nobody has signed it
	halfSigned = "signed by one party"
	notBegun   = "not begun"
	suspended  = "suspended"
	shutDown   = "shut down"
	over       = "over"
	ended      = "ended"
)

// term is an agreement that is not in force. Those of the manifests are; none of these
// lies between two of them, so that nothing that they carry depends on it.
type term struct {
	code, title string
	parties     [2]string // the first proposes it, and interrupts it
	purposes    []string
	state       string
}

var terms = []term{
	{"mlsw-iom", "MLSW and IOM: reintegration grants", [2]string{"mlsw", "iom"}, []string{"ASSISTANCE", "RETURN"}, proposed},
	{"iom-ngo", "IOM and House by the River: onward travel", [2]string{"iom", "ngo"}, []string{"ASSISTANCE", "RETURN"}, halfSigned},
	{"ospp-mops", "OSPP and MOPS: joint investigation", [2]string{"ospp", "mops"}, []string{"JUSTICE"}, notBegun},
	{"mlsw-ngo", "MLSW and House by the River: livelihood", [2]string{"mlsw", "ngo"}, []string{"ASSISTANCE"}, suspended},
	{"mops-atd", "MOPS and ATD: border cases", [2]string{"mops", "atd"}, []string{"JUSTICE", "PROTECTION"}, shutDown},
	{"lwu-mofa", "LWU and MOFA: return from abroad, pilot", [2]string{"lwu", "mofa"}, []string{"RETURN"}, over},
	{"mofa-iom", "MOFA and IOM: travel papers", [2]string{"mofa", "iom"}, []string{"RETURN"}, ended},
}

// agree has every one of them proposed and signed by as many parties as its state says.
func (s *session) agree(ctx context.Context) error {
	for _, t := range terms {
		id, err := s.propose(ctx, t)
		if err != nil {
			return fmt.Errorf("proposing the agreement %s: %w", t.code, err)
		}
		s.ids[t.code] = id
		signers := t.parties[:]
		switch t.state {
		case proposed:
			signers = nil
		case halfSigned:
			signers = signers[:1]
		}
		for _, party := range signers {
			if err := s.onAgreement(ctx, party, "signAgreement", id); err != nil {
				return fmt.Errorf("signing the agreement %s: %w", t.code, err)
			}
		}
	}
	return nil
}

// interrupt does what stops those that were in force.
func (s *session) interrupt(ctx context.Context) error {
	for _, t := range terms {
		verb := map[string]string{suspended: "suspendAgreement", shutDown: "shutDownAgreement", ended: "endAgreement"}[t.state]
		if verb == "" {
			continue
		}
		if err := s.onAgreement(ctx, t.parties[0], verb, s.ids[t.code]); err != nil {
			return fmt.Errorf("interrupting the agreement %s: %w", t.code, err)
		}
	}
	return nil
}

func (s *session) onAgreement(ctx context.Context, agency, verb, id string) error {
	admin, err := s.as(agency, "admin")
	if err != nil {
		return err
	}
	return mutate(ctx, admin, "", verb, "agreementID: $id", map[string]any{"id": id}, nil)
}

func (s *session) propose(ctx context.Context, t term) (string, error) {
	admin, err := s.as(t.parties[0], "admin")
	if err != nil {
		return "", err
	}
	from, until := s.clock.now().Add(-day), s.clock.now().AddDate(5, 0, 0)
	switch t.state {
	case notBegun:
		from = time.Now().Add(30 * day)
	case over:
		until = s.clock.now().Add(14 * day)
	}
	var parties []map[string]any
	for _, code := range t.parties {
		parties = append(parties, map[string]any{"agencyID": s.ids[code], "focalPoint": "Data-protection focal point"})
	}
	var out struct {
		Done json.RawMessage
	}
	_, err = admin.Do(ctx, `mutation Propose($input: AgreementInput!) { done: proposeAgreement(input: $input) { agreement { id } userErrors { code message } } }`,
		map[string]any{"input": map[string]any{
			"code": t.code, "title": t.title, "parties": parties, "purposes": t.purposes,
			"categories": []string{"IDENTITY", "CONTACT", "PROFILE", "TRAFFICKING"},
			"from":       instant(from), "until": instant(until), "retentionDays": 1825, "atEnd": "RETURN",
		}}, &out)
	if err != nil {
		return "", err
	}
	var made struct{ Agreement struct{ ID string } }
	err = done(out.Done, &made)
	return made.Agreement.ID, err
}

// instant is a time as the API takes it.
func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// agreement is one as the API shows it to a party.
type agreement struct {
	ID, Code                             string
	ValidFrom, ValidUntil                time.Time
	CountersignedOn, ShutDownOn, EndedOn *time.Time
	Suspended                            bool
	Parties                              []party
}

type party struct {
	SignedOn *time.Time
	Agency   struct{ Code string }
}

// agreements returns those of an agency.
func agreements(ctx context.Context, c *client.Client) ([]agreement, error) {
	var out struct {
		Agreements struct{ Edges []struct{ Node agreement } }
	}
	_, err := c.Do(ctx, `{ agreements(first: 50) { edges { node { id code validFrom validUntil countersignedOn shutDownOn endedOn suspended
    parties { signedOn agency { code } } } } } }`, nil, &out)
	var all []agreement
	for _, e := range out.Agreements.Edges {
		all = append(all, e.Node)
	}
	return all, err
}

// state is where an agreement stands at a time; empty: in force.
func (a agreement) state(now time.Time) string {
	signed := slices.ContainsFunc(a.Parties, func(p party) bool { return p.SignedOn != nil })
	switch {
	case a.EndedOn != nil:
		return ended
	case a.ShutDownOn != nil:
		return shutDown
	case a.Suspended:
		return suspended
	case a.CountersignedOn == nil && signed:
		return halfSigned
	case a.CountersignedOn == nil:
		return proposed
	case now.Before(a.ValidFrom):
		return notBegun
	case !now.Before(a.ValidUntil):
		return over
	}
	return ""
}
