package demo

import (
	"github.com/sala-exchange/sala/internal/tlog"
	"github.com/sala-exchange/sala/services/disclosure"
)

// tamper damages the log as somebody with the database in hand could, one kind of
// damage after another, and undoes it: each must be found.
func (w *walk) tamper(saved tlog.Checkpoint) error {
	if _, err := w.store.DB().ExecContext(w.ctx, "DROP TRIGGER ledger_entries_update; DROP TRIGGER ledger_nodes_update"); err != nil {
		return err
	}
	for _, d := range []struct{ what, damage, undo string }{
		{"one byte of an entry", "UPDATE ledger_entries SET at = at + 1 WHERE id = 0", "UPDATE ledger_entries SET at = at - 1 WHERE id = 0"},
		{"one byte of a node", "UPDATE ledger_nodes SET hash = x'00' || substr(hash, 2) WHERE id = 2", ""},
	} {
		var before []byte
		if d.undo == "" {
			if err := w.store.DB().QueryRowContext(w.ctx, "SELECT hash FROM ledger_nodes WHERE id = 2").Scan(&before); err != nil {
				return err
			}
		}
		if _, err := w.store.DB().ExecContext(w.ctx, d.damage); err != nil {
			return err
		}
		report, err := disclosure.Verify(w.ctx, w.store, saved)
		if err != nil {
			return err
		}
		if len(report.Findings) == 0 {
			w.failures++
			w.say("NOT AS PROMISED: %s changed and the check found nothing", d.what)
		} else {
			w.say("Ledger: %s changed: found (%s)", d.what, report.Findings[0])
		}
		if d.undo != "" {
			_, err = w.store.DB().ExecContext(w.ctx, d.undo)
		} else {
			_, err = w.store.DB().ExecContext(w.ctx, "UPDATE ledger_nodes SET hash = ? WHERE id = 2", before)
		}
		if err != nil {
			return err
		}
	}
	forged := saved
	forged.Root[0] ^= 1
	report, err := disclosure.Verify(w.ctx, w.store, forged)
	if err != nil {
		return err
	}
	if len(report.Findings) == 0 {
		w.failures++
		w.say("NOT AS PROMISED: one byte of the checkpoint changed and the check found nothing")
		return nil
	}
	w.say("Ledger: one byte of the checkpoint changed: found (%s)", report.Findings[0])
	return nil
}
