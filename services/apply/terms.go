package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

func decode(content string, into any) error { return json.Unmarshal([]byte(content), into) }

// terms says what there is to do for an agreement.
func (s *state) terms(d *v1alpha1.Document) []*Step {
	if d.Terms == nil {
		return nil
	}
	want := d.Terms
	have := s.agreements[want.Name]
	if have == nil {
		return []*Step{s.newTerms(want)}
	}
	if different := s.differs(want, have); len(different) > 0 {
		return []*Step{{Action: Refused, About: []string{"the terms of an agreement never change, and these do: " + strings.Join(different, ", ") + "; propose another"}}}
	}
	return []*Step{s.signature(have)}
}

func (s *state) newTerms(want *v1alpha1.DataSharingAgreement) *Step {
	if !slices.ContainsFunc(want.Spec.Parties, func(p v1alpha1.Party) bool { return s.me.administers(p.Agency) }) {
		return &Step{Action: Waiting, Waits: "the administrator of a party, who proposes it"}
	}
	input, err := s.termsInput(want)
	if err != nil {
		return &Step{Action: Refused, About: []string{err.Error()}}
	}
	step := &Step{Action: Create, About: []string{"propose and sign"}, do: func(ctx context.Context) error {
		var out struct{ Agreement *struct{ ID string } }
		if err := s.mutate(ctx, "proposeAgreement", map[string]any{"input": input}, &out); err != nil {
			return err
		}
		return s.byID(ctx, "signAgreement", out.Agreement.ID)
	}}
	var others []string
	for _, p := range want.Spec.Parties {
		if p.Agency != s.me.Agency.Code {
			others = append(others, p.Agency)
		}
	}
	step.Waits = signatures(others)
	return step
}

func signatures(of []string) string {
	if len(of) == 0 {
		return ""
	}
	slices.Sort(of)
	return "the signature of " + strings.Join(of, ", ")
}

// signature is the viewer's own under an agreement whose terms are the manifest's.
func (s *state) signature(have *agreement) *Step {
	if have.EndedOn != nil {
		return &Step{Action: Refused, About: []string{"the agreement has ended for good; propose another"}}
	}
	mine, unsigned := false, []string{}
	for _, p := range have.Parties {
		if p.SignedOn == nil && s.me.administers(p.Agency.Code) {
			mine = true
		} else if p.SignedOn == nil {
			unsigned = append(unsigned, p.Agency.Code)
		}
	}
	switch {
	case mine:
		step := &Step{Action: Sign, Waits: signatures(unsigned), do: func(ctx context.Context) error { return s.byID(ctx, "signAgreement", have.ID) }}
		if have.ShutDownOn != nil {
			step.About = []string{"it was shut down in an emergency and is signed anew"}
		}
		return step
	case len(unsigned) > 0:
		return &Step{Action: Waiting, Waits: signatures(unsigned)}
	case have.Suspended:
		return &Step{Action: Unchanged, About: []string{"a party suspends it"}}
	}
	return &Step{Action: Unchanged}
}

// differs lists the terms that are not those that were proposed.
func (s *state) differs(want *v1alpha1.DataSharingAgreement, have *agreement) []string {
	spec, out := want.Spec, []string{}
	check := func(term string, equal bool) {
		if !equal {
			out = append(out, term)
		}
	}
	check("title", spec.Title == have.Title)
	check("documentDigest", spec.DocumentDigest == textOf(have.DocumentDigest))
	check("purposes", sameSet(spec.Purposes, have.Purposes))
	check("categories", sameSet(spec.Categories, have.Categories))
	check("caseKinds", len(spec.CaseKinds) == 0 || sameSet(spec.CaseKinds, have.CaseKinds))
	check("period", sameTime(spec.Period.From, have.ValidFrom) && sameTime(spec.Period.Until, have.ValidUntil))
	check("obligations", spec.Obligations.RetentionDays == have.RetentionDays && or(spec.Obligations.OnwardSharing, "NO") == have.Onward &&
		or(spec.Obligations.AtEnd, "DELETE") == have.AtEnd && hours(spec.Obligations.BreachNoticeHours) == have.BreachNoticeHours)
	var wanted, present []string
	for _, p := range spec.Parties {
		wanted = append(wanted, p.Agency+" "+or(p.ControllerRole, "CONTROLLER")+" "+p.FocalPoint)
	}
	for _, p := range have.Parties {
		present = append(present, p.Agency.Code+" "+p.ControllerRole+" "+p.FocalPoint)
	}
	check("parties", sameSet(wanted, present))
	return out
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func sameTime(a, b string) bool {
	x, errX := time.Parse(time.RFC3339, a)
	y, errY := time.Parse(time.RFC3339, b)
	return errX == nil && errY == nil && x.Equal(y)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func hours(n *int) int {
	if n == nil {
		return 72
	}
	return *n
}

// termsInput names the parties by their ids.
func (s *state) termsInput(want *v1alpha1.DataSharingAgreement) (map[string]any, error) {
	spec := want.Spec
	var parties []map[string]any
	for _, p := range spec.Parties {
		a := s.agencies[p.Agency]
		if a == nil {
			return nil, fmt.Errorf("spec.parties names an agency that is not there (yet): onboard it first")
		}
		party := map[string]any{"agencyID": a.ID, "controllerRole": or(p.ControllerRole, "CONTROLLER")}
		if p.FocalPoint != "" {
			party["focalPoint"] = p.FocalPoint
		}
		parties = append(parties, party)
	}
	in := map[string]any{
		"code": want.Name, "title": spec.Title, "parties": parties, "purposes": spec.Purposes, "categories": spec.Categories,
		"from": spec.Period.From, "until": spec.Period.Until, "retentionDays": spec.Obligations.RetentionDays,
		"onward": or(spec.Obligations.OnwardSharing, "NO"), "breachNoticeHours": hours(spec.Obligations.BreachNoticeHours), "atEnd": or(spec.Obligations.AtEnd, "DELETE"),
	}
	if spec.DocumentDigest != "" {
		in["documentDigest"] = spec.DocumentDigest
	}
	if len(spec.CaseKinds) > 0 {
		in["caseKinds"] = spec.CaseKinds
	}
	return in, nil
}
