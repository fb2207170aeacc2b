package valueset

import "io"

// AssistanceState is what became of a service for the person.
type AssistanceState string

// The values of AssistanceState.
const (
	AssistanceStateOffered  AssistanceState = "OFFERED"
	AssistanceStateAccepted AssistanceState = "ACCEPTED"
	AssistanceStateProvided AssistanceState = "PROVIDED"
	AssistanceStateDeclined AssistanceState = "DECLINED"
)

var assistanceStateSet = table[AssistanceState]{"AssistanceState", "what became of a service for the person", "", []entry[AssistanceState]{
	{AssistanceStateOffered, "Offered"},
	{AssistanceStateAccepted, "Accepted"},
	{AssistanceStateProvided, "Provided"},
	{AssistanceStateDeclined, "Declined by her"},
}}

// Values lists the words in their fixed order, for the stored model.
func (AssistanceState) Values() []string { return assistanceStateSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v AssistanceState) Valid() bool { return assistanceStateSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v AssistanceState) Label() string { return assistanceStateSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v AssistanceState) MarshalGQL(w io.Writer) { assistanceStateSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *AssistanceState) UnmarshalGQL(in any) error { return assistanceStateSet.unmarshal(in, v) }

// SupportType is the type of a support plan.
type SupportType string

// The values of SupportType.
const (
	SupportTypeEducation                        SupportType = "Education"
	SupportTypeFinancial                        SupportType = "Financial"
	SupportTypeHealth                           SupportType = "Health"
	SupportTypeLabourExploitationRehabilitation SupportType = "LabourExploitationRehabilitation"
	SupportTypeLegal                            SupportType = "Legal"
	SupportTypeLivelihood                       SupportType = "Livelihood"
	SupportTypeRightsBasedTraining              SupportType = "RightsBasedTraining"
	SupportTypeSexualExploitationRehabilitation SupportType = "SexualExploitationRehabilitation"
	SupportTypeSocialCare                       SupportType = "SocialCare"
)

var supportTypeSet = table[SupportType]{"SupportType", "the type of a support plan", "spl_Type", []entry[SupportType]{
	{SupportTypeEducation, "Education"},
	{SupportTypeFinancial, "Financial"},
	{SupportTypeHealth, "Health"},
	{SupportTypeLabourExploitationRehabilitation, "Labour Exploitation Rehabilitation"},
	{SupportTypeLegal, "Legal"},
	{SupportTypeLivelihood, "Livelihood"},
	{SupportTypeRightsBasedTraining, "Rights-based Training"},
	{SupportTypeSexualExploitationRehabilitation, "Sexual Exploitation Rehabilitation"},
	{SupportTypeSocialCare, "Social Care"},
}}

// Values lists the words in their fixed order, for the stored model.
func (SupportType) Values() []string { return supportTypeSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v SupportType) Valid() bool { return supportTypeSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v SupportType) Label() string { return supportTypeSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v SupportType) MarshalGQL(w io.Writer) { supportTypeSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *SupportType) UnmarshalGQL(in any) error { return supportTypeSet.unmarshal(in, v) }
