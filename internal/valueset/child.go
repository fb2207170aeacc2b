package valueset

import "io"

// GuardianRelation is what one who speaks for a child is to her (E2).
type GuardianRelation string

// The values of GuardianRelation.
const (
	GuardianRelationMother        GuardianRelation = "MOTHER"
	GuardianRelationFather        GuardianRelation = "FATHER"
	GuardianRelationGrandparent   GuardianRelation = "GRANDPARENT"
	GuardianRelationSibling       GuardianRelation = "SIBLING"
	GuardianRelationOtherRelative GuardianRelation = "OTHER_RELATIVE"
	GuardianRelationFosterCarer   GuardianRelation = "FOSTER_CARER"
	GuardianRelationAppointed     GuardianRelation = "APPOINTED"
	GuardianRelationOther         GuardianRelation = "OTHER"
)

var guardianRelationSet = table[GuardianRelation]{"GuardianRelation", "what one who speaks for a child is to her (E2)", "", []entry[GuardianRelation]{
	{GuardianRelationMother, "Mother"},
	{GuardianRelationFather, "Father"},
	{GuardianRelationGrandparent, "Grandparent"},
	{GuardianRelationSibling, "Sister or brother"},
	{GuardianRelationOtherRelative, "Another relative"},
	{GuardianRelationFosterCarer, "Foster carer"},
	{GuardianRelationAppointed, "Appointed by a court or authority"},
	{GuardianRelationOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (GuardianRelation) Values() []string { return guardianRelationSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v GuardianRelation) Valid() bool { return guardianRelationSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v GuardianRelation) Label() string { return guardianRelationSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v GuardianRelation) MarshalGQL(w io.Writer) { guardianRelationSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *GuardianRelation) UnmarshalGQL(in any) error { return guardianRelationSet.unmarshal(in, v) }

// GuardianCapacity is as what somebody speaks for a child (E2).
type GuardianCapacity string

// The values of GuardianCapacity.
const (
	GuardianCapacityParent        GuardianCapacity = "PARENT"
	GuardianCapacityCaregiver     GuardianCapacity = "CAREGIVER"
	GuardianCapacityLegalGuardian GuardianCapacity = "LEGAL_GUARDIAN"
)

var guardianCapacitySet = table[GuardianCapacity]{"GuardianCapacity", "as what somebody speaks for a child (E2)", "", []entry[GuardianCapacity]{
	{GuardianCapacityParent, "Parent"},
	{GuardianCapacityCaregiver, "Caregiver"},
	{GuardianCapacityLegalGuardian, "Legal guardian"},
}}

// Values lists the words in their fixed order, for the stored model.
func (GuardianCapacity) Values() []string { return guardianCapacitySet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v GuardianCapacity) Valid() bool { return guardianCapacitySet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v GuardianCapacity) Label() string { return guardianCapacitySet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v GuardianCapacity) MarshalGQL(w io.Writer) { guardianCapacitySet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *GuardianCapacity) UnmarshalGQL(in any) error { return guardianCapacitySet.unmarshal(in, v) }

// ChildsViews is how the child's views went into what a guardian said (E2).
type ChildsViews string

// The values of ChildsViews.
const (
	ChildsViewsHeard   ChildsViews = "HEARD"
	ChildsViewsNotAble ChildsViews = "NOT_ABLE"
)

var childsViewsSet = table[ChildsViews]{"ChildsViews", "how the child's views went into what a guardian said (E2)", "", []entry[ChildsViews]{
	{ChildsViewsHeard, "Heard and taken into account"},
	{ChildsViewsNotAble, "The child cannot express any yet"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ChildsViews) Values() []string { return childsViewsSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ChildsViews) Valid() bool { return childsViewsSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ChildsViews) Label() string { return childsViewsSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ChildsViews) MarshalGQL(w io.Writer) { childsViewsSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ChildsViews) UnmarshalGQL(in any) error { return childsViewsSet.unmarshal(in, v) }

// BestInterestsKind is which decision in her best interests it is (E5).
type BestInterestsKind string

// The values of BestInterestsKind.
const (
	BestInterestsKindAssessment    BestInterestsKind = "ASSESSMENT"
	BestInterestsKindDetermination BestInterestsKind = "DETERMINATION"
)

var bestInterestsKindSet = table[BestInterestsKind]{"BestInterestsKind", "which decision in her best interests it is (E5)", "", []entry[BestInterestsKind]{
	{BestInterestsKindAssessment, "Best-interests assessment, of case worker and supervisor"},
	{BestInterestsKindDetermination, "Best-interests determination, of a panel"},
}}

// Values lists the words in their fixed order, for the stored model.
func (BestInterestsKind) Values() []string { return bestInterestsKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v BestInterestsKind) Valid() bool { return bestInterestsKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v BestInterestsKind) Label() string { return bestInterestsKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v BestInterestsKind) MarshalGQL(w io.Writer) { bestInterestsKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *BestInterestsKind) UnmarshalGQL(in any) error { return bestInterestsKindSet.unmarshal(in, v) }

// BestInterestsMatter is what a decision in her best interests is about (E5).
type BestInterestsMatter string

// The values of BestInterestsMatter.
const (
	BestInterestsMatterUrgentCare BestInterestsMatter = "URGENT_CARE"
	BestInterestsMatterReferral   BestInterestsMatter = "REFERRAL"
	BestInterestsMatterReturn     BestInterestsMatter = "RETURN"
	BestInterestsMatterSeparation BestInterestsMatter = "SEPARATION"
	BestInterestsMatterJustice    BestInterestsMatter = "JUSTICE"
)

var bestInterestsMatterSet = table[BestInterestsMatter]{"BestInterestsMatter", "what a decision in her best interests is about (E5)", "", []entry[BestInterestsMatter]{
	{BestInterestsMatterUrgentCare, "Urgent care"},
	{BestInterestsMatterReferral, "A referral"},
	{BestInterestsMatterReturn, "Return"},
	{BestInterestsMatterSeparation, "Separation from a caregiver"},
	{BestInterestsMatterJustice, "A criminal or civil proceeding"},
}}

// Values lists the words in their fixed order, for the stored model.
func (BestInterestsMatter) Values() []string { return bestInterestsMatterSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v BestInterestsMatter) Valid() bool { return bestInterestsMatterSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v BestInterestsMatter) Label() string { return bestInterestsMatterSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v BestInterestsMatter) MarshalGQL(w io.Writer) { bestInterestsMatterSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *BestInterestsMatter) UnmarshalGQL(in any) error {
	return bestInterestsMatterSet.unmarshal(in, v)
}

// SignatureCapacity is as what somebody signs a decision in her best interests (E5).
type SignatureCapacity string

// The values of SignatureCapacity.
const (
	SignatureCapacityWorker     SignatureCapacity = "WORKER"
	SignatureCapacitySupervisor SignatureCapacity = "SUPERVISOR"
	SignatureCapacityPanel      SignatureCapacity = "PANEL"
)

var signatureCapacitySet = table[SignatureCapacity]{"SignatureCapacity", "as what somebody signs a decision in her best interests (E5)", "", []entry[SignatureCapacity]{
	{SignatureCapacityWorker, "Case worker"},
	{SignatureCapacitySupervisor, "Supervisor"},
	{SignatureCapacityPanel, "Member of the panel"},
}}

// Values lists the words in their fixed order, for the stored model.
func (SignatureCapacity) Values() []string { return signatureCapacitySet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v SignatureCapacity) Valid() bool { return signatureCapacitySet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v SignatureCapacity) Label() string { return signatureCapacitySet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v SignatureCapacity) MarshalGQL(w io.Writer) { signatureCapacitySet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *SignatureCapacity) UnmarshalGQL(in any) error { return signatureCapacitySet.unmarshal(in, v) }

// IncapacityKind is whether she cannot decide for a time or lastingly (C7).
type IncapacityKind string

// The values of IncapacityKind.
const (
	IncapacityKindTemporary IncapacityKind = "TEMPORARY"
	IncapacityKindLasting   IncapacityKind = "LASTING"
)

var incapacityKindSet = table[IncapacityKind]{"IncapacityKind", "whether she cannot decide for a time or lastingly (C7)", "", []entry[IncapacityKind]{
	{IncapacityKindTemporary, "Temporary"},
	{IncapacityKindLasting, "Lasting"},
}}

// Values lists the words in their fixed order, for the stored model.
func (IncapacityKind) Values() []string { return incapacityKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v IncapacityKind) Valid() bool { return incapacityKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v IncapacityKind) Label() string { return incapacityKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v IncapacityKind) MarshalGQL(w io.Writer) { incapacityKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *IncapacityKind) UnmarshalGQL(in any) error { return incapacityKindSet.unmarshal(in, v) }
