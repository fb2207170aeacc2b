package apply

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/exchange/client"
)

// state is what the API shows the viewer.
type state struct {
	api        *client.Client
	me         me
	agencies   map[string]*agency // by code
	proposals  []*proposal        // neither in effect nor refused
	agreements map[string]*agreement
	requests   int  // that the reading took
	proposes   bool // and gives nobody's yes
}

type me struct {
	Agency struct{ ID, Code string }
	Roles  []string
}

func (m me) platform() bool {
	return slices.Contains(m.Roles, "PLATFORM_ADMINISTRATOR") || slices.Contains(m.Roles, "PLATFORM_OPERATOR")
}

func (m me) administers(code string) bool {
	return m.Agency.Code == code && slices.Contains(m.Roles, "AGENCY_ADMINISTRATOR")
}

type agency struct {
	ID, Code, Name, Kind, Country, State, NeedToKnow string
	Names                                            []localName
	AdministersPlatform                              bool
	RequestsPerMinute, ConcurrentRequests            int
	Units                                            []unit
	AllowedNetworks                                  []string
	Departure                                        *departure
	Retention                                        retention
	Invitation                                       *struct {
		ID                 string
		ValidUntil, UsedOn *string
		Over               bool
	}
	Issuers []struct {
		issuer
		ValidFrom  string
		ValidUntil *string
	}
}

type proposal struct {
	ID, Kind, AgencyID, Content, State string
	EffectiveFrom, CountersignedOn     *string
	Approvals                          []struct{ Agency *struct{ Code string } }
}

func (p *proposal) approvedBy(code string) bool {
	for _, a := range p.Approvals {
		if a.Agency != nil && a.Agency.Code == code {
			return true
		}
	}
	return false
}

type agreement struct {
	ID, Title, Onward, AtEnd             string
	Code, DocumentDigest                 *string
	Purposes, Categories, CaseKinds      []string
	ValidFrom, ValidUntil                string
	CountersignedOn, ShutDownOn, EndedOn *string
	Suspended                            bool
	RetentionDays, BreachNoticeHours     int
	Parties                              []struct {
		Agency                     struct{ Code string }
		ControllerRole, FocalPoint string
		SignedOn                   *string
	}
}

const (
	agencyFields = `id code name kind country state needToKnow administersPlatform requestsPerMinute concurrentRequests allowedNetworks
  retention { closedCases } invitation { id validUntil usedOn over } departure { handOverTo { code } deadline overdue } names { language text } units { code name names { language text } }
  issuers { url audiences clientID agencyClaim agencyValue discriminatorClaim discriminatorValue acrValues strongAcrValues validFrom validUntil }`
	proposalFields  = `id kind agencyID content state effectiveFrom countersignedOn approvals { agency { code } }`
	agreementFields = `id code title documentDigest onward atEnd purposes categories caseKinds validFrom validUntil countersignedOn shutDownOn endedOn suspended
  retentionDays breachNoticeHours parties { agency { code } controllerRole focalPoint signedOn }`
)

func read(ctx context.Context, c *client.Client) (*state, error) {
	s := &state{api: c, agencies: map[string]*agency{}, agreements: map[string]*agreement{}}
	var who struct{ Me me }
	if _, err := c.Do(ctx, whoIsIt, nil, &who); err != nil {
		return nil, err
	}
	s.me = who.Me
	s.requests = 1
	var err error
	// Proposals first: one that is approved meanwhile is then seen as its agency too, and
	// never as neither.
	if s.me.platform() || s.me.administers(s.me.Agency.Code) {
		err = pages(ctx, c, &s.requests, "proposals", func(p *proposal) { s.proposals = append(s.proposals, p) })
	}
	if err == nil {
		err = pages(ctx, c, &s.requests, "agencies", func(a *agency) { s.agencies[a.Code] = a })
	}
	if err == nil {
		err = pages(ctx, c, &s.requests, "agreements", func(a *agreement) {
			if a.Code != nil {
				s.agreements[*a.Code] = a
			}
		})
	}
	return s, err
}

// pages reads a list to its end, and counts the requests.
func pages[T any](ctx context.Context, c *client.Client, requests *int, field string, each func(*T)) error {
	after := any(nil)
	for {
		var out struct {
			List struct {
				Edges    []struct{ Node *T }
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		*requests++
		if _, err := c.Do(ctx, lists[field], map[string]any{"after": after}, &out); err != nil {
			return err
		}
		for _, e := range out.List.Edges {
			each(e.Node)
		}
		if !out.List.PageInfo.HasNextPage {
			return nil
		}
		after = out.List.PageInfo.EndCursor
	}
}

// mutate runs one mutation; a refused input is an error.
func (s *state) mutate(ctx context.Context, field string, variables map[string]any, into any) error {
	var out struct{ Done json.RawMessage }
	if _, err := s.api.Do(ctx, verbs[field], variables, &out); err != nil {
		return err
	}
	var refusal struct {
		UserErrors []struct {
			Code, Message string
			Field         []string
		}
	}
	if err := json.Unmarshal(out.Done, &refusal); err != nil {
		return errs.Wrap(err, errs.Internal, "the answer has not the form that was asked for")
	}
	if len(refusal.UserErrors) > 0 {
		u := refusal.UserErrors[0]
		return errs.New(errs.Conflict, "%s: %s", u.Code, u.Message).WithFields(u.Field...)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(out.Done, into)
}

// byID runs a mutation of one id.
func (s *state) byID(ctx context.Context, field, id string) error {
	return s.mutate(ctx, field, map[string]any{"id": id}, nil)
}
