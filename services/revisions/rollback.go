package revisions

import (
	"context"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/predicate"
	"github.com/sala-exchange/sala/ent/revision"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/disclosure"
)

// Rollback brings the former policy into force again: the cases whose facts changed since
// are decided by it anew, for the others what it decided was kept. Where another is being
// prepared, that is given up and nothing else is done.
func (b *Book) Rollback(ctx context.Context, st *store.Store, tell Telling) (*Changed, error) {
	if err := tidyLeaving(ctx, st); err != nil {
		return nil, err
	}
	given, err := giveUp(ctx, st)
	if err != nil {
		return nil, err
	}
	if given != "" {
		return &Changed{Revision: given, Before: true}, tidyLeaving(ctx, st)
	}
	c := &course{back: true}
	err = st.Run(ctx, onboarding, false, func(ctx context.Context, op *store.Op) error {
		name, sequence, err := op.Live(ctx)
		if err != nil {
			return err
		}
		if c.from, err = standing(ctx, op, name, sequence); err != nil {
			return err
		}
		to, err := op.Revision.Query().Where(revision.State(former), revision.Sequence(sequence-1)).Only(ctx)
		if ent.IsNotFound(err) {
			return errs.New(errs.Conflict, "no former policy is kept: bring it into force again with `sala policy apply` and its bundle")
		}
		if err != nil {
			return err
		}
		c.Change, c.was, c.target = store.Change{Live: sequence, Target: to.Sequence, Revision: to.Revision}, name, to.ID
		return nil
	})
	if err != nil {
		return nil, err
	}
	now, err := b.Policy(ctx, c.was)
	if err != nil {
		return nil, err
	}
	before, err := b.Policy(ctx, c.Revision)
	if err != nil {
		return nil, err
	}
	out, err := b.change(ctx, st, c, policy.NewPair(now, before), tell)
	if err != nil {
		return nil, err
	}
	return out, tidyLeaving(ctx, st)
}

// giveUp ends what is being prepared, and returns which policy stays in force; nothing where
// none was.
func giveUp(ctx context.Context, st *store.Store) (stays string, err error) {
	err = again(ctx, func() error {
		return st.Run(ctx, onboarding, false, func(ctx context.Context, op *store.Op) error {
			stays = ""
			if any, err := op.Revision.Query().Where(revision.State(preparing)).Exist(ctx); err != nil || !any {
				return err
			}
			// Who prepares it holds the gate with others: from here on nothing of it is written.
			if err := op.HoldPolicy(ctx, patience); err != nil {
				return err
			}
			// It may have come into force while this waited for the gate.
			under, err := op.Revision.Query().Where(revision.State(preparing)).All(ctx)
			if err != nil || len(under) == 0 {
				return err
			}
			if stays, _, err = op.Live(ctx); err != nil {
				return err
			}
			for _, r := range under {
				if err := op.Revision.UpdateOneID(r.ID).SetState(leaving).SetEndedOn(op.Scope.Now).Exec(ctx); err != nil {
					return err
				}
				if err := disclosure.DecideAbout(ctx, op, "give up policy", "", r.Revision); err != nil {
					return err
				}
			}
			return nil
		})
	})
	return stays, err
}

// tidyLeaving removes what revisions decided that were rolled back or given up.
func tidyLeaving(ctx context.Context, st *store.Store) error { return tidyState(ctx, st, leaving, 0) }

// sweep removes what the former revision decided, once it was kept long enough.
func sweep(ctx context.Context, st *store.Store, kept time.Duration) error {
	// What is being prepared is beside what stands too: it is not looked at meanwhile.
	if under, err := stored(ctx, st, revision.State(preparing)); err != nil || len(under) > 0 {
		return err
	}
	if err := tidyLeaving(ctx, st); err != nil {
		return err
	}
	return tidyState(ctx, st, former, kept)
}

// tidyState removes what revisions in a state decided that ended so long ago, and all else
// that the live one did not decide.
func tidyState(ctx context.Context, st *store.Store, state string, ago time.Duration) error {
	where := []predicate.Revision{revision.State(state)}
	if ago > 0 { // else also what ended on the clock of another machine, which may be ahead
		where = append(where, revision.EndedOnLTE(st.Now()-ago.Microseconds()))
	}
	rows, err := stored(ctx, st, where...)
	if err != nil || len(rows) == 0 {
		return err
	}
	tell := false
	for _, r := range rows {
		tell = tell || state == leaving && r.LiveOn != nil
	}
	for last, more := "", true; more; {
		err := again(ctx, func() error {
			return st.Run(ctx, rule.Scope{Mode: rule.Policy}, false, func(ctx context.Context, op *store.Op) error {
				_, sequence, err := op.Live(ctx)
				if err != nil {
					return err
				}
				t, err := op.Tidy(ctx, sequence, last, tidying, tell)
				last, more = t.Last, t.More
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	return st.Run(ctx, onboarding, false, func(ctx context.Context, op *store.Op) error {
		for _, r := range rows {
			if err := op.Revision.UpdateOneID(r.ID).SetState(ended).Exec(ctx); err != nil {
				return errs.Wrap(err, errs.Unavailable, "putting down that a policy has ended failed: run this again")
			}
		}
		return nil
	})
}
