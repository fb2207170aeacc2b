package store

import (
	"context"
	"sync"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
)

// Tally counts the statements of the operations that ran under a context, apart by
// the role that they began in: the request's own, its record's, the sign-in's. It is
// safe for concurrent use.
type Tally struct {
	mu sync.Mutex
	by map[rule.Mode]Count
}

// Count is what operations cost.
type Count struct {
	Operations int
	Reads      int64 // statements that read data
	Writes     int64 // statements that write data
	Control    int64 // BEGIN, COMMIT, settings and roles
	Time       time.Duration
}

type tallyKey struct{}

// WithTally returns ctx under which operations are counted in t.
func WithTally(ctx context.Context, t *Tally) context.Context {
	return context.WithValue(ctx, tallyKey{}, t)
}

// Of returns what was counted for a role.
func (t *Tally) Of(m rule.Mode) Count {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.by[m]
}

func (t *Tally) add(o *Op) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[rule.Mode]Count{}
	}
	c := t.by[o.Scope.Mode]
	c.Operations++
	reads, writes, control := o.Statements()
	c.Reads, c.Writes, c.Control = c.Reads+reads, c.Writes+writes, c.Control+control
	c.Time += time.Since(o.begun)
	t.by[o.Scope.Mode] = c
}

// look counts a look that began so; on the nil Tally nothing.
func (t *Tally) look(m rule.Mode, statements Count) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[rule.Mode]Count{}
	}
	c := t.by[m]
	c.Operations++
	c.Reads, c.Control, c.Time = c.Reads+statements.Reads, c.Control+statements.Control, c.Time+statements.Time
	t.by[m] = c
}

// ended hands the operation's counts in, where somebody counts.
func (o *Op) ended() {
	if o.tally != nil {
		o.tally.add(o)
	}
}
