package api

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/services/disclosure"
)

// Lagwatch says how long records wait for their places where another process gives them:
// it looks in the database and changes nothing. It is safe for concurrent use.
type Lagwatch struct {
	store *store.Store
	every time.Duration
	log   *slog.Logger
	now   func() time.Time

	mu      sync.Mutex
	looked  bool
	oldest  *disclosure.Waiting // at the last look
	reached time.Time           // no record that is older waits
}

// NewLagwatch returns a watch that looks at once and then every interval.
func NewLagwatch(st *store.Store, every time.Duration, log *slog.Logger) *Lagwatch {
	return &Lagwatch{store: st, every: every, log: log, now: time.Now, reached: time.Now()}
}

// Lag is how old the record is that waits longest, or how long ago the last look was that
// found none: no record that is older waits. It grows while the database cannot be asked.
func (l *Lagwatch) Lag() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now().Sub(l.reached)
}

// Run looks until ctx ends. It logs a failure once until the next look that succeeds.
func (l *Lagwatch) Run(ctx context.Context) {
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	for failing := false; ; {
		err := l.look(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			l.log.LogAttrs(ctx, slog.LevelError, "the ledger's lag could not be read", slog.Any("error", err))
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look survives a panic.
func (l *Lagwatch) look(ctx context.Context) (err error) {
	defer func() {
		if recover() != nil {
			l.log.LogAttrs(ctx, slog.LevelError, "the watch of the ledger's lag panicked", slog.Any("stack", logline.Stack()))
			err = errs.New(errs.Internal, "the watch of the ledger's lag panicked")
		}
	}()
	began := l.now()
	l.mu.Lock()
	last := l.oldest
	l.mu.Unlock()
	oldest, err := disclosure.Oldest(ctx, l.store, last)
	if err == nil {
		l.found(began, oldest)
	}
	return err
}

// found takes in what waited longest at a look, which began no later than the record that
// the look before found: none says that this one, too, has its place. A record that is younger than the one
// before says that all up to it have their places. One that is older was committed late,
// as a long change is: it says nothing about the sequencer.
func (l *Lagwatch) found(began time.Time, oldest *disclosure.Waiting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, first := l.oldest, !l.looked
	l.oldest, l.looked = oldest, true
	if oldest == nil {
		l.reached = began
		return
	}
	made := time.UnixMicro(oldest.At)
	switch {
	case first && made.Before(l.reached): // it waits since before this process
		l.reached = made
	case first:
	case before == nil, made.Before(time.UnixMicro(before.At)), *oldest == *before:
	case made.After(l.reached):
		l.reached = made
	}
	if l.reached.After(began) { // by another process's clock
		l.reached = began
	}
}
