package store

import (
	"context"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/gate"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
)

// live is the revision of policy that is live, with what decides by it.
type live struct {
	rule.Evaluator
	revision string
	sequence int64
}

// live returns the revision that is live and, on PostgreSQL, keeps it so until the
// operation ends: what is decided by it is stored under it. A process that does not hold
// it, or whose viewer was let in by another, decides nothing.
func (o *Op) live(ctx context.Context) (*live, error) {
	if o.store.evaluator == nil {
		return nil, errs.New(errs.Unavailable, "no policy is loaded: nothing was stored")
	}
	ctx = rule.InMode(ctx, rule.Policy)
	l := &live{}
	found, err := o.liveGate(ctx, l)
	if err != nil {
		return nil, failed(err, "reading the policy gate")
	}
	if !found {
		return nil, notHeld()
	}
	if o.Scope.Policy != "" && o.Scope.Policy != l.revision {
		return nil, errs.New(errs.Changed, "the policy changed meanwhile: ask again")
	}
	switch e := o.store.evaluator.(type) {
	case rule.Evaluators:
		l.Evaluator, err = e.Of(ctx, l.revision)
		return l, err
	default:
		if e.Revision() != l.revision {
			return nil, notHeld()
		}
		l.Evaluator = e
	}
	return l, nil
}

// notHeld refuses what a process without the live policy would decide.
func notHeld() error {
	return errs.New(errs.Unavailable, "this process does not hold the policy that the database lives under, and does nothing under another: run it with that bundle, or with the keys that have signed it")
}

func (o *Op) liveGate(ctx context.Context, l *live) (found bool, err error) {
	if o.store.dialect != dialect.Postgres || o.readOnly {
		g, err := o.Gate.Query().Where(gate.ID("policy"), gate.Open(true)).Only(ctx)
		if ent.IsNotFound(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		l.revision, l.sequence = g.Revision, g.Sequence
		return true, nil
	}
	rows := &sql.Rows{}
	if err := o.driver.Query(ctx, "SELECT revision, sequence FROM sala_live_policy()", []any{}, rows); err != nil {
		return false, err
	}
	for rows.Next() {
		found = true
		if err = rows.Scan(&l.revision, &l.sequence); err != nil {
			break
		}
	}
	if err == nil {
		err = rows.Err()
	}
	if e := rows.Close(); err == nil {
		err = e
	}
	return found, err
}
