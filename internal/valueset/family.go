package valueset

import "io"

// FamilyRelation is how a third person is related to the person.
type FamilyRelation string

// The values of FamilyRelation.
const (
	FamilyRelationMother        FamilyRelation = "MOTHER"
	FamilyRelationFather        FamilyRelation = "FATHER"
	FamilyRelationSibling       FamilyRelation = "SIBLING"
	FamilyRelationSpouse        FamilyRelation = "SPOUSE"
	FamilyRelationPartner       FamilyRelation = "PARTNER"
	FamilyRelationChild         FamilyRelation = "CHILD"
	FamilyRelationGrandparent   FamilyRelation = "GRANDPARENT"
	FamilyRelationOtherRelative FamilyRelation = "OTHER_RELATIVE"
	FamilyRelationFosterParent  FamilyRelation = "FOSTER_PARENT"
	FamilyRelationNotRelated    FamilyRelation = "NOT_RELATED"
)

var familyRelationSet = table[FamilyRelation]{"FamilyRelation", "how a third person is related to the person", "", []entry[FamilyRelation]{
	{FamilyRelationMother, "Mother"},
	{FamilyRelationFather, "Father"},
	{FamilyRelationSibling, "Brother or sister"},
	{FamilyRelationSpouse, "Spouse"},
	{FamilyRelationPartner, "Partner"},
	{FamilyRelationChild, "Child"},
	{FamilyRelationGrandparent, "Grandparent"},
	{FamilyRelationOtherRelative, "Other relative"},
	{FamilyRelationFosterParent, "Foster parent"},
	{FamilyRelationNotRelated, "Not related"},
}}

// Values lists the words in their fixed order, for the stored model.
func (FamilyRelation) Values() []string { return familyRelationSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v FamilyRelation) Valid() bool { return familyRelationSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v FamilyRelation) Label() string { return familyRelationSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v FamilyRelation) MarshalGQL(w io.Writer) { familyRelationSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *FamilyRelation) UnmarshalGQL(in any) error { return familyRelationSet.unmarshal(in, v) }

// ContactWish is whether the person wishes contact with somebody.
type ContactWish string

// The values of ContactWish.
const (
	ContactWishWishesContact ContactWish = "WISHES_CONTACT"
	ContactWishNoContact     ContactWish = "NO_CONTACT"
	ContactWishUndecided     ContactWish = "UNDECIDED"
	ContactWishNotAsked      ContactWish = "NOT_ASKED"
)

var contactWishSet = table[ContactWish]{"ContactWish", "whether the person wishes contact with somebody", "", []entry[ContactWish]{
	{ContactWishWishesContact, "Wishes contact"},
	{ContactWishNoContact, "Wishes no contact"},
	{ContactWishUndecided, "Undecided"},
	{ContactWishNotAsked, "Not asked"},
}}

// Values lists the words in their fixed order, for the stored model.
func (ContactWish) Values() []string { return contactWishSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v ContactWish) Valid() bool { return contactWishSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v ContactWish) Label() string { return contactWishSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v ContactWish) MarshalGQL(w io.Writer) { contactWishSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *ContactWish) UnmarshalGQL(in any) error { return contactWishSet.unmarshal(in, v) }
