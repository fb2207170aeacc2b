package htcds

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/valueset"
)

// extended are the columns of Sala's extended layout, after those of the template:
// first further fields of the standard, then Sala's own. Its header is believed by its
// codes, and a file may leave any of them out.
var extended = []*field{
	{code: "org_Name", label: "Organisation Name", set: name(func(r *Row) *string { return &r.Contributor.Name }),
		give: func(r Row) string { return r.Contributor.Name }},
	{code: "org_Type", label: "Type", set: one(func(r *Row) *OrganisationType { return &r.Contributor.Type }),
		give: func(r Row) string { return r.Contributor.Type.Label() }},
	{code: "prs_Deceased", label: "Deceased", set: checkbox(func(r *Row) **bool { return &r.Deceased }),
		give: func(r Row) string { return yesOrNo(r.Deceased) }},
	{code: "prs_MaritalStatus", label: "Marital Status", set: one(func(r *Row) *valueset.MaritalStatus { return &r.MaritalStatus }),
		give: func(r Row) string { return r.MaritalStatus.Label() }},
	{code: "prs_NumberOfChildren", label: "Number of Children", set: number(40, func(r *Row) **int { return &r.Children }),
		give: func(r Row) string { return digitsOf(r.Children) }},
	{code: "prs_PrimaryLanguage", label: "Primary Language", set: spoken(func(r *Row) *string { return &r.PrimaryLanguage }),
		give: func(r Row) string { return r.PrimaryLanguage }},
	{code: "prs_SecondaryLanguage", label: "Secondary Language", set: spoken(func(r *Row) *string { return &r.SecondaryLanguage }),
		give: func(r Row) string { return r.SecondaryLanguage }},
	{code: "prs_HighestLevelOfEducation", label: "Highest Level of Education", set: one(func(r *Row) *valueset.Education { return &r.Education }),
		give: func(r Row) string { return r.Education.Label() }},
	{code: "prs_IdentityNumber", label: "Identity Number", set: name(func(r *Row) *string { return &r.IdentityNumber }),
		give: func(r Row) string { return r.IdentityNumber }},
	{code: "vic_RelationshipToTrafficker", label: "Relationship to Trafficker",
		set:  one(func(r *Row) *valueset.RelationshipToTrafficker { return &r.RelationshipToTrafficker }),
		give: func(r Row) string { return r.RelationshipToTrafficker.Label() }},
	{code: "vic_AgeWhenTrafficked", label: "Age when Trafficked", set: number(120, func(r *Row) **int { return &r.AgeWhenTrafficked }),
		give: func(r Row) string { return digitsOf(r.AgeWhenTrafficked) }},
	{code: "vic_RecruitmentWebsitesAndApps", label: "Recruitment Websites and Apps",
		set:  many(func(r *Row) *[]valueset.Website { return &r.RecruitmentWebsites }),
		give: func(r Row) string { return labels(r.RecruitmentWebsites) }},
	{code: "vic_ExploitationWebsitesAndApps", label: "Exploitation Websites and Apps",
		set:  many(func(r *Row) *[]valueset.Website { return &r.ExploitationWebsites }),
		give: func(r Row) string { return labels(r.ExploitationWebsites) }},
	{code: "cco_CaseComment", label: "Case Comment", set: text(func(r *Row) *string { return &r.Comment }),
		give: func(r Row) string { return r.Comment }},

	{code: "spl_Objectives", label: "Objectives", set: text(func(r *Row) *string { return &r.Assistance.Objectives }),
		give: func(r Row) string { return r.Assistance.Objectives }},
	{code: "spl_ActionPlan", label: "Action Plan", set: text(func(r *Row) *string { return &r.Assistance.ActionPlan }),
		give: func(r Row) string { return r.Assistance.ActionPlan }},
	{code: "spl_PlannedEndDate", label: "Planned End Date", set: date(func(r *Row) *canon.Date { return &r.Assistance.PlannedEnd })},
	{code: "spl_ActualEndDate", label: "Actual End Date", set: date(func(r *Row) *canon.Date { return &r.Assistance.Ended })},
	{code: "spl_Type", label: "Support Plan Type", set: one(func(r *Row) *valueset.SupportType { return &r.Assistance.Type }),
		give: func(r Row) string { return r.Assistance.Type.Label() }},
	{code: "per_RoleInProcess", label: "Role in Process", set: many(func(r *Row) *[]valueset.PerpetratorRole { return &r.Suspect.Roles }),
		give: func(r Row) string { return labels(r.Suspect.Roles) }},
	{code: "per_RoleDetails", label: "Role Details", set: text(func(r *Row) *string { return &r.Suspect.RoleDetails }),
		give: func(r Row) string { return r.Suspect.RoleDetails }},

	{code: "x_OrganisationCode", label: "Organisation Code", set: name(func(r *Row) *string { return &r.Contributor.Code }),
		give: func(r Row) string { return r.Contributor.Code }},
	{code: "x_OrganisationKind", label: "Organisation Kind", set: one(func(r *Row) *valueset.AgencyKind { return &r.Contributor.Kind }),
		give: func(r Row) string { return r.Contributor.Kind.Label() }},
	{code: "x_CaseReference", label: "Case Reference", set: name(func(r *Row) *string { return &r.CaseReference }),
		give: func(r Row) string { return r.CaseReference }},
	{code: "x_EarlierReference", label: "Earlier Reference", set: references,
		give: func(r Row) string { return strings.Join(r.EarlierReferences, "; ") }},
	{code: "x_CaseKind", label: "Case Kind", set: one(func(r *Row) *valueset.CaseKind { return &r.CaseKind }),
		give: func(r Row) string { return r.CaseKind.Label() }},
	{code: "x_Sex", label: "Sex", set: one(func(r *Row) *valueset.Sex { return &r.Sex }),
		give: func(r Row) string { return r.Sex.Label() }},
	{code: "x_Names", label: "Further Names", set: each(func(r *Row) *[]Name { return &r.FurtherNames }, 3, takeName),
		give: func(r Row) string { return listNames(r.FurtherNames) }},
	{code: "x_ParentsNames", label: "Parents' Names", set: each(func(r *Row) *[]Name { return &r.ParentsNames }, 3, takeName),
		give: func(r Row) string { return listNames(r.ParentsNames) }},
	{code: "x_AgeBasis", label: "Age Basis", set: one(func(r *Row) *valueset.AgeBasis { return &r.AgeBasis }),
		give: func(r Row) string { return r.AgeBasis.Label() }},
	{code: "x_Documents", label: "Documents", set: each(func(r *Row) *[]Document { return &r.Documents }, 2, takeDocument),
		give: func(r Row) string { return listDocuments(r.Documents) }},
	{code: "x_InterpreterLanguage", label: "Interpreter Language", set: spoken(func(r *Row) *string { return &r.InterpreterLanguage }),
		give: func(r Row) string { return r.InterpreterLanguage }},
	{code: "x_AccessibilityNeeds", label: "Accessibility Needs", set: text(func(r *Row) *string { return &r.AccessibilityNeeds }),
		give: func(r Row) string { return r.AccessibilityNeeds }},
	{code: "x_TypeOfExploitation", label: "Type of Exploitation beyond HTCDS", set: exploitations,
		give: func(r Row) string { return labels(beyond(r.Exploitations)) }},
	{code: "x_PlaceKind", label: "Place Kind", set: one(func(r *Row) *valueset.PlaceKind { return &r.PlaceKind }),
		give: func(r Row) string { return r.PlaceKind.Label() }},
	{code: "x_CountryOfExploitation", label: "Country of Exploitation", set: exploitationCountry,
		give: func(r Row) string { return r.ExploitationCountry }},
	{code: "x_Narratives", label: "Further Texts", set: each(func(r *Row) *[]Narrative { return &r.Narratives }, 2, takeNarrative),
		give: func(r Row) string { return listNarratives(r.Narratives) }},
	{code: "x_AssistanceState", label: "Assistance State", set: one(func(r *Row) *valueset.AssistanceState { return &r.Assistance.State }),
		give: func(r Row) string { return r.Assistance.State.Label() }},
	{code: "x_AssistanceService", label: "Assistance Service", set: one(func(r *Row) *valueset.Service { return &r.Assistance.Service }),
		give: func(r Row) string { return r.Assistance.Service.Label() }},
	{code: "x_AssistanceProgramme", label: "Assistance Programme", set: text(func(r *Row) *string { return &r.Assistance.Programme }),
		give: func(r Row) string { return r.Assistance.Programme }},
	{code: "x_AssistanceProvider", label: "Assistance Provider", set: text(func(r *Row) *string { return &r.Assistance.Provider }),
		give: func(r Row) string { return r.Assistance.Provider }},
	{code: "x_AssistanceStart", label: "Assistance Start", set: date(func(r *Row) *canon.Date { return &r.Assistance.Started })},
	{code: "x_ProceedingKind", label: "Proceeding Kind", set: one(func(r *Row) *valueset.ProceedingKind { return &r.Proceeding.Kind }),
		give: func(r Row) string { return r.Proceeding.Kind.Label() }},
	{code: "x_ProceedingStage", label: "Proceeding Stage", set: one(func(r *Row) *valueset.ProceedingStage { return &r.Proceeding.Stage }),
		give: func(r Row) string { return r.Proceeding.Stage.Label() }},
	{code: "x_ProceedingAuthority", label: "Proceeding Authority", set: text(func(r *Row) *string { return &r.Proceeding.Authority }),
		give: func(r Row) string { return r.Proceeding.Authority }},
	{code: "x_ProceedingReference", label: "Proceeding Reference", set: text(func(r *Row) *string { return &r.Proceeding.Reference }),
		give: func(r Row) string { return r.Proceeding.Reference }},
	{code: "x_ProceedingOffence", label: "Proceeding Offence", set: text(func(r *Row) *string { return &r.Proceeding.Offence }),
		give: func(r Row) string { return r.Proceeding.Offence }},
	{code: "x_ProceedingOpened", label: "Proceeding Opened", set: date(func(r *Row) *canon.Date { return &r.Proceeding.Opened })},
	{code: "x_ProceedingClosed", label: "Proceeding Closed", set: date(func(r *Row) *canon.Date { return &r.Proceeding.Closed })},
	{code: "x_ProceedingOutcome", label: "Proceeding Outcome", set: one(func(r *Row) *valueset.ProceedingOutcome { return &r.Proceeding.Outcome }),
		give: func(r Row) string { return r.Proceeding.Outcome.Label() }},
	{code: "x_Compensation", label: "Compensation", set: one(func(r *Row) *valueset.CompensationState { return &r.Proceeding.Compensation }),
		give: func(r Row) string { return r.Proceeding.Compensation.Label() }},
	{code: "x_CompensationDetails", label: "Compensation Details", set: text(func(r *Row) *string { return &r.Proceeding.CompensationDetails }),
		give: func(r Row) string { return r.Proceeding.CompensationDetails }},
	{code: "x_SuspectNames", label: "Suspect Names", set: each(func(r *Row) *[]Name { return &r.Suspect.Names }, 3, takeName),
		give: func(r Row) string { return listNames(r.Suspect.Names) }},
	{code: "x_SuspectState", label: "Suspect State", set: one(func(r *Row) *valueset.SuspectState { return &r.Suspect.State }),
		give: func(r Row) string { return r.Suspect.State.Label() }},
	{code: "x_SuspectedOn", label: "Suspected On", set: date(func(r *Row) *canon.Date { return &r.Suspect.Suspected })},
	{code: "x_ChargedOn", label: "Charged On", set: date(func(r *Row) *canon.Date { return &r.Suspect.Charged })},
	{code: "x_DecidedOn", label: "Decided On", set: date(func(r *Row) *canon.Date { return &r.Suspect.Decided })},
}

// number reads a whole number from 0 to most.
func number(most int, get func(*Row) **int) setter {
	return func(r *Row, c cell, _ Options) string {
		n, err := strconv.Atoi(c.text)
		if err != nil || n < 0 || n > most || c.kind == shown {
			return fmt.Sprintf("it is not a whole number from 0 to %d; correct it or leave it blank", most)
		}
		*get(r) = &n
		return ""
	}
}

func digitsOf(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

const unknownLanguage = "it is not a language of ISO 639; write its code, as lo or lao"

// spoken reads a language by its code of two or three letters.
func spoken(get func(*Row) *string) setter {
	return func(r *Row, c cell, _ Options) string {
		s := strings.ToLower(c.text)
		if !isLanguage(s) {
			return unknownLanguage
		}
		*get(r) = s
		return ""
	}
}

func isLanguage(s string) bool {
	_, err := language.ParseBase(s)
	return err == nil
}

// exploitations reads the values of the standard and Sala's beyond it (G2), from the
// column of either, each once.
func exploitations(r *Row, c cell, opt Options) string {
	before := r.Exploitations
	if wrong := allExploitations(r, c, opt); wrong != "" {
		return wrong
	}
	for _, v := range before {
		if !slices.Contains(r.Exploitations, v) {
			r.Exploitations = append(r.Exploitations, v)
		}
	}
	slices.SortStableFunc(r.Exploitations, func(a, b valueset.Exploitation) int { return rank(a) - rank(b) })
	return ""
}

var allExploitations = many(func(r *Row) *[]valueset.Exploitation { return &r.Exploitations })

// rank puts the standard's values first.
func rank(v valueset.Exploitation) int {
	if strings.HasPrefix(string(v), "x_") {
		return 1
	}
	return 0
}

// beyond are the values that the standard has not (G2).
func beyond(all []valueset.Exploitation) []valueset.Exploitation { return ranked(all, 1) }

// within are the values of the standard.
func within(all []valueset.Exploitation) []valueset.Exploitation { return ranked(all, 0) }

func ranked(all []valueset.Exploitation, n int) []valueset.Exploitation {
	return slices.DeleteFunc(slices.Clone(all), func(v valueset.Exploitation) bool { return rank(v) != n })
}

// standardOnly says Other for what the standard has no value for: its readers refuse
// any other word.
func standardOnly(all []valueset.Exploitation) []valueset.Exploitation {
	out := within(all)
	if len(out) < len(all) && !slices.Contains(out, valueset.ExploitationOther) {
		out = append(out, valueset.ExploitationOther)
	}
	return out
}
