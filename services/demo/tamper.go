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
	w.say("Ledger: intact against the signed checkpoint that was saved outside, in %s", k.checkpoint)
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
		if err := os.WriteFile(k.checkpoint, changed, 0o600); err != nil {
			return err
		}
		if _, err := disclosure.ReadCheckpoint(k.checkpoint, k.key); err == nil {
			taken++
		}
	}
	if err := os.WriteFile(k.checkpoint, signed, 0o600); err != nil {
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
	for _, d := range []struct{ what, table, order, columns string }{
		{"entries", "ledger_entries", "id", "format at commitment"},
		{"nodes", "ledger_nodes", "id", "hash"},
		{"readable details", "disclosures", "at, id", "at kind agency_id member_id purpose basis verb case_id contributor_id categories row_ids key commitment"},
	} {
		if err := w.flipAround(k, damaged, d.what, d.table, d.order, strings.Fields(d.columns)); err != nil {
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

// flipAround flips one bit at a time in the first, the middle, the last and five drawn
// rows of a table, checks that each is found, and takes it back. Every column has its
// turn; the first row has all of them.
func (w *walk) flipAround(k keeper, st *store.Store, what, table, order string, columns []string) error {
	var n int64
	if err := st.DB().QueryRowContext(w.ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		return err
	}
	r := mathrand.New(mathrand.NewPCG(w.Seed, uint64(n)))
	places := []int64{0, n / 2, n - 1}
	for range 5 {
		places = append(places, r.Int64N(n))
	}
	done, unfound, how := 0, 0, ""
	for i, place := range places {
		turn := []string{columns[i%len(columns)]}
		if i == 0 {
			turn = columns
		}
		for _, column := range turn {
			flipped, finding, err := w.flipOne(k, st, flip{table, order, column, place}, r)
			if err != nil {
				return err
			}
			if !flipped {
				continue
			}
			if done++; finding == "" {
				unfound++
			}
			how = finding
		}
	}
	w.told(fmt.Sprintf("one byte of %s changed, %d times anew (first, middle, last and drawn ones; %s)", what, done, strings.Join(columns, ", ")), unfound, how)
	return nil
}

// flip is one place of the log.
type flip struct {
	table, order, column string
	place                int64 // in the order
}

// flipOne flips a bit there and says what the check finds; an empty text has none.
func (w *walk) flipOne(k keeper, st *store.Store, f flip, r *mathrand.Rand) (bool, string, error) {
	var id, value any
	query := fmt.Sprintf("SELECT id, %s FROM %s ORDER BY %s LIMIT 1 OFFSET %d", f.column, f.table, f.order, f.place)
	if err := st.DB().QueryRowContext(w.ctx, query).Scan(&id, &value); err != nil {
		return false, "", err
	}
	changed, ok := withBit(value, r)
	if !ok {
		return false, "", nil
	}
	if err := put(w.ctx, st.DB(), f, id, changed); err != nil {
		return false, "", err
	}
	report, err := k.verify(w.ctx, st)
	if err != nil {
		return false, "", fmt.Errorf("checking with %s of %s changed: %w", f.column, f.table, err)
	}
	finding := ""
	if len(report.Findings) > 0 {
		finding = report.Findings[0]
	}
	return true, finding, put(w.ctx, st.DB(), f, id, value)
}

func put(ctx context.Context, db *sql.DB, f flip, id, value any) error {
	_, err := db.ExecContext(ctx, fmt.Sprintf("UPDATE %s SET %s = ? WHERE id = ?", f.table, f.column), value, id)
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
