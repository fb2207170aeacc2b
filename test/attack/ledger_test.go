package attack

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/sala-exchange/sala/internal/tlog"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/test/world"
)

func disclosureSequence(t *testing.T, w *world.World) (int, error) {
	t.Helper()
	return disclosure.Sequence(t.Context(), w.Store)
}

// logged is a world with a log of some entries, whose triggers its attacker has
// taken away, and the checkpoint that somebody keeps elsewhere.
func logged(t *testing.T, w *world.World) (*sql.DB, tlog.Checkpoint) {
	t.Helper()
	for range 3 {
		s := share(w, "Canary Log")
		if err := answer(t, w, as(w, "ngo"), s.Case, func() {}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := disclosureSequence(t, w); n < 10 || err != nil {
		t.Fatalf("%d entries sequenced: %v", n, err)
	}
	if n, err := disclosureSequence(t, w); n != 0 || err != nil {
		t.Fatalf("%d entries sequenced twice: %v", n, err)
	}
	saved, err := disclosure.Checkpoint(t.Context(), w.Store)
	if err != nil {
		t.Fatal(err)
	}
	db := raw(t, w)
	for _, table := range []string{"ledger_entries", "ledger_nodes"} {
		if w.URL != "" {
			exec(t, db, "ALTER TABLE "+table+" DISABLE TRIGGER ALL")
			continue
		}
		exec(t, db, "DROP TRIGGER "+table+"_update", "DROP TRIGGER "+table+"_delete")
	}
	return db, saved
}

// found is what a check of the ledger finds.
func found(t *testing.T, w *world.World, saved ...tlog.Checkpoint) []string {
	t.Helper()
	report, err := disclosure.Verify(t.Context(), w.Store, saved...)
	if err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	return report.Findings
}

// kept holds the tables of the log as they were, to be put back after each attack.
func kept(t *testing.T, db *sql.DB) (restore func()) {
	t.Helper()
	tables := []string{"ledger_entries", "ledger_nodes", "disclosures"}
	for _, name := range tables {
		exec(t, db, fmt.Sprintf("CREATE TABLE kept_%s AS SELECT * FROM %s", name, name))
	}
	return func() {
		for _, name := range tables {
			exec(t, db, "DELETE FROM "+name, fmt.Sprintf("INSERT INTO %s SELECT * FROM kept_%s", name, name))
		}
	}
}

// Whoever can write the database past its triggers changes nothing unseen (threat 47).
func TestATamperedLogIsFound(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		db, saved := logged(t, w)
		if f := found(t, w, saved); len(f) > 0 {
			t.Fatalf("the intact log: %v", f)
		}
		restore := kept(t, db)
		const last = "(SELECT max(id) FROM ledger_entries)"
		for name, attack := range map[string][]string{
			"a byte of a commitment": {"UPDATE ledger_entries SET commitment = " + flipped(w, "commitment") + " WHERE id = 3"},
			"a byte of a node":       {"UPDATE ledger_nodes SET hash = " + flipped(w, "hash") + " WHERE id = 4"},
			"a time":                 {"UPDATE ledger_entries SET at = at + 1 WHERE id = 3"},
			"a detail":               {"UPDATE disclosures SET purpose = 'JUSTICE' WHERE id = (SELECT min(id) FROM disclosures)"},
			"who it was":             {"UPDATE disclosures SET member_id = 'x' WHERE id = (SELECT min(id) FROM disclosures)"},
			"an entry deleted":       {"DELETE FROM ledger_entries WHERE id = 3"},
			"a node deleted":         {"DELETE FROM ledger_nodes WHERE id = 3"},
			"the last entry deleted": {"DELETE FROM ledger_entries WHERE id = " + last},
			"the first deleted":      {"DELETE FROM ledger_entries WHERE id = 0"},
			"an entry added":         {"INSERT INTO ledger_entries (id, format, at, commitment) SELECT id + 1, format, at, commitment FROM ledger_entries WHERE id = " + last},
			"a node added":           {"INSERT INTO ledger_nodes (id, hash) SELECT id + 1, hash FROM ledger_nodes WHERE id = (SELECT max(id) FROM ledger_nodes)"},
			"two reordered": {"UPDATE ledger_entries SET id = -1 WHERE id = 2", "UPDATE ledger_entries SET id = 2 WHERE id = 3",
				"UPDATE ledger_entries SET id = 3 WHERE id = -1"},
		} {
			exec(t, db, attack...)
			if len(found(t, w)) == 0 {
				t.Errorf("%s: nothing was found", name)
			}
			restore()
		}
		if f := found(t, w, saved); len(f) > 0 {
			t.Errorf("put back: %v", f)
		}
	})
}

// flipped is an expression for the column with one bit changed.
func flipped(w *world.World, column string) string {
	if w.URL != "" {
		return "set_byte(" + column + ", 0, get_byte(" + column + ", 0) # 1)"
	}
	return "CAST(CASE WHEN substr(" + column + ", 1, 1) = x'00' THEN x'01' ELSE x'00' END || substr(" + column + ", 2) AS BLOB)"
}

// A log that was wholly rewritten is sound in itself: only a checkpoint kept
// elsewhere tells. The same holds for one cut short, nodes and all.
func TestARewrittenLogIsFoundByACheckpointAlone(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		db, saved := logged(t, w)
		exec(t, db, "DELETE FROM ledger_entries", "DELETE FROM ledger_nodes", "DELETE FROM disclosures WHERE kind = 'READ'")
		if _, err := disclosureSequence(t, w); err != nil {
			t.Fatal(err)
		}
		if f := found(t, w); len(f) > 0 {
			t.Errorf("the rewritten log shows itself (%v): the checkpoint would prove nothing", f)
		}
		if len(found(t, w, saved)) == 0 {
			t.Error("a rewritten log passes against the saved checkpoint")
		}
	})
}

// Nothing is sequenced twice or lost where two sequencers run at once.
func TestTwoSequencersMakeOneLog(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		for range 3 {
			share(w, "Canary Sequencers")
		}
		want := disclosed(t, w, "DECISION")
		counts := make(chan int, 2)
		for range 2 {
			go func() {
				n, err := disclosure.Sequence(context.WithoutCancel(t.Context()), w.Store)
				if err != nil {
					t.Errorf("%v (%v)", err, world.Cause(err))
				}
				counts <- n
			}()
		}
		if got := <-counts + <-counts; got != want {
			t.Errorf("%d entries of %d records", got, want)
		}
		if f := found(t, w); len(f) > 0 {
			t.Error(f)
		}
	})
}

// bytesOf is a literal of bytes.
func bytesOf(w *world.World, b []byte) string {
	if w.URL != "" {
		return fmt.Sprintf(`'\x%x'::bytea`, b)
	}
	return fmt.Sprintf("x'%x'", b)
}

// number is a literal of a time.
func number(n int64) string { return fmt.Sprint(n) }
