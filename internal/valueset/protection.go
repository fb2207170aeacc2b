package valueset

import "io"

// RiskLevel is how great a risk to the person is (G6).
type RiskLevel string

// The values of RiskLevel.
const (
	RiskLevelLow       RiskLevel = "LOW"
	RiskLevelMedium    RiskLevel = "MEDIUM"
	RiskLevelHigh      RiskLevel = "HIGH"
	RiskLevelImmediate RiskLevel = "IMMEDIATE"
)

var riskLevelSet = table[RiskLevel]{"RiskLevel", "how great a risk to the person is (G6)", "", []entry[RiskLevel]{
	{RiskLevelLow, "Low"},
	{RiskLevelMedium, "Medium"},
	{RiskLevelHigh, "High"},
	{RiskLevelImmediate, "Immediate"},
}}

// Values lists the words in their fixed order, for the stored model.
func (RiskLevel) Values() []string { return riskLevelSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v RiskLevel) Valid() bool { return riskLevelSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v RiskLevel) Label() string { return riskLevelSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v RiskLevel) MarshalGQL(w io.Writer) { riskLevelSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *RiskLevel) UnmarshalGQL(in any) error { return riskLevelSet.unmarshal(in, v) }

// RiskSource is from whom a risk to the person comes (G6).
type RiskSource string

// The values of RiskSource.
const (
	RiskSourceTrafficker RiskSource = "TRAFFICKER"
	RiskSourcePartner    RiskSource = "PARTNER"
	RiskSourceFamily     RiskSource = "FAMILY"
	RiskSourceCommunity  RiskSource = "COMMUNITY"
	RiskSourceEmployer   RiskSource = "EMPLOYER"
	RiskSourceOfficial   RiskSource = "OFFICIAL"
	RiskSourceUnknown    RiskSource = "UNKNOWN"
	RiskSourceOther      RiskSource = "OTHER"
)

var riskSourceSet = table[RiskSource]{"RiskSource", "from whom a risk to the person comes (G6)", "", []entry[RiskSource]{
	{RiskSourceTrafficker, "Trafficker or network"},
	{RiskSourcePartner, "Partner"},
	{RiskSourceFamily, "Family"},
	{RiskSourceCommunity, "Community"},
	{RiskSourceEmployer, "Employer"},
	{RiskSourceOfficial, "Official"},
	{RiskSourceUnknown, "Not known"},
	{RiskSourceOther, "Other"},
}}

// Values lists the words in their fixed order, for the stored model.
func (RiskSource) Values() []string { return riskSourceSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v RiskSource) Valid() bool { return riskSourceSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v RiskSource) Label() string { return riskSourceSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v RiskSource) MarshalGQL(w io.Writer) { riskSourceSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *RiskSource) UnmarshalGQL(in any) error { return riskSourceSet.unmarshal(in, v) }
