package attack

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/disclosure"
	erasing "github.com/sala-exchange/sala/services/erasure"
	"github.com/sala-exchange/sala/test/world"
)

// charging records that a suspect of lwu's is charged (again).
func charging(w *world.World, id string) change {
	return change{"CorrectSuspect", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		row, err := op.Suspect.Get(ctx, id)
		if err != nil {
			return err
		}
		return casework.CorrectSuspect(ctx, op, casework.CorrectInput{ID: id, Version: row.Version}, casework.SuspectInput{State: valueset.SuspectStateCharged})
	}}
}

func askingAbout(w *world.World, code, id string) change {
	return change{"AskSuspectErasure", as(w, code), func(ctx context.Context, op *store.Op) error {
		_, err := casework.AskSuspectErasure(ctx, op, id)
		return err
	}}
}

// cleared is a suspect of lwu's who is acquitted, of a case of which ngo reads all.
func cleared(w *world.World) (s shared, suspect string) {
	w.T.Helper()
	s, ids := tried(w, category.Identity, category.Justice, category.Suspect)
	p, c := sharingProceeding(w, ids[category.Justice], "ngo"), clearing(w, ids[category.Suspect])
	w.Must(p.who, p.do)
	w.Must(c.who, c.do)
	return s, ids[category.Suspect]
}

// askedAbout has two members of an agency decide to erase a suspect's row.
func askedAbout(w *world.World, code, suspect string) (id string) {
	w.T.Helper()
	w.Must(as(w, code), func(ctx context.Context, op *store.Op) (err error) {
		id, err = casework.AskSuspectErasure(ctx, op, suspect)
		return err
	})
	w.Must(second(w, code), func(ctx context.Context, op *store.Op) error { return casework.ConfirmErasure(ctx, op, id) })
	return id
}

func stopping(id string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error { return casework.StopErasure(ctx, op, id) }
}

// tamper changes a decision past the guard that keeps it as it is.
func tamper(t *testing.T, w *world.World, set, id string) {
	t.Helper()
	if w.URL != "" {
		lift(t, w, "ALTER TABLE erasures DISABLE TRIGGER erasures_decided")
		defer lift(t, w, "ALTER TABLE erasures ENABLE TRIGGER erasures_decided")
	}
	lift(t, w, "UPDATE erasures SET "+set+" WHERE id = '"+id+"'")
}

func there(t *testing.T, w *world.World, suspect string) bool {
	t.Helper()
	return count(t, w, "suspects WHERE id = '"+suspect+"'") == 1
}

// An erased suspect's row is nowhere, nor is what it was before, nor whatever named it; the
// case and every other row stay, the key too; and the record is whole. B2, H4.
func TestAnErasedSuspectIsNowhereAndTheCaseStays(t *testing.T) { both(t, erasedSuspect) }

func erasedSuspect(t *testing.T, w *world.World) {
	l, _ := listOf(t, w)
	s, ids := tried(w, category.Identity, category.Justice, category.Suspect)
	suspect := ids[category.Suspect]
	other := run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
		return casework.RecordSuspect(ctx, op, ids[category.Justice], casework.SuspectInput{State: valueset.SuspectStateCharged})
	})
	p := sharingProceeding(w, ids[category.Justice], "ngo")
	w.Must(p.who, p.do)
	all := func(ctx context.Context, op *store.Op) error { _, err := op.Suspect.Query().All(ctx); return err }
	w.Look(as(w, "ngo"), all)
	w.Look(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { _, err := op.Suspect.Get(ctx, suspect); return err })
	w.Look(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		if _, err := op.Identity.Query().All(ctx); err != nil {
			return err
		}
		return all(ctx, op)
	})
	c := clearing(w, suspect)
	w.Must(c.who, c.do)
	w.Look(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := op.SuspectVersion.Query().All(ctx)
		return err
	})
	version := one[string](t, w.Root(), "SELECT id FROM suspect_versions WHERE row_id = '"+suspect+"'")
	due := one[string](t, w.Root(), "SELECT id FROM retentions WHERE row_id = '"+suspect+"'")
	askedAbout(w, "lwu", suspect)
	w.Advance(14*24*time.Hour - time.Second)
	if carry(t, w, l) != 0 || !there(t, w, suspect) {
		t.Error("it was erased before the time in which it can be stopped was over")
	}
	w.Advance(time.Second)
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.Once(ctx, op, "test", "key", "input", func() ([]string, error) { return []string{suspect}, nil })
		return err
	})
	before := counts(t, w)
	if carry(t, w, l) != 1 || carry(t, w, l) != 0 {
		t.Error("it was not carried out once")
	}
	namedNowhere(t, w, suspect, version, due)
	after := counts(t, w)
	for i, d := range [8]int{-1, -1, -1, 0, -1, -1, 2, 0} {
		if after[i]-before[i] != d {
			t.Errorf("tables by rows: %v before, %v after", before, after)
			break
		}
	}
	if !there(t, w, other) {
		t.Error("another suspect's row is gone")
	}
	if n := count(t, w, "notices WHERE kind = 'DELETE_SUSPECT_COPIES' AND subject_id = '"+referenceOf(w, s.Case)+"' AND agency_id = '"+w.Agencies["ngo"].ID+"'"); n != 1 {
		t.Errorf("who was shown the row was told %d times to delete its copies", n)
	}
	w.Look(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
		rows, err := op.Identity.Query().All(ctx)
		if err == nil && (len(rows) != 1 || rows[0].Names[0].Text != "Canary Tried") {
			t.Errorf("the case is not readable: %d rows", len(rows))
		}
		return err
	})
	entries, err := l.Entries(t.Context())
	if err != nil || len(entries) != 1 || entries[0].Kind != erasing.Suspect || entries[0].Suspect != suspect || entries[0].Case != s.Case || entries[0].ConfirmedBy == entries[0].AskedBy {
		t.Errorf("the list: %+v %v", entries, err)
	}
	if err := l.Check(t.Context(), w.Store); err != nil {
		t.Errorf("the list after it: %v (%v)", err, world.Cause(err))
	}
	report, err := disclosure.Verify(t.Context(), w.Store)
	if err != nil || len(report.Findings) != 0 {
		t.Errorf("the log after it: %+v %v", report, err)
	}
	evaluated(t, w)
}

// namedNowhere: what may name the row still is the decision, and the record of looks at her
// other rows beside it, which is hers (H2); what it was and what was due about it, nothing.
func namedNowhere(t *testing.T, w *world.World, suspect, version, due string) {
	t.Helper()
	for table, text := range tables(t, w) {
		if strings.Contains(text, version) || strings.Contains(text, due) || strings.Contains(text, suspect) && table != "erasures" && table != "disclosures" {
			t.Errorf("%s names the erased row", table)
		}
	}
	if n := count(t, w, "disclosures WHERE CAST(row_ids AS text) LIKE '%"+suspect+"%' AND CAST(row_ids AS text) NOT LIKE '%identity_%' AND CAST(row_ids AS text) NOT LIKE '%suspect_%suspect_%'"); n != 0 {
		t.Errorf("%d readable details are about the erased row alone", n)
	}
}

// counts is how many rows each of the tables has that an erasure of a row touches.
func counts(t *testing.T, w *world.World) (out [8]int) {
	t.Helper()
	for i, table := range []string{"suspects", "suspect_versions", "retentions", "notices", "idempotency_keys", "disclosures", "erased_details", "identities"} {
		out[i] = count(t, w, table)
	}
	return out
}

// One person alone erases no suspect's row; nor do two of an agency that did not record it,
// be it the owner of the case; nor anybody one who is not cleared, or before the time is
// over, or what was stopped.
func TestNobodyErasesASuspectAlone(t *testing.T) { both(t, suspectAlone) }

func suspectAlone(t *testing.T, w *world.World) {
	l, _ := listOf(t, w)
	s, ids := tried(w, category.Justice, category.Suspect)
	suspect := ids[category.Suspect]
	p := sharingProceeding(w, ids[category.Justice], "ngo")
	w.Must(p.who, p.do)
	theirs := w.Further("ngo", s.Case, "Canary Theirs", assistance)[category.Suspect]
	ask := func(code, id string) error { a := askingAbout(w, code, id); return w.Do(a.who, a.do) }
	wantKind(t, "one who is not cleared", ask("lwu", suspect), errs.Conflict)
	wantKind(t, "asked by an agency of the proceeding", ask("ngo", suspect), errs.Withheld)
	wantKind(t, "asked by the owner of the case about another's row", ask("lwu", theirs), errs.Withheld)
	wantKind(t, "asked by a stranger", ask("atd", suspect), errs.Withheld)
	c := clearing(w, suspect)
	w.Must(c.who, c.do)
	wantKind(t, "asked by an agency of the proceeding, once cleared", ask("ngo", suspect), errs.Withheld)
	id := run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
		return casework.AskSuspectErasure(ctx, op, suspect)
	})
	wantKind(t, "asked twice", ask("lwu", suspect), errs.Conflict)
	confirm := func(ctx context.Context, op *store.Op) error { return casework.ConfirmErasure(ctx, op, id) }
	wantKind(t, "confirmed by the same person", w.Do(as(w, "lwu"), confirm), errs.Forbidden)
	wantKind(t, "confirmed by another agency", w.Do(second(w, "ngo"), confirm), errs.Withheld)
	wantKind(t, "stopped by another agency", w.Do(second(w, "ngo"), stopping(id)), errs.Withheld)
	w.Advance(100 * 24 * time.Hour)
	kept := func(what string) {
		t.Helper()
		if n := carry(t, w, l); n != 0 || !there(t, w, suspect) {
			t.Fatalf("%s: %d rows were erased", what, n)
		}
	}
	kept("on one person's word")
	w.Must(second(w, "lwu"), confirm)
	kept("at once")
	w.Must(second(w, "lwu"), stopping(id))
	w.Advance(100 * 24 * time.Hour)
	kept("what was stopped")
	wantKind(t, "confirmed after it was stopped", w.Do(second(w, "lwu"), confirm), errs.Conflict)
	if entries, err := l.Entries(t.Context()); err != nil || len(entries) != 0 {
		t.Errorf("the list: %+v %v", entries, err)
	}
	if n := count(t, w, "notices WHERE kind LIKE 'ERASURE%' AND agency_id <> '"+w.Agencies["lwu"].ID+"'"); n != 0 {
		t.Errorf("%d notices tell others of a row that is not theirs", n)
	}
	guardsOfSuspects(t, w, l, suspect)
	if !there(t, w, theirs) {
		t.Error("another's row is gone")
	}
}

// guardsOfSuspects: each guard alone keeps a row whose erasure is due otherwise, and with
// all of them out of the way it goes at once.
func guardsOfSuspects(t *testing.T, w *world.World, l *erasing.List, suspect string) {
	t.Helper()
	for guard, set := range map[string]string{
		"14 days":       "due_on = due_on",
		"stopped":       "confirmed_on = 1, due_on = 1209600000001, stopped_on = 1",
		"two people":    "confirmed_on = 1, due_on = 1209600000001, confirmed_by = asked_by",
		"contributor":   "confirmed_on = 1, due_on = 1209600000001, agency_id = '" + w.Agencies["ngo"].ID + "'",
		"cleared since": "confirmed_on = 1, due_on = 1209600000001, asked_on = 1",
	} {
		id := askedAbout(w, "lwu", suspect)
		tamper(t, w, set, id)
		// A decision of one person is none that the job could stop either: it fails.
		if n, _ := erasing.Carry(t.Context(), w.Store, w.Keys, l); n != 0 || !there(t, w, suspect) {
			t.Fatalf("%s: the row was erased", guard)
		}
		tamper(t, w, "stopped_on = 1", id)
	}
	tamper(t, w, "confirmed_on = 1, due_on = 1209600000001", askedAbout(w, "lwu", suspect))
	if carry(t, w, l) != 1 || there(t, w, suspect) {
		t.Error("with no guard in its way it is not erased: the test proves nothing")
	}
}

// The role that carries erasures out cannot erase a suspect without a decision of two people
// that is due, nor make one; and what was decided about a row erases no case.
func TestNoStatementErasesASuspect(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	s, suspect := cleared(w)
	f, free := tried(w, category.Justice, category.Suspect)
	id := askedAbout(w, "lwu", suspect)
	w.Advance(15 * 24 * time.Hour)
	lwu, login := w.Agencies["lwu"], app(t, w)
	try := func(role string, statement string) error {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		exec(t, tx, "SET LOCAL ROLE "+role, "SELECT set_config('sala.agency', '"+lwu.ID+"', true), set_config('sala.member', '"+lwu.Worker+"', true)")
		_, err = tx.ExecContext(t.Context(), statement)
		return err
	}
	ask := func(suspectID, caseID string) string {
		return "INSERT INTO erasures (id, agency_id, case_id, suspect_id, asked_by, asked_on) VALUES ('erasure_x', '" + lwu.ID + "', '" + caseID + "', '" + suspectID + "', '" + lwu.Worker + "', 9999999999999999)"
	}
	for what, c := range map[string]struct{ role, state, statement string }{
		"without a decision":        {"sala_erasure", notPrivileged, "SELECT sala_erase_suspect('erasure_x', 9999999999999999)"},
		"by the request's role":     {"sala_request", notPrivileged, "SELECT sala_erase_suspect('" + id + "', 9999999999999999)"},
		"asking nobody":             {"sala_erasure", notPrivileged, "SELECT sala_remove_suspect('" + s.Case + "', '" + suspect + "')"},
		"the case instead":          {"sala_erasure", notPrivileged, "SELECT sala_erase('" + s.Case + "', 9999999999999999)"},
		"turned into the case's":    {"sala_erasure", checkViolated, "UPDATE erasures SET suspect_id = '' WHERE id = '" + id + "'"},
		"turned to another's row":   {"sala_erasure", checkViolated, "UPDATE erasures SET suspect_id = '" + free[category.Suspect] + "' WHERE id = '" + id + "'"},
		"deleted by its role":       {"sala_erasure", notPrivileged, "DELETE FROM suspects WHERE id = '" + suspect + "'"},
		"a decision by its role":    {"sala_erasure", notPrivileged, ask(suspect, s.Case)},
		"about one not cleared":     {"sala_request", notPrivileged, ask(free[category.Suspect], f.Case)},
		"about one in another case": {"sala_request", notPrivileged, ask(suspect, "case_x")},
	} {
		if err := try(c.role, c.statement); state(err) != c.state {
			t.Errorf("%s: %v, want %s", what, err, c.state)
		}
	}
	if err := try("sala_erasure", "SELECT sala_erase_suspect('"+id+"', 9999999999999999)"); err != nil {
		t.Errorf("the due one is not erased: %v", err)
	}
	// A server whose clock is ahead neither erases nor stops: the database's own counts too.
	due := "SELECT sala_suspect_due('" + id + "', 9999999999999999)"
	if err := try("sala_erasure", due); err != nil {
		t.Errorf("the due one: %v", err)
	}
	tamper(t, w, "due_on = 9999999999999998", id)
	if err := try("sala_erasure", due); state(err) != notPrivileged {
		t.Errorf("before its time by the database's clock: %v", err)
	}
	tamper(t, w, "due_on = confirmed_on + 1209600000000", id)
	// Where sala_erase does not ask what was decided about, the case goes on a row's decision.
	exec(t, root(t, w), `DO $$ BEGIN EXECUTE replace(pg_get_functiondef('sala_erase(text,bigint)'::regprocedure), 'e.suspect_id = '''' AND', ''); END $$`)
	if err := try("sala_erasure", "SELECT sala_erase('"+s.Case+"', 9999999999999999)"); state(err) == notPrivileged {
		t.Errorf("without its guard sala_erase refuses the case still, the test proves nothing: %v", err)
	}
}

// A suspect who is charged again is not erased: that stops what waits; once it is due, it is
// too late. Where the row was changed beside the verbs, the job leaves it.
func TestASuspectWhoIsChargedAgainIsKept(t *testing.T) { both(t, chargedAgain) }

func chargedAgain(t *testing.T, w *world.World) {
	l, _ := listOf(t, w)
	_, suspect := cleared(w)
	id := askedAbout(w, "lwu", suspect)
	charge, clears := charging(w, suspect), clearing(w, suspect)
	w.Must(charge.who, charge.do)
	stopped := "notices WHERE kind = 'ERASURE_STOPPED' AND agency_id = '" + w.Agencies["lwu"].ID + "'"
	if count(t, w, "erasures WHERE stopped_on IS NOT NULL") != 1 || count(t, w, stopped) != 1 {
		t.Error("charging the suspect again did not stop it, or nobody was told")
	}
	w.Must(clears.who, clears.do)
	w.Advance(30 * 24 * time.Hour)
	if carry(t, w, l) != 0 || !there(t, w, suspect) {
		t.Error("what was stopped was carried out")
	}
	tamper(t, w, "stopped_on = NULL, asked_on = 9999999999999999", id)
	if carry(t, w, l) != 1 || there(t, w, suspect) {
		t.Error("what was not stopped was not carried out, the test proves nothing")
	}
	_, suspect = cleared(w)
	id = askedAbout(w, "lwu", suspect)
	w.Advance(15 * 24 * time.Hour)
	charge = charging(w, suspect)
	wantKind(t, "charged when it is due", w.Do(charge.who, charge.do), errs.Conflict)
	tamper(t, w, "asked_on = 1", id) // as where it was cleared anew since
	if carry(t, w, l) != 0 || !there(t, w, suspect) || count(t, w, "erasures WHERE id = '"+id+"' AND stopped_on IS NOT NULL") != 1 || count(t, w, stopped) != 2 {
		t.Error("a row that was cleared anew was erased on what was said before, or it was not left")
	}
	if entries, err := l.Entries(t.Context()); err != nil || len(entries) != 1 {
		t.Errorf("the list: %+v %v", entries, err)
	}
}

// Charging a suspect again beside the job: the job holds the case before it writes the list,
// so it waits, and leaves the row. Without that lock the charged suspect is listed.
func TestTheJobWaitsForWhoChargesASuspectAgain(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	l, _ := listOf(t, w)
	race := func() (suspect string) {
		_, suspect = cleared(w)
		askedAbout(w, "lwu", suspect)
		w.Advance(14*24*time.Hour - 30*time.Second)
		c := charging(w, suspect)
		ctx, op, err := w.Store.Begin(t.Context(), c.who, false)
		if err != nil {
			t.Fatal(err)
		}
		defer op.Rollback()
		if err := errors.Join(c.do(ctx, op), op.Settle(ctx)); err != nil {
			t.Fatal(err)
		}
		w.Advance(time.Minute)
		done := make(chan error, 1)
		go func() { _, err := erasing.Carry(t.Context(), w.Store, w.Keys, l); done <- err }()
		if !blocked(t, w, done) {
			t.Error("the job did not wait")
		}
		if err := op.Commit(ctx); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Log(world.Cause(err))
		}
		return suspect
	}
	kept := race()
	entries, err := l.Entries(t.Context())
	if err != nil || len(entries) != 0 || !there(t, w, kept) {
		t.Errorf("the row of a charged suspect: there %v, on the list %+v %v", there(t, w, kept), entries, err)
	}
	exec(t, root(t, w), `DO $$ BEGIN EXECUTE replace(pg_get_functiondef('sala_suspect_due(text,bigint)'::regprocedure), 'PERFORM sala_lock_case(e.case_id) FROM erasures e WHERE e.id = p_erasure;', ''); END $$`)
	race()
	if entries, err := l.Entries(t.Context()); err != nil || len(entries) != 1 {
		t.Errorf("without the lock a charged suspect is not listed as erased, the test proves nothing: %+v %v", entries, err)
	}
}

// A deed that broke off after the list is finished by the next attempt, and stands on the
// list once.
func TestAnErasureOfASuspectThatBrokeOffIsFinished(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		_, keys := listOf(t, w)
		_, suspect := cleared(w)
		askedAbout(w, "lwu", suspect)
		w.Advance(15 * 24 * time.Hour)
		secret := keyOf(t)
		ctx, cancel := context.WithCancel(t.Context())
		broken, err := erasing.Open(dying{keys, cancel}, secret, clockOf(w))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := erasing.Carry(ctx, w.Store, w.Keys, broken); err == nil || !there(t, w, suspect) {
			t.Fatal("it did not break off")
		}
		l, err := erasing.Open(keys, secret, clockOf(w))
		if err != nil {
			t.Fatal(err)
		}
		if carry(t, w, l) != 1 || carry(t, w, l) != 0 || there(t, w, suspect) {
			t.Error("it was not finished")
		}
		if entries, err := l.Entries(t.Context()); err != nil || len(entries) != 1 {
			t.Errorf("the list: %+v %v", entries, err)
		}
	})
}

// dying is a key store whose process dies once an entry is on the list.
type dying struct {
	seal.Store
	cancel context.CancelFunc
}

func (d dying) AppendErasure(ctx context.Context, n int, entry []byte) error {
	defer d.cancel()
	return d.Store.AppendErasure(ctx, n, entry)
}

// Where the whole case is erased while the erasure of a suspect waits, that is done with it,
// names the case no more, and the list is whole.
func TestACaseErasedWithItsSuspectsErasure(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		l, _ := listOf(t, w)
		s, suspect := cleared(w)
		asked(t, w, s.Case)
		w.Advance(10 * 24 * time.Hour)
		id := askedAbout(w, "lwu", suspect)
		w.Advance(5 * 24 * time.Hour)
		if carry(t, w, l) != 1 || there(t, w, suspect) {
			t.Fatal("the case was not erased alone")
		}
		if n := count(t, w, "erasures WHERE id = '"+id+"' AND done_on IS NOT NULL AND reference = ''"); n != 1 {
			t.Error("the erasure of the suspect waits still")
		}
		w.Advance(30 * 24 * time.Hour)
		if n := carry(t, w, l); n != 0 {
			t.Errorf("%d more were carried out", n)
		}
		if err := l.Check(t.Context(), w.Store); err != nil {
			t.Errorf("the list: %v (%v)", err, world.Cause(err))
		}
	})
}

// A backup from before brings the row back, and it opens, since the key of the case lives: the
// list finds it out, and applying the list deletes it again, with what it was before, also
// where it was not cleared yet then; and nothing else.
func TestARestoredSuspectIsFoundOut(t *testing.T) { both(t, restoredSuspect) }

func restoredSuspect(t *testing.T, w *world.World) {
	l, keys := listOf(t, w)
	s, suspect := cleared(w)
	for _, table := range []string{"suspects", "suspect_versions"} {
		lift(t, w, "CREATE TABLE kept_"+table+" AS SELECT * FROM "+table)
	}
	askedAbout(w, "lwu", suspect)
	w.Advance(15 * 24 * time.Hour)
	if carry(t, w, l) != 1 {
		t.Fatal("it was not carried out")
	}
	before, err := erasing.Open(older{keys}, keyOf(t), clockOf(w))
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, "a key store of before it", before.Check(t.Context(), w.Store), errs.Conflict)
	lift(t, w, "DELETE FROM erasures")
	for _, table := range []string{"suspects", "suspect_versions"} {
		if w.URL != "" {
			lift(t, w, "ALTER TABLE "+table+" DISABLE TRIGGER USER")
		}
		lift(t, w, "INSERT INTO "+table+" SELECT * FROM kept_"+table)
		lift(t, w, "DROP TABLE kept_"+table)
		if w.URL != "" {
			if table == "suspects" { // as a backup from before it was cleared has it
				lift(t, w, "UPDATE suspects SET cleared_on = NULL")
			}
			lift(t, w, "ALTER TABLE "+table+" ENABLE TRIGGER USER")
		}
	}
	sealed := one[[]byte](t, w.Root(), "SELECT sealed FROM suspects WHERE id = '"+suspect+"'")
	if _, err := w.Keys.Open(t.Context(), seal.Row{Entity: ent.TypeSuspect, ID: suspect, Case: s.Case, Contributor: w.Agencies["lwu"].ID}, sealed); err != nil {
		t.Errorf("the restored row does not open, the test proves nothing: %v", err)
	}
	if err := before.Check(t.Context(), w.Store); err != nil {
		t.Errorf("without its entry the row is found out all the same, the test proves nothing: %v", err)
	}
	wantKind(t, "a restored database", l.Check(t.Context(), w.Store), errs.Conflict)
	n, err := l.Apply(t.Context(), w.Owner(), w.Keys)
	if err != nil || n.Suspects != 1 || n.Persons != 0 {
		t.Errorf("applying the list: %+v %v (%v)", n, err, world.Cause(err))
	}
	if err := l.Check(t.Context(), w.Store); err != nil {
		t.Errorf("after the list was applied: %v (%v)", err, world.Cause(err))
	}
	if there(t, w, suspect) || count(t, w, "suspect_versions") != 0 || count(t, w, "case_files") != 1 || count(t, w, "identities") != 1 {
		t.Error("the row is there still, or another is gone")
	}
	if n, err := l.Apply(t.Context(), w.Owner(), w.Keys); err != nil || n.Suspects != 0 {
		t.Errorf("applying it twice: %+v %v", n, err)
	}
	if got := sees(t, w, as(w, "lwu"), s.Case); !strings.Contains(got, "IDENTITY by lwu") || strings.Contains(got, "SUSPECT") {
		t.Errorf("the contributor sees %q", got)
	}
}

func keyOf(t *testing.T) string {
	t.Helper()
	secret, _, err := erasing.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// An answer that was read before a suspect's row was erased is not given after it, so the
// record does not name the row anew.
func TestAnErasedSuspectIsNotShownLate(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		l, _ := listOf(t, w)
		_, suspect := cleared(w)
		askedAbout(w, "lwu", suspect)
		w.Advance(15 * 24 * time.Hour)
		ctx, op, err := w.Store.Begin(t.Context(), as(w, "lwu"), true)
		if err != nil {
			t.Fatal(err)
		}
		if rows, err := op.Suspect.Query().All(ctx); err != nil || len(rows) != 1 {
			t.Fatalf("%d rows %v", len(rows), err)
		}
		op.Rollback()
		if carry(t, w, l) != 1 {
			t.Fatal("it was not carried out")
		}
		wantKind(t, "an answer from before", disclosure.Record(t.Context(), w.Store, op), errs.Changed)
		if w.URL == "" {
			return
		}
		exec(t, root(t, w), "CREATE OR REPLACE FUNCTION sala_suspects_stand(p_ids text[], p_agency text) RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT unnest(p_ids)'")
		if err := disclosure.Record(t.Context(), w.Store, op); err != nil {
			t.Errorf("without the recheck it is not given either, the test proves nothing: %v", err)
		}
	})
}
