package valueset

import "io"

// RecoveryDecision is what she decides about contact with justice while she recovers (D7).
type RecoveryDecision string

// The values of RecoveryDecision.
const (
	RecoveryDecisionUndecided RecoveryDecision = "UNDECIDED"
	RecoveryDecisionAsks      RecoveryDecision = "ASKS"
	RecoveryDecisionDeclines  RecoveryDecision = "DECLINES"
)

var recoveryDecisionSet = table[RecoveryDecision]{"RecoveryDecision", "what she decides about contact with justice while she recovers (D7)", "", []entry[RecoveryDecision]{
	{RecoveryDecisionUndecided, "Not decided yet"},
	{RecoveryDecisionAsks, "She asks for it herself"},
	{RecoveryDecisionDeclines, "She does not want it"},
}}

// Values lists the words in their fixed order, for the stored model.
func (RecoveryDecision) Values() []string { return recoveryDecisionSet.words() }

// Valid reports whether v is one of the values; "" is not.
func (v RecoveryDecision) Valid() bool { return recoveryDecisionSet.has(v) }

// Label returns v in plain English, or "" for an unknown v.
func (v RecoveryDecision) Label() string { return recoveryDecisionSet.label(v) }

// MarshalGQL writes v as a GraphQL enum value, or null for an unknown v.
func (v RecoveryDecision) MarshalGQL(w io.Writer) { recoveryDecisionSet.marshal(w, v) }

// UnmarshalGQL reads a word; an unknown one is an error that does not repeat it.
func (v *RecoveryDecision) UnmarshalGQL(in any) error { return recoveryDecisionSet.unmarshal(in, v) }
