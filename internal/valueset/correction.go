package valueset

import "io"

// CorrectionReason is why a row was corrected (I2, H1): a word of a list, since what
// somebody writes could name her.
type CorrectionReason string

// The values of CorrectionReason.
const (
	CorrectionReasonMistake    CorrectionReason = "MISTAKE"
	CorrectionReasonChanged    CorrectionReason = "CHANGED"
	CorrectionReasonCompleted  CorrectionReason = "COMPLETED"
	CorrectionReasonHerRequest CorrectionReason = "HER_REQUEST"
)

var correctionReasonSet = table[CorrectionReason]{"CorrectionReason", "why a row was corrected (I2, H1)", "", []entry[CorrectionReason]{
	{CorrectionReasonMistake, "It was recorded wrongly"},
	{CorrectionReasonChanged, "It was so, and has changed since"},
	{CorrectionReasonCompleted, "More is known"},
	{CorrectionReasonHerRequest, "She asked for it"},
}}

// Values lists the words in their fixed order, for the stored model.
func (CorrectionReason) Values() []string { return correctionReasonSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v CorrectionReason) Valid() bool { return correctionReasonSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v CorrectionReason) Label() string { return correctionReasonSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v CorrectionReason) MarshalGQL(w io.Writer) { correctionReasonSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *CorrectionReason) UnmarshalGQL(in any) error { return correctionReasonSet.unmarshal(in, v) }
