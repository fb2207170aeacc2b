package valueset

import "io"

// ReferralState is the state of a referral, as its sender sees it (D3).
type ReferralState string

// The values of ReferralState.
const (
	ReferralStateOffered          ReferralState = "OFFERED"
	ReferralStateInformationAsked ReferralState = "INFORMATION_ASKED"
	ReferralStateWaiting          ReferralState = "WAITING"
	ReferralStateAccepted         ReferralState = "ACCEPTED"
	ReferralStateAcceptedInPart   ReferralState = "ACCEPTED_IN_PART"
	ReferralStateDeclined         ReferralState = "DECLINED"
	ReferralStateRevoked          ReferralState = "REVOKED"
	ReferralStateCompleted        ReferralState = "COMPLETED"
	ReferralStateExpired          ReferralState = "EXPIRED"
)

var referralStateSet = table[ReferralState]{"ReferralState", "the state of a referral, as its sender sees it (D3)", "", []entry[ReferralState]{
	{ReferralStateOffered, "Offered"},
	{ReferralStateInformationAsked, "Information asked"},
	{ReferralStateWaiting, "On the waiting list"},
	{ReferralStateAccepted, "Accepted"},
	{ReferralStateAcceptedInPart, "Accepted in part"},
	{ReferralStateDeclined, "Declined"},
	{ReferralStateRevoked, "Revoked"},
	{ReferralStateCompleted, "Completed"},
	{ReferralStateExpired, "Expired"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ReferralState) Values() []string { return referralStateSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ReferralState) Valid() bool { return referralStateSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ReferralState) Label() string { return referralStateSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ReferralState) MarshalGQL(w io.Writer) { referralStateSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ReferralState) UnmarshalGQL(in any) error { return referralStateSet.unmarshal(in, v) }

// Urgency is how urgent a referral is (D1).
type Urgency string

// The values of Urgency.
const (
	UrgencyRoutine   Urgency = "ROUTINE"
	UrgencyUrgent    Urgency = "URGENT"
	UrgencyEmergency Urgency = "EMERGENCY"
)

var urgencySet = table[Urgency]{"Urgency", "how urgent a referral is (D1)", "", []entry[Urgency]{
	{UrgencyRoutine, "Routine"},
	{UrgencyUrgent, "Urgent"},
	{UrgencyEmergency, "Emergency"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Urgency) Values() []string { return urgencySet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Urgency) Valid() bool { return urgencySet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Urgency) Label() string { return urgencySet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Urgency) MarshalGQL(w io.Writer) { urgencySet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Urgency) UnmarshalGQL(in any) error { return urgencySet.unmarshal(in, v) }

// Service is the service that a referral asks for (D1).
type Service string

// The values of Service.
const (
	ServiceCounselling    Service = "COUNSELLING"
	ServiceShelter        Service = "SHELTER"
	ServiceHealth         Service = "HEALTH"
	ServiceLegal          Service = "LEGAL"
	ServiceLivelihood     Service = "LIVELIHOOD"
	ServiceEducation      Service = "EDUCATION"
	ServiceInvestigation  Service = "INVESTIGATION"
	ServiceProsecution    Service = "PROSECUTION"
	ServiceReturn         Service = "RETURN"
	ServiceReintegration  Service = "REINTEGRATION"
	ServiceTracing        Service = "TRACING"
	ServiceInterpretation Service = "INTERPRETATION"
	ServiceOther          Service = "OTHER"
)

var serviceSet = table[Service]{"Service", "the service that a referral asks for (D1)", "", []entry[Service]{
	{ServiceCounselling, "Counselling"},
	{ServiceShelter, "Shelter"},
	{ServiceHealth, "Health"},
	{ServiceLegal, "Legal aid"},
	{ServiceLivelihood, "Livelihood"},
	{ServiceEducation, "Education"},
	{ServiceInvestigation, "Investigation"},
	{ServiceProsecution, "Prosecution"},
	{ServiceReturn, "Return"},
	{ServiceReintegration, "Reintegration"},
	{ServiceTracing, "Family tracing and assessment"},
	{ServiceInterpretation, "Interpretation"},
	{ServiceOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Service) Values() []string { return serviceSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Service) Valid() bool { return serviceSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Service) Label() string { return serviceSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Service) MarshalGQL(w io.Writer) { serviceSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Service) UnmarshalGQL(in any) error { return serviceSet.unmarshal(in, v) }

// DeclineReason is why a referral was declined (D3).
type DeclineReason string

// The values of DeclineReason.
const (
	DeclineReasonNoCapacity              DeclineReason = "NO_CAPACITY"
	DeclineReasonOutsideMandate          DeclineReason = "OUTSIDE_MANDATE"
	DeclineReasonOutsideArea             DeclineReason = "OUTSIDE_AREA"
	DeclineReasonInsufficientInformation DeclineReason = "INSUFFICIENT_INFORMATION"
	DeclineReasonConflictOfInterest      DeclineReason = "CONFLICT_OF_INTEREST"
	DeclineReasonOther                   DeclineReason = "OTHER"
)

var declineReasonSet = table[DeclineReason]{"DeclineReason", "why a referral was declined (D3)", "", []entry[DeclineReason]{
	{DeclineReasonNoCapacity, "No capacity"},
	{DeclineReasonOutsideMandate, "Outside mandate"},
	{DeclineReasonOutsideArea, "Outside area"},
	{DeclineReasonInsufficientInformation, "Insufficient information"},
	{DeclineReasonConflictOfInterest, "Conflict of interest"},
	{DeclineReasonOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (DeclineReason) Values() []string { return declineReasonSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v DeclineReason) Valid() bool { return declineReasonSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v DeclineReason) Label() string { return declineReasonSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v DeclineReason) MarshalGQL(w io.Writer) { declineReasonSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *DeclineReason) UnmarshalGQL(in any) error { return declineReasonSet.unmarshal(in, v) }

// ReferralReason is why a case is referred, in the words of HTCDS.
type ReferralReason string

// The values of ReferralReason.
const (
	ReferralReasonAdditionalServicesRequired  ReferralReason = "AdditionalServicesRequired"
	ReferralReasonMigrationOrChangeOfLocation ReferralReason = "MigrationOrChangeOfLocation"
	ReferralReasonOther                       ReferralReason = "Other"
)

var referralReasonSet = table[ReferralReason]{"ReferralReason", "why a case is referred, in the words of HTCDS", "cas_ReasonForIncomingReferral", []entry[ReferralReason]{
	{ReferralReasonAdditionalServicesRequired, "Additional Services Required"},
	{ReferralReasonMigrationOrChangeOfLocation, "Migration or Change of Location"},
	{ReferralReasonOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ReferralReason) Values() []string { return referralReasonSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ReferralReason) Valid() bool { return referralReasonSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ReferralReason) Label() string { return referralReasonSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ReferralReason) MarshalGQL(w io.Writer) { referralReasonSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ReferralReason) UnmarshalGQL(in any) error { return referralReasonSet.unmarshal(in, v) }
