package attack

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/services/disclosure"
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
