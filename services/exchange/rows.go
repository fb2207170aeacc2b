package exchange

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

// rows are the case's rows of a file. In the extended layout there is one for each
// contributor, who is named in it, beside the case's reference. The template can name
// neither: two rows would be two persons, so it has one, of one contributor, and what
// the others recorded is counted as left out. Data of two contributors never stand in
// one row (A1).
func (m *Manifest) rows(c exportedCase, layout htcds.Layout) []htcds.Row {
	all := c.contributors(m.Agency)
	if layout == htcds.Template {
		chosen := all[0]
		if i := slices.IndexFunc(all, c.identifiedBy); i >= 0 {
			chosen = all[i]
		}
		for _, o := range all {
			if o != chosen {
				m.leaveOut(c, o.Code)
			}
		}
		all = []organisation{chosen}
	}
	out := make([]htcds.Row, len(all))
	for i, o := range all {
		out[i] = m.row(c, o, layout)
	}
	return out
}

// contributors are those of whom there is something, the exporting agency and the owner
// first; the owner where there is nothing at all.
func (c exportedCase) contributors(own string) []organisation {
	var all []organisation
	add := func(p part) {
		if !slices.Contains(all, p.who()) {
			all = append(all, p.who())
		}
	}
	c.each(func(_ category.Category, p part) { add(p) })
	if len(all) == 0 {
		return []organisation{c.Owner}
	}
	rank := func(o organisation) int {
		switch o.Code {
		case own:
			return 0
		case c.Owner.Code:
			return 1
		}
		return 2
	}
	slices.SortFunc(all, func(a, b organisation) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a.Code, b.Code)) })
	return all
}

func (c exportedCase) identifiedBy(o organisation) bool {
	return slices.ContainsFunc(c.Identities, func(i exportedIdentity) bool { return i.from() == o.Code })
}

func (c exportedCase) each(see func(category.Category, part)) {
	for _, p := range c.Identities {
		see(category.Identity, p)
	}
	for _, p := range c.Contacts {
		see(category.Contact, p)
	}
	for _, p := range c.Profiles {
		see(category.Profile, p)
	}
	for _, p := range c.Traffickings {
		see(category.Trafficking, p)
	}
	for _, p := range c.Narratives {
		see(category.Narrative, p)
	}
	for _, p := range c.Assistance {
		see(category.Assistance, p)
	}
	for _, p := range c.Proceedings {
		see(category.Justice, p)
		for _, s := range p.Suspects {
			see(category.Suspect, s)
		}
	}
}

// leaveOut counts what a contributor recorded.
func (m *Manifest) leaveOut(c exportedCase, code string) {
	c.each(func(word category.Category, p part) {
		if p.from() == code {
			m.LeftOut[string(word)]++
		}
	})
}

// first is the first of the contributor's rows of a category; there is a column for
// one, and further ones are counted as left out.
func first[T part](m *Manifest, o organisation, word category.Category, all []T) (one T, ok bool) {
	for _, p := range all {
		switch {
		case p.from() != o.Code:
		case ok:
			m.LeftOut[string(word)]++
		default:
			one, ok = p, true
		}
	}
	return one, ok
}

func (m *Manifest) row(c exportedCase, o organisation, layout htcds.Layout) htcds.Row {
	r := htcds.Row{Status: statusOf(c.State)}
	r.Contributor = htcds.Organisation{Code: o.Code, Name: o.Name, Kind: o.Kind, Type: htcds.TypeOf(o.Kind)}
	r.CaseReference, r.CaseKind = c.Reference, c.Kind
	if i, ok := first(m, o, category.Identity, c.Identities); ok {
		m.identity(i, &r, layout)
	}
	m.contacts(c, o, &r)
	if p, ok := first(m, o, category.Profile, c.Profiles); ok {
		r.Sex, r.Gender, r.Citizenships, r.MaritalStatus, r.Children = p.Sex, p.Gender, p.Citizenships, p.MaritalStatus, p.NumberOfChildren
		r.Education, r.PrimaryLanguage, r.SecondaryLanguage = p.Education, p.PrimaryLanguage, p.SecondaryLanguage
		r.InterpreterLanguage, r.AccessibilityNeeds, r.Deceased = p.InterpreterLanguage, p.AccessibilityNeeds, p.Deceased
	}
	if t, ok := first(m, o, category.Trafficking, c.Traffickings); ok {
		r.TraffickingStatus, r.DecisionMaker = t.Status, t.DecidedBy
		r.RelationshipToTrafficker, r.AgeWhenTrafficked = t.RelationshipToTrafficker, t.AgeWhenTrafficked
		r.RecruitmentWebsites, r.RecruitmentMethods, r.RecruitmentPlace = t.RecruitmentWebsites, t.RecruitmentMethods, t.RecruitmentPlace
		r.ControlMethods, r.Exploitations, r.Industries = t.ControlMethods, t.ExploitationTypes, t.Industries
		r.SexExploitations, r.ExploitationWebsites = t.SexExploitationTypes, t.ExploitationWebsites
		r.PlaceKind, r.ExploitationPlace, r.ExploitationCountry = t.PlaceKind, t.ExploitationPlace, t.ExploitationCountry
	}
	if layout == htcds.WithExtensions {
		m.further(c, o, &r)
	}
	// The first that was recorded takes the column. What was recorded at once, as by an
	// import, has no order of its own and gets that of kind and text.
	slices.SortStableFunc(c.Narratives, func(a, b exportedNarrative) int {
		return cmp.Or(a.RecordedOn.Compare(b.RecordedOn), strings.Compare(a.Kind, b.Kind), strings.Compare(a.Text, b.Text))
	})
	for _, n := range c.Narratives {
		if n.from() == o.Code && !n.place(&r, layout) {
			m.LeftOut[string(category.Narrative)]++
		}
	}
	if layout == htcds.Template {
		for _, e := range r.Exploitations {
			if strings.HasPrefix(string(e), "x_") { // Other, in the standard's words
				m.LeftOut["x_TypeOfExploitation"]++
			}
		}
	}
	if o.Code == m.Agency {
		r.Consent = recordingConsent(m.Agency, c.Consents)
	}
	return r
}

func (m *Manifest) identity(i exportedIdentity, r *htcds.Row, layout htcds.Layout) {
	r.Salutation, r.Title, r.AgeBasis = i.Salutation, i.Title, i.AgeBasis
	for _, n := range i.Names {
		part := cmp.Or(n.Part, "FULL")
		to := map[string]*string{"GIVEN": &r.FirstName, "FULL": &r.FirstName, "MIDDLE": &r.MiddleName, "FAMILY": &r.SecondName}[part]
		placed := n.Kind == valueset.NameKindLegal && to != nil && *to == ""
		if placed {
			*to = n.Text
		}
		// The template's columns do not say that a name is whole, nor its script.
		whole := placed && part != "FULL" && n.Script == scriptOf(n.Text)
		switch {
		case whole:
		case layout == htcds.WithExtensions:
			r.FurtherNames = append(r.FurtherNames, htcds.Name{Kind: n.Kind, Script: n.Script, Part: part, Text: n.Text})
		case !placed:
			m.LeftOut["names"]++
		}
	}
	for _, n := range i.ParentsNames {
		r.ParentsNames = append(r.ParentsNames, htcds.Name{Kind: n.Kind, Script: n.Script, Part: cmp.Or(n.Part, "FULL"), Text: n.Text})
	}
	for _, d := range i.Documents {
		if d.Kind == valueset.DocumentKindNationalID && r.IdentityNumber == "" {
			if r.IdentityNumber = d.Number; d.Issued == "" {
				continue
			}
		}
		r.Documents = append(r.Documents, htcds.Document{Kind: d.Kind, Issued: d.Issued, Number: d.Number})
	}
	if i.Birth != nil && i.BirthText != "" {
		r.Birth = canon.Date{Original: i.BirthText, Calendar: i.BirthCalendar, Precision: i.BirthPrecision,
			Year: i.Birth.Year, Month: i.Birth.Month, Day: i.Birth.Day}
	}
}

// further fills the columns of services, proceedings and their suspects.
func (m *Manifest) further(c exportedCase, o organisation, r *htcds.Row) {
	if a, ok := first(m, o, category.Assistance, c.Assistance); ok {
		r.Assistance = htcds.Assistance{State: a.State, Service: a.Service, Type: a.SupportType, Programme: a.Programme, Provider: a.Provider,
			Objectives: a.Objectives, ActionPlan: a.ActionPlan, Started: a.StartedOn.read(), PlannedEnd: a.PlannedEnd.read(), Ended: a.EndedOn.read()}
	}
	p, ok := first(m, o, category.Justice, c.Proceedings)
	for _, other := range c.Proceedings {
		for i, s := range other.Suspects {
			// A cleared suspect is on the way to erasure, and travels nowhere (B2).
			if s.from() == o.Code && (!ok || other.Reference != p.Reference || i > 0 || s.ClearedOn != nil) {
				m.LeftOut[string(category.Suspect)]++
			}
		}
	}
	if !ok {
		return
	}
	r.Proceeding = htcds.Proceeding{Kind: p.Kind, Stage: p.Stage, Authority: p.Authority, Reference: p.Reference, Offence: p.Offence,
		Opened: p.OpenedOn.read(), Closed: p.ClosedOn.read(), Outcome: p.Outcome, Compensation: p.Compensation, CompensationDetails: p.CompensationDetails}
	if len(p.Suspects) > 0 && p.Suspects[0].ClearedOn == nil && p.Suspects[0].from() == o.Code {
		s := p.Suspects[0]
		r.Suspect = htcds.Suspect{Roles: s.Roles, RoleDetails: s.RoleDetails, State: s.State,
			Suspected: s.SuspectedOn.read(), Charged: s.ChargedOn.read(), Decided: s.DecidedOn.read()}
		for _, n := range s.Names {
			r.Suspect.Names = append(r.Suspect.Names, htcds.Name{Kind: n.Kind, Script: n.Script, Part: cmp.Or(n.Part, "FULL"), Text: n.Text})
		}
	}
}

func (m *Manifest) contacts(c exportedCase, o organisation, r *htcds.Row) {
	for _, k := range c.Contacts {
		if k.from() != o.Code {
			continue
		}
		to := map[valueset.ContactChannel]*string{valueset.ContactChannelMobilePhone: &r.MobilePhone,
			valueset.ContactChannelHomePhone: &r.HomePhone, valueset.ContactChannelEmail: &r.Email}[k.Channel]
		switch {
		case to != nil && *to == "":
			*to = k.Address
		case k.Channel == valueset.ContactChannelPost && r.Mailing == (htcds.Address{}):
			r.Mailing = htcds.Address{Street: k.Street, City: k.City, State: k.Province, PostalCode: k.PostalCode, Country: strings.ToUpper(k.Country)}
		default:
			m.LeftOut[string(category.Contact)]++
		}
	}
}

// place puts a text into its column, and reports whether there was one.
func (n exportedNarrative) place(r *htcds.Row, layout htcds.Layout) bool {
	if n.Referral != nil {
		to := map[string]*htcds.Referral{"INCOMING": &r.Incoming, "OUTGOING": &r.Outgoing}[n.Referral.Direction]
		if to == nil || *to != (htcds.Referral{}) {
			return false
		}
		*to = htcds.Referral{Organisation: n.Referral.Organisation, CaseWorker: n.Referral.CaseWorker, Reason: n.Referral.Reason, Details: n.Text}
		to.Date, _ = canon.ParseDate(n.Referral.DateText, n.Referral.DateCalendar) // blank where there is none
		return true
	}
	to := map[string]*string{"CLOSURE": &r.ClosureReason, "CASE_WORKER": &r.Owner, "COMMENT": &r.Comment}[n.Kind]
	beyond := layout == htcds.WithExtensions
	switch {
	case n.Kind == "EARLIER_REFERENCE" && beyond:
		r.EarlierReferences = append(r.EarlierReferences, n.Text)
	case to != nil && *to == "" && (beyond && n.Language == "" || n.Kind != "COMMENT"):
		*to = n.Text
	case beyond && (n.Kind == "COMMENT" || n.Kind == "STATEMENT" || n.Kind == "CLOSURE"):
		r.Narratives = append(r.Narratives, htcds.Narrative{Kind: n.Kind, Language: n.Language, Text: n.Text})
	default:
		return false
	}
	return true
}

func statusOf(s valueset.CaseState) valueset.CaseStatus {
	switch s {
	case valueset.CaseStateActive, valueset.CaseStateReopened:
		return valueset.CaseStatusActive
	case valueset.CaseStateFollowUp:
		return valueset.CaseStatusFollowUp
	case valueset.CaseStateClosed:
		return valueset.CaseStatusClosed
	case valueset.CaseStateClosedReferred:
		return valueset.CaseStatusClosedReferred
	}
	return ""
}
