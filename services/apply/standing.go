package apply

import "context"

// standing is where the agency should stand: it is shut out by one, and let in again, or
// sent away, by two people of different agencies.
func (s *state) standing(want agencyInput, have *agency) *Step {
	if step := begun(want, have); step != nil || want.State == "" || have.State == "" || want.State == have.State || leaves(want, have) {
		return step // decided otherwise, left to others, not shown to the viewer, or so already
	}
	own := s.me.administers(have.Code)
	switch {
	case want.State == "ACTIVE" && have.State == "OFFBOARDING":
		return &Step{Action: Refused, About: []string{"state: the agency is leaving and does not come back"}}
	case want.State == "OFFBOARDING" && own && !s.me.platform():
		return &Step{Action: Waiting, About: stateAnd(want.Leaving), Waits: WaitsForExportKey}
	case want.State == "SUSPENDED" && (own || s.me.platform()) && !have.AdministersPlatform:
		return &Step{Action: Change, About: []string{"state: SUSPENDED, at once"}, do: func(ctx context.Context) error {
			return s.byID(ctx, "suspendAgency", have.ID)
		}}
	case !s.me.platform():
		return &Step{Action: Waiting, About: []string{"state"}, Waits: WaitsForPlatform}
	}
	variables, err := want.Leaving.variables(map[string]any{"id": have.ID})
	if err != nil {
		return &Step{Action: Refused, About: []string{"offboarding: " + err.Error()}}
	}
	verb := map[string]struct{ field, proposal string }{
		"ACTIVE": {"resumeAgency", "RESUME_AGENCY"}, "SUSPENDED": {"suspendAgency", "SUSPEND_AGENCY"}, "OFFBOARDING": {"startOffboarding", "OFFBOARDING"},
	}[want.State]
	for _, p := range s.proposals {
		if p.AgencyID == have.ID && p.Kind == verb.proposal {
			return s.standingProposed(p, want.Leaving)
		}
	}
	step := &Step{Action: Change, About: append([]string{"state: " + want.State}, stateAnd(want.Leaving)[1:]...), Waits: s.others(), kind: verb.proposal}
	return s.proposing(step, verb.field, variables)
}

// standingProposed is the viewer's agency's yes to a proposal that holds what the manifest
// says of a departure; another kind has no part in that.
func (s *state) standingProposed(p *proposal, want leaving) *Step {
	var content leaving
	if err := decode(p.Content, &content); err != nil {
		return &Step{Action: Refused, About: []string{"state: a proposal waits that cannot be read: refuse it first (" + p.ID + ")"}}
	}
	if other, err := want.differs(content); err != nil || other != "" {
		return &Step{Action: Refused, About: []string{"offboarding: another departure is proposed, whose " + other + ": refuse it first (" + p.ID + ")"}}
	}
	return about(s.approval(p, ""), stateAnd(content)...)
}

// leaves: what is wanted is that the agency leaves, and that has begun, whether it is
// suspended meanwhile or not.
func leaves(want agencyInput, have *agency) bool {
	return want.State == "OFFBOARDING" && have.Departure != nil
}

// begun refuses other terms than those that a departure began with.
func begun(want agencyInput, have *agency) *Step {
	if !leaves(want, have) {
		return nil
	}
	other, err := want.Leaving.differs(have.Departure.decided())
	switch {
	case err != nil:
		return &Step{Action: Refused, About: []string{"offboarding: " + err.Error()}}
	case other != "":
		return &Step{Action: Refused, About: []string{"offboarding: the departure has begun and its terms never change: its " + other + "; say so, or leave it out"}}
	}
	return nil
}

// stateAnd is what a step about a departure is about.
func stateAnd(l leaving) []string {
	if says := l.says(); says != "" {
		return []string{"state", "offboarding: " + says}
	}
	return []string{"state"}
}
