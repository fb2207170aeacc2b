package htcds

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/valueset"
)

// Row is one person's case as the file gives it. A blank cell is the zero value:
// "", nil, or a zero canon.Date. Printing or logging a Row shows its number only.
type Row struct {
	Number int // row of the sheet, from 1

	Salutation, FirstName, MiddleName, SecondName string     // as written (I4)
	Birth                                         canon.Date // not valid where blank
	Gender                                        valueset.Gender
	Citizenships                                  []string // ISO 3166 alpha-2, each once
	Title                                         string   // position in an organisation
	Email                                         string
	HomePhone, MobilePhone                        string // E.164 with the leading +
	Mailing                                       Address

	TraffickingStatus  valueset.TraffickingStatus
	DecisionMaker      valueset.DecisionMaker
	RecruitmentMethods []valueset.RecruitmentMethod
	RecruitmentPlace   string
	ControlMethods     []valueset.ControlMethod
	Exploitations      []valueset.Exploitation
	Industries         []valueset.Industry
	SexExploitations   []valueset.SexExploitation
	ExploitationPlace  string

	Status        valueset.CaseStatus
	ClosureReason string
	Owner         string // the case worker, as written
	Incoming      Referral
	Outgoing      Referral

	Consent *bool // nil where blank

	Extended
}

// Extended is what Sala's extended layout has beside the template's columns: further
// fields of the standard, and columns of its own where the standard has none.
type Extended struct {
	Contributor Organisation // whose contribution the row is (A1)

	CaseReference     string   // of the system that wrote the file
	EarlierReferences []string // that the case had before, elsewhere
	CaseKind          valueset.CaseKind

	Sex                        valueset.Sex // beside gender (B4)
	FurtherNames, ParentsNames []Name       // as written (I4)
	AgeBasis                   valueset.AgeBasis
	IdentityNumber             string
	Documents                  []Document
	Deceased                   *bool // nil where blank
	MaritalStatus              valueset.MaritalStatus
	Children                   *int // nil where blank
	Education                  valueset.Education
	PrimaryLanguage            string // ISO 639, as the others
	SecondaryLanguage          string
	InterpreterLanguage        string
	AccessibilityNeeds         string
	RelationshipToTrafficker   valueset.RelationshipToTrafficker
	AgeWhenTrafficked          *int // whole years, nil where blank
	RecruitmentWebsites        []valueset.Website
	ExploitationWebsites       []valueset.Website
	PlaceKind                  valueset.PlaceKind
	ExploitationCountry        string // ISO 3166 alpha-2
	Comment                    string
	Narratives                 []Narrative

	Assistance Assistance // the first service
	Proceeding Proceeding // the first proceeding
	Suspect    Suspect    // its first suspect
}

// Assistance is one service, or a support plan as the standard has it.
type Assistance struct {
	State                                       valueset.AssistanceState
	Service                                     valueset.Service
	Type                                        valueset.SupportType
	Programme, Provider, Objectives, ActionPlan string
	Started, PlannedEnd, Ended                  canon.Date // not valid where blank
}

// Proceeding is one proceeding, all as written.
type Proceeding struct {
	Kind                          valueset.ProceedingKind
	Stage                         valueset.ProceedingStage
	Authority, Reference, Offence string
	Opened, Closed                canon.Date // not valid where blank
	Outcome                       valueset.ProceedingOutcome
	Compensation                  valueset.CompensationState
	CompensationDetails           string
}

// Suspect is one suspect of the proceeding, as the standard's perpetrator.
type Suspect struct {
	Names                       []Name
	Roles                       []valueset.PerpetratorRole
	RoleDetails                 string
	State                       valueset.SuspectState
	Suspected, Charged, Decided canon.Date // not valid where blank
}

// Organisation is an agency as a file names it.
type Organisation struct {
	Code, Name string
	Type       OrganisationType
	Kind       valueset.AgencyKind
}

// Name is one name with its kind and script. Part is FULL, GIVEN, MIDDLE or FAMILY.
type Name struct {
	Kind   valueset.NameKind
	Script valueset.Script
	Part   string
	Text   string
}

// Document is a paper that names the person; Issued is ISO 3166 alpha-2, or "".
type Document struct {
	Kind   valueset.DocumentKind
	Issued string
	Number string
}

// Narrative is a further text: a STATEMENT, COMMENT or CLOSURE. Language is ISO 639,
// or "".
type Narrative struct{ Kind, Language, Text string }

// Address is a mailing address; Country is ISO 3166 alpha-2.
type Address struct{ Street, City, State, PostalCode, Country string }

// Referral is a referral from or to another organisation, all as written.
type Referral struct {
	Organisation, CaseWorker string
	Date                     canon.Date // not valid where blank
	Reason                   valueset.ReferralReason
	Details                  string
}

// Format keeps a person's data out of printed and logged text, whatever the verb.
func (r Row) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, fmt.Sprint("htcds row ", r.Number))
}

// LogValue does the same for structured logs.
func (r Row) LogValue() slog.Value { return slog.IntValue(r.Number) }
