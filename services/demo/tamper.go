package demo

import (
	"context"
	"path/filepath"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/tlog"
	"github.com/sala-exchange/sala/services/disclosure"
)

// tamper damages a copy of the log as somebody with the database in hand could: each
// damage must be found.
func (w *walk) tamper(saved tlog.Checkpoint) error {
	forged := saved
	forged.Root[0] ^= 1
	if err := w.found("one byte of the checkpoint changed", w.store, forged); err != nil {
		return err
	}
	path := filepath.Join(w.dir, "damaged.db")
	if _, err := w.store.DB().ExecContext(w.ctx, "VACUUM INTO ?", path); err != nil {
		return err
	}
	damaged, err := store.OpenSQLite(path, store.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = damaged.Close() }()
	if _, err := damaged.DB().ExecContext(w.ctx, dropGuards); err != nil {
		return err
	}
	for _, d := range []struct{ what, sql string }{
		{"one byte of an entry changed", flip("ledger_entries", "commitment")},
		{"one byte of a node changed", flip("ledger_nodes", "hash")},
	} {
		// The same flip undoes it.
		if _, err := damaged.DB().ExecContext(w.ctx, d.sql); err != nil {
			return err
		}
		if err := w.found(d.what, damaged, saved); err != nil {
			return err
		}
		if _, err := damaged.DB().ExecContext(w.ctx, d.sql); err != nil {
			return err
		}
	}
	return w.rewrite(damaged, saved)
}

// dropGuards takes down what keeps the log append-only, as an owner of the database
// can.
const dropGuards = `DROP TRIGGER ledger_entries_update; DROP TRIGGER ledger_entries_delete;
DROP TRIGGER ledger_nodes_update; DROP TRIGGER ledger_nodes_delete`

// flip changes the lowest bit of the first byte in the middle row of a table; twice
// is nothing. SQLite has no exclusive or of bytes: a + b - 2(a and b) is one.
func flip(table, column string) string {
	first := "instr('0123456789ABCDEF', substr(hex(" + column + "), 2, 1)) - 1"
	return "UPDATE " + table + " SET " + column + " = unhex(substr(hex(" + column + "), 1, 1) || " +
		"substr('0123456789ABCDEF', (" + first + ") + 2 - 2 * ((" + first + ") & 1), 1) || substr(hex(" + column + "), 3)) " +
		"WHERE id = (SELECT max(id) / 2 FROM " + table + ")"
}

// rewrite removes who saw the first thing and builds the whole log anew: it agrees
// with itself, and only the checkpoint saved outside tells.
func (w *walk) rewrite(damaged *store.Store, saved tlog.Checkpoint) error {
	_, err := damaged.DB().ExecContext(w.ctx, `DELETE FROM ledger_entries; DELETE FROM ledger_nodes;
DELETE FROM disclosures WHERE id = (SELECT min(id) FROM disclosures)`)
	if err != nil {
		return err
	}
	if _, err := disclosure.Sequence(w.ctx, damaged); err != nil {
		return err
	}
	alone, err := disclosure.Verify(w.ctx, damaged)
	if err != nil {
		return err
	}
	if len(alone.Findings) > 0 {
		w.failures++
		w.say("NOT AS PROMISED: the log was not rewritten wholly (%s)", alone.Findings[0])
	}
	return w.found("the whole log rewritten without one record", damaged, saved)
}

// found says whether the check finds a damage.
func (w *walk) found(what string, st *store.Store, saved tlog.Checkpoint) error {
	report, err := disclosure.Verify(context.WithoutCancel(w.ctx), st, saved)
	if err != nil {
		return err
	}
	if len(report.Findings) == 0 {
		w.failures++
		w.say("NOT AS PROMISED: %s and the check found nothing", what)
		return nil
	}
	w.say("Ledger: %s: found (%s)", what, report.Findings[0])
	return nil
}
