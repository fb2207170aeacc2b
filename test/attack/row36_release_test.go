package attack

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
)

// PostgreSQL's codes of what nobody can do to a view.
const notATable, notWritable = "42809", "55000"

// Test36AReleaseReadsOneView: the role that builds releases reads release_rows and nothing
// else, and nothing in that view names anybody, is free text or tells a day. As the owner of
// the tables the same build would reach her name (threats.md 36, 38).
func Test36AReleaseReadsOneView(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	full(t, w, "Canary Released")
	db, login := root(t, w), app(t, w)
	tables := strings.Split(one[string](t, db, `SELECT string_agg(relname, ',') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'p')`), ",")
	if len(tables) < 40 || !slices.Contains(tables, "release_rows") {
		t.Fatalf("%d tables", len(tables))
	}
	asRelease := func(statement string) error {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		exec(t, tx, "SELECT set_config('sala.now', '1800000000000000', true)")
		exec(t, tx, "SET LOCAL ROLE sala_release")
		_, err = tx.ExecContext(t.Context(), statement)
		return err
	}
	for _, name := range tables {
		for _, statement := range []string{"SELECT count(*) FROM ", "INSERT INTO %s SELECT * FROM ", "DELETE FROM ", "TRUNCATE "} {
			err := asRelease(strings.ReplaceAll(statement, "%s", "public."+name) + "public." + name)
			if (name == "release_rows" || name == "releases") && strings.HasPrefix(statement, "SELECT") {
				if err != nil {
					t.Errorf("the role cannot read what it is for: %v", err)
				}
				continue
			}
			// PostgreSQL says of a view that it cannot be written before it asks who is there.
			if s := state(err); s != notPrivileged && s != notATable && s != notWritable {
				t.Errorf("%s%s: %v", statement, name, err)
			}
		}
	}
	if may := one[sql.NullString](t, db, `SELECT string_agg(p.proname, ',') FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
		AND pg_get_function_result(p.oid) NOT IN ('trigger', 'boolean', 'text', 'void', 'bigint') AND has_function_privilege('sala_release', p.oid, 'EXECUTE')`); may.String != "" {
		t.Errorf("functions that read for the role: %s", may.String)
	}
	columns := strings.Split(one[string](t, db, `SELECT string_agg(column_name, ',') FROM information_schema.columns WHERE table_name = 'release_rows'`), ",")
	for _, c := range columns {
		if strings.HasSuffix(c, "_id") || strings.HasSuffix(c, "_on") || slices.Contains([]string{"id", "reference", "names", "birth_date", "exploitation_place", "recruitment_place", "programme", "provider"}, c) {
			t.Errorf("the view has the column %s", c)
		}
	}
	all := one[sql.NullString](t, db, `SELECT string_agg(r::text, ' ') FROM (SELECT set_config('sala.now', '1800000000000000', false)) s, release_rows r`)
	if !all.Valid || strings.Contains(all.String, "Canary") {
		t.Errorf("the view shows what somebody typed, or nothing: %q", all.String)
	}
	// Without the role: whoever owns the tables reads what stands beside the view.
	if places := one[int](t, db, "SELECT count(*) FROM case_files"); places == 0 {
		t.Error("the owner reads nothing either: the test proves nothing")
	}
	if barrier := one[string](t, db, "SELECT array_to_string(reloptions, ',') FROM pg_class WHERE relname = 'release_rows'"); barrier != "security_barrier=true" {
		t.Errorf("the view has the options %s", barrier)
	}
}
