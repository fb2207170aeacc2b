package v1alpha1

import (
	"slices"
	"strings"
)

// Outcome is what came of a build.
type Outcome string

// The outcomes.
const (
	Built   Outcome = "BUILT"   // a candidate is there, and every gate let it through
	Refused Outcome = "REFUSED" // by a gate or a rule: the same definition will be refused again
	Failed  Outcome = "FAILED"  // for a reason that has nothing to do with what was asked for
)

// Code says why, by one word of a fixed list: a program's last message of its run is one
// Outcome and one Code, and never a figure, a name or a text of its own.
type Code string

// The codes, beside the gates'.
const (
	CodeDone          Code = "done"           // built now
	CodeBefore        Code = "before"         // built by an earlier attempt of the same run
	CodeDefinition    Code = "definition"     // malformed, or not the one of the schedule
	CodeAudience      Code = "audience"       // the definition is for others
	CodeBudget        Code = "budget"         // the definition costs more than the schedule allows
	CodeNotReleasable Code = "not-releasable" // too few persons, a period that is not over, noise that leaves nothing
	CodeInput         Code = "input"          // a key, a file or a setting is wrong
	CodeUnavailable   Code = "unavailable"    // the database cannot be reached, or the disk is full
	CodeStopped       Code = "stopped"        // it was told to end
	CodeInternal      Code = "internal"       // a fault of the program: its log says more
	CodeDeadline      Code = "deadline"       // it took too long
	CodeCrashed       Code = "crashed"        // it ended without a word
	CodeUnknown       Code = "unknown"        // with words that are none of these
)

// gates are those that `sala release check` asks.
var gates = []string{"columns", "words", "rounding", "k", "l", "t", "risk", "pairs", "auditor", "privacy"}

// Gate is the code of a gate that refused.
func Gate(name string) Code {
	if slices.Contains(gates, name) {
		return Code("gate-" + name)
	}
	return CodeUnknown
}

var codes = map[Outcome][]Code{
	Built:   {CodeDone, CodeBefore},
	Refused: {CodeDefinition, CodeAudience, CodeBudget, CodeNotReleasable, CodeUnknown},
	Failed:  {CodeInput, CodeUnavailable, CodeStopped, CodeInternal},
}

// Message is what a program leaves as its last message.
func Message(o Outcome, c Code) string { return string(o) + " " + string(c) }

// ParseMessage reads such a message. What is none of them is not passed on: a message comes
// from a place that a program beside could write to.
func ParseMessage(text string) (Outcome, Code, bool) {
	first, second, _ := strings.Cut(strings.TrimSpace(text), " ")
	o, c := Outcome(first), Code(second)
	if name, is := strings.CutPrefix(second, "gate-"); is && o == Refused && slices.Contains(gates, name) {
		return o, c, true
	}
	if slices.Contains(codes[o], c) {
		return o, c, true
	}
	return Failed, CodeUnknown, false
}
