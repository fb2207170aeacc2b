package attack

import (
	"fmt"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/tlog"
	"github.com/sala-exchange/sala/services/disclosure"
)

// The sequencer costs the same however long the log is: of 200,000 records it reads
// those of the last minutes, by the index on their time.
func TestTheSequencerReadsTheNewestAlone(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	db := root(t, w)
	const many = 200_000 // one a second
	exec(t, db, "ALTER TABLE ledger_entries DISABLE TRIGGER ALL",
		fmt.Sprintf("INSERT INTO ledger_entries (id, format, at, commitment) SELECT i, 1, i * 1000000::bigint, int8send(i) FROM generate_series(0, %d) AS i", many-1),
		fmt.Sprintf(`INSERT INTO disclosures (id, kind, at, operation_id, agency_id, member_id, purpose, basis, verb, case_id, contributor_id, categories, row_ids, key, commitment)
			SELECT 'disclosure_' || i, 'READ', i * 1000000::bigint, '', '', '', '', '', '', '', '', 0, '[]', '', int8send(i) FROM generate_series(0, %d) AS i`, many),
		fmt.Sprintf("INSERT INTO ledger_nodes (id, hash) SELECT i, sha256(int8send(i)) FROM generate_series(0, %d) AS i", tlog.NodeCount(many)-1),
		"ANALYZE ledger_entries", "ANALYZE disclosures", "SELECT pg_stat_force_next_flush()")
	read := func() int {
		return one[int](t, db, `SELECT coalesce(sum(seq_tup_read) + sum(idx_tup_fetch), 0)
			+ (SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes WHERE relname IN ('disclosures', 'ledger_entries'))
			FROM pg_stat_user_tables WHERE relname IN ('disclosures', 'ledger_entries')`)
	}
	reads := map[string]int{}
	for name, sequence := range map[string]func(*store.Store) (int, error){
		"the newest": func(st *store.Store) (int, error) { return disclosure.Sequence(t.Context(), st) },
		"all":        func(st *store.Store) (int, error) { return disclosure.SequenceAll(t.Context(), st) },
	} {
		before := read()
		st := behind(t, w, store.Options{MaxConns: 1})
		if _, err := sequence(st); err != nil {
			t.Fatal(err)
		}
		mine := one[int](t, st.DB(), "SELECT pg_backend_pid()")
		_ = st.Close() // what it read is counted when its connection ends
		for one[int](t, db, fmt.Sprintf("SELECT count(*) FROM pg_stat_activity WHERE pid = %d", mine)) > 0 {
			exec(t, db, "SELECT pg_sleep(0.002)")
		}
		reads[name] = read() - before
	}
	if reads["the newest"] > 10_000 {
		t.Errorf("it read %d rows", reads["the newest"])
	}
	if reads["all"] < many {
		t.Errorf("looking at all read %d rows: the test proves nothing", reads["all"])
	}
}
