package valueset

import "io"

// HealthKind is what a health record is about.
type HealthKind string

// The values of HealthKind.
const (
	HealthKindGeneral        HealthKind = "GENERAL"
	HealthKindInjury         HealthKind = "INJURY"
	HealthKindIllness        HealthKind = "ILLNESS"
	HealthKindChronicIllness HealthKind = "CHRONIC_ILLNESS"
	HealthKindDisability     HealthKind = "DISABILITY"
	HealthKindMedication     HealthKind = "MEDICATION"
	HealthKindAllergy        HealthKind = "ALLERGY"
	HealthKindNutrition      HealthKind = "NUTRITION"
	HealthKindDental         HealthKind = "DENTAL"
	HealthKindOther          HealthKind = "OTHER"
)

var healthKindSet = table[HealthKind]{"HealthKind", "what a health record is about", "", []entry[HealthKind]{
	{HealthKindGeneral, "General condition"},
	{HealthKindInjury, "Injury"},
	{HealthKindIllness, "Illness"},
	{HealthKindChronicIllness, "Chronic illness"},
	{HealthKindDisability, "Disability"},
	{HealthKindMedication, "Medication"},
	{HealthKindAllergy, "Allergy"},
	{HealthKindNutrition, "Nutrition"},
	{HealthKindDental, "Teeth"},
	{HealthKindOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (HealthKind) Values() []string { return healthKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v HealthKind) Valid() bool { return healthKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v HealthKind) Label() string { return healthKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v HealthKind) MarshalGQL(w io.Writer) { healthKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *HealthKind) UnmarshalGQL(in any) error { return healthKindSet.unmarshal(in, v) }

// RestrictedHealthKind is what a restricted health record is about (B1).
type RestrictedHealthKind string

// The values of RestrictedHealthKind.
const (
	RestrictedHealthKindHIV                   RestrictedHealthKind = "HIV"
	RestrictedHealthKindSexualAndReproductive RestrictedHealthKind = "SEXUAL_AND_REPRODUCTIVE"
	RestrictedHealthKindForensic              RestrictedHealthKind = "FORENSIC"
	RestrictedHealthKindPsychiatric           RestrictedHealthKind = "PSYCHIATRIC"
)

var restrictedHealthKindSet = table[RestrictedHealthKind]{"RestrictedHealthKind", "what a restricted health record is about (B1)", "", []entry[RestrictedHealthKind]{
	{RestrictedHealthKindHIV, "HIV"},
	{RestrictedHealthKindSexualAndReproductive, "Sexual and reproductive health"},
	{RestrictedHealthKindForensic, "Forensic examination"},
	{RestrictedHealthKindPsychiatric, "Psychiatric"},
}}

// Values lists the words in their fixed order, for the stored model.
func (RestrictedHealthKind) Values() []string { return restrictedHealthKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v RestrictedHealthKind) Valid() bool { return restrictedHealthKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v RestrictedHealthKind) Label() string { return restrictedHealthKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v RestrictedHealthKind) MarshalGQL(w io.Writer) { restrictedHealthKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *RestrictedHealthKind) UnmarshalGQL(in any) error {
	return restrictedHealthKindSet.unmarshal(in, v)
}
