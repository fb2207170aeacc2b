package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/test/world"
)

// TestFsck: an access that somebody wrote past policy is found; its case is closed to
// everybody, others stay as they are; --settle gives it what policy decides. Both acts
// are on record.
func TestFsck(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		w := world.OnSQLite(t, world.Options{})
		fsck(t, w, "sqlite:"+w.Path, "")
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		w := world.OnPostgres(t, server, world.Options{})
		fsck(t, w, w.AppURL, "SET session_replication_role = replica; ")
	})
}

func fsck(t *testing.T, w *world.World, database, pastTriggers string) {
	forged, other := w.Register("lwu", "Kanaree"), w.Register("lwu", "Bounkham")
	run := func(args ...string) (string, string, int) {
		var out, errOut bytes.Buffer
		code := command.Execute(t.Context(), append(args, "--database", database), &out, &errOut)
		return out.String(), errOut.String(), code
	}
	if out, e, code := run("fsck"); code != 0 || !strings.Contains(out, "2 cases evaluated, 0 differed") {
		t.Fatalf("a sound database: %s%s", out, e)
	}
	if _, err := w.Root().ExecContext(t.Context(), pastTriggers+`INSERT INTO accesses (id, member_id, action, categories, purpose, basis, valid_from, valid_until, facts_version, revision, grantee_id, contributor_id, case_id)
		SELECT 'access_forged', '`+w.Agencies["atd"].Worker+`', action, categories, 'JUSTICE', 'CONSENT_REFERRAL', valid_from, valid_until, facts_version, revision, '`+
		w.Agencies["atd"].ID+`', contributor_id, case_id FROM accesses WHERE case_id = '`+forged+`' AND action = 'READ' AND member_id <> '' LIMIT 1`); err != nil {
		t.Fatal(err)
	}
	if n := visible(t, w, "atd", category.ForJustice); n != 1 {
		t.Fatalf("the forged access opens %d cases; the test proves nothing", n)
	}
	out, e, code := run("fsck")
	if code != 1 || !strings.Contains(out, "2 cases evaluated, 1 differed") || !strings.Contains(out, "closed "+forged) || strings.Contains(out, other) {
		t.Errorf("a forged access: %d %s%s", code, out, e)
	}
	if a, l := visible(t, w, "atd", category.ForJustice), visible(t, w, "lwu", category.ForAssistance); a != 0 || l != 1 {
		t.Errorf("after the check ATD sees %d cases and LWU %d; want 0 and 1", a, l)
	}
	if out, e, code := run("fsck", "--settle"); code != 0 || !strings.Contains(out, "settled "+forged) {
		t.Errorf("settling: %d %s%s", code, out, e)
	}
	if a, l := visible(t, w, "atd", category.ForJustice), visible(t, w, "lwu", category.ForAssistance); a != 0 || l != 2 {
		t.Errorf("after settling ATD sees %d cases and LWU %d; want 0 and 2", a, l)
	}
	var n int
	if err := w.Root().QueryRowContext(t.Context(), "SELECT count(*) FROM disclosures WHERE verb IN ('close by fsck', 'settle by fsck') AND case_id = '"+forged+"'").Scan(&n); err != nil || n != 2 {
		t.Errorf("%d of two acts are on record: %v", n, err)
	}
}

// TestFsckUnderAnotherPolicy: a program whose policy is not the live one would find
// every case different, so it closes none.
func TestFsckUnderAnotherPolicy(t *testing.T) {
	for name, w := range map[string]*world.World{
		"SQLite": world.OnSQLite(t, world.Options{}), "PostgreSQL": world.OnPostgres(t, server, world.Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			w.Register("lwu", "Kanaree")
			database := "sqlite:" + w.Path
			if w.AppURL != "" {
				database = w.AppURL
			}
			live := func(to string) {
				if _, err := w.Root().ExecContext(t.Context(), "UPDATE gates SET revision = '"+to+"' WHERE id = 'policy'"); err != nil {
					t.Fatal(err)
				}
			}
			live("another")
			var out, errOut bytes.Buffer
			if code := command.Execute(t.Context(), []string{"fsck", "--database", database}, &out, &errOut); code != command.ExitUnavailable || !strings.Contains(errOut.String(), "the policy that the database lives under") {
				t.Errorf("%d %s%s", code, out.String(), errOut.String())
			}
			live(w.Store.Revision())
			if n := visible(t, w, "lwu", category.ForAssistance); n != 1 {
				t.Errorf("LWU sees %d cases, want 1", n)
			}
		})
	}
}

func visible(t *testing.T, w *world.World, agency string, p category.Purpose) (n int) {
	t.Helper()
	w.Look(w.As(agency, p), func(ctx context.Context, op *store.Op) error {
		var err error
		n, err = op.CaseFile.Query().Count(ctx)
		return err
	})
	return n
}
