package valueset

import "io"

// AgencyKind is the kind of an agency (I7).
type AgencyKind string

// The values of AgencyKind.
const (
	AgencyKindMinistry                  AgencyKind = "MINISTRY"
	AgencyKindPolice                    AgencyKind = "POLICE"
	AgencyKindProsecutor                AgencyKind = "PROSECUTOR"
	AgencyKindCourt                     AgencyKind = "COURT"
	AgencyKindLegalAid                  AgencyKind = "LEGAL_AID"
	AgencyKindLabourInspection          AgencyKind = "LABOUR_INSPECTION"
	AgencyKindImmigrationOrBorder       AgencyKind = "IMMIGRATION_OR_BORDER"
	AgencyKindConsular                  AgencyKind = "CONSULAR"
	AgencyKindHealth                    AgencyKind = "HEALTH"
	AgencyKindShelter                   AgencyKind = "SHELTER"
	AgencyKindUnion                     AgencyKind = "UNION"
	AgencyKindTradeUnion                AgencyKind = "TRADE_UNION"
	AgencyKindNGO                       AgencyKind = "NGO"
	AgencyKindInternationalOrganisation AgencyKind = "INTERNATIONAL_ORGANISATION"
	AgencyKindCoordinationBody          AgencyKind = "COORDINATION_BODY"
	AgencyKindRegionalCounterpart       AgencyKind = "REGIONAL_COUNTERPART"
)

var agencyKindSet = table[AgencyKind]{"AgencyKind", "the kind of an agency (I7)", "", []entry[AgencyKind]{
	{AgencyKindMinistry, "Ministry"},
	{AgencyKindPolice, "Police"},
	{AgencyKindProsecutor, "Prosecutor"},
	{AgencyKindCourt, "Court"},
	{AgencyKindLegalAid, "Legal aid or bar"},
	{AgencyKindLabourInspection, "Labour inspection"},
	{AgencyKindImmigrationOrBorder, "Immigration or border"},
	{AgencyKindConsular, "Consular post"},
	{AgencyKindHealth, "Health"},
	{AgencyKindShelter, "Shelter"},
	{AgencyKindUnion, "Union (mass organisation)"},
	{AgencyKindTradeUnion, "Trade union"},
	{AgencyKindNGO, "NGO"},
	{AgencyKindInternationalOrganisation, "International organisation"},
	{AgencyKindCoordinationBody, "Coordination body"},
	{AgencyKindRegionalCounterpart, "Regional counterpart"},
}}

// Values lists the words in their fixed order, for the stored model.
func (AgencyKind) Values() []string { return agencyKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v AgencyKind) Valid() bool { return agencyKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v AgencyKind) Label() string { return agencyKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v AgencyKind) MarshalGQL(w io.Writer) { agencyKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *AgencyKind) UnmarshalGQL(in any) error { return agencyKindSet.unmarshal(in, v) }
