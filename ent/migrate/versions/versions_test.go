package versions_test

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"

	"github.com/sala-exchange/sala/ent/migrate"
	"github.com/sala-exchange/sala/ent/migrate/versions"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/test/postgres"
)

var server *postgres.Server

func TestMain(m *testing.M) {
	os.Exit(postgres.Run(m, func(s *postgres.Server) { server = s }))
}

// empty opens an empty database of either kind as the owner of its tables.
func empty(t *testing.T) map[string]*store.Store {
	t.Helper()
	lite, err := store.OpenSQLite(filepath.Join(t.TempDir(), "sala.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pg, err := store.OpenPostgres(server.URL(server.Database(t, ""), "postgres"), store.Options{MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*store.Store{"SQLite": lite, "PostgreSQL": pg}
	t.Cleanup(func() {
		for _, st := range all {
			_ = st.Close()
		}
	})
	return all
}

// TestMigrationsMakeTheSchema: after all migrations nothing is left between the
// database and ent/schema; and a difference would be seen.
func TestMigrationsMakeTheSchema(t *testing.T) {
	for name, st := range empty(t) {
		t.Run(name, func(t *testing.T) {
			if err := versions.Up(t.Context(), st.DB(), st.Dialect()); err != nil {
				t.Fatal(err)
			}
			if left := difference(t, st.Dialect(), st.DB()); left != "" {
				t.Errorf("ent/schema and the migrations differ; write a migration for:\n%s", left)
			}
			if _, err := st.DB().ExecContext(t.Context(), "ALTER TABLE consents DROP COLUMN language"); err != nil {
				t.Fatal(err)
			}
			if difference(t, st.Dialect(), st.DB()) == "" {
				t.Error("a missing column is not noticed: the check proves nothing")
			}
		})
	}
}

// difference is the SQL that would bring the database to ent/schema.
func difference(t *testing.T, dialect string, db *sql.DB) string {
	t.Helper()
	var out bytes.Buffer
	drv := &schema.WriteDriver{Driver: entsql.OpenDB(dialect, db), Writer: &out}
	m, err := schema.NewMigrate(drv, schema.WithDropColumn(true), schema.WithDropIndex(true))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Create(context.Background(), migrate.Tables...); err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, l := range strings.Split(out.String(), "\n") {
		if l = strings.TrimSpace(l); l != "" && l != "BEGIN;" && l != "COMMIT;" && !strings.HasPrefix(l, "PRAGMA") {
			left = append(left, l)
		}
	}
	return strings.Join(left, "\n")
}

// TestUpTwice: what is applied is not applied again, and the list says so.
func TestUpTwice(t *testing.T) {
	for name, st := range empty(t) {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				if err := versions.Up(t.Context(), st.DB(), st.Dialect()); err != nil {
					t.Fatal(err)
				}
			}
			list, err := versions.List(t.Context(), st.DB(), st.Dialect())
			if err != nil || len(list) < 2 {
				t.Fatalf("%d migrations: %v", len(list), err)
			}
			for _, m := range list {
				if !m.Applied {
					t.Errorf("migration %d is not applied", m.Version)
				}
			}
		})
	}
}

// TestCurrent: exactly this program's migrations, seen by the servers' login; a missing
// one, one too many and an empty database are told apart from a database that does not
// answer.
func TestCurrent(t *testing.T) {
	for name, owner := range empty(t) {
		t.Run(name, func(t *testing.T) {
			app := owner
			if owner.Dialect() == "postgres" {
				var database string
				if err := owner.DB().QueryRowContext(t.Context(), "SELECT current_database()").Scan(&database); err != nil {
					t.Fatal(err)
				}
				var err error
				if app, err = store.OpenPostgres(server.URL(database, "sala_app"), store.Options{MaxConns: 1}); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = app.Close() })
			}
			current := func() errs.Kind {
				err := versions.Current(t.Context(), app.DB(), app.Dialect())
				if err == nil {
					return -1
				}
				return errs.KindOf(err)
			}
			if got := current(); got != errs.Unavailable {
				t.Errorf("an empty database: %v", got)
			}
			if err := versions.Up(t.Context(), owner.DB(), owner.Dialect()); err != nil {
				t.Fatal(err)
			}
			if got := current(); got != -1 {
				t.Errorf("a migrated database: %v", got)
			}
			change := func(statement string) {
				if _, err := owner.DB().ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			change("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, " + trueIn(owner) + ")")
			if got := current(); got != errs.Conflict {
				t.Errorf("a migration of a later program: %v", got)
			}
			change("DELETE FROM goose_db_version WHERE version_id = 99999")
			change("DELETE FROM goose_db_version WHERE version_id = 2")
			if got := current(); got != errs.Conflict {
				t.Errorf("a missing migration: %v", got)
			}
		})
	}
}

func trueIn(st *store.Store) string {
	if st.Dialect() == "postgres" {
		return "true"
	}
	return "1"
}
