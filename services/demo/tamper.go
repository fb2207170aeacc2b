package demo

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/tlog"
	"github.com/sala-exchange/sala/services/disclosure"
)

// keeper is somebody outside who keeps a signed checkpoint and the log's public key in
// files, and checks with them as `sala ledger verify --checkpoint FILE --key KEY` does.
type keeper struct{ checkpoint, key string }

// keep signs the checkpoint and writes it to a folder outside the demonstration's.
func keep(point tlog.Checkpoint, dir string) (keeper, error) {
	k := keeper{filepath.Join(dir, "checkpoint"), filepath.Join(dir, "ledger.pub")}
	secret, public, err := note.GenerateKey(rand.Reader, disclosure.Origin)
	if err != nil {
		return k, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return k, err
	}
	signed, err := point.Sign(signer)
	if err != nil {
		return k, err
	}
	if err := os.WriteFile(k.checkpoint, signed, 0o600); err != nil {
		return k, err
	}
	return k, os.WriteFile(k.key, []byte(public+"\n"), 0o600)
}

func (k keeper) verify(ctx context.Context, st *store.Store) (*disclosure.Report, error) {
	saved, err := disclosure.ReadCheckpoint(k.checkpoint, k.key)
	if err != nil {
		return nil, err
	}
	return disclosure.Verify(ctx, st, saved)
}

// verify checks the log, then shows that damage is found.
func (w *walk) verify() error {
	point, err := disclosure.Checkpoint(w.ctx, w.store)
	if err != nil {
		return err
	}
	outside, err := os.MkdirTemp("", "sala-keeper-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(outside) }()
	k, err := keep(point, outside)
	if err != nil {
		return err
	}
	report, err := k.verify(w.ctx, w.store)
	if err != nil {
		return err
	}
	w.say("\nLedger: %d entries, root %s", report.Size, point.Root)
	if len(report.Findings) > 0 {
		w.failures++
		w.say("NOT AS PROMISED: %s", strings.Join(report.Findings, "; "))
		return nil
	}
	w.say("Ledger: intact against the signed checkpoint in a file outside, as `sala ledger verify --checkpoint FILE --key KEY` reads it")
	if err := w.forge(k); err != nil {
		return err
	}
	return w.tamper(k, outside)
}

// forge changes the signed checkpoint, each bit of it in turn.
func (w *walk) forge(k keeper) error {
	signed, err := os.ReadFile(k.checkpoint)
	if err != nil {
		return err
	}
	taken := 0
	for i := range len(signed) * 8 {
		changed := slices.Clone(signed)
		changed[i/8] ^= 1 << (i % 8)
		if err := os.WriteFile(k.checkpoint, changed, 0o600); err != nil { //nolint:gosec // a file that the demonstration made
			return err
		}
		if _, err := disclosure.ReadCheckpoint(k.checkpoint, k.key); err == nil {
			taken++
		}
	}
	if err := os.WriteFile(k.checkpoint, signed, 0o600); err != nil { //nolint:gosec // a file that the demonstration made
		return err
	}
	w.told(fmt.Sprintf("each of the %d bits of the saved checkpoint flipped", len(signed)*8), taken, "its signature fails")
	return nil
}

// told prints whether all damage of a sort was found.
func (w *walk) told(what string, unfound int, how string) {
	if unfound > 0 {
		w.failures++
		w.say("NOT AS PROMISED: %s, and %d times the check found nothing", what, unfound)
		return
	}
	w.say("Ledger: %s: found (%s)", what, how)
}

// tamper damages a copy of the log as somebody with the database in hand could: each
// damage must be found.
func (w *walk) tamper(k keeper, dir string) error {
	path := filepath.Join(dir, "damaged.db")
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
	for _, p := range []places{
		{"entries", "ledger_entries", "id", "format at commitment", func(id any) string { return fmt.Sprintf("ENTRY_CHANGED %d", id) }},
		{"nodes", "ledger_nodes", "id", "hash", nodeFinding},
		{"readable details", "disclosures", "at, id", "at kind agency_id member_id purpose basis verb case_id contributor_id categories row_ids key commitment",
			func(id any) string { return fmt.Sprintf("the readable details of %s", id) }},
	} {
		if err := w.flipAround(k, damaged, p); err != nil {
			return err
		}
	}
	// Else what is found next could be left from before.
	if report, err := k.verify(w.ctx, damaged); err != nil || len(report.Findings) > 0 {
		return fmt.Errorf("the copy of the log was not mended: %v, %w", report, err)
	}
	return w.rewrite(k, damaged)
}

// dropGuards takes down what keeps the log append-only, as an owner of the database
// can.
const dropGuards = `DROP TRIGGER ledger_entries_update; DROP TRIGGER ledger_entries_delete;
DROP TRIGGER ledger_nodes_update; DROP TRIGGER ledger_nodes_delete`

// places is where the log is damaged.
type places struct {
	what, table, order, columns string
	finding                     func(id any) string // how the finding begins that names a row
}

// nodeFinding: a node of the lowest level is the hash of an entry.
func nodeFinding(id any) string {
	if level, n := merkle.SplitStoredHashIndex(id.(int64)); level == 0 {
		return fmt.Sprintf("ENTRY_CHANGED %d", n)
	}
	return fmt.Sprintf("NODE_CHANGED %d", id)
}

// flipAround flips, column by column, one bit in the first, the middle, the last and
// five drawn rows of a table, checks that each row is named, and takes it back.
func (w *walk) flipAround(k keeper, st *store.Store, p places) error {
	var n int64
	if err := st.DB().QueryRowContext(w.ctx, "SELECT count(*) FROM "+p.table).Scan(&n); err != nil {
		return err
	}
	r := mathrand.New(mathrand.NewPCG(w.Seed, uint64(n))) //nolint:gosec // drawn again by the same seed
	at := []int64{0, n / 2, n - 1}
	for range 5 {
		at = append(at, r.Int64N(n))
	}
	slices.Sort(at)
	at = slices.Compact(at)
	done, unfound, how := 0, 0, ""
	columns := strings.Fields(p.columns)
	for _, column := range columns {
		flips, err := w.flips(st, p, column, at, r)
		if err != nil {
			return err
		}
		report, err := w.damaged(k, st, flips)
		if err != nil {
			return fmt.Errorf("checking with %s of %s changed: %w", column, p.table, err)
		}
		for _, f := range flips {
			done++
			named := slices.IndexFunc(report.Findings, func(one string) bool { return one == p.finding(f.id) || strings.HasPrefix(one, p.finding(f.id)+" ") })
			if named < 0 {
				unfound++
				continue
			}
			how = report.Findings[named]
		}
	}
	w.told(fmt.Sprintf("%d bytes of %s changed (first, middle, last and drawn ones; %s)", done, p.what, strings.Join(columns, ", ")), unfound,
		"each by its name, as "+how)
	return nil
}

// flip is one place with its value before and after.
type flip struct {
	table, column     string
	id, value, change any
}

// flips reads the values of a column in rows by their place, and flips a bit of each;
// what is empty is left out.
func (w *walk) flips(st *store.Store, p places, column string, at []int64, r *mathrand.Rand) ([]flip, error) {
	var out []flip
	for _, place := range at {
		f := flip{table: p.table, column: column}
		query := fmt.Sprintf("SELECT id, %s FROM %s ORDER BY %s LIMIT 1 OFFSET %d", column, p.table, p.order, place)
		if err := st.DB().QueryRowContext(w.ctx, query).Scan(&f.id, &f.value); err != nil {
			return nil, err
		}
		var ok bool
		if f.change, ok = withBit(f.value, r); ok {
			out = append(out, f)
		}
	}
	return out, nil
}

// damaged checks the log while the flips stand.
func (w *walk) damaged(k keeper, st *store.Store, flips []flip) (*disclosure.Report, error) {
	for _, f := range flips {
		if err := put(w.ctx, st.DB(), f, f.change); err != nil {
			return nil, err
		}
	}
	report, err := k.verify(w.ctx, st)
	if err != nil {
		return nil, err
	}
	for _, f := range flips {
		if err := put(w.ctx, st.DB(), f, f.value); err != nil {
			return nil, err
		}
	}
	return report, nil
}

func put(ctx context.Context, db *sql.DB, f flip, value any) error {
	_, err := db.ExecContext(ctx, fmt.Sprintf("UPDATE %s SET %s = ? WHERE id = ?", f.table, f.column), value, f.id)
	return err
}

// withBit returns a value with one bit flipped: in a number one of the lowest eight, in
// bytes any, in a text that of a letter that leaves it a text.
func withBit(value any, r *mathrand.Rand) (any, bool) {
	switch v := value.(type) {
	case int64:
		return v ^ 1<<r.IntN(8), true
	case []byte:
		if len(v) == 0 {
			return nil, false
		}
		c := slices.Clone(v)
		if c[0] == '[' { // a list of ids as JSON
			return flipLetter(c)
		}
		c[r.IntN(len(c))] ^= 1 << r.IntN(8)
		return c, true
	case string:
		c, ok := flipLetter([]byte(v))
		if !ok {
			return nil, false
		}
		return string(c.([]byte)), true
	}
	return nil, false
}

// flipLetter flips the lowest bit of the first letter.
func flipLetter(c []byte) (any, bool) {
	at := slices.IndexFunc(c, func(b byte) bool { return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' })
	if at < 0 {
		return nil, false
	}
	c[at] ^= 1
	return c, true
}

// rewrite removes who saw the first thing and builds the whole log anew: it agrees
// with itself, and only the checkpoint saved outside tells.
func (w *walk) rewrite(k keeper, damaged *store.Store) error {
	_, err := damaged.DB().ExecContext(w.ctx, `DELETE FROM ledger_entries; DELETE FROM ledger_nodes;
DELETE FROM disclosures WHERE id = (SELECT min(id) FROM disclosures)`)
	if err != nil {
		return err
	}
	if _, err := disclosure.SequenceAll(w.ctx, damaged); err != nil {
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
	report, err := k.verify(w.ctx, damaged)
	if err != nil {
		return err
	}
	if len(report.Findings) == 0 {
		w.told("the whole log rewritten without one record", 1, "")
		return nil
	}
	w.told("the whole log rewritten without one record, intact by itself", 0, report.Findings[0])
	return nil
}
