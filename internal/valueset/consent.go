package valueset

import "io"

// ConsentKind is what a statement is about: recording, sharing with another agency, or
// that another agency takes the case over (C1, C2, A4).
type ConsentKind string

// The values of ConsentKind.
const (
	ConsentKindRecording ConsentKind = "RECORDING"
	ConsentKindSharing   ConsentKind = "SHARING"
	ConsentKindTransfer  ConsentKind = "TRANSFER"
)

var consentKindSet = table[ConsentKind]{"ConsentKind", "what a statement is about: recording, sharing with another agency, or a transfer of the case to it (C1, C2, A4)", "", []entry[ConsentKind]{
	{ConsentKindRecording, "Recording"},
	{ConsentKindSharing, "Sharing"},
	{ConsentKindTransfer, "Transfer"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ConsentKind) Values() []string { return consentKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ConsentKind) Valid() bool { return consentKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ConsentKind) Label() string { return consentKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ConsentKind) MarshalGQL(w io.Writer) { consentKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ConsentKind) UnmarshalGQL(in any) error { return consentKindSet.unmarshal(in, v) }

// RecordingBasis is what recording rests on (C1).
type RecordingBasis string

// The values of RecordingBasis.
const (
	RecordingBasisConsent         RecordingBasis = "CONSENT"
	RecordingBasisLegalObligation RecordingBasis = "LEGAL_OBLIGATION"
	RecordingBasisVitalInterests  RecordingBasis = "VITAL_INTERESTS"
	RecordingBasisPublicTask      RecordingBasis = "PUBLIC_TASK"
)

var recordingBasisSet = table[RecordingBasis]{"RecordingBasis", "what recording rests on (C1)", "", []entry[RecordingBasis]{
	{RecordingBasisConsent, "Consent"},
	{RecordingBasisLegalObligation, "Legal obligation"},
	{RecordingBasisVitalInterests, "Vital interests"},
	{RecordingBasisPublicTask, "Public task"},
}}

// Values lists the words in their fixed order, for the stored model.
func (RecordingBasis) Values() []string { return recordingBasisSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v RecordingBasis) Valid() bool { return recordingBasisSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v RecordingBasis) Label() string { return recordingBasisSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v RecordingBasis) MarshalGQL(w io.Writer) { recordingBasisSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *RecordingBasis) UnmarshalGQL(in any) error { return recordingBasisSet.unmarshal(in, v) }

// ConsentForm is the form in which a statement was given (C5).
type ConsentForm string

// The values of ConsentForm.
const (
	ConsentFormWritten       ConsentForm = "WRITTEN"
	ConsentFormThumbprint    ConsentForm = "THUMBPRINT"
	ConsentFormOralWitnessed ConsentForm = "ORAL_WITNESSED"
	ConsentFormAudio         ConsentForm = "AUDIO"
)

var consentFormSet = table[ConsentForm]{"ConsentForm", "the form in which a statement was given (C5)", "", []entry[ConsentForm]{
	{ConsentFormWritten, "Written"},
	{ConsentFormThumbprint, "Thumbprint"},
	{ConsentFormOralWitnessed, "Oral, with a witness"},
	{ConsentFormAudio, "Audio recording"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ConsentForm) Values() []string { return consentFormSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ConsentForm) Valid() bool { return consentFormSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ConsentForm) Label() string { return consentFormSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ConsentForm) MarshalGQL(w io.Writer) { consentFormSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ConsentForm) UnmarshalGQL(in any) error { return consentFormSet.unmarshal(in, v) }

// Interpretation is through whom a statement was interpreted (C6).
type Interpretation string

// The values of Interpretation.
const (
	InterpretationNoneNeeded Interpretation = "NONE_NEEDED"
	InterpretationVetted     Interpretation = "VETTED"
	InterpretationRelative   Interpretation = "RELATIVE"
	InterpretationOfficer    Interpretation = "OFFICER"
	InterpretationUnvetted   Interpretation = "UNVETTED"
)

var interpretationSet = table[Interpretation]{"Interpretation", "through whom a statement was interpreted (C6)", "", []entry[Interpretation]{
	{InterpretationNoneNeeded, "No interpreter needed"},
	{InterpretationVetted, "Interpreter with an undertaking and without conflict"},
	{InterpretationRelative, "Through a relative"},
	{InterpretationOfficer, "Through an officer"},
	{InterpretationUnvetted, "Unvetted interpreter"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Interpretation) Values() []string { return interpretationSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Interpretation) Valid() bool { return interpretationSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Interpretation) Label() string { return interpretationSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Interpretation) MarshalGQL(w io.Writer) { interpretationSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Interpretation) UnmarshalGQL(in any) error { return interpretationSet.unmarshal(in, v) }

// Setting is where a statement was given (C6).
type Setting string

// The values of Setting.
const (
	SettingSafePlace    Setting = "SAFE_PLACE"
	SettingCustody      Setting = "CUSTODY"
	SettingBeforePolice Setting = "BEFORE_POLICE"
	SettingUnknown      Setting = "UNKNOWN"
)

var settingSet = table[Setting]{"Setting", "where a statement was given (C6)", "", []entry[Setting]{
	{SettingSafePlace, "Safe place"},
	{SettingCustody, "In custody"},
	{SettingBeforePolice, "Before police"},
	{SettingUnknown, "Unknown"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Setting) Values() []string { return settingSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Setting) Valid() bool { return settingSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Setting) Label() string { return settingSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Setting) MarshalGQL(w io.Writer) { settingSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Setting) UnmarshalGQL(in any) error { return settingSet.unmarshal(in, v) }

// Decision is what a provision says.
type Decision string

// The values of Decision.
const (
	DecisionPermit Decision = "PERMIT"
	DecisionDeny   Decision = "DENY"
)

var decisionSet = table[Decision]{"Decision", "what a provision says", "", []entry[Decision]{
	{DecisionPermit, "Permit"},
	{DecisionDeny, "Deny"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Decision) Values() []string { return decisionSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Decision) Valid() bool { return decisionSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Decision) Label() string { return decisionSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Decision) MarshalGQL(w io.Writer) { decisionSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Decision) UnmarshalGQL(in any) error { return decisionSet.unmarshal(in, v) }

// Voice is whose statement it is (C4).
type Voice string

// The values of Voice.
const (
	VoicePerson        Voice = "PERSON"
	VoiceCaregiver     Voice = "CAREGIVER"
	VoiceBestInterests Voice = "BEST_INTERESTS"
)

var voiceSet = table[Voice]{"Voice", "whose statement it is (C4)", "", []entry[Voice]{
	{VoicePerson, "The person"},
	{VoiceCaregiver, "Parent, caregiver or legal guardian"},
	{VoiceBestInterests, "A decision in her best interests: assessment or determination"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Voice) Values() []string { return voiceSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Voice) Valid() bool { return voiceSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Voice) Label() string { return voiceSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Voice) MarshalGQL(w io.Writer) { voiceSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Voice) UnmarshalGQL(in any) error { return voiceSet.unmarshal(in, v) }
