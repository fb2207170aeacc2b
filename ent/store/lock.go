package store

import (
	"context"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/rule"
)

// Lock holds the case alone until the operation ends, before its facts are read and
// changed. Without it a withdrawal beside an acceptance leaves the door open. It runs
// under the policy role, because the caller's own view may hide the case; it tells
// nothing about it, but it waits: a verb first looks whether the case is the caller's.
// Who comes first goes first, so that answers, which hold it together, cannot put a
// withdrawal off. On SQLite the transaction is the only writer from its BEGIN IMMEDIATE on.
func (o *Op) Lock(ctx context.Context, caseID string) error {
	if !o.store.walls.WithoutLock && o.store.dialect == dialect.Postgres {
		rows := &sql.Rows{}
		if err := o.driver.Query(rule.InMode(ctx, rule.Policy), "SELECT sala_lock_case($1)", []any{caseID}, rows); err != nil {
			return failed(err, "locking the case")
		}
		if err := drain(rows); err != nil {
			return failed(err, "locking the case")
		}
	}
	o.locked[caseID] = true
	return nil
}

// Holds reports whether the operation has locked the case.
func (o *Op) Holds(caseID string) bool { return o.locked[caseID] }

// LockAgencies lets one decision about agencies and agreements be taken at a time:
// two approvals at once would each see one too few, and two agencies at once take
// the same issuer.
func (o *Op) LockAgencies(ctx context.Context) error {
	if o.store.walls.WithoutLock || o.store.dialect != dialect.Postgres {
		return nil
	}
	const agencies = 0x4147454e // "AGEN"
	return o.driver.settings(ctx, "SELECT pg_advisory_xact_lock($1)", agencies)
}

// LockLedger lets one sequencer work at a time.
func (o *Op) LockLedger(ctx context.Context) error {
	if o.store.dialect != dialect.Postgres {
		return nil
	}
	const ledger = 0x53414c41 // "SALA"
	return o.driver.settings(ctx, "SELECT pg_advisory_xact_lock($1)", ledger)
}
