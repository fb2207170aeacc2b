package attack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/test/world"
)

// rewritten returns statements that give one look another member, with a commitment to
// the new details under the stored key: a row that is sound in itself.
func rewritten(t *testing.T, w *world.World, at int64) []string {
	t.Helper()
	const look = "(SELECT min(id) FROM disclosures WHERE kind = 'READ')"
	var d struct {
		Kind        string   `json:"kind"`
		At          int64    `json:"at"`
		Operation   string   `json:"operation"`
		Agency      string   `json:"agency"`
		Member      string   `json:"member"`
		Purpose     string   `json:"purpose"`
		Basis       string   `json:"basis"`
		Verb        string   `json:"verb"`
		Case        string   `json:"case"`
		Contributor string   `json:"contributor"`
		Categories  int64    `json:"categories"`
		Rows        []string `json:"rows"`
	}
	var rows string
	var key []byte
	err := raw(t, w).QueryRowContext(t.Context(), `SELECT kind, at, operation_id, agency_id, member_id, purpose, basis, verb, case_id, contributor_id, categories, row_ids, key
		FROM disclosures WHERE id = `+look).Scan(&d.Kind, &d.At, &d.Operation, &d.Agency, &d.Member, &d.Purpose, &d.Basis, &d.Verb, &d.Case, &d.Contributor, &d.Categories, &rows, &key)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(rows), &d.Rows); err != nil {
		t.Fatal(err)
	}
	d.Member = "member_of_somebody_else"
	if at != 0 {
		d.At = at
	}
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte("sala disclosure v1\n"))
	m.Write(b)
	return []string{"UPDATE disclosures SET member_id = 'member_of_somebody_else', at = " + number(d.At) + ", commitment = " + bytesOf(w, m.Sum(nil)) + " WHERE id = " + look}
}

// Whose look it was cannot be rewritten, nor a look taken away: entries and details
// are checked against each other (threat 47).
func TestRewrittenDetailsAreFound(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		db, saved := logged(t, w)
		restore := kept(t, db)
		forged := func(at int64) []string { return append(rewritten(t, w, at), "DELETE FROM disclosures WHERE 1 = 0") }
		for name, attack := range map[string][]string{
			"a look of another member's":       forged(0),
			"the same, as of now":              forged(w.Store.Now()),
			"a look deleted":                   {"DELETE FROM disclosures WHERE id = (SELECT min(id) FROM disclosures WHERE kind = 'READ')"},
			"a decision deleted":               {"DELETE FROM disclosures WHERE id = (SELECT min(id) FROM disclosures WHERE kind = 'DECISION')"},
			"a look twice":                     {"INSERT INTO disclosures SELECT 'disclosure_twice'" + restOf + " FROM disclosures WHERE id = (SELECT min(id) FROM disclosures WHERE kind = 'READ')"},
			"a look that was long ago, put in": {"INSERT INTO disclosures SELECT 'disclosure_old'" + strings.Replace(restOf, ", at,", ", at - 3600000000,", 1) + " FROM disclosures WHERE id = (SELECT min(id) FROM disclosures)"},
		} {
			exec(t, db, attack...)
			if f := found(t, w, saved); len(f) == 0 {
				t.Errorf("%s: nothing was found", name)
			}
			restore()
		}
		if f := found(t, w, saved); len(f) > 0 {
			t.Errorf("put back: %v", f)
		}
	})
}

// restOf is every column of a record but its id.
const restOf = ", kind, at, operation_id, agency_id, member_id, purpose, basis, verb, case_id, contributor_id, categories, row_ids, key, commitment"

// A record that was put in later, and given a place by the look at the start of a
// process, stands in the log out of the order of time.
func TestAnEntryPutInLaterIsFound(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		db, saved := logged(t, w)
		exec(t, db, "INSERT INTO disclosures SELECT 'disclosure_old'"+strings.NewReplacer(", at,", ", at - 3600000000,", ", commitment", ", "+bytesOf(w, []byte("forged"))).Replace(restOf)+
			" FROM disclosures WHERE id = (SELECT min(id) FROM disclosures)")
		if n, err := disclosureSequence(t, w); n != 0 || err != nil {
			t.Errorf("%d records placed from beyond the window: %v", n, err)
		}
		if n, err := disclosure.SequenceAll(t.Context(), w.Store); n != 1 || err != nil {
			t.Fatalf("%d records placed by the whole look: %v", n, err)
		}
		if f := found(t, w, saved); !strings.Contains(strings.Join(f, "; "), "older than one before it") {
			t.Errorf("an entry of an hour before its predecessor: %v", f)
		}
	})
}

// What an erasure takes from the record it accounts for, and nobody takes that back.
func TestErasedDetailsAreAccountedFor(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		db, saved := logged(t, w)
		id := one[string](t, db, "SELECT case_id FROM disclosures WHERE kind = 'READ' ORDER BY id LIMIT 1")
		l, _ := listOf(t, w)
		asked(t, w, id)
		w.Advance(14 * 24 * time.Hour)
		n := one[int](t, db, "SELECT count(*) FROM disclosures WHERE case_id = '"+id+"'")
		if carry(t, w, l) != 1 || n < 3 {
			t.Fatalf("%d details were not erased", n)
		}
		report, err := disclosure.Verify(t.Context(), w.Store, saved)
		if err != nil || len(report.Findings) > 0 || report.Erased != n {
			t.Errorf("%d details erased; the check says %d and %v (%v)", n, report.Erased, report.Findings, err)
		}
		if _, err := db.ExecContext(t.Context(), "DELETE FROM erased_details"); err == nil {
			t.Error("the account of an erasure was taken away")
		}
	})
}

// A change that lasts longer than the sequencer looks back stores nothing.
func TestAChangeThatLastsTooLongIsNotStored(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := full(t, w, "Canary Slow")
		err := w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			if err := withdraw(w, id, "ngo")(ctx, op); err != nil {
				return err
			}
			w.Advance(store.LongestChange + time.Second)
			return nil
		})
		if err == nil {
			t.Error("it was stored, and its record lies where no sequencer looks")
		}
	})
}
