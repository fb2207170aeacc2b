package exchange

import (
	"strings"
	"time"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/exchange/htcds"
)

// exportQuery asks for what the layout has columns for, and for nothing else: every row
// that is read is a disclosure.
func exportQuery(layout htcds.Layout) string {
	if layout == htcds.WithExtensions {
		return extendedQuery
	}
	return templateQuery
}

const furtherFields = `assistance { contributor { code name kind } state service supportType programme provider objectives actionPlan startedOn { text calendar } plannedEnd { text calendar } endedOn { text calendar } }
      proceedings { contributor { code name kind } kind stage authority reference offence openedOn { text calendar } closedOn { text calendar } outcome compensation compensationDetails
        suspects { contributor { code name kind } clearedOn names { text part kind script } roles roleDetails state suspectedOn { text calendar } chargedOn { text calendar } decidedOn { text calendar } } }
      `

var whoExports = document.Own(`{ me { id agency { code } } }`)

var extendedQuery = document.Own(strings.Replace(templateQuery, "consents {", furtherFields+"consents {", 1))

var templateQuery = document.Own(`query Export($purpose: Purpose!, $first: Int!, $after: Cursor) @purpose(of: $purpose) {
  cases(first: $first, after: $after, orderBy: {field: OPENED_ON}) {
    edges { node { id reference kind state owner { code name kind }
      access { category state until obligations }
      identities { contributor { code name kind } names { text part kind script } salutation title birthText birthCalendar birthPrecision birth { year month day } ageBasis documents { kind number issued } parentsNames { text part kind script } }
      contacts { contributor { code name kind } channel address street city province postalCode country }
      profiles { contributor { code name kind } sex gender citizenships maritalStatus numberOfChildren education primaryLanguage secondaryLanguage interpreterLanguage accessibilityNeeds deceased }
      traffickings { contributor { code name kind } status decidedBy relationshipToTrafficker ageWhenTrafficked recruitmentWebsites recruitmentMethods recruitmentPlace controlMethods exploitationTypes industries sexExploitationTypes exploitationWebsites placeKind exploitationPlace exploitationCountry }
      narratives { contributor { code name kind } recordedOn kind text language referral { direction organisation caseWorker dateText dateCalendar reason } }
      consents { contributor { code } kind basis voice givenOn toInterview provisions { decision current purposes categories } } } }
    pageInfo { hasNextPage endCursor }
  }
}`)

type organisation struct {
	Code, Name string
	Kind       valueset.AgencyKind
}

type by struct{ Contributor organisation }

func (b by) from() string { return b.Contributor.Code }

func (b by) who() organisation { return b.Contributor }

// part is a row of a category.
type part interface {
	from() string
	who() organisation
}

type exportedName struct {
	Text, Part string
	Kind       valueset.NameKind
	Script     valueset.Script
}

type exportedCase struct {
	ID, Reference string
	Kind          valueset.CaseKind
	State         valueset.CaseState
	Owner         organisation
	Access        []struct {
		Category, State string
		Until           *string
		Obligations     []string
	}
	Identities   []exportedIdentity
	Contacts     []exportedContact
	Profiles     []exportedProfile
	Traffickings []exportedTrafficking
	Narratives   []exportedNarrative
	Assistance   []exportedAssistance
	Proceedings  []exportedProceeding
	Consents     []exportedConsent
}

type exportedIdentity struct {
	by
	Names, ParentsNames []exportedName
	Salutation, Title   string
	BirthText           string
	BirthCalendar       valueset.Calendar
	BirthPrecision      valueset.Precision
	Birth               *struct{ Year, Month, Day int }
	AgeBasis            valueset.AgeBasis
	Documents           []struct {
		Kind           valueset.DocumentKind
		Number, Issued string
	}
}

type exportedContact struct {
	by
	Channel                                              valueset.ContactChannel
	Address, Street, City, Province, PostalCode, Country string
}

type exportedProfile struct {
	by
	Sex                                                                         valueset.Sex
	Gender                                                                      valueset.Gender
	Citizenships                                                                []string
	MaritalStatus                                                               valueset.MaritalStatus
	NumberOfChildren                                                            *int
	Education                                                                   valueset.Education
	PrimaryLanguage, SecondaryLanguage, InterpreterLanguage, AccessibilityNeeds string
	Deceased                                                                    *bool
}

type exportedTrafficking struct {
	by
	Status                   valueset.TraffickingStatus
	DecidedBy                valueset.DecisionMaker
	RelationshipToTrafficker valueset.RelationshipToTrafficker
	AgeWhenTrafficked        *int
	RecruitmentWebsites      []valueset.Website
	RecruitmentMethods       []valueset.RecruitmentMethod
	RecruitmentPlace         string
	ControlMethods           []valueset.ControlMethod
	ExploitationTypes        []valueset.Exploitation
	Industries               []valueset.Industry
	SexExploitationTypes     []valueset.SexExploitation
	ExploitationWebsites     []valueset.Website
	PlaceKind                valueset.PlaceKind
	ExploitationPlace        string
	ExploitationCountry      string
}

type exportedDate struct {
	Text     string
	Calendar valueset.Calendar
}

// read is the date again; not valid where there is none.
func (d *exportedDate) read() canon.Date {
	if d == nil {
		return canon.Date{}
	}
	out, _ := canon.ParseDate(d.Text, d.Calendar)
	return out
}

type exportedAssistance struct {
	by
	State                                       valueset.AssistanceState
	Service                                     valueset.Service
	SupportType                                 valueset.SupportType
	Programme, Provider, Objectives, ActionPlan string
	StartedOn, PlannedEnd, EndedOn              *exportedDate
}

type exportedProceeding struct {
	by
	Kind                          valueset.ProceedingKind
	Stage                         valueset.ProceedingStage
	Authority, Reference, Offence string
	OpenedOn, ClosedOn            *exportedDate
	Outcome                       valueset.ProceedingOutcome
	Compensation                  valueset.CompensationState
	CompensationDetails           string
	Suspects                      []exportedSuspect
}

type exportedSuspect struct {
	by
	ClearedOn                         *time.Time
	Names                             []exportedName
	Roles                             []valueset.PerpetratorRole
	RoleDetails                       string
	State                             valueset.SuspectState
	SuspectedOn, ChargedOn, DecidedOn *exportedDate
}

type exportedNarrative struct {
	by
	RecordedOn           time.Time
	Kind, Text, Language string
	Referral             *struct {
		Direction, Organisation, CaseWorker, DateText string
		DateCalendar                                  valueset.Calendar
		Reason                                        valueset.ReferralReason
	}
}
