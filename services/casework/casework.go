// Package casework holds the verbs on cases, one file a verb: register, record,
// correct, consent, withdraw, refer, accept, transfer, assign.
//
// Each verb runs within one store operation under the viewer's scope, locks the
// case before it reads or changes a fact, and returns ids. It promises that an
// input which it refuses stores nothing, and that a case which is not there and
// one that is not the viewer's give the same answer. It decides no permission of
// its own: those stand in ent/rule and policy. It knows no transport.
package casework

import (
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
)

// RegisterCaseInput is a new case: the basis on which it is recorded (C1) and what
// is known of the person. Every part may be left out: refusing to be recorded never
// blocks a service (C1).
type RegisterCaseInput struct {
	// Contributor is whose row it is, where a file says so: nobody but the viewer's
	// agency (A1).
	Contributor *ContributorInput
	Kind        valueset.CaseKind
	State       *valueset.CaseState // OPEN where left out (I1)
	// ClosingReason is given where State closes; an import may leave it out, since files
	// tell it in words alone (I1).
	ClosingReason *valueset.ClosingReason
	OccurredOn    *int64
	Recording     RecordConsentInput // Kind RECORDING; its CaseID is empty
	Identity      *IdentityInput
	Contacts      []*ContactInput
	Profile       *ProfileInput
	Trafficking   *TraffickingInput
	Narratives    []*NarrativeInput
	Assistance    []*AssistanceInput
	Proceedings   []*RegisterProceedingInput
}

// ContributorInput names an agency as a file does. Each part that is given must fit.
type ContributorInput struct {
	Code  *string
	Name  *string               // in any of its languages
	Kinds []valueset.AgencyKind // of which it is one
}

// IdentityInput is who the person is.
type IdentityInput struct {
	Names         []*NameInput
	Salutation    *string
	Title         *string
	BirthDate     *string // as written (I3)
	BirthCalendar *valueset.Calendar
	AgeBasis      *valueset.AgeBasis
	Documents     []*DocumentInput
	ParentsNames  []*NameInput
	OccurredOn    *int64
}

// NameInput is one name as written (I4).
type NameInput struct {
	Text   string
	Kind   valueset.NameKind
	Script valueset.Script
	Part   *string
}

// DocumentInput is one paper that names the person (I4).
type DocumentInput struct {
	Kind   valueset.DocumentKind
	Number string
	Issued *string
}

// ContactInput is one way to reach the person, with how to do it safely (B3).
type ContactInput struct {
	Channel      valueset.ContactChannel
	DoNotContact *bool // true where left out
	WhoMayAnswer *string
	WhatToSay    *string
	CodeWord     *string
	SafeTimes    *string
	Address      *string
	Street       *string
	City         *string
	Province     *string
	PostalCode   *string
	Country      *string
	OccurredOn   *int64
}

// ProfileInput is what describes the person without naming her.
type ProfileInput struct {
	Sex                 *valueset.Sex
	Gender              *valueset.Gender
	Citizenships        []string
	MaritalStatus       *valueset.MaritalStatus
	NumberOfChildren    *int
	Education           *valueset.Education
	PrimaryLanguage     *string
	SecondaryLanguage   *string
	InterpreterLanguage *string
	AccessibilityNeeds  *string
	Deceased            *bool
	OccurredOn          *int64
}

// TraffickingInput is what was done to the person.
type TraffickingInput struct {
	Status                   *valueset.TraffickingStatus
	DecidedBy                *valueset.DecisionMaker
	RelationshipToTrafficker *valueset.RelationshipToTrafficker
	AgeWhenTrafficked        *int
	RecruitmentWebsites      []valueset.Website
	RecruitmentMethods       []valueset.RecruitmentMethod
	RecruitmentPlace         *string
	ControlMethods           []valueset.ControlMethod
	ExploitationTypes        []valueset.Exploitation
	Industries               []valueset.Industry
	SexExploitationTypes     []valueset.SexExploitation
	ExploitationWebsites     []valueset.Website
	PlaceKind                *valueset.PlaceKind
	ExploitationPlace        *string
	ExploitationCountry      *string
	OccurredOn               *int64
}

// NarrativeInput is free text about the person.
type NarrativeInput struct {
	Kind       string // STATEMENT, COMMENT, CLOSURE, REFERRAL_HISTORY, CASE_WORKER or EARLIER_REFERENCE
	Text       string // may be empty where there is a Referral
	Language   *string
	Referral   *ReferralHistoryInput // of a REFERRAL_HISTORY alone
	OccurredOn *int64
}

// ReferralHistoryInput is a referral that was made outside Sala. It opens nothing (D1).
type ReferralHistoryInput struct {
	Direction    string // INCOMING or OUTGOING
	Organisation *string
	CaseWorker   *string
	Date         *string // as written (I3)
	DateCalendar *valueset.Calendar
	Reason       *valueset.ReferralReason
}

// RecordConsentInput is one statement about recording, sharing or a transfer of the case
// (C1, C2, C5, A4).
type RecordConsentInput struct {
	CaseID         string
	Kind           valueset.ConsentKind
	Basis          *valueset.RecordingBasis // CONSENT where left out
	Voice          *valueset.Voice          // PERSON where left out; BEST_INTERESTS is RecordBestInterests' alone
	GuardianshipID *string                  // by which a CAREGIVER speaks for her; without it a yes opens nothing (E4)
	ChildsViews    *valueset.ChildsViews    // of a CAREGIVER's; without it a yes opens nothing up to 12 (E2)
	MatureAndSafe  *bool                    // of hers: from 15 on it may suffice alone (E2); false where left out
	Form           *valueset.ConsentForm
	Present        *string
	Language       *string
	Interpretation valueset.Interpretation
	Setting        valueset.Setting
	GivenOn        *int64 // now where left out; never in the future
	Checks         *ChecksInput
	LegalAdvice    *bool // it was offered to her before (C9); false where left out
	Provisions     []*ProvisionInput

	bestInterests *string // the decision that it is of
}

// ChecksInput is the seven HTCDS checks; what is left out is unknown (C5).
type ChecksInput struct {
	ToInterview, ToldPurpose, ToldUse, ToldResearch, ToldAccess, ToldStorage, ToldWithdrawal *valueset.Answer
}

// ProvisionInput is one yes or no of a statement (C2–C4). Exactly one of
// RecipientID and RecipientClass is given; for a recording the recipient is the
// recording agency itself. One about a transfer names an agency and purposes alone.
type ProvisionInput struct {
	Decision       valueset.Decision
	RecipientID    *string
	UnitID         *string // the unit of that agency that alone it is about (A5)
	RecipientClass *valueset.AgencyKind
	Purposes       []category.Purpose
	Categories     []category.Category
	ContributorIDs []string
	Onward         *bool
	ValidFrom      *int64 // when the statement was given, where left out
	ValidUntil     *int64 // one year on, where left out

	recordedFor []string // the units of the viewer's agency that alone record by it (A5)
}

// ConfirmConsentInput confirms a provisional statement (C6): in a safe place, without an
// interpreter or through a vetted one.
type ConfirmConsentInput struct {
	ConsentID      string
	Form           *valueset.ConsentForm
	Present        *string
	Language       *string
	Interpretation valueset.Interpretation
	Setting        valueset.Setting
	GivenOn        *int64 // now where left out; never in the future
	Checks         *ChecksInput
}

// WithdrawConsentInput is her no towards one agency, or towards all: a statement
// that refuses every category for every purpose named (C8).
type WithdrawConsentInput struct {
	CaseID         string
	RecipientID    *string            // empty: towards every agency that a statement names
	UnitID         *string            // the unit of that agency, towards which alone it is (A5)
	Purposes       []category.Purpose // empty: all
	Categories     []category.Category
	Interpretation valueset.Interpretation
	Setting        valueset.Setting
	GivenOn        *int64 // now where left out; never before a yes that it should end (C4)
}

// OfferReferralInput names service, purpose, categories, urgency, reply-by (D1).
type OfferReferralInput struct {
	CaseID     string
	ToID       string
	UnitID     *string // the unit of that agency to which alone it goes (A5)
	Service    valueset.Service
	Purpose    category.Purpose
	Categories []category.Category
	Urgency    valueset.Urgency
	ReplyBy    int64
	ValidUntil *int64 // one year on, where left out
}

// AcceptReferralInput accepts a referral wholly, or only the categories named (D3).
type AcceptReferralInput struct {
	ReferralID string
	Categories []category.Category // nil: all that were offered
}

// AskReferralInput asks the sender about topics from a list, or puts the referral
// on the waiting list (D3).
type AskReferralInput struct {
	ReferralID string
	Topics     []string // SERVICE, URGENCY, REPLY_BY, INTERPRETER, ACCESSIBILITY, CATEGORIES
	Waiting    bool
}

// DeclineReferralInput declines with a reason from a list (D3).
type DeclineReferralInput struct {
	ReferralID string
	Reason     valueset.DeclineReason
}

// CompleteReferralInput ends an accepted referral with its outcome (D3).
type CompleteReferralInput struct {
	ReferralID string
	Outcome    string // SERVICE_GIVEN, SERVICE_PARTLY_GIVEN or SERVICE_NOT_GIVEN
}

// OfferTransferInput offers the case to another owner (A4); an empty ToID is the one that
// the departure of the viewer's agency names. ConsentID names her statement that the new
// owner may own it: one of kind TRANSFER about that agency.
type OfferTransferInput struct {
	CaseID    string
	ToID      string
	ConsentID string
}

// CorrectInput names the row to correct, the version that the corrector saw, and why it
// is corrected, where that is said.
type CorrectInput struct {
	ID      string
	Version int
	Reason  *valueset.CorrectionReason
}

type (
	// Name is a stored name, for callers that need its shape.
	Name = schema.Name
	// Document is a stored paper, for callers that need its shape.
	Document = schema.Document
)
