package apply

import (
	"context"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// For whom a step waits, in the words of [Step.Waits].
const (
	WaitsForAnotherAgency    = "the approval of another agency"
	WaitsForTwoPeople        = "the approvals of two people of different agencies"
	WaitsForPlatform         = "one who administers the platform"
	WaitsForObjections       = "the agency's countersignature, or 72 hours without its objection"
	WaitsForOwnAdministrator = "the agency's own administrator"
	WaitsForRefusal          = "who proposed it, or administers the platform, and refuses its proposal"
	WaitsForExportKey        = "its administrator's sala offboard --start, which names the key of its export"
)

// agency says what there is to do for an agency.
func (s *state) agency(d *v1alpha1.Document) []*Step {
	want := inputOf(d.Agency)
	have := s.agencies[want.Code]
	if have == nil {
		return []*Step{s.newcomer(want)}
	}
	var steps []*Step
	if have.State == "ENDED" {
		return []*Step{{Action: Refused, About: []string{"the agency has left"}}}
	}
	for _, part := range []func(agencyInput, *agency) *Step{s.decided, s.standing, s.kind, s.itsOwn, s.limits, s.signIn} {
		if step := part(want, have); step != nil {
			steps = append(steps, step)
		}
	}
	if len(steps) == 0 {
		steps = []*Step{{Action: Unchanged}}
	}
	if left := leftOut(want, have); len(left) > 0 {
		steps[0].About = append(steps[0].About, "units that are not in the manifest stay: "+strings.Join(left, ", "))
	}
	if have.State != "ACTIVE" {
		steps[0].About = append(steps[0].About, "the agency is "+have.State)
	}
	return steps
}

// leftOut are the agency's units that the manifest does not name: what was consented,
// referred or assigned to a unit keeps it, so that a manifest takes none away.
func leftOut(want agencyInput, have *agency) []string {
	var out []string
	for _, h := range have.Units {
		if !slices.ContainsFunc(want.Units, func(w unit) bool { return w.Code == h.Code }) {
			out = append(out, h.Code)
		}
	}
	return out
}

// newcomer is an agency that is not there: it is proposed and approved, or approved
// where another agency has proposed the same.
func (s *state) newcomer(want agencyInput) *Step {
	other := ""
	for _, p := range s.proposals {
		var content agencyInput
		if p.Kind != "NEW_AGENCY" || decode(p.Content, &content) != nil || content.Code != want.Code {
			continue
		}
		if p.holds(want) {
			return s.approval(p, "")
		}
		other = p.ID
	}
	if other != "" {
		return &Step{Action: Refused, About: []string{"another proposal of this name stands: refuse it first (" + other + ")"}}
	}
	if !s.me.platform() {
		return &Step{Action: Waiting, Waits: WaitsForPlatform}
	}
	about := "propose and approve"
	if s.proposes {
		about = "propose"
	}
	return s.proposing(&Step{Action: Create, About: []string{about}, Waits: s.others(), kind: "NEW_AGENCY"}, "proposeAgency", map[string]any{"input": want})
}

// approval is the viewer's agency's yes to a proposal that holds what the manifest says.
func (s *state) approval(p *proposal, waits string) *Step {
	step := s.yes(p, waits)
	step.kind, step.proposal = p.Kind, p.ID
	return step
}

func (s *state) yes(p *proposal, waits string) *Step {
	switch {
	case p.State == "WAITING":
		return &Step{Action: Waiting, Waits: waits}
	case !s.me.platform():
		return &Step{Action: Waiting, Waits: WaitsForPlatform}
	case s.proposes && len(p.Approvals) == 0:
		return &Step{Action: Waiting, Waits: WaitsForTwoPeople}
	case s.proposes || p.approvedBy(s.me.Agency.Code):
		return &Step{Action: Waiting, Waits: WaitsForAnotherAgency}
	}
	step := &Step{Action: Approve, do: func(ctx context.Context) error { return s.byID(ctx, "approveProposal", p.ID) }}
	if len(p.Approvals) == 0 {
		step.Waits = WaitsForAnotherAgency
	} else {
		step.Waits = waits
	}
	return step
}

// others are those whose approvals a new proposal waits for.
func (s *state) others() string {
	if s.proposes {
		return WaitsForTwoPeople
	}
	return WaitsForAnotherAgency
}

// proposing is a step that proposes, and gives the viewer's agency's own yes.
func (s *state) proposing(step *Step, field string, variables map[string]any) *Step {
	step.do = func(ctx context.Context) error {
		var out struct{ Proposal *struct{ ID, State string } }
		if err := s.mutate(ctx, field, variables, &out); err != nil {
			return err
		}
		if out.Proposal != nil {
			step.proposal = out.Proposal.ID
		}
		if out.Proposal == nil || out.Proposal.State != "PROPOSED" || !s.me.platform() || s.proposes {
			return nil
		}
		return s.byID(ctx, "approveProposal", out.Proposal.ID)
	}
	return step
}

// decided is what was decided once, when the agency was onboarded.
func (s *state) decided(want agencyInput, have *agency) *Step {
	if want.AdministersPlatform == have.AdministersPlatform {
		return nil
	}
	return &Step{Action: Refused, About: []string{"administersPlatform was decided when the agency was onboarded"}}
}

func (s *state) kind(want agencyInput, have *agency) *Step {
	if want.Kind == have.Kind {
		return nil
	}
	for _, p := range s.proposals {
		if p.AgencyID == have.ID && p.Kind == "AGENCY_KIND" && p.holds(kindContent{want.Kind}) {
			return about(s.approval(p, ""), "kind")
		}
	}
	if !s.me.platform() {
		return &Step{Action: Waiting, About: []string{"kind"}, Waits: WaitsForPlatform}
	}
	return s.proposing(&Step{Action: Change, About: []string{"kind"}, Waits: s.others(), kind: "AGENCY_KIND"}, "proposeAgencyKind", map[string]any{"id": have.ID, "kind": want.Kind})
}

func about(step *Step, what ...string) *Step {
	step.About = append(step.About, what...)
	return step
}

// itsOwn is what an agency says of itself and how it works: its administrator's alone.
func (s *state) itsOwn(want agencyInput, have *agency) *Step {
	change, what := map[string]any{}, []string{}
	if want.Name != have.Name {
		change["name"], what = want.Name, append(what, "displayName")
	}
	if want.Names != nil && !same(want.Names, have.Names) { // left out, they stay
		change["names"], what = want.Names, append(what, "displayNames")
	}
	if want.Country != "" && want.Country != have.Country {
		change["country"], what = want.Country, append(what, "country")
	}
	own := map[string]any{}
	if want.Settings != nil && want.Settings.NeedToKnow != nil && *want.Settings.NeedToKnow != have.NeedToKnow {
		own["needToKnow"], what = *want.Settings.NeedToKnow, append(what, "needToKnow")
	}
	if want.Settings != nil && want.Settings.Retention != nil && *want.Settings.Retention != have.Retention {
		own["retention"], what = *want.Settings.Retention, append(what, "retention.closedCases")
	}
	if len(own) > 0 {
		change["settings"] = own
	}
	var units []unit
	for _, u := range want.Units {
		if u = u.standing(have.Units); !slices.ContainsFunc(have.Units, func(h unit) bool { return same(h, u) }) {
			units, what = append(units, u), append(what, "unit "+u.Code)
		}
	}
	if len(units) > 0 {
		change["units"] = units
	}
	if len(change) == 0 {
		return nil
	}
	if !s.me.administers(have.Code) {
		return &Step{Action: Waiting, About: what, Waits: WaitsForOwnAdministrator}
	}
	return s.update(have, change, what)
}

// standing is the unit with the names that it has where the manifest says nothing of them:
// the API takes a unit as a whole.
func (u unit) standing(have []unit) unit {
	for _, h := range have {
		if h.Code == u.Code && u.Names == nil {
			u.Names = h.Names
		}
	}
	return u
}

func (s *state) limits(want agencyInput, have *agency) *Step {
	if want.Settings == nil {
		return nil
	}
	change, what := map[string]any{}, []string{}
	if n := want.Settings.RequestsPerMinute; n != nil && *n != have.RequestsPerMinute {
		change["requestsPerMinute"], what = *n, append(what, "limits.requestsPerMinute")
	}
	if n := want.Settings.ConcurrentRequests; n != nil && *n != have.ConcurrentRequests {
		change["concurrentRequests"], what = *n, append(what, "limits.concurrentRequests")
	}
	if len(change) == 0 {
		return nil
	}
	if !s.me.platform() {
		return &Step{Action: Waiting, About: what, Waits: WaitsForPlatform}
	}
	return s.update(have, map[string]any{"settings": change}, what)
}

func (s *state) update(have *agency, change map[string]any, what []string) *Step {
	return &Step{Action: Change, About: what, do: func(ctx context.Context) error {
		return s.mutate(ctx, "updateAgency", map[string]any{"id": have.ID, "input": change}, nil)
	}}
}

// signIn compares the issuers and the allowed networks, where the viewer sees them. A
// manifest without any issuer says nothing of them, and so does one without
// allowedNetworks, which is another than an empty list.
func (s *state) signIn(want agencyInput, have *agency) *Step {
	if len(want.Issuers) == 0 && want.AllowedNetworks == nil || !s.me.platform() && !s.me.administers(have.Code) {
		return nil
	}
	if step := s.underWay(want, have); step != nil {
		return step
	}
	change := difference(want, have)
	if !change.ofIssuers() && !change.ofNetworks() {
		return nil
	}
	what := change.fields()
	for _, p := range s.proposals {
		if p.AgencyID != have.ID || !p.changes(change) {
			continue
		}
		if s.me.administers(have.Code) && p.CountersignedOn == nil {
			return s.countersignature(p, what)
		}
		return about(s.approval(p, WaitsForObjections), what...)
	}
	step := s.proposing(&Step{Action: Change, About: words(change), kind: "SIGN_IN"}, "proposeSignIn", map[string]any{"id": have.ID, "input": change})
	if !s.me.administers(have.Code) {
		step.Waits = s.others() + ", then " + WaitsForObjections + " where it is in use"
	}
	return step
}

// underWay is a change that is approved and waits: the agency's administrator
// countersigns it where it is what the manifest says, all of it.
func (s *state) underWay(want agencyInput, have *agency) *Step {
	for _, p := range s.proposals {
		var content signInInput
		if p.AgencyID != have.ID || p.Kind != "SIGN_IN" || p.State != "WAITING" || decode(p.Content, &content) != nil {
			continue
		}
		issuers, networks := len(want.Issuers) > 0, want.AllowedNetworks != nil
		if !(content.ofIssuers() && issuers) && !(content.ofNetworks() && networks) {
			continue // about what the manifest says nothing of
		}
		if content.ofIssuers() && !issuers || content.ofNetworks() && !networks {
			return &Step{Action: Refused, About: []string{"a change waits that says more than what stands here (" + p.ID + ")"}}
		}
		if why := content.against(want); why != "" {
			return &Step{Action: Refused, About: []string{why + " (" + p.ID + ")"}}
		}
		if s.me.administers(have.Code) {
			return s.countersignature(p, content.fields())
		}
		return &Step{Action: Waiting, About: content.fields(), Waits: WaitsForObjections, kind: p.Kind, proposal: p.ID}
	}
	return nil
}

// against says what of a change is not what is wanted; nothing where all of it is.
func (c signInInput) against(want agencyInput) string {
	for _, a := range c.Add {
		if !slices.ContainsFunc(want.Issuers, func(w issuer) bool { return same(a, w) }) {
			return "a change of signIn waits that is not what stands here"
		}
	}
	for _, w := range want.Issuers {
		if slices.Contains(c.End, w.URL) {
			return "a change of signIn waits that ends what stands here"
		}
	}
	if c.ofNetworks() && !slices.Equal(c.AllowedNetworks, want.AllowedNetworks) {
		return "a change of allowedNetworks waits that is not what stands here"
	}
	return ""
}

func (s *state) countersignature(p *proposal, what []string) *Step {
	step := &Step{Action: Countersign, About: what, do: func(ctx context.Context) error {
		return s.byID(ctx, "countersignProposal", p.ID)
	}}
	if p.State != "WAITING" {
		step.Waits = WaitsForAnotherAgency
	}
	return step
}

// difference is what has to begin and end so that the agency signs in as wanted, and its
// members come from where they may, now or once what waits is in effect.
func difference(want agencyInput, have *agency) signInInput {
	var change signInInput
	if want.AllowedNetworks != nil && !slices.Equal(want.AllowedNetworks, have.AllowedNetworks) {
		change.AllowedNetworks = want.AllowedNetworks
	}
	if len(want.Issuers) == 0 {
		return change
	}
	present := map[string]issuer{}
	for _, h := range have.Issuers {
		if h.ValidUntil == nil {
			present[h.URL] = h.issuer
		}
	}
	for _, w := range sortedIssuers(want.Issuers) {
		if h, ok := present[w.URL]; !ok || !same(h, w) {
			change.Add = append(change.Add, w)
		}
		delete(present, w.URL)
	}
	for url := range present {
		change.End = append(change.End, url)
	}
	slices.Sort(change.End)
	return change
}

// fields are those of the manifest that a change is of.
func (c signInInput) fields() (out []string) {
	if c.ofIssuers() {
		out = append(out, "signIn")
	}
	if c.ofNetworks() {
		out = append(out, "allowedNetworks")
	}
	return out
}

func words(change signInInput) []string {
	var issuers []string
	for _, a := range change.Add {
		issuers = append(issuers, "+ "+a.URL)
	}
	for _, e := range change.End {
		issuers = append(issuers, "- "+e)
	}
	out := change.fields()
	if len(issuers) > 0 {
		out[0] += ": " + strings.Join(issuers, " ")
	}
	return out
}
