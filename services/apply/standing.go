package apply

import "context"

// standing is where the agency should stand: it is shut out by one, and let in again, or
// sent away, by two people of different agencies.
func (s *state) standing(want agencyInput, have *agency) *Step {
	if want.State == "" || have.State == "" || want.State == have.State {
		return nil // left to others, not shown to the viewer, or so already
	}
	own := s.me.administers(have.Code)
	switch {
	case want.State == "ACTIVE" && have.State == "OFFBOARDING":
		return &Step{Action: Refused, About: []string{"state: the agency is leaving and does not come back"}}
	case want.State == "OFFBOARDING" && own && !s.me.platform():
		return &Step{Action: Waiting, About: []string{"state"}, Waits: WaitsForExportKey}
	case want.State == "SUSPENDED" && (own || s.me.platform()) && !have.AdministersPlatform:
		return &Step{Action: Change, About: []string{"state: SUSPENDED, at once"}, do: func(ctx context.Context) error {
			return s.byID(ctx, "suspendAgency", have.ID)
		}}
	case !s.me.platform():
		return &Step{Action: Waiting, About: []string{"state"}, Waits: WaitsForPlatform}
	}
	verb := map[string]struct{ field, proposal string }{
		"ACTIVE": {"resumeAgency", "RESUME_AGENCY"}, "SUSPENDED": {"suspendAgency", "SUSPEND_AGENCY"}, "OFFBOARDING": {"startOffboarding", "OFFBOARDING"},
	}[want.State]
	for _, p := range s.proposals {
		if p.AgencyID == have.ID && p.Kind == verb.proposal {
			return about(s.approval(p, ""), "state")
		}
	}
	return &Step{Action: Change, About: []string{"state: " + want.State}, Waits: s.others(), do: func(ctx context.Context) error {
		return s.propose(ctx, verb.field, map[string]any{"id": have.ID})
	}}
}
