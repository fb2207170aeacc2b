package valueset

import "io"

// PermissionState is what a contributor has decided about its own rows (A6, D4).
type PermissionState string

// The values of PermissionState.
const (
	PermissionStateAsked     PermissionState = "ASKED"
	PermissionStateGranted   PermissionState = "GRANTED"
	PermissionStateRefused   PermissionState = "REFUSED"
	PermissionStateWithdrawn PermissionState = "WITHDRAWN"
)

var permissionStateSet = table[PermissionState]{"PermissionState", "what a contributor has decided about its own rows (A6, D4)", "", []entry[PermissionState]{
	{PermissionStateAsked, "Asked for"},
	{PermissionStateGranted, "Granted"},
	{PermissionStateRefused, "Refused"},
	{PermissionStateWithdrawn, "Withdrawn"},
}}

// Values lists the words in their fixed order, for the stored model.
func (PermissionState) Values() []string { return permissionStateSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v PermissionState) Valid() bool { return permissionStateSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v PermissionState) Label() string { return permissionStateSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v PermissionState) MarshalGQL(w io.Writer) { permissionStateSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *PermissionState) UnmarshalGQL(in any) error { return permissionStateSet.unmarshal(in, v) }

// ExternalReferralState is how far a referral to a party outside Sala has come (D8).
type ExternalReferralState string

// The values of ExternalReferralState.
const (
	ExternalReferralStateRecorded   ExternalReferralState = "RECORDED"
	ExternalReferralStateHandedOver ExternalReferralState = "HANDED_OVER"
	ExternalReferralStateReplied    ExternalReferralState = "REPLIED"
	ExternalReferralStateWithdrawn  ExternalReferralState = "WITHDRAWN"
	ExternalReferralStateDeleted    ExternalReferralState = "DELETED"
)

var externalReferralStateSet = table[ExternalReferralState]{"ExternalReferralState", "how far a referral to a party outside Sala has come (D8)", "", []entry[ExternalReferralState]{
	{ExternalReferralStateRecorded, "Recorded, not handed over"},
	{ExternalReferralStateHandedOver, "Handed over"},
	{ExternalReferralStateReplied, "The party has replied"},
	{ExternalReferralStateWithdrawn, "She has taken her consent back"},
	{ExternalReferralStateDeleted, "The party has deleted it"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ExternalReferralState) Values() []string { return externalReferralStateSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ExternalReferralState) Valid() bool { return externalReferralStateSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ExternalReferralState) Label() string { return externalReferralStateSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ExternalReferralState) MarshalGQL(w io.Writer) { externalReferralStateSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ExternalReferralState) UnmarshalGQL(in any) error {
	return externalReferralStateSet.unmarshal(in, v)
}

// ExternalField is a field that goes to a party outside Sala, each named by itself (D8).
type ExternalField string

// The values of ExternalField.
const (
	ExternalFieldIdentityNames              ExternalField = "IDENTITY_NAMES"
	ExternalFieldIdentityBirthDate          ExternalField = "IDENTITY_BIRTH_DATE"
	ExternalFieldIdentityDocuments          ExternalField = "IDENTITY_DOCUMENTS"
	ExternalFieldIdentityParents            ExternalField = "IDENTITY_PARENTS"
	ExternalFieldContactSafe                ExternalField = "CONTACT_SAFE"
	ExternalFieldProfileSex                 ExternalField = "PROFILE_SEX"
	ExternalFieldProfileGender              ExternalField = "PROFILE_GENDER"
	ExternalFieldProfileCitizenships        ExternalField = "PROFILE_CITIZENSHIPS"
	ExternalFieldProfileLanguages           ExternalField = "PROFILE_LANGUAGES"
	ExternalFieldProfileAccessibility       ExternalField = "PROFILE_ACCESSIBILITY"
	ExternalFieldFamilyMembers              ExternalField = "FAMILY_MEMBERS"
	ExternalFieldTraffickingExploitation    ExternalField = "TRAFFICKING_EXPLOITATION"
	ExternalFieldProtectionRisk             ExternalField = "PROTECTION_RISK"
	ExternalFieldProtectionSafetyPlan       ExternalField = "PROTECTION_SAFETY_PLAN"
	ExternalFieldHealthConditions           ExternalField = "HEALTH_CONDITIONS"
	ExternalFieldHealthTreatments           ExternalField = "HEALTH_TREATMENTS"
	ExternalFieldAssistanceServices         ExternalField = "ASSISTANCE_SERVICES"
	ExternalFieldNarrativeStatements        ExternalField = "NARRATIVE_STATEMENTS"
	ExternalFieldWhereaboutsPlaces          ExternalField = "WHEREABOUTS_PLACES"
	ExternalFieldHealthRestrictedConditions ExternalField = "HEALTH_RESTRICTED_CONDITIONS"
	ExternalFieldHealthRestrictedTreatments ExternalField = "HEALTH_RESTRICTED_TREATMENTS"
)

var externalFieldSet = table[ExternalField]{"ExternalField", "a field that goes to a party outside Sala, each named by itself (D8)", "", []entry[ExternalField]{
	{ExternalFieldIdentityNames, "Names"},
	{ExternalFieldIdentityBirthDate, "Birth date"},
	{ExternalFieldIdentityDocuments, "Papers that name her"},
	{ExternalFieldIdentityParents, "Names of her parents"},
	{ExternalFieldContactSafe, "How to reach her safely"},
	{ExternalFieldProfileSex, "Sex"},
	{ExternalFieldProfileGender, "Gender"},
	{ExternalFieldProfileCitizenships, "Citizenships"},
	{ExternalFieldProfileLanguages, "Languages, and in which an interpreter is needed"},
	{ExternalFieldProfileAccessibility, "What she needs to take part"},
	{ExternalFieldFamilyMembers, "Members of her family"},
	{ExternalFieldTraffickingExploitation, "Types of exploitation"},
	{ExternalFieldProtectionRisk, "Risk to her"},
	{ExternalFieldProtectionSafetyPlan, "Her safety plan"},
	{ExternalFieldHealthConditions, "Health: conditions"},
	{ExternalFieldHealthTreatments, "Health: treatments"},
	{ExternalFieldAssistanceServices, "Services given"},
	{ExternalFieldNarrativeStatements, "Her statements"},
	{ExternalFieldWhereaboutsPlaces, "Where she is"},
	{ExternalFieldHealthRestrictedConditions, "Restricted health: conditions"},
	{ExternalFieldHealthRestrictedTreatments, "Restricted health: treatments"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ExternalField) Values() []string { return externalFieldSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ExternalField) Valid() bool { return externalFieldSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ExternalField) Label() string { return externalFieldSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ExternalField) MarshalGQL(w io.Writer) { externalFieldSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ExternalField) UnmarshalGQL(in any) error { return externalFieldSet.unmarshal(in, v) }
