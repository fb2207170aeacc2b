package valueset

import "io"

// WhereaboutsKind is the kind of place where the person is.
type WhereaboutsKind string

// The values of WhereaboutsKind.
const (
	WhereaboutsKindShelter     WhereaboutsKind = "SHELTER"
	WhereaboutsKindOwnHome     WhereaboutsKind = "OWN_HOME"
	WhereaboutsKindWithFamily  WhereaboutsKind = "WITH_FAMILY"
	WhereaboutsKindWithFriends WhereaboutsKind = "WITH_FRIENDS"
	WhereaboutsKindHospital    WhereaboutsKind = "HOSPITAL"
	WhereaboutsKindCustody     WhereaboutsKind = "CUSTODY"
	WhereaboutsKindWorkplace   WhereaboutsKind = "WORKPLACE"
	WhereaboutsKindInTransit   WhereaboutsKind = "IN_TRANSIT"
	WhereaboutsKindOther       WhereaboutsKind = "OTHER"
)

var whereaboutsKindSet = table[WhereaboutsKind]{"WhereaboutsKind", "kind of place where the person is", "", []entry[WhereaboutsKind]{
	{WhereaboutsKindShelter, "Shelter"},
	{WhereaboutsKindOwnHome, "Own home"},
	{WhereaboutsKindWithFamily, "With family"},
	{WhereaboutsKindWithFriends, "With friends"},
	{WhereaboutsKindHospital, "Hospital"},
	{WhereaboutsKindCustody, "In custody"},
	{WhereaboutsKindWorkplace, "Workplace"},
	{WhereaboutsKindInTransit, "In transit"},
	{WhereaboutsKindOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (WhereaboutsKind) Values() []string { return whereaboutsKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v WhereaboutsKind) Valid() bool { return whereaboutsKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v WhereaboutsKind) Label() string { return whereaboutsKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v WhereaboutsKind) MarshalGQL(w io.Writer) { whereaboutsKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *WhereaboutsKind) UnmarshalGQL(in any) error { return whereaboutsKindSet.unmarshal(in, v) }
