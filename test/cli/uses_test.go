package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/disclosure"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/test/world"
)

// Every use of a program that opens the database or its keys beside the API is on the
// ledger: that it began, before anything was done, and what came of it, with counts and
// nobody's name. The ledger with these entries is intact; a use that failed is there too.
func TestUsesAreOnRecord(t *testing.T) {
	for name, w := range map[string]*world.World{
		"SQLite": world.OnSQLite(t, world.Options{}), "PostgreSQL": world.OnPostgres(t, server, world.Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			w.Register("lwu", "Kanaree")
			b := newBackups(t, w)
			file := filepath.Join(b.dir, "sala.age")
			b.run(0, "fsck")
			b.run(0, "keys", "rotate")
			b.run(0, "keys", "retire")
			b.run(0, "backup", file, "--to", b.recipient)
			b.run(1, "backup", file, "--to", b.recipient) // one is there
			want := []string{
				"backup: outcome=begun", "backup: outcome=begun", "backup: outcome=done recipients=1 tables=N", "backup: outcome=failed",
				"fsck: cases=1 closed=0 outcome=done shut=0", "fsck: outcome=begun",
				"retire keys: outcome=begun", "retire keys: outcome=done removed=1",
				"rotate keys: outcome=begun", "rotate keys: outcome=done wrapped=1",
			}
			if got := uses(t, w.Store); !slices.Equal(got, want) {
				t.Errorf("on record are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			b.run(0, "ledger", "verify")
			if !strings.Contains(b.out.String(), "intact") {
				t.Errorf("the ledger: %s", b.out.String())
			}
			// The restored database knows of its backup, and of its restore.
			if err := b.list.Renew(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.empty()
			b.run(0, "restore", file, "--identity", b.identity)
			got := strings.Join(uses(t, b.restored()), "\n")
			if !strings.Contains(got, "restore: departed again=0 erased again=0 outcome=done") || strings.Count(got, "backup:") != 1 {
				t.Errorf("on record after the restore are\n%s", got)
			}
			b.run(0, "ledger", "verify")
			if strings.Contains(got+b.out.String(), "Kanaree") {
				t.Error("a use names somebody")
			}
		})
	}
}

var tables = regexp.MustCompile(`tables=\d+`)

// uses are what is on record of uses, sorted.
func uses(t *testing.T, st *store.Store) (out []string) {
	t.Helper()
	err := st.Run(t.Context(), rule.Scope{Mode: rule.Ledger}, true, func(ctx context.Context, op *store.Op) error {
		rows, err := op.Disclosure.Query().Where(disclosure.Kind("USE")).All(ctx)
		for _, r := range rows {
			if r.MemberID != "operator" || r.AgencyID != "" || r.CaseID != "" || r.ContributorID != "" {
				t.Errorf("a use by %q of %q, of a case %q", r.MemberID, r.AgencyID, r.CaseID)
			}
			slices.Sort(r.RowIds)
			out = append(out, fmt.Sprintf("%s: %s", r.Verb, tables.ReplaceAllString(strings.Join(r.RowIds, " "), "tables=N")))
		}
		return err
	})
	if err != nil {
		t.Fatal(err, world.Cause(err))
	}
	slices.Sort(out)
	return out
}
