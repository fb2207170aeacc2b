package valueset

import "io"

// Gender is gender as the person gives it; it is not sex (B4).
type Gender string

// The values of Gender.
const (
	GenderFeminine             Gender = "Feminine"
	GenderMasculine            Gender = "Masculine"
	GenderTransgenderFeminine  Gender = "TransgenderFeminine"
	GenderTransgenderMasculine Gender = "TransgenderMasculine"
	GenderNonConforming        Gender = "NonConforming"
	GenderNonSpecifiedUnknown  Gender = "NonSpecifiedUnknown"
)

var genderSet = table[Gender]{"Gender", "gender as the person gives it; it is not sex (B4)", "prs_Gender", []entry[Gender]{
	{GenderFeminine, "Feminine"},
	{GenderMasculine, "Masculine"},
	{GenderTransgenderFeminine, "Transgender Feminine"},
	{GenderTransgenderMasculine, "Transgender Masculine"},
	{GenderNonConforming, "Non-Conforming"},
	{GenderNonSpecifiedUnknown, "Not Specified/Unknown"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Gender) Values() []string { return genderSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Gender) Valid() bool { return genderSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Gender) Label() string { return genderSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Gender) MarshalGQL(w io.Writer) { genderSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Gender) UnmarshalGQL(in any) error { return genderSet.unmarshal(in, v) }

// Sex is sex, which is not gender (B4).
type Sex string

// The values of Sex.
const (
	SexFemale   Sex = "FEMALE"
	SexMale     Sex = "MALE"
	SexIntersex Sex = "INTERSEX"
	SexUnknown  Sex = "UNKNOWN"
)

var sexSet = table[Sex]{"Sex", "sex, which is not gender (B4)", "", []entry[Sex]{
	{SexFemale, "Female"},
	{SexMale, "Male"},
	{SexIntersex, "Intersex"},
	{SexUnknown, "Unknown"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Sex) Values() []string { return sexSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Sex) Valid() bool { return sexSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Sex) Label() string { return sexSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Sex) MarshalGQL(w io.Writer) { sexSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Sex) UnmarshalGQL(in any) error { return sexSet.unmarshal(in, v) }

// MaritalStatus is marital status.
type MaritalStatus string

// The values of MaritalStatus.
const (
	MaritalStatusSingle                MaritalStatus = "Single"
	MaritalStatusMarried               MaritalStatus = "Married"
	MaritalStatusWidowed               MaritalStatus = "Widowed"
	MaritalStatusDivorced              MaritalStatus = "Divorced"
	MaritalStatusSeparated             MaritalStatus = "Separated"
	MaritalStatusRegisteredPartnership MaritalStatus = "RegisteredPartnership"
)

var maritalStatusSet = table[MaritalStatus]{"MaritalStatus", "marital status", "prs_MaritalStatus", []entry[MaritalStatus]{
	{MaritalStatusSingle, "Single"},
	{MaritalStatusMarried, "Married"},
	{MaritalStatusWidowed, "Widowed"},
	{MaritalStatusDivorced, "Divorced"},
	{MaritalStatusSeparated, "Separated"},
	{MaritalStatusRegisteredPartnership, "Registered Partnership"},
}}

// Values lists the words in their fixed order, for the stored model.
func (MaritalStatus) Values() []string { return maritalStatusSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v MaritalStatus) Valid() bool { return maritalStatusSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v MaritalStatus) Label() string { return maritalStatusSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v MaritalStatus) MarshalGQL(w io.Writer) { maritalStatusSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *MaritalStatus) UnmarshalGQL(in any) error { return maritalStatusSet.unmarshal(in, v) }

// Education is the highest level of education, by ISCED 2011.
type Education string

// The values of Education.
const (
	EducationEarlyChildhoodEducation           Education = "EarlyChildhoodEducation"
	EducationPrimaryEducation                  Education = "PrimaryEducation"
	EducationLowerSecondaryEducation           Education = "LowerSecondaryEducation"
	EducationUpperSecondaryEducation           Education = "UpperSecondaryEducation"
	EducationPostSecondaryNonTertiaryEducation Education = "PostSecondaryNonTertiaryEducation"
	EducationShortCycleTertiaryEducation       Education = "ShortCycleTertiaryEducation"
	EducationBachelorsOrEquivalentLevel        Education = "BachelorsOrEquivalentLevel"
	EducationMastersOrEquivalentLevel          Education = "MastersOrEquivalentLevel"
	EducationDoctoralOrEquivalentLevel         Education = "DoctoralOrEquivalentLevel"
)

var educationSet = table[Education]{"Education", "the highest level of education, by ISCED 2011", "prs_HighestLevelOfEducation", []entry[Education]{
	{EducationEarlyChildhoodEducation, "Early Childhood Education"},
	{EducationPrimaryEducation, "Primary Education"},
	{EducationLowerSecondaryEducation, "Lower Secondary Education"},
	{EducationUpperSecondaryEducation, "Upper Secondary Education"},
	{EducationPostSecondaryNonTertiaryEducation, "Post-secondary Non-tertiary Education"},
	{EducationShortCycleTertiaryEducation, "Short-cycle Tertiary Education"},
	{EducationBachelorsOrEquivalentLevel, "Bachelor’s or Equivalent Level"},
	{EducationMastersOrEquivalentLevel, "Master’s or Equivalent Level"},
	{EducationDoctoralOrEquivalentLevel, "Doctoral or Equivalent Level"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Education) Values() []string { return educationSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Education) Valid() bool { return educationSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Education) Label() string { return educationSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Education) MarshalGQL(w io.Writer) { educationSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Education) UnmarshalGQL(in any) error { return educationSet.unmarshal(in, v) }

// NameKind is what kind of name a name is (I4).
type NameKind string

// The values of NameKind.
const (
	NameKindLegal         NameKind = "LEGAL"
	NameKindNickname      NameKind = "NICKNAME"
	NameKindAlias         NameKind = "ALIAS"
	NameKindFalseDocument NameKind = "FALSE_DOCUMENT"
)

var nameKindSet = table[NameKind]{"NameKind", "what kind of name a name is (I4)", "", []entry[NameKind]{
	{NameKindLegal, "Legal name"},
	{NameKindNickname, "Nickname"},
	{NameKindAlias, "Alias"},
	{NameKindFalseDocument, "Name in a false document"},
}}

// Values lists the words in their fixed order, for the stored model.
func (NameKind) Values() []string { return nameKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v NameKind) Valid() bool { return nameKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v NameKind) Label() string { return nameKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v NameKind) MarshalGQL(w io.Writer) { nameKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *NameKind) UnmarshalGQL(in any) error { return nameKindSet.unmarshal(in, v) }

// Script is the script that a name is written in (I4).
type Script string

// The values of Script.
const (
	ScriptLao        Script = "LAO"
	ScriptThai       Script = "THAI"
	ScriptKhmer      Script = "KHMER"
	ScriptMyanmar    Script = "MYANMAR"
	ScriptHan        Script = "HAN"
	ScriptLatin      Script = "LATIN"
	ScriptVietnamese Script = "VIETNAMESE"
	ScriptOther      Script = "OTHER"
)

var scriptSet = table[Script]{"Script", "the script that a name is written in (I4)", "", []entry[Script]{
	{ScriptLao, "Lao"},
	{ScriptThai, "Thai"},
	{ScriptKhmer, "Khmer"},
	{ScriptMyanmar, "Myanmar"},
	{ScriptHan, "Han (Chinese)"},
	{ScriptLatin, "Latin"},
	{ScriptVietnamese, "Vietnamese (Latin with tone marks)"},
	{ScriptOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Script) Values() []string { return scriptSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Script) Valid() bool { return scriptSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Script) Label() string { return scriptSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Script) MarshalGQL(w io.Writer) { scriptSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Script) UnmarshalGQL(in any) error { return scriptSet.unmarshal(in, v) }

// DocumentKind is the kind of an identity document (I4).
type DocumentKind string

// The values of DocumentKind.
const (
	DocumentKindNationalID         DocumentKind = "NATIONAL_ID"
	DocumentKindFamilyBook         DocumentKind = "FAMILY_BOOK"
	DocumentKindPassport           DocumentKind = "PASSPORT"
	DocumentKindBorderPass         DocumentKind = "BORDER_PASS"
	DocumentKindVillageCertificate DocumentKind = "VILLAGE_CERTIFICATE"
	DocumentKindOther              DocumentKind = "OTHER"
)

var documentKindSet = table[DocumentKind]{"DocumentKind", "the kind of an identity document (I4)", "", []entry[DocumentKind]{
	{DocumentKindNationalID, "National identity card"},
	{DocumentKindFamilyBook, "Family book"},
	{DocumentKindPassport, "Passport"},
	{DocumentKindBorderPass, "Border pass"},
	{DocumentKindVillageCertificate, "Village certificate"},
	{DocumentKindOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (DocumentKind) Values() []string { return documentKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v DocumentKind) Valid() bool { return documentKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v DocumentKind) Label() string { return documentKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v DocumentKind) MarshalGQL(w io.Writer) { documentKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *DocumentKind) UnmarshalGQL(in any) error { return documentKindSet.unmarshal(in, v) }

// AgeBasis is what an age or a birth date rests on (E1).
type AgeBasis string

// The values of AgeBasis.
const (
	AgeBasisDocument  AgeBasis = "DOCUMENT"
	AgeBasisStated    AgeBasis = "STATED"
	AgeBasisEstimated AgeBasis = "ESTIMATED"
	AgeBasisAssessed  AgeBasis = "ASSESSED"
)

var ageBasisSet = table[AgeBasis]{"AgeBasis", "what an age or a birth date rests on (E1)", "", []entry[AgeBasis]{
	{AgeBasisDocument, "Document"},
	{AgeBasisStated, "Stated by the person"},
	{AgeBasisEstimated, "Estimated"},
	{AgeBasisAssessed, "Assessed by a recorded age assessment"},
}}

// Values lists the words in their fixed order, for the stored model.
func (AgeBasis) Values() []string { return ageBasisSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v AgeBasis) Valid() bool { return ageBasisSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v AgeBasis) Label() string { return ageBasisSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v AgeBasis) MarshalGQL(w io.Writer) { ageBasisSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *AgeBasis) UnmarshalGQL(in any) error { return ageBasisSet.unmarshal(in, v) }

// Answer is an answer that may be unknown; unknown is not no.
type Answer string

// The values of Answer.
const (
	AnswerYes     Answer = "YES"
	AnswerNo      Answer = "NO"
	AnswerUnknown Answer = "UNKNOWN"
)

var answerSet = table[Answer]{"Answer", "an answer that may be unknown; unknown is not no", "", []entry[Answer]{
	{AnswerYes, "Yes"},
	{AnswerNo, "No"},
	{AnswerUnknown, "Unknown"},
}}

// Values lists the words in their fixed order, for the stored model.
func (Answer) Values() []string { return answerSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v Answer) Valid() bool { return answerSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v Answer) Label() string { return answerSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v Answer) MarshalGQL(w io.Writer) { answerSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *Answer) UnmarshalGQL(in any) error { return answerSet.unmarshal(in, v) }
