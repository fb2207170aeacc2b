// Package request carries what may be told of one request: its id, the kind of its
// operation, how it ended, and the kind of agency that asked.
//
// It promises that nothing else fits in: no name, no subject, no agency, no case, no
// text of the document. Logs, metrics and traces are made of this and of nothing
// that the client typed.
package request

import (
	"context"
	"regexp"
	"sync"

	"github.com/sala-exchange/sala/internal/pubid"
)

// Note is what may be told of one request. The nil *Note takes everything in silence,
// so that what runs outside a server needs none. It is safe for concurrent use.
type Note struct {
	id string

	mu                             sync.Mutex
	operation, outcome, agencyKind string
}

// Facts is what a Note holds at its end. What was never told is empty.
type Facts struct {
	Operation  string // "query" or "mutation"
	Outcome    string // "OK" or a code of internal/errs
	AgencyKind string // a word of valueset.AgencyKind
}

// wellFormed is what an id of others may be: hexadecimal digits and hyphens, as UUIDs
// and trace ids have them. No name can be written so.
var wellFormed = regexp.MustCompile(`^[0-9a-fA-F-]{16,64}$`)

// New returns the note of a new request. The offered id is kept where it is well
// formed (16 to 64 hexadecimal digits and hyphens); otherwise one is made.
func New(offered string) *Note {
	if !wellFormed.MatchString(offered) {
		offered = pubid.New("req")
	}
	return &Note{id: offered}
}

// ID is the request's id, empty on the nil Note.
func (n *Note) ID() string {
	if n == nil {
		return ""
	}
	return n.id
}

// SetOperation tells the kind of operation: "query" or "mutation".
func (n *Note) SetOperation(kind string) { n.set(func() { n.operation = kind }) }

// SetOutcome tells how it ended: "OK" or a code of internal/errs.
func (n *Note) SetOutcome(code string) { n.set(func() { n.outcome = code }) }

// SetAgencyKind tells which kind of agency asks.
func (n *Note) SetAgencyKind(kind string) { n.set(func() { n.agencyKind = kind }) }

func (n *Note) set(change func()) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	change()
}

// Facts returns what was told until now.
func (n *Note) Facts() Facts {
	var f Facts
	n.set(func() { f = Facts{Operation: n.operation, Outcome: n.outcome, AgencyKind: n.agencyKind} })
	return f
}

type key struct{}

// NewContext returns ctx with n.
func NewContext(ctx context.Context, n *Note) context.Context {
	return context.WithValue(ctx, key{}, n)
}

// From returns the note of ctx, nil where there is none.
func From(ctx context.Context) *Note {
	n, _ := ctx.Value(key{}).(*Note)
	return n
}
