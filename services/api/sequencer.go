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

// Sequencer gives the ledger's records their places, one pass after another. Several
// processes may run one each: a lock in the database lets one work at a time. It is
// safe for concurrent use.
type Sequencer struct {
	store *store.Store
	every time.Duration
	log   *slog.Logger

	mu      sync.Mutex
	looked  bool // at every record, once; only Run's goroutine reads it
	placed  int64
	reached time.Time // when the last whole pass began
}

// NewSequencer returns a sequencer that makes a pass at once and then every interval.
func NewSequencer(st *store.Store, every time.Duration, log *slog.Logger) *Sequencer {
	return &Sequencer{store: st, every: every, log: log, reached: time.Now()}
}

// Sequence runs a sequencer until ctx ends.
func Sequence(ctx context.Context, st *store.Store, every time.Duration, log *slog.Logger) {
	NewSequencer(st, every, log).Run(ctx)
}

// Lag is how long ago the last pass began that left no record without a place: no
// record that is older waits.
func (s *Sequencer) Lag() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Since(s.reached)
}

// Placed is how many records this process gave a place.
func (s *Sequencer) Placed() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.placed
}

// Run makes passes until ctx ends. It logs a failure without details of any row, once
// until the next pass that succeeds.
func (s *Sequencer) Run(ctx context.Context) {
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for failing := false; ; {
		err := s.pass(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			s.log.LogAttrs(ctx, slog.LevelError, "the ledger could not be sequenced", slog.Any("error", err))
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// pass survives a panic: a record without a place is placed by the next pass.
func (s *Sequencer) pass(ctx context.Context) (err error) {
	defer func() {
		if recover() != nil {
			s.log.LogAttrs(ctx, slog.LevelError, "the sequencer panicked", slog.Any("stack", logline.Stack()))
			err = errs.New(errs.Internal, "the sequencer panicked")
		}
	}()
	began := time.Now()
	sequence := disclosure.Sequence
	if !s.looked {
		sequence = disclosure.SequenceAll
	}
	n, err := sequence(ctx, s.store)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.placed += int64(n); err == nil {
		s.looked, s.reached = true, began
	}
	return err
}
