// Package rule holds what stands between a viewer and the stored rows: the facts
// that policy decides on, the Evaluator that decides, and the predicates and
// hooks that carry the decision into every query and mutation.
//
// It promises that a missing viewer, purpose, evaluator or operation means deny.
// It holds no policy of its own: that is Rego, behind Evaluator.
package rule

import "context"

// Forever is the end of an interval that has no end: 9999-12-31T23:59:59.999999Z
// in UTC microseconds.
const Forever int64 = 253402300799999999

// Evaluator decides who may see what of a case. It must not read or write
// anything: the facts are the whole of its input.
type Evaluator interface {
	// Access returns every access that follows from the facts. An undefined or
	// malformed result is an error, never an empty answer.
	Access(ctx context.Context, f *Facts) ([]Access, error)
	// Revision names the policy that decides, as the live-revision gate does.
	Revision() string
}

// Evaluators is an Evaluator that knows those of other revisions too: a process goes on
// when another comes into force.
type Evaluators interface {
	Evaluator
	// Of returns the evaluator of a revision. An error of kind Unavailable means that this
	// process has none whose signatures it trusts: it decides nothing.
	Of(ctx context.Context, revision string) (Evaluator, error)
}

// Compared is what two revisions decide on the same facts.
type Compared struct {
	Shape *Shape // of the facts
	Alike bool
	// Of gives one side; nil where they are alike.
	Of func(Side) []Access
}

// Side is a part of what two revisions decide.
type Side int

// The sides.
const (
	Was  Side = iota // what the first gives
	Is               // what the second gives
	More             // what the second gives and the first does not
	Less             // what the first gives and the second does not
)

// Gives returns one side, with the ids and times of the case; nothing where the two are
// alike.
func (c Compared) Gives(side Side) []Access {
	if c.Of == nil {
		return nil
	}
	return c.Of(side)
}

// Comparer decides by two revisions at once: the one that a case was decided by, and the
// one that it is to be decided by.
type Comparer interface {
	Compare(ctx context.Context, f *Facts) (Compared, error)
	// Known returns what the two give on a case of that shape, where that is known from one
	// that was compared before.
	Known(s *Shape) (c Compared, known bool)
	// Is returns what the second gives alone.
	Is(ctx context.Context, f *Facts) ([]Access, error)
}
