package attack

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/test/world"
)

// Whoever holds the sequencer's login places records and reads when they were made: no
// detail of them, nothing of a case, and it acts as no other role.
func TestTheSequencersLoginReadsNoDetail(t *testing.T) {
	t.Parallel()
	w, _ := crowded(t)
	db := root(t, w)
	url := strings.Replace(w.AppURL, "sala_app", "sala_sequencer", 1)
	login := open(t, url)
	for _, role := range strings.Split(one[string](t, db, "SELECT string_agg(rolname, ',') FROM pg_roles WHERE rolname LIKE 'sala%' AND rolname NOT IN ('sala_sequence', 'sala_sequencer')"), ",") {
		if _, err := login.ExecContext(t.Context(), "SET ROLE "+role); state(err) != notPrivileged {
			t.Errorf("it acts as %s: %v", role, err)
		}
	}
	read := func(what, table string) string {
		t.Helper()
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		exec(t, tx, "SET LOCAL ROLE sala_sequence")
		_, err = tx.ExecContext(t.Context(), "SELECT "+what+" FROM "+table)
		return state(err)
	}
	tables := strings.Split(one[string](t, db, "SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'p')"), ",")
	for _, table := range tables {
		open := slices.Contains([]string{"ledger_entries", "ledger_nodes", "goose_db_version"}, table)
		if got := read("*", table); (got == "") != open {
			t.Errorf("it reads %s: %q", table, got)
		}
	}
	columns := strings.Split(one[string](t, db, "SELECT string_agg(column_name, ',') FROM information_schema.columns WHERE table_name = 'disclosures'"), ",")
	for _, column := range columns {
		open := slices.Contains([]string{"id", "at", "commitment"}, column)
		if got := read(column, "disclosures"); (got == "") != open {
			t.Errorf("it reads %s of a record: %q", column, got)
		}
	}
	if len(tables) < len(entities) || len(columns) < 12 {
		t.Fatalf("only %d tables and %d columns", len(tables), len(columns))
	}
	st, err := store.OpenPostgres(url, store.Options{MaxConns: 1, Clock: func() time.Time { return time.UnixMicro(w.Store.Now()) }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	if n, err := disclosure.Sequence(t.Context(), st); err != nil || n == 0 {
		t.Errorf("with that it places %d records: %v", n, err)
	}
	if f := found(t, w); len(f) > 0 {
		t.Error(f)
	}
	for _, m := range []rule.Mode{rule.Ledger, rule.Request, rule.Policy, rule.Onboarding, rule.Erasure} {
		if err := st.Run(t.Context(), rule.Scope{Mode: m}, true, func(context.Context, *store.Op) error { return nil }); err == nil {
			t.Errorf("it begins an operation as %s", m.Role())
		}
	}
}

// Who may put records on the ledger, as a build of releases, forges no place: with the
// grants that sala_ledger had, it did.
func TestWhoRecordsPlacesNothing(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	share(w, "Canary Places")
	if _, err := disclosureSequence(t, w); err != nil {
		t.Fatal(err)
	}
	forge := func() string {
		t.Helper()
		tx, err := app(t, w).BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		exec(t, tx, "SET LOCAL ROLE sala_ledger")
		if _, err = tx.ExecContext(t.Context(), "INSERT INTO ledger_entries (id, format, at, commitment) SELECT max(id) + 1, 1, max(at), 'forged' FROM ledger_entries"); err != nil {
			return state(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		return ""
	}
	if got := forge(); got != notPrivileged {
		t.Errorf("it forges a place: %q", got)
	}
	if f := found(t, w); len(f) > 0 {
		t.Error(f)
	}
	exec(t, root(t, w), "GRANT INSERT ON ledger_entries TO sala_ledger", "CREATE POLICY ledger_insert ON ledger_entries FOR INSERT TO sala_ledger WITH CHECK (true)")
	if got := forge(); got != "" || len(found(t, w)) == 0 {
		t.Errorf("with the grant it forges nothing (%q): the test proves nothing", got)
	}
}

// asSequencer runs statements under the sequencer's login and role, in one transaction.
func asSequencer(t *testing.T, w *world.World, statements ...string) error {
	t.Helper()
	tx, err := open(t, strings.Replace(w.AppURL, "sala_app", "sala_sequencer", 1)).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	exec(t, tx, "SET LOCAL ROLE sala_sequence")
	for _, s := range statements {
		if _, err := tx.ExecContext(t.Context(), s); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// placeless counts the records without a place, however old.
const placeless = "SELECT count(*) FROM disclosures d WHERE NOT EXISTS (SELECT FROM ledger_entries e WHERE e.at = d.at AND e.commitment = d.commitment)"

// The sequencer's login gives no place to what is no record. One entry of a time far ahead
// would stop every later pass, and have servers say after a while that no record waits.
func TestTheSequencersLoginPlacesRecordsAlone(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	share(w, "Canary Placed")
	if _, err := disclosureSequence(t, w); err != nil {
		t.Fatal(err)
	}
	share(w, "Canary Unplaced")
	const entry = "INSERT INTO ledger_entries (id, format, at, commitment) "
	next := entry + "SELECT (SELECT max(id) + 1 FROM ledger_entries), 1, "
	for what, statement := range map[string]string{
		"a time far ahead":           next + "4000000000000000, 'forged'",
		"a record at another time":   next + "at + 1, commitment FROM disclosures LIMIT 1",
		"another record at its time": next + "at, commitment || '\\x00'::bytea FROM disclosures LIMIT 1",
	} {
		if err := asSequencer(t, w, statement); state(err) != notPrivileged {
			t.Errorf("it places %s: %v", what, err)
		}
	}
	if n, err := disclosureSequence(t, w); err != nil || n == 0 || len(found(t, w)) > 0 {
		t.Fatalf("a pass after that places %d records: %v, %v", n, err, found(t, w))
	}
	share(w, "Canary Hidden")
	exec(t, root(t, w), "DROP POLICY sequence_insert ON ledger_entries", "CREATE POLICY sequence_insert ON ledger_entries FOR INSERT TO sala_sequence WITH CHECK (true)")
	if err := asSequencer(t, w, next+"4000000000000000, 'forged'"); err != nil {
		t.Fatalf("without the guard it is refused, too: %v", err)
	}
	_, err := disclosureSequence(t, w)
	w.Advance(20 * time.Minute)
	oldest, _ := disclosure.Oldest(t.Context(), w.Store, nil)
	if err == nil || oldest != nil || one[int](t, root(t, w), placeless) == 0 {
		t.Errorf("without the guard a pass ends with %v and %v waits: the test proves nothing", err, oldest)
	}
}

// A record that was seen waiting counts until it has its place: whoever holds the sequencer's
// login and withholds one while he places others makes no server say that none waits.
func TestAWithheldRecordKeepsCounting(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	share(w, "Canary Placed")
	if _, err := disclosureSequence(t, w); err != nil {
		t.Fatal(err)
	}
	share(w, "Canary Withheld")
	const every = 10 * time.Millisecond
	watch := api.NewLagwatch(w.Store, every, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		watch.Run(ctx)
	}()
	defer func() {
		stop()
		<-ended
	}()
	time.Sleep(50 * every) // it looks and finds the record
	seen, err := disclosure.Oldest(t.Context(), w.Store, nil)
	if err != nil || seen == nil {
		t.Fatalf("nothing waits: %v", err)
	}
	w.Advance(time.Hour)
	share(w, "Canary Later")
	place := func(which string) {
		t.Helper()
		if err := asSequencer(t, w, "INSERT INTO ledger_entries (id, format, at, commitment) SELECT (SELECT max(id) FROM ledger_entries) + row_number() OVER (), 1, at, commitment FROM disclosures d "+
			"WHERE NOT EXISTS (SELECT FROM ledger_entries e WHERE e.at = d.at AND e.commitment = d.commitment) AND "+which); err != nil {
			t.Fatal(err)
		}
	}
	place(fmt.Sprint("at > ", seen.At+time.Minute.Microseconds()*30))
	if again, err := disclosure.Oldest(t.Context(), w.Store, nil); err != nil || again != nil {
		t.Fatalf("a look that knows of no record finds %v (%v): the test proves nothing", again, err)
	}
	if again, err := disclosure.Oldest(t.Context(), w.Store, seen); err != nil || again == nil || *again != *seen {
		t.Errorf("the withheld record is not found again: %v, %v", again, err)
	}
	time.Sleep(50 * every)
	if lag := watch.Lag(); lag < 50*every {
		t.Errorf("the lag fell to %v while a record has no place", lag)
	}
	place("true")
	for start := time.Now(); watch.Lag() > 50*every; time.Sleep(every) {
		if time.Since(start) > 10*time.Second {
			t.Fatalf("every record has its place, and the lag is %v", watch.Lag())
		}
	}
}

// The functions of the wall answer the sequencer's role nothing, whatever settings it gives
// itself: not who owns a case, nor who belongs to what.
func TestTheSequencersLoginAsksNoFunction(t *testing.T) {
	t.Parallel()
	w, caseID := crowded(t)
	db := root(t, w)
	owner := one[string](t, db, "SELECT owner_id FROM case_files WHERE id = $1", caseID)
	member := one[string](t, db, "SELECT id FROM members WHERE active AND agency_id = $1 LIMIT 1", owner)
	as := "SELECT set_config('sala.agency', '" + owner + "', true)"
	questions := []string{"SELECT sala_owns('" + caseID + "')", "SELECT sala_holders('" + owner + "', '" + member + "')", "SELECT sala_units('" + owner + "', '" + member + "')"}
	for _, q := range questions {
		if err := asSequencer(t, w, as, q); state(err) != notPrivileged {
			t.Errorf("it asks %s: %v", q, err)
		}
	}
	exec(t, db, "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC")
	for _, q := range questions {
		if err := asSequencer(t, w, as, q); err != nil {
			t.Errorf("with the grant it is refused, too: %v", err)
		}
	}
}
