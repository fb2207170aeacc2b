package valueset

import "io"

// NeedToKnow is how far an access of the agency reaches inside it (D5). The zero
// value is none; the narrowest is the default of a new agency.
type NeedToKnow string

// The values of NeedToKnow.
const (
	NeedToKnowAssignment NeedToKnow = "ASSIGNMENT"
	NeedToKnowTeam       NeedToKnow = "TEAM"
	NeedToKnowUnit       NeedToKnow = "UNIT"
	NeedToKnowAgency     NeedToKnow = "AGENCY"
)

var needToKnowSet = table[NeedToKnow]{"NeedToKnow", "how far an access of the agency reaches inside it (D5)", "", []entry[NeedToKnow]{
	{NeedToKnowAssignment, "The assigned member"},
	{NeedToKnowTeam, "The assigned team"},
	{NeedToKnowUnit, "The assigned unit"},
	{NeedToKnowAgency, "The whole agency"},
}}

// Values lists the words in their fixed order, for the stored model.
func (NeedToKnow) Values() []string { return needToKnowSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v NeedToKnow) Valid() bool { return needToKnowSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v NeedToKnow) Label() string { return needToKnowSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v NeedToKnow) MarshalGQL(w io.Writer) { needToKnowSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *NeedToKnow) UnmarshalGQL(in any) error { return needToKnowSet.unmarshal(in, v) }

// AgencyState is where an agency stands. Only ACTIVE and OFFBOARDING let anybody in.
type AgencyState string

// The values of AgencyState.
const (
	AgencyStateProposed    AgencyState = "PROPOSED"
	AgencyStateActive      AgencyState = "ACTIVE"
	AgencyStateSuspended   AgencyState = "SUSPENDED"
	AgencyStateOffboarding AgencyState = "OFFBOARDING"
	AgencyStateEnded       AgencyState = "ENDED"
)

var agencyStateSet = table[AgencyState]{"AgencyState", "where an agency stands", "", []entry[AgencyState]{
	{AgencyStateProposed, "Proposed, not yet approved (I7)"},
	{AgencyStateActive, "Active"},
	{AgencyStateSuspended, "Suspended: nobody of it gets in"},
	{AgencyStateOffboarding, "Being offboarded: it registers nothing new"},
	{AgencyStateEnded, "Ended"},
}}

// Values lists the words in their fixed order, for the stored model.
func (AgencyState) Values() []string { return agencyStateSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v AgencyState) Valid() bool { return agencyStateSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v AgencyState) Label() string { return agencyStateSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v AgencyState) MarshalGQL(w io.Writer) { agencyStateSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *AgencyState) UnmarshalGQL(in any) error { return agencyStateSet.unmarshal(in, v) }

// ProposalKind is what a proposal would change.
type ProposalKind string

// The values of ProposalKind.
const (
	ProposalKindNewAgency     ProposalKind = "NEW_AGENCY"
	ProposalKindAgencyKind    ProposalKind = "AGENCY_KIND"
	ProposalKindSignIn        ProposalKind = "SIGN_IN"
	ProposalKindAdministrator ProposalKind = "ADMINISTRATOR"
	ProposalKindSuspendAgency ProposalKind = "SUSPEND_AGENCY"
	ProposalKindResumeAgency  ProposalKind = "RESUME_AGENCY"
	ProposalKindOffboarding   ProposalKind = "OFFBOARDING"
	ProposalKindOversight     ProposalKind = "OVERSIGHT_PANEL"
)

var proposalKindSet = table[ProposalKind]{"ProposalKind", "what a proposal would change", "", []entry[ProposalKind]{
	{ProposalKindNewAgency, "A new agency with its kind (I7)"},
	{ProposalKindAgencyKind, "The kind of an agency (I7)"},
	{ProposalKindSignIn, "How an agency signs in"},
	{ProposalKindAdministrator, "A first administrator, by invitation"},
	{ProposalKindSuspendAgency, "Suspension of an agency that administers the platform"},
	{ProposalKindResumeAgency, "The end of an agency's suspension"},
	{ProposalKindOffboarding, "The offboarding of an agency"},
	{ProposalKindOversight, "Who sits on the oversight panel (F5)"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ProposalKind) Values() []string { return proposalKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ProposalKind) Valid() bool { return proposalKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ProposalKind) Label() string { return proposalKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ProposalKind) MarshalGQL(w io.Writer) { proposalKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ProposalKind) UnmarshalGQL(in any) error { return proposalKindSet.unmarshal(in, v) }
