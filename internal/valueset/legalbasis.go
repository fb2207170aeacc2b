package valueset

import "io"

// LegalBasisKind is what an access without her consent rests on in law (F1).
type LegalBasisKind string

// The values of LegalBasisKind.
const (
	LegalBasisKindCourtOrder    LegalBasisKind = "COURT_ORDER"
	LegalBasisKindStatutoryDuty LegalBasisKind = "STATUTORY_DUTY"
	LegalBasisKindVitalInterest LegalBasisKind = "VITAL_INTEREST"
)

var legalBasisKindSet = table[LegalBasisKind]{"LegalBasisKind", "what an access without her consent rests on in law (F1)", "", []entry[LegalBasisKind]{
	{LegalBasisKindCourtOrder, "An order of a court"},
	{LegalBasisKindStatutoryDuty, "A duty by statute"},
	{LegalBasisKindVitalInterest, "A danger to life or limb, for 72 hours at most"},
}}

// Values lists the words in their fixed order, for the stored model.
func (LegalBasisKind) Values() []string { return legalBasisKindSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v LegalBasisKind) Valid() bool { return legalBasisKindSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v LegalBasisKind) Label() string { return legalBasisKindSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v LegalBasisKind) MarshalGQL(w io.Writer) { legalBasisKindSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *LegalBasisKind) UnmarshalGQL(in any) error { return legalBasisKindSet.unmarshal(in, v) }

// LegalBasisState is whether a legal basis is in effect (F1).
type LegalBasisState string

// The values of LegalBasisState.
const (
	LegalBasisStateWaiting   LegalBasisState = "WAITING"
	LegalBasisStateConfirmed LegalBasisState = "CONFIRMED"
	LegalBasisStateRefused   LegalBasisState = "REFUSED"
	LegalBasisStateEnded     LegalBasisState = "ENDED"
)

var legalBasisStateSet = table[LegalBasisState]{"LegalBasisState", "whether a legal basis is in effect (F1)", "", []entry[LegalBasisState]{
	{LegalBasisStateWaiting, "Waits to be checked by the agency whose rows it asks for"},
	{LegalBasisStateConfirmed, "Checked, and in effect for its time"},
	{LegalBasisStateRefused, "Refused"},
	{LegalBasisStateEnded, "Ended before its time"},
}}

// Values lists the words in their fixed order, for the stored model.
func (LegalBasisState) Values() []string { return legalBasisStateSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v LegalBasisState) Valid() bool { return legalBasisStateSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v LegalBasisState) Label() string { return legalBasisStateSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v LegalBasisState) MarshalGQL(w io.Writer) { legalBasisStateSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *LegalBasisState) UnmarshalGQL(in any) error { return legalBasisStateSet.unmarshal(in, v) }

// LegalBasisRefusal is why a legal basis was refused; it stays with the agency that refused (F1).
type LegalBasisRefusal string

// The values of LegalBasisRefusal.
const (
	LegalBasisRefusalNotHere      LegalBasisRefusal = "NOT_HERE"
	LegalBasisRefusalNoDocument   LegalBasisRefusal = "NO_DOCUMENT"
	LegalBasisRefusalNotCompetent LegalBasisRefusal = "NOT_COMPETENT"
	LegalBasisRefusalTooBroad     LegalBasisRefusal = "TOO_BROAD"
	LegalBasisRefusalNotNecessary LegalBasisRefusal = "NOT_NECESSARY"
	LegalBasisRefusalRefusedByHer LegalBasisRefusal = "REFUSED_BY_HER"
	LegalBasisRefusalOther        LegalBasisRefusal = "OTHER"
)

var legalBasisRefusalSet = table[LegalBasisRefusal]{"LegalBasisRefusal", "why a legal basis was refused; it stays with the agency that refused (F1)", "", []entry[LegalBasisRefusal]{
	{LegalBasisRefusalNotHere, "No rows of this agency stand under the reference"},
	{LegalBasisRefusalNoDocument, "The document is missing, or is not what was entered"},
	{LegalBasisRefusalNotCompetent, "Whoever ordered or asks it is not competent for it"},
	{LegalBasisRefusalTooBroad, "It asks for more than its document reaches"},
	{LegalBasisRefusalNotNecessary, "It is not necessary for what it is for"},
	{LegalBasisRefusalRefusedByHer, "She refuses, and nothing goes over her refusal"},
	{LegalBasisRefusalOther, "Another reason"},
}}

// Values lists the words in their fixed order, for the stored model.
func (LegalBasisRefusal) Values() []string { return legalBasisRefusalSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v LegalBasisRefusal) Valid() bool { return legalBasisRefusalSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v LegalBasisRefusal) Label() string { return legalBasisRefusalSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v LegalBasisRefusal) MarshalGQL(w io.Writer) { legalBasisRefusalSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *LegalBasisRefusal) UnmarshalGQL(in any) error { return legalBasisRefusalSet.unmarshal(in, v) }
