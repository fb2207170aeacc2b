package valueset

import "io"

// GlassGround is why a break-glass could not wait (F3).
type GlassGround string

// The values of GlassGround.
const (
	GlassGroundDangerToLife     GlassGround = "DANGER_TO_LIFE"
	GlassGroundMedicalEmergency GlassGround = "MEDICAL_EMERGENCY"
	GlassGroundSafetyThreat     GlassGround = "SAFETY_THREAT"
	GlassGroundCannotBeReached  GlassGround = "OWNER_NOT_REACHED"
)

var glassGroundSet = table[GlassGround]{"GlassGround", "why a break-glass could not wait (F3)", "", []entry[GlassGround]{
	{GlassGroundDangerToLife, "Her life, or that of somebody with her, is in danger"},
	{GlassGroundMedicalEmergency, "A medical emergency"},
	{GlassGroundSafetyThreat, "Somebody is after her, or the place is not safe any more"},
	{GlassGroundCannotBeReached, "She needs help now, and her case worker cannot be reached"},
}}

// Values lists the words in their fixed order, for the stored model.
func (GlassGround) Values() []string { return glassGroundSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v GlassGround) Valid() bool { return glassGroundSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v GlassGround) Label() string { return glassGroundSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v GlassGround) MarshalGQL(w io.Writer) { glassGroundSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *GlassGround) UnmarshalGQL(in any) error { return glassGroundSet.unmarshal(in, v) }

// GlassVerdict is what the review of a break-glass came to (F3).
type GlassVerdict string

// The values of GlassVerdict.
const (
	GlassVerdictJustified    GlassVerdict = "JUSTIFIED"
	GlassVerdictTooBroad     GlassVerdict = "TOO_BROAD"
	GlassVerdictNotJustified GlassVerdict = "NOT_JUSTIFIED"
	GlassVerdictMisuse       GlassVerdict = "MISUSE"
)

var glassVerdictSet = table[GlassVerdict]{"GlassVerdict", "what the review of a break-glass came to (F3)", "", []entry[GlassVerdict]{
	{GlassVerdictJustified, "It was justified"},
	{GlassVerdictTooBroad, "It was justified, and more was opened than was needed"},
	{GlassVerdictNotJustified, "It was not justified"},
	{GlassVerdictMisuse, "It was misused: an incident is to be recorded"},
}}

// Values lists the words in their fixed order, for the stored model.
func (GlassVerdict) Values() []string { return glassVerdictSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v GlassVerdict) Valid() bool { return glassVerdictSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v GlassVerdict) Label() string { return glassVerdictSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v GlassVerdict) MarshalGQL(w io.Writer) { glassVerdictSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *GlassVerdict) UnmarshalGQL(in any) error { return glassVerdictSet.unmarshal(in, v) }

// GlassOutcome is what an attempt at break-glass came to (F3).
type GlassOutcome string

// The values of GlassOutcome.
const (
	GlassOutcomeOpened        GlassOutcome = "OPENED"
	GlassOutcomeRefusalStands GlassOutcome = "REFUSAL_STANDS"
	GlassOutcomeNotOpened     GlassOutcome = "NOT_OPENED"
	GlassOutcomeTooMany       GlassOutcome = "TOO_MANY"
)

var glassOutcomeSet = table[GlassOutcome]{"GlassOutcome", "what an attempt at break-glass came to (F3)", "", []entry[GlassOutcome]{
	{GlassOutcomeOpened, "The case is open for some hours"},
	{GlassOutcomeRefusalStands, "A refusal of hers stands: give your reason although she refused, and confirm"},
	{GlassOutcomeNotOpened, "Nothing was opened"},
	{GlassOutcomeTooMany, "Nothing was tried: you have tried as often as is allowed"},
}}

// Values lists the words in their fixed order, for the stored model.
func (GlassOutcome) Values() []string { return glassOutcomeSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v GlassOutcome) Valid() bool { return glassOutcomeSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v GlassOutcome) Label() string { return glassOutcomeSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v GlassOutcome) MarshalGQL(w io.Writer) { glassOutcomeSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *GlassOutcome) UnmarshalGQL(in any) error { return glassOutcomeSet.unmarshal(in, v) }
