// Package revisions changes the policy that a running exchange lives under: it tries a
// policy over the whole database, brings it into force while reads go on, and takes it
// back; and it keeps the policies that a server decides by.
//
// It promises that a policy counts only where this process has verified its signatures by
// the keys of its own configuration, whatever the database says; that a change which was
// broken off goes on where it stopped; that a case which was not decided under the live
// revision is closed; and that each use is on the ledger. It will not show the operator
// which cases a policy would open or close: only how many, and to nobody few.
package revisions

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/revision"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/policy"
)

// States of a revision.
const (
	preparing = "PREPARING" // what it decides is being written beside what stands
	live      = "LIVE"
	former    = "FORMER"  // what it decided is kept, so that a rollback is quick
	leaving   = "LEAVING" // rolled back or given up; what it decided is being removed
	ended     = "ENDED"
)

// Kept is how long what the former revision decided is kept for a rollback.
const Kept = 14 * 24 * time.Hour

// Book holds the policies that this process decides by: its own, and those of the database
// whose signatures it has verified. Safe for concurrent use.
type Book struct {
	own     *policy.Policy
	keys    []string
	signers int

	mu    sync.Mutex
	st    *store.Store
	known map[string]*policy.Policy
}

var _ rule.Evaluators = (*Book)(nil)

// NewBook returns a book of a process's own policy. Policies of the database count where so
// many of the keys, PEM blocks, have signed them.
func NewBook(own *policy.Policy, signers int, keys ...string) *Book {
	return &Book{own: own, keys: keys, signers: signers, known: map[string]*policy.Policy{own.Revision(): own}}
}

// Attach says where further policies are read.
func (b *Book) Attach(st *store.Store) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.st = st
}

// Access implements rule.Evaluator by the process's own policy.
func (b *Book) Access(ctx context.Context, f *rule.Facts) ([]rule.Access, error) {
	return b.own.Access(ctx, f)
}

// Revision implements rule.Evaluator by the process's own policy.
func (b *Book) Revision() string { return b.own.Revision() }

// Of implements rule.Evaluators.
func (b *Book) Of(ctx context.Context, revision string) (rule.Evaluator, error) {
	p, err := b.Policy(ctx, revision)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Policy returns the policy of a revision, read from the database and verified where it is
// not known yet.
func (b *Book) Policy(ctx context.Context, name string) (*policy.Policy, error) {
	b.mu.Lock()
	p, st := b.known[name], b.st
	b.mu.Unlock()
	if p != nil {
		return p, nil
	}
	if name == "" || st == nil {
		return nil, notHeld(nil)
	}
	rows, err := stored(ctx, st, revision.Revision(name))
	if err != nil {
		return nil, err
	}
	var refused error
	for _, r := range rows {
		if p, refused = b.add(r); refused == nil {
			return p, nil
		}
	}
	return nil, notHeld(refused)
}

func notHeld(cause error) error {
	return errs.Wrap(cause, errs.Unavailable, "this process does not hold the policy that the database lives under, and does nothing under another: run it with that bundle, or with the keys that have signed it")
}

// add verifies one stored policy and keeps it under what it says, not what the row says.
func (b *Book) add(r *ent.Revision) (*policy.Policy, error) {
	p, err := policy.LoadSigned(r.Bundles, b.signers, b.keys...)
	if err != nil {
		return nil, err
	}
	if p.Revision() != r.Revision {
		return nil, errs.New(errs.Unavailable, "a stored policy is another than its row says")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known[r.Revision] = p
	return p, nil
}

// stored reads rows of revisions, the newest first.
func stored(ctx context.Context, st *store.Store, where ...predicate.Revision) (rows []*ent.Revision, err error) {
	err = st.Run(ctx, onboarding, true, func(ctx context.Context, op *store.Op) error {
		var err error
		rows, err = op.Revision.Query().Where(where...).Order(ent.Desc(revision.FieldBegunOn, revision.FieldSequence)).All(ctx)
		return err
	})
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "reading the policies of the database failed: is it migrated?")
	}
	return rows, nil
}

// onboarding is the role that changes gates.
var onboarding = rule.Scope{Mode: rule.Onboarding}

// Look verifies what is in force, or may come to be, before it is needed. What cannot be
// verified is the error; it is asked for again when it is needed.
func (b *Book) Look(ctx context.Context) error {
	b.mu.Lock()
	st := b.st
	b.mu.Unlock()
	rows, err := stored(ctx, st, revision.StateIn(preparing, live, former))
	if err != nil {
		return err
	}
	for _, r := range rows {
		b.mu.Lock()
		_, known := b.known[r.Revision]
		b.mu.Unlock()
		if known {
			continue
		}
		if _, e := b.add(r); e != nil && err == nil {
			err = e
		}
	}
	return err
}

// Run looks now and then, and once an hour removes what was kept for a rollback long enough,
// until ctx ends. A mishap is told once, until it is over.
func (b *Book) Run(ctx context.Context, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	failed, swept := false, time.Now()
	for {
		err := b.Look(ctx)
		if err == nil && time.Since(swept) > time.Hour {
			swept = time.Now()
			err = sweep(ctx, b.st, Kept)
		}
		if err != nil && !failed && ctx.Err() == nil {
			log.LogAttrs(ctx, slog.LevelError, "a policy of the database cannot be taken up", slog.Any("error", err))
		}
		failed = err != nil
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
