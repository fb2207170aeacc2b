package revisions

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/revision"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/disclosure"
)

// How a change goes through the cases. A batch is held as long as its transaction lasts,
// some tens of milliseconds, and whoever changes one of its cases waits meanwhile.
const (
	batch    = 100
	shaped   = 1000 // cases whose facts are not read
	tidying  = 1000
	late     = 200                    // cases that are left to the switch itself
	patience = 500 * time.Millisecond // for the gate; answers queue behind
)

// Changed is what a change of policy came to.
type Changed struct {
	Revision string // in force now
	Cases    int    // looked at
	Differed int    // in which it decides otherwise
	// Evaluated are the cases for which the policies were asked; of the others of the same
	// shape what they said is taken.
	Evaluated int
	Before    bool // it was in force before already
}

// Telling is told how far a change has come.
type Telling func(done, of int)

// Apply brings a policy into force, given as one signed bundle a signer. Called again with
// the same one after it was broken off it goes on.
func (b *Book) Apply(ctx context.Context, st *store.Store, bundles [][]byte, tell Telling) (*Changed, error) {
	p, err := policy.LoadSigned(bundles, b.signers, b.keys...)
	if err != nil {
		return nil, err
	}
	if err := tidyLeaving(ctx, st); err != nil {
		return nil, err
	}
	c, before, err := b.begin(ctx, st, p, bundles)
	if err != nil {
		return nil, err
	}
	if before {
		return &Changed{Revision: p.Revision(), Before: true}, b.finish(ctx, st)
	}
	was, err := b.Policy(ctx, c.was)
	if err != nil {
		return nil, err
	}
	if err := tidyState(ctx, st, former, 0); err != nil {
		return nil, err
	}
	b.mu.Lock()
	b.known[p.Revision()] = p
	b.mu.Unlock()
	return b.change(ctx, st, c, policy.NewPair(was, p), tell)
}

// course is a change with the rows that say where it stands.
type course struct {
	store.Change
	was          string // names the revision that is live until then
	target, from string // ids of the rows of revisions
	back         bool
}

// begin puts down that the policy is being prepared, or finds that it is.
func (b *Book) begin(ctx context.Context, st *store.Store, p *policy.Policy, bundles [][]byte) (c *course, before bool, err error) {
	err = st.Run(ctx, onboarding, false, func(ctx context.Context, op *store.Op) error {
		if err := op.LockAgencies(ctx); err != nil { // one change at a time begins
			return err
		}
		name, sequence, err := op.Live(ctx)
		if err != nil {
			return err
		}
		if before = name == p.Revision(); before {
			return nil
		}
		c = &course{Change: store.Change{Live: sequence, Target: sequence + 1, Revision: p.Revision()}, was: name}
		if c.from, err = standing(ctx, op, name, sequence); err != nil {
			return err
		}
		under, err := op.Revision.Query().Where(revision.State(preparing)).All(ctx)
		if err != nil {
			return err
		}
		if len(under) > 0 {
			r := under[0]
			if len(under) > 1 || r.Revision != p.Revision() || r.Sequence != c.Target {
				return errs.New(errs.Conflict, "another policy is being prepared: go on with its bundle, or give it up with `sala policy rollback`")
			}
			c.target = r.ID
			return nil
		}
		// What one that was rolled back or given up meanwhile decided stands under the same number.
		gone, err := op.Revision.Query().Where(revision.State(leaving)).Exist(ctx)
		if err != nil {
			return err
		}
		if gone {
			return errs.New(errs.Conflict, "a policy that was rolled back or given up is still being removed: run this again")
		}
		row, err := op.Revision.Create().SetSequence(c.Target).SetRevision(p.Revision()).SetBundles(bundles).SetState(preparing).SetBegunOn(op.Scope.Now).Save(ctx)
		if err != nil {
			return err
		}
		c.target = row.ID
		return nil
	})
	if err != nil && errs.KindOf(err) == errs.Internal {
		err = errs.Wrap(err, errs.Unavailable, "beginning to change the policy failed: nothing was changed")
	}
	return c, before, err
}

// standing returns the row of the live revision; one that came in with the first server has
// none until it is changed.
func standing(ctx context.Context, op *store.Op, name string, sequence int64) (id string, err error) {
	r, err := op.Revision.Query().Where(revision.State(live), revision.Sequence(sequence), revision.Revision(name)).Only(ctx)
	if ent.IsNotFound(err) {
		r, err = op.Revision.Create().SetSequence(sequence).SetRevision(name).SetState(live).SetBegunOn(op.Scope.Now).Save(ctx)
	}
	if err != nil {
		return "", err
	}
	return r.ID, nil
}

// change prepares every case, switches, and settles what came in between.
func (b *Book) change(ctx context.Context, st *store.Store, c *course, by *policy.Pair, tell Telling) (*Changed, error) {
	c.By = by
	out := &Changed{Revision: c.Revision}
	for rounds := 0; ; rounds++ {
		n, differed, err := prepareAll(ctx, st, c.Change, tell)
		if err != nil {
			return nil, err
		}
		out.Cases, out.Differed = out.Cases+n, out.Differed+differed
		tell = nil // what comes now came in meanwhile
		err = again(ctx, func() error { return b.switchTo(ctx, st, c) })
		if err == nil {
			break
		}
		if errors.Is(err, store.ErrGivenUp) || errs.KindOf(err) != errs.Conflict || rounds == 20 {
			return nil, err
		}
	}
	evaluated, _ := by.Evaluated()
	out.Evaluated = int(evaluated)
	return out, b.finish(ctx, st)
}

// prepareAll goes through all cases that are not decided under the target, several batches
// at a time.
func prepareAll(ctx context.Context, st *store.Store, c store.Change, tell Telling) (n, differed int, err error) {
	p := &preparation{st: st, c: c, tell: tell}
	if tell != nil {
		err := st.Run(ctx, rule.Scope{Mode: rule.Policy}, true, func(ctx context.Context, op *store.Op) error {
			_, open, err := op.CountUndecided(ctx, c.Target)
			p.all = open
			return err
		})
		if err != nil {
			return 0, 0, err
		}
	}
	work, within := errgroup.WithContext(ctx)
	queue := make(chan []store.Shaped)
	for range workers() {
		work.Go(func() error {
			for some := range queue {
				if err := p.some(within, some); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err = inBatches(within, shaped, queue, func(ctx context.Context, last *store.Shaped, limit int) (some []store.Shaped, err error) {
		after := ""
		if last != nil {
			after = last.ID
		}
		err = st.Run(ctx, rule.Scope{Mode: rule.Policy}, true, func(ctx context.Context, op *store.Op) (err error) {
			some, err = op.UndecidedShapes(ctx, c, after, limit)
			return err
		})
		return some, err
	})
	close(queue)
	if e := work.Wait(); e != nil {
		err = e
	}
	return int(p.done.Load()), int(p.differ.Load()), err
}

// workers use all processors, and leave the database some work beside.
func workers() int { return max(2, runtime.GOMAXPROCS(0)) }

// inBatches sends what next reads, after the last that it read, in batches until there is
// nothing more.
func inBatches[T any](ctx context.Context, size int, to chan<- []T, next func(ctx context.Context, last *T, limit int) ([]T, error)) error {
	const most = 10 // batches are read together
	for last := (*T)(nil); ; {
		some, err := next(ctx, last, most*size)
		if err != nil || len(some) == 0 {
			return err
		}
		last = &some[len(some)-1]
		for batch := range slices.Chunk(some, size) {
			select {
			case to <- batch:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// switchTo makes the target live, with its record and the states of both revisions, in one
// transaction.
func (b *Book) switchTo(ctx context.Context, st *store.Store, c *course) error {
	return st.Run(ctx, onboarding, false, func(ctx context.Context, op *store.Op) error {
		if err := op.Switch(ctx, c.Change, late, patience); err != nil {
			return err
		}
		was, after := preparing, former
		if c.back {
			was, after = former, leaving
		}
		n, err := op.Revision.Update().Where(revision.ID(c.target), revision.State(was)).SetState(live).SetLiveOn(op.Scope.Now).ClearEndedOn().Save(ctx)
		if err == nil && n != 1 {
			return store.ErrGivenUp
		}
		if err == nil {
			err = op.Revision.UpdateOneID(c.from).SetState(after).SetEndedOn(op.Scope.Now).Exec(ctx)
		}
		if err != nil {
			return errs.Wrap(err, errs.Unavailable, "switching the policy failed: the one before is in force")
		}
		return disclosure.DecideAbout(ctx, op, "switch policy", "", c.was, c.Revision)
	})
}

// finish decides the cases that others were changing at the moment of the switch and then
// did not, and that somebody closed: under the live revision, which the book has.
func (b *Book) finish(ctx context.Context, st *store.Store) error {
	for last := ""; ; {
		var ids []string
		err := st.Run(ctx, rule.Scope{Mode: rule.Policy}, true, func(ctx context.Context, op *store.Op) error {
			_, sequence, err := op.Live(ctx)
			if err == nil {
				ids, err = op.Undecided(ctx, sequence, last, batch)
			}
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			err := again(ctx, func() error {
				return st.Run(ctx, rule.Scope{Mode: rule.Policy}, false, func(ctx context.Context, op *store.Op) error {
					if err := op.Lock(ctx, id); err != nil {
						return err
					}
					op.Touch(id)
					return nil
				})
			})
			if err != nil {
				return err
			}
			last = id
		}
	}
}

// again repeats what failed for what others did at the same time.
func again(ctx context.Context, do func() error) error {
	for tries := 0; ; tries++ {
		err := do()
		if err == nil || !store.Again(err) || tries == 60 {
			return err
		}
		wait := time.NewTimer(time.Duration(20+10*tries) * time.Millisecond)
		select {
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		case <-wait.C:
		}
	}
}
