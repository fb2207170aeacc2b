package attack

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/disclosure"
	erasing "github.com/sala-exchange/sala/services/erasure"
	"github.com/sala-exchange/sala/services/keystore"
	"github.com/sala-exchange/sala/test/world"
)

// listOf opens the erasure list of a world, with a key of its own.
func listOf(t *testing.T, w *world.World) (*erasing.List, seal.Store) {
	t.Helper()
	keys, err := keystore.Open(t.Context(), w.KeyStore)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	secret, _, err := erasing.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	l, err := erasing.Open(keys, secret, clockOf(w))
	if err != nil {
		t.Fatal(err)
	}
	return l, keys
}

func clockOf(w *world.World) func() time.Time {
	return func() time.Time { return time.UnixMicro(w.Store.Now()) }
}

// second is the member who confirms what the case worker asked for.
func second(w *world.World, code string) rule.Scope {
	s := w.As(code, "")
	s.Member, s.CaseWork = w.Agencies[code].Supervisor, false
	s.Acknowledges = []string{"erasure", "retention", "breach", "agreement", "agency"}
	return s
}

// asked has the worker ask and the second person confirm, and returns the erasure.
func asked(t *testing.T, w *world.World, caseID string) string {
	t.Helper()
	var id string
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		var err error
		id, err = casework.AskErasure(ctx, op, caseID)
		return err
	})
	w.Must(second(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.ConfirmErasure(ctx, op, id) })
	return id
}

func carry(t *testing.T, w *world.World, l *erasing.List) int {
	t.Helper()
	n, err := erasing.Carry(t.Context(), w.Store, w.Keys, l)
	if err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	return n
}

// An erased person is nowhere: not in the database, not in a copy of it made before,
// once its key is gone; what stays is that two people decided it. H4.
func TestAnErasedPersonIsNowhere(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		l, keys := listOf(t, w)
		id, other := secretive(w), w.Register("lwu", "Canary Other")
		w.Share("lwu", id, "ngo", assistance, category.Identity, category.Profile)
		ref := w.Refer("lwu", id, "ngo", assistance, category.Identity, category.Profile)
		w.Accept("ngo", assistance, ref)
		w.Look(as(w, "ngo"), func(ctx context.Context, op *store.Op) error { _, err := op.Profile.Query().All(ctx); return err })
		row := one[string](t, w.Root(), "SELECT id FROM identities WHERE case_id = '"+id+"'")
		backup := one[[]byte](t, w.Root(), "SELECT sealed FROM identities WHERE case_id = '"+id+"'")
		asked(t, w, id)
		if carry(t, w, l) != 0 || !strings.Contains(dump(t, w), id) {
			t.Error("she was erased before the time in which it can be stopped was over")
		}
		w.Advance(14 * 24 * time.Hour)
		if carry(t, w, l) != 1 || carry(t, w, l) != 0 {
			t.Error("it was not carried out once")
		}
		lift(t, w, "DELETE FROM erasures") // it names the case by its id, and nothing else
		left := dump(t, w)
		for _, c := range append([]string{id, ref, row}, canaries...) {
			if strings.Contains(left, c) && w.URL != "" { // SQLite's file keeps deleted pages until it is compacted: they are sealed
				t.Errorf("%q is still in the database", c)
			}
		}
		if n := one[int](t, w.Root(), "SELECT count(*) FROM case_files"); n != 1 || !strings.Contains(left, other) {
			t.Errorf("%d cases are left, want the other one", n)
		}
		if n := one[int](t, w.Root(), "SELECT count(*) FROM notices WHERE kind = 'DELETE_COPIES' AND agency_id = '"+w.Agencies["ngo"].ID+"'"); n != 1 {
			t.Errorf("who was shown her data was told %d times to delete its copies", n)
		}
		if _, err := w.Keys.Open(t.Context(), seal.Row{Entity: ent.TypeIdentity, ID: row, Case: id, Contributor: w.Agencies["lwu"].ID}, backup); !errors.Is(err, seal.ErrNoKey) {
			t.Errorf("her row opens from a copy: %v", err)
		}
		if err := keys.Create(t.Context(), map[string][]byte{id: []byte("another")}); !errors.Is(err, seal.ErrDestroyed) {
			t.Errorf("her case gets a key again: %v", err)
		}
		entries, err := l.Entries(t.Context())
		if err != nil || len(entries) != 1 || entries[0].Case != id || entries[0].ConfirmedBy == entries[0].AskedBy {
			t.Errorf("the list: %v %v", entries, err)
		}
		report, err := disclosure.Verify(t.Context(), w.Store)
		if err != nil || len(report.Findings) != 0 {
			t.Errorf("the log after an erasure: %v %v", report, err)
		}
	})
}

// What may name her case after an erasure, table by table: the decision itself, and that a
// file's row was read in once.
var mayName = map[string]bool{"erasures": true, "imported_rows": true}

// Her case's id, and those of rows of hers, stand in no table but those: not as what a
// notice is about, nor as what a mutation resulted in. What is not remembered any more is
// swept, whoever it was about.
func TestAnErasedCaseIsNamedNowhere(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		l, _ := listOf(t, w)
		s := share(w, "Canary Nowhere")
		once := func(key, result string) {
			w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
				_, err := casework.Once(ctx, op, "test", key, "input", func() ([]string, error) { return []string{"x", result}, nil })
				return err
			})
		}
		no := world.Recording(assistance)
		no.CaseID, no.Provisions[0].Decision = s.Case, valueset.DecisionDeny
		no.Provisions[0].Categories = []category.Category{category.Narrative}
		record := func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordConsent(ctx, op, no)
			return err
		}
		supervisor := as(w, "lwu")
		supervisor.Member, supervisor.Supervisor = w.Agencies["lwu"].Supervisor, true
		w.Must(supervisor, func(ctx context.Context, op *store.Op) error {
			return casework.Assign(ctx, op, s.Case, w.Agencies["lwu"].Colleague)
		})
		said := w.Transferable("lwu", s.Case, "ngo", assistance)
		if err := transfer(w, s.Case, "ngo", said); err != nil {
			t.Fatal(err, world.Cause(err))
		}
		var told string
		w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			n, err := op.Notice.Query().Where(notice.SubjectID(s.Case)).Only(ctx)
			if err != nil {
				return err
			}
			told = n.ID
			return casework.MarkNoticesRead(ctx, op, []string{n.ID})
		})
		w.Must(as(w, "lwu"), record)
		asked(t, w, s.Case)
		row := one[string](t, w.Root(), "SELECT id FROM identities WHERE case_id = '"+s.Case+"'")
		w.Advance(15 * 24 * time.Hour)
		once("old", "somebody else's")
		w.Advance(25 * time.Hour)
		once("case", s.Case)
		once("row", row)
		once("other", "another row")
		naming := func() (out []string) {
			for table, text := range tables(t, w) {
				for _, id := range []string{s.Case, row, s.Referral, told} {
					if strings.Contains(text, id) && !mayName[table] {
						out = append(out, table)
						break
					}
				}
			}
			slices.Sort(out)
			return out
		}
		before := strings.Join(naming(), " ")
		for _, table := range []string{"notices", "notice_marks", "idempotency_keys", "retentions", "assignments"} {
			if !strings.Contains(before, table) {
				t.Fatalf("%s does not name her before the erasure, the test proves nothing: %s", table, before)
			}
		}
		if carry(t, w, l) != 1 {
			t.Fatal("it was not carried out")
		}
		if left := naming(); len(left) > 0 {
			t.Errorf("her case is still named in %v", left)
		}
		if keys := one[int](t, w.Root(), "SELECT count(*) FROM idempotency_keys"); keys != 2 {
			t.Errorf("%d keys are left, want the two that are not hers", keys)
		}
		if err := erasing.Sweep(t.Context(), w.Store); err != nil {
			t.Fatal(err, world.Cause(err))
		}
		if keys := one[int](t, w.Root(), "SELECT count(*) FROM idempotency_keys"); keys != 1 {
			t.Errorf("%d keys are left after the sweep, want the one that is remembered", keys)
		}
	})
}

// tables is the text of every row, by table.
func tables(t *testing.T, w *world.World) map[string]string {
	t.Helper()
	db, list := w.Root(), "SELECT group_concat(name) FROM sqlite_master WHERE type = 'table'"
	if w.URL != "" {
		list = "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'"
	}
	out := map[string]string{}
	for _, table := range strings.Split(one[string](t, db, list), ",") {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(sql.RawBytes)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				out[table] += string(*v.(*sql.RawBytes)) + " "
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		_ = rows.Close()
	}
	return out
}

// One person alone erases nobody; nor do two of another agency, nor anybody before the
// time is over; and each agency that contributed can stop it.
func TestNobodyErasesAlone(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		l, _ := listOf(t, w)
		s := share(w, "Canary Erasure")
		w.Must(as(w, "ngo"), recording(s.Case))
		ask := func(who rule.Scope) (id string, err error) {
			err = w.Do(who, func(ctx context.Context, op *store.Op) error {
				id, err = casework.AskErasure(ctx, op, s.Case)
				return err
			})
			return id, err
		}
		confirm := func(who rule.Scope, id string) error {
			return w.Do(who, func(ctx context.Context, op *store.Op) error { return casework.ConfirmErasure(ctx, op, id) })
		}
		stop := func(who rule.Scope, id string) error {
			return w.Do(who, func(ctx context.Context, op *store.Op) error { return casework.StopErasure(ctx, op, id) })
		}
		_, err := ask(as(w, "ngo"))
		wantKind(t, "asked by a receiver", err, errs.Forbidden)
		_, err = ask(as(w, "atd"))
		wantKind(t, "asked by a stranger", err, errs.Withheld)
		id, err := ask(as(w, "lwu"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = ask(as(w, "lwu"))
		wantKind(t, "asked twice", err, errs.Conflict)
		wantKind(t, "confirmed by the same person", confirm(as(w, "lwu"), id), errs.Forbidden)
		wantKind(t, "confirmed by a contributor", confirm(second(w, "ngo"), id), errs.Withheld)
		wantKind(t, "stopped by an agency that was not told", stop(second(w, "atd"), id), errs.Withheld)
		w.Advance(100 * 24 * time.Hour)
		if carry(t, w, l) != 0 {
			t.Error("one person alone erased her")
		}
		if err := confirm(second(w, "lwu"), id); err != nil {
			t.Fatal(err)
		}
		if err := stop(second(w, "ngo"), id); err != nil {
			t.Errorf("a contributor cannot stop it: %v (%v)", err, world.Cause(err))
		}
		w.Advance(100 * 24 * time.Hour)
		if carry(t, w, l) != 0 {
			t.Error("what was stopped was carried out")
		}
		wantKind(t, "confirmed after it was stopped", confirm(second(w, "lwu"), id), errs.Conflict)
		if w.URL != "" {
			erasedBySQL(t, w, s.Case)
		}
	})
}

// erasedBySQL: the role that carries erasures out cannot do it without a decision of two
// people that is due, and the request's role cannot make one up.
func erasedBySQL(t *testing.T, w *world.World, caseID string) {
	t.Helper()
	login := app(t, w)
	try := func(role string, statements ...string) error {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		lwu := w.Agencies["lwu"]
		exec(t, tx, "SET LOCAL ROLE "+role, "SELECT set_config('sala.agency', '"+lwu.ID+"', true), set_config('sala.member', '"+lwu.Worker+"', true)")
		for _, s := range statements {
			if _, err := tx.ExecContext(t.Context(), s); err != nil {
				return err
			}
		}
		return tx.Commit()
	}
	made := `INSERT INTO erasures (id, agency_id, case_id, asked_by, asked_on) VALUES ('erasure_x', '` + w.Agencies["lwu"].ID + `', '` + caseID + `', '` + w.Agencies["lwu"].Worker + `', 1)`
	for what, c := range map[string]struct {
		role, state string
		statements  []string
	}{
		"without a decision":          {"sala_erasure", notPrivileged, []string{"SELECT sala_erase('" + caseID + "', 9999999999999999)"}},
		"by the request's role":       {"sala_request", notPrivileged, []string{"SELECT sala_erase('" + caseID + "', 9999999999999999)"}},
		"a decision by its executor":  {"sala_erasure", notPrivileged, []string{made}},
		"confirmed by the asker":      {"sala_request", checkViolated, []string{made, "UPDATE erasures SET confirmed_by = asked_by, confirmed_on = 1, due_on = 9999999999999999 WHERE id = 'erasure_x'"}},
		"due at once":                 {"sala_request", checkViolated, []string{made, "UPDATE erasures SET confirmed_by = 'b', confirmed_on = 1, due_on = 2 WHERE id = 'erasure_x'"}},
		"rows deleted by the request": {"sala_request", notPrivileged, []string{"DELETE FROM identities WHERE case_id = '" + caseID + "'"}},
		"rows deleted by its role":    {"sala_erasure", notPrivileged, []string{"DELETE FROM identities WHERE case_id = '" + caseID + "'"}},
		"a name read by its role":     {"sala_erasure", notPrivileged, []string{"SELECT sealed FROM identities"}},
	} {
		if err := try(c.role, c.statements...); state(err) != c.state {
			t.Errorf("%s: %v, want %s", what, err, c.state)
		}
	}
}

// A deed that broke off after the list, or after the key, is finished by the next
// attempt, and stands on the list once.
func TestAnErasureThatBrokeOffIsFinished(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		l, _ := listOf(t, w)
		id := w.Register("lwu", "Canary Broken Off")
		asked(t, w, id)
		w.Advance(15 * 24 * time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		broken := seal.New(cancelling{cancel: cancel}, nil, seal.Options{})
		if _, err := erasing.Carry(ctx, w.Store, broken, l); err == nil {
			t.Fatal("a key store that fails was not noticed")
		}
		if n := one[int](t, w.Root(), "SELECT count(*) FROM identities"); n != 1 {
			t.Error("rows were deleted although the key was not destroyed")
		}
		if err := w.Keys.Destroy(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if carry(t, w, l) != 1 {
			t.Error("it was not finished")
		}
		entries, err := l.Entries(t.Context())
		if err != nil || len(entries) != 1 {
			t.Errorf("the list: %v %v", entries, err)
		}
	})
}

// cancelling is a key store whose process dies when a key is to be destroyed.
type cancelling struct {
	seal.Store
	cancel context.CancelFunc
}

func (c cancelling) Destroy(context.Context, string) error { c.cancel(); return context.Canceled }

// A database that was restored from before an erasure is found out, and so is a key
// store that is older than the database; applying the list makes the first right.
func TestARestoredDatabaseIsFoundOut(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		keys, err := keystore.Open(t.Context(), w.KeyStore)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = keys.Close() }()
		secret, public, err := erasing.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		list := func(store seal.Store, key string) *erasing.List {
			t.Helper()
			l, err := erasing.Open(store, key, clockOf(w))
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		l := list(keys, secret)
		id := w.Register("lwu", "Canary Restored")
		w.Register("lwu", "Canary Kept")
		asked(t, w, id)
		w.Advance(15 * 24 * time.Hour)
		carry(t, w, l)
		for what, key := range map[string]string{"its writer": secret, "its reader": public} {
			if err := list(keys, key).Check(t.Context(), w.Store); err != nil {
				t.Errorf("after the erasure, to %s: %v (%v)", what, err, world.Cause(err))
			}
		}
		wantKind(t, "a key store of before the erasure", list(older{keys}, secret).Check(t.Context(), w.Store), errs.Conflict)
		// Yesterday's backup: she is there, and nobody has decided anything.
		lift(t, w, "DELETE FROM erasures")
		lift(t, w, "INSERT INTO case_files (id, reference, owner_id, kind, state, opened_on, facts_version, evaluated_version) VALUES ('"+
			id+"', '000-000-000', '"+w.Agencies["lwu"].ID+"', 'OTHER', 'OPEN', 1, 0, 0)")
		wantKind(t, "a restored database", l.Check(t.Context(), w.Store), errs.Conflict)
		// A backup made while the erasure waited holds it as waiting: she is there all the same.
		lift(t, w, "INSERT INTO erasures (id, agency_id, case_id, asked_by, asked_on) VALUES ('erasure_waiting', '"+w.Agencies["lwu"].ID+"', '"+id+"', 'x', 1)")
		wantKind(t, "a restored database in which it waits", l.Check(t.Context(), w.Store), errs.Conflict)
		n, err := l.Apply(t.Context(), w.Owner(), w.Keys)
		if err != nil || n.Persons != 1 || n.Agencies != 0 {
			t.Errorf("applying the list: %+v %v (%v)", n, err, world.Cause(err))
		}
		if err := l.Check(t.Context(), w.Store); err != nil {
			t.Errorf("after the list was applied: %v (%v)", err, world.Cause(err))
		}
		if n := one[int](t, w.Root(), "SELECT count(*) FROM case_files"); n != 1 {
			t.Errorf("%d cases, want the one that nobody erased", n)
		}
	})
}

// older is a copy of a key store from before the list was begun.
type older struct{ seal.Store }

func (older) Erasures(context.Context, int) ([][]byte, error) { return nil, nil }

// A list that somebody wrote, shortened or put together is no list.
func TestAForgedErasureListIsRefused(t *testing.T) { both(t, forgedErasureList) }

func forgedErasureList(t *testing.T, w *world.World) {
	l, keys := listOf(t, w)
	if err := l.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Advance(24 * time.Hour)
	if err := l.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	raw, err := keys.Erasures(t.Context(), 0)
	if err != nil || len(raw) != 2 {
		t.Fatal(raw, err)
	}
	if err := keys.AppendErasure(t.Context(), 2, raw[1]); err != nil { // a true entry in another place
		t.Fatal(err)
	}
	_, err = l.Entries(t.Context())
	wantKind(t, "an entry twice", err, errs.Internal)
	other, _ := listOf(t, w)
	_, err = other.Entries(t.Context())
	wantKind(t, "another key's list", err, errs.Internal)
}

// TestAnOlderListIsNoticedWhileServing: an older copy of the key store is put in place under
// a process that runs. It knows the list as it was, and must not go on beside the copy, whose
// keys are those of persons who were erased since.
func TestAnOlderListIsNoticedWhileServing(t *testing.T) { both(t, olderList) }

func olderList(t *testing.T, w *world.World) {
	l, _ := listOf(t, w)
	for range 2 {
		if err := l.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.Advance(24 * time.Hour)
	}
	root, ok := strings.CutPrefix(w.KeyStore, "folder:")
	if !ok {
		t.Fatal("the key store is no folder")
	}
	last := filepath.Join(root, "erasures", "000000000001")
	newest, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(last); err != nil {
		t.Fatal(err)
	}
	_, err = l.Entries(t.Context())
	wantKind(t, "a list that got shorter", err, errs.Unavailable)
	if err := l.Renew(t.Context()); err == nil {
		t.Error("the older list was written on")
	}
	first, err := os.ReadFile(filepath.Join(root, "erasures", "000000000000"))
	if err != nil {
		t.Fatal(err)
	}
	for content, good := range map[string]bool{string(first): false, string(newest): true} {
		if err := os.WriteFile(last, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := l.Entries(t.Context()); (err == nil && len(got) == 2) != good {
			t.Errorf("the newest copy is back, %t: %d entries, %v", good, len(got), err)
		}
	}
}
