package exchange

import (
	"cmp"
	"slices"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

// row is one row as the API takes it.
func (o ImportOptions) row(r htcds.Row) (map[string]any, error) {
	basis := valueset.RecordingBasisConsent
	if r.Consent == nil || !*r.Consent {
		if basis = o.Basis; basis == "" || basis == valueset.RecordingBasisConsent {
			return nil, errs.New(errs.Invalid,
				"row %d, column con_Consent: there is no consent to be recorded; name the typed basis with --basis (C1); nothing was stored", r.Number)
		}
	}
	// con_Consent is her answer as far as the file knows it. A no is kept beside the
	// typed basis; what else she was told or asked the file does not say.
	checks := map[string]any{}
	if r.Consent != nil && !*r.Consent {
		checks["toInterview"] = valueset.AnswerNo
	}
	out := map[string]any{
		"kind": cmp.Or(r.CaseKind, kindOf(r.TraffickingStatus)), "state": stateOf(r.Status),
		"recording": map[string]any{
			// The file does not say how she was told: the narrower is taken (C6).
			"kind": "RECORDING", "basis": basis, "interpretation": "UNVETTED", "setting": "UNKNOWN", "checks": checks,
			"provisions": []any{map[string]any{"decision": "PERMIT", "purposes": o.Purposes, "categories": recordedOf(r)}},
		},
		"contacts": contactsOf(r), "narratives": narrativesOf(r),
	}
	// A part of which the file knows nothing makes no row.
	for part, of := range map[string]map[string]any{
		"contributor": contributorOf(r), "identity": identityOf(r), "profile": profileOf(r), "trafficking": traffickingOf(r),
	} {
		if len(of) > 0 {
			out[part] = of
		}
	}
	several(out, "assistance", assistanceOf(r))
	proceedings, err := proceedingsOf(r)
	several(out, "proceedings", proceedings)
	return out, err
}

// recordedOf are the categories that are recorded of a row: what every file may hold, and
// of the others those that this one does.
func recordedOf(r htcds.Row) []string {
	out := []string{"IDENTITY", "CONTACT", "PROFILE", "TRAFFICKING", "NARRATIVE"}
	if r.Assistance != (htcds.Assistance{}) {
		out = append(out, "ASSISTANCE")
	}
	if r.Proceeding != (htcds.Proceeding{}) {
		out = append(out, "JUSTICE")
	}
	if len(suspectOf(r)) > 0 {
		out = append(out, "SUSPECT")
	}
	return out
}

func assistanceOf(r htcds.Row) []any {
	a := r.Assistance
	if a == (htcds.Assistance{}) {
		return nil
	}
	out := map[string]any{}
	put(out, "state", a.State)
	put(out, "service", a.Service)
	put(out, "supportType", a.Type)
	put(out, "programme", a.Programme)
	put(out, "provider", a.Provider)
	put(out, "objectives", a.Objectives)
	put(out, "actionPlan", a.ActionPlan)
	dated(out, "startedOn", a.Started)
	dated(out, "plannedEnd", a.PlannedEnd)
	dated(out, "endedOn", a.Ended)
	return []any{out}
}

// proceedingsOf is the proceeding of a row with its suspect, who hangs on it (B2).
func proceedingsOf(r htcds.Row) ([]any, error) {
	p, suspect := r.Proceeding, suspectOf(r)
	if p.Kind == "" || p.Stage == "" {
		if p == (htcds.Proceeding{}) && len(suspect) == 0 {
			return nil, nil
		}
		return nil, errs.New(errs.Invalid, "row %d: a proceeding needs its columns x_ProceedingKind and x_ProceedingStage, and a suspect (per_RoleInProcess, per_RoleDetails) "+
			"hangs on a proceeding (B2): fill them, or leave the suspect's columns and the proceeding's blank; nothing was stored", r.Number)
	}
	out := map[string]any{"kind": p.Kind, "stage": p.Stage}
	put(out, "authority", p.Authority)
	put(out, "reference", p.Reference)
	put(out, "offence", p.Offence)
	dated(out, "openedOn", p.Opened)
	dated(out, "closedOn", p.Closed)
	put(out, "outcome", p.Outcome)
	put(out, "compensation", p.Compensation)
	put(out, "compensationDetails", p.CompensationDetails)
	row := map[string]any{"proceeding": out}
	if len(suspect) > 0 {
		row["suspects"] = []any{suspect}
	}
	return []any{row}, nil
}

// suspectOf is the suspect of a row; where a file does not say how far the proceeding has
// come, nothing more than a suspicion.
func suspectOf(r htcds.Row) map[string]any {
	s, out := r.Suspect, map[string]any{}
	several(out, "names", listed(s.Names))
	several(out, "roles", s.Roles)
	put(out, "roleDetails", s.RoleDetails)
	dated(out, "suspectedOn", s.Suspected)
	dated(out, "chargedOn", s.Charged)
	dated(out, "decidedOn", s.Decided)
	if put(out, "state", s.State); len(out) > 0 {
		out["state"] = cmp.Or(s.State, valueset.SuspectStateSuspected)
	}
	return out
}

// dated leaves out a date that is blank.
func dated(out map[string]any, field string, d canon.Date) {
	if d.Valid() {
		out[field] = map[string]any{"text": d.Original, "calendar": d.Calendar}
	}
}

// contributorOf is whose row it is, where the file says so: nobody else's is taken (A1).
func contributorOf(r htcds.Row) map[string]any {
	out := map[string]any{}
	put(out, "code", r.Contributor.Code)
	put(out, "name", r.Contributor.Name)
	switch {
	case r.Contributor.Kind != "":
		out["kinds"] = []valueset.AgencyKind{r.Contributor.Kind}
	case r.Contributor.Type != "":
		several(out, "kinds", r.Contributor.Type.Kinds())
	}
	return out
}

func kindOf(s valueset.TraffickingStatus) valueset.CaseKind {
	switch s {
	case valueset.TraffickingStatusPossibleVictimOfTrafficking:
		return valueset.CaseKindPresumedVictim
	case valueset.TraffickingStatusActualVictimOfTrafficking:
		return valueset.CaseKindIdentifiedVictim
	}
	return valueset.CaseKindOther
}

func stateOf(s valueset.CaseStatus) valueset.CaseState {
	switch s {
	case valueset.CaseStatusActive:
		return valueset.CaseStateActive
	case valueset.CaseStatusFollowUp:
		return valueset.CaseStateFollowUp
	case valueset.CaseStatusClosed:
		return valueset.CaseStateClosed
	case valueset.CaseStatusClosedReferred:
		return valueset.CaseStateClosedReferred
	}
	return valueset.CaseStateOpen
}

func identityOf(r htcds.Row) map[string]any {
	out := map[string]any{}
	several(out, "names", namesOf(r))
	put(out, "salutation", r.Salutation)
	put(out, "title", r.Title)
	put(out, "ageBasis", r.AgeBasis)
	if r.Birth.Valid() {
		out["birthDate"], out["birthCalendar"] = r.Birth.Original, r.Birth.Calendar
		out["ageBasis"] = cmp.Or(r.AgeBasis, valueset.AgeBasisStated)
	}
	several(out, "documents", documentsOf(r))
	several(out, "parentsNames", listed(r.ParentsNames))
	return out
}

// namesOf are the names of the template's columns and the further ones. A further name
// that says more of one in a column stands for it.
func namesOf(r htcds.Row) []any {
	var out []any
	for _, n := range []struct{ part, text string }{
		{"GIVEN", r.FirstName}, {"MIDDLE", r.MiddleName}, {"FAMILY", r.SecondName},
	} {
		told := slices.ContainsFunc(r.FurtherNames, func(f htcds.Name) bool {
			return f.Kind == valueset.NameKindLegal && f.Text == n.text && (f.Part == n.part || f.Part == "FULL" && n.part == "GIVEN")
		})
		if n.text != "" && !told {
			out = append(out, map[string]any{"text": n.text, "part": n.part, "kind": "LEGAL", "script": scriptOf(n.text)})
		}
	}
	return append(out, listed(r.FurtherNames)...)
}

func listed(names []htcds.Name) []any {
	var out []any
	for _, n := range names {
		out = append(out, map[string]any{"text": n.Text, "part": n.Part, "kind": n.Kind, "script": n.Script})
	}
	return out
}

func documentsOf(r htcds.Row) []any {
	var out []any
	told := slices.ContainsFunc(r.Documents, func(d htcds.Document) bool {
		return d.Kind == valueset.DocumentKindNationalID && d.Number == r.IdentityNumber
	})
	if r.IdentityNumber != "" && !told {
		out = append(out, map[string]any{"kind": valueset.DocumentKindNationalID, "number": r.IdentityNumber})
	}
	for _, d := range r.Documents {
		out = append(out, map[string]any{"kind": d.Kind, "number": d.Number, "issued": blank(d.Issued)})
	}
	return out
}

func contactsOf(r htcds.Row) []any {
	out := []any{}
	add := func(channel valueset.ContactChannel, address string) {
		if address != "" {
			out = append(out, map[string]any{"channel": channel, "address": address})
		}
	}
	add(valueset.ContactChannelMobilePhone, r.MobilePhone)
	add(valueset.ContactChannelHomePhone, r.HomePhone)
	add(valueset.ContactChannelEmail, r.Email)
	if m := r.Mailing; m != (htcds.Address{}) {
		out = append(out, map[string]any{"channel": valueset.ContactChannelPost, "street": blank(m.Street), "city": blank(m.City),
			"province": blank(m.State), "postalCode": blank(m.PostalCode), "country": blank(m.Country)})
	}
	return out
}

func profileOf(r htcds.Row) map[string]any {
	out := map[string]any{}
	put(out, "sex", r.Sex)
	put(out, "gender", r.Gender)
	several(out, "citizenships", r.Citizenships)
	put(out, "maritalStatus", r.MaritalStatus)
	given(out, "numberOfChildren", r.Children)
	put(out, "education", r.Education)
	put(out, "primaryLanguage", r.PrimaryLanguage)
	put(out, "secondaryLanguage", r.SecondaryLanguage)
	put(out, "interpreterLanguage", r.InterpreterLanguage)
	put(out, "accessibilityNeeds", r.AccessibilityNeeds)
	given(out, "deceased", r.Deceased)
	return out
}

func traffickingOf(r htcds.Row) map[string]any {
	out := map[string]any{}
	put(out, "status", r.TraffickingStatus)
	put(out, "decidedBy", r.DecisionMaker)
	put(out, "relationshipToTrafficker", r.RelationshipToTrafficker)
	given(out, "ageWhenTrafficked", r.AgeWhenTrafficked)
	several(out, "recruitmentWebsites", r.RecruitmentWebsites)
	several(out, "recruitmentMethods", r.RecruitmentMethods)
	put(out, "recruitmentPlace", r.RecruitmentPlace)
	several(out, "controlMethods", r.ControlMethods)
	several(out, "exploitationTypes", r.Exploitations)
	several(out, "industries", r.Industries)
	several(out, "sexExploitationTypes", r.SexExploitations)
	several(out, "exploitationWebsites", r.ExploitationWebsites)
	put(out, "placeKind", r.PlaceKind)
	put(out, "exploitationPlace", r.ExploitationPlace)
	put(out, "exploitationCountry", r.ExploitationCountry)
	return out
}

// narrativesOf keeps the closure reason, the case worker, the references of elsewhere
// and the referral columns: an import makes no referral and assigns nobody.
func narrativesOf(r htcds.Row) []any {
	out := []any{}
	add := func(kind, text string) {
		if text != "" {
			out = append(out, map[string]any{"kind": kind, "text": text})
		}
	}
	add("CLOSURE", r.ClosureReason)
	add("CASE_WORKER", r.Owner)
	add("COMMENT", r.Comment)
	tell := func(direction string, f htcds.Referral) {
		if f != (htcds.Referral{}) {
			out = append(out, map[string]any{"kind": "REFERRAL_HISTORY", "text": f.Details, "referral": referralOf(direction, f)})
		}
	}
	tell("INCOMING", r.Incoming)
	tell("OUTGOING", r.Outgoing)
	add("EARLIER_REFERENCE", r.CaseReference)
	for _, e := range r.EarlierReferences {
		add("EARLIER_REFERENCE", e)
	}
	for _, n := range r.Narratives {
		out = append(out, map[string]any{"kind": n.Kind, "text": n.Text, "language": blank(n.Language)})
	}
	return out
}

func referralOf(direction string, f htcds.Referral) map[string]any {
	out := map[string]any{"direction": direction}
	put(out, "organisation", f.Organisation)
	put(out, "caseWorker", f.CaseWorker)
	put(out, "reason", f.Reason)
	if f.Date.Valid() {
		out["date"], out["dateCalendar"] = f.Date.Original, f.Date.Calendar
	}
	return out
}

// scriptOf names the script of the first letter that has one.
func scriptOf(text string) valueset.Script {
	for _, r := range text {
		switch {
		case r >= 0x0E80 && r <= 0x0EFF:
			return valueset.ScriptLao
		case r >= 0x0E00 && r <= 0x0E7F:
			return valueset.ScriptThai
		case r >= 0x1780 && r <= 0x17FF:
			return valueset.ScriptKhmer
		case r >= 0x1000 && r <= 0x109F:
			return valueset.ScriptMyanmar
		case r >= 0x4E00 && r <= 0x9FFF:
			return valueset.ScriptHan
		case r >= 0x1EA0 && r <= 0x1EF9 || r == 'đ' || r == 'Đ' || r == 'ơ' || r == 'ư':
			return valueset.ScriptVietnamese
		}
	}
	return valueset.ScriptLatin
}

func blank(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// put, several and given leave out what is blank.
func put[T ~string](out map[string]any, field string, v T) {
	if v != "" {
		out[field] = v
	}
}

func several[T any](out map[string]any, field string, v []T) {
	if len(v) > 0 {
		out[field] = v
	}
}

func given[T any](out map[string]any, field string, v *T) {
	if v != nil {
		out[field] = *v
	}
}
