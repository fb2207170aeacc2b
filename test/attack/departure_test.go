package attack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	erasing "github.com/sala-exchange/sala/services/erasure"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// A transfer that is being accepted while the new owner begins to leave: without the
// database's guard it is committed after the count, and a departed agency owns a case.
// With it the freeze waits for what is being taken on, and the count is final.
func TestNothingComesToAnAgencyBesideItsDeparture(t *testing.T) {
	t.Parallel()
	for _, without := range []bool{true, false} {
		w := onPostgres(t)
		s := share(w, "Canary Beside")
		w.Must(as(w, "ngo"), recording(s.Case))
		offerTransfer(w, s.Case)
		if without {
			exec(t, root(t, w), "DROP TRIGGER case_files_taken_on ON case_files")
		}
		accept := acceptingTransfer(w, s.Case)
		ctx, op, err := w.Store.Begin(t.Context(), accept.who, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := accept.do(ctx, op); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		done := make(chan error, 1)
		go func() {
			done <- w.Store.Run(context.Background(), w.AsAdmin("ngo"), false, starting(w, "ngo", somebodysKey))
		}()
		var got *onboarding.Leaving
		if waits := blocked(t, w, done); waits == without {
			t.Errorf("without the guard: %v; the freeze waits: %v", without, waits)
		}
		if without {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			// It has counted when it waits for the case, to end the referral of it.
			go func() {
				var err error
				got, err = offboard(t, w, "ngo", onboarding.Departure{})
				done <- err
			}()
			if !blocked(t, w, done) {
				t.Error("the departure does not come as far as the case's referrals")
			}
		}
		if err := op.Commit(ctx); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		if err := <-done; err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		if !without {
			if got, err = offboard(t, w, "ngo", onboarding.Departure{}); err != nil {
				t.Fatal(err)
			}
		}
		owner := one[string](t, root(t, w), "SELECT owner_id FROM case_files WHERE id = $1", s.Case)
		if left := got.HandedOverOn != nil && owner == w.Agencies["ngo"].ID; left != without {
			t.Errorf("without the guard: %v; a case came to an agency that owns none any more: %v", without, left)
		}
	}
}

// somebodysKey is an age public key whose private key nobody has kept.
const somebodysKey = "age1p9ekzmrpwdskcctnv9kxzumpd3shxctvv9ekzmrpwdskccgpqgpsjhyjag"

// departed has ngo contribute to a case of lwu and leave as far as its export.
func departed(t *testing.T, w *world.World) (s shared, export string) {
	t.Helper()
	s = share(w, "Canary Stays")
	contribute(w, "ngo", s.Case)
	w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordContact(ctx, op, s.Case, casework.ContactInput{Channel: "EMAIL", CodeWord: world.Ptr("Canary Leaves")})
		return err
	})
	w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordTrafficking(ctx, op, s.Case, casework.TraffickingInput{RecruitmentPlace: world.Ptr("Canary Place"), ExploitationPlace: world.Ptr("Canary Compound")})
		return err
	})
	w.Further("ngo", s.Case, "Canary Leaves", assistance)
	key := leave(t, w, "ngo")
	if got, err := offboard(t, w, "ngo", onboarding.Departure{}); err != nil || got.Waiting != "export" {
		t.Fatalf("%+v %v (%v)", got, err, world.Cause(err))
	}
	return s, exported(t, w, "ngo", key)
}

// An agency takes along what it contributed and nothing else; for everybody who stays
// its rows are gone for good, and everything else is as it was. A restored database that
// brings them back is found out, and so is a key store that knows nothing of it.
func TestAnAgencyThatLeavesTakesItsOwn(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		l, keys := listOf(t, w)
		s, export := departed(t, w)
		for text, want := range map[string]bool{"Canary Leaves": true, "Canary Place": true, "Canary Compound": true, "Canary Stays": false, s.Case: false, `"kind":"Profile"`: true, `"kind":"Consent"`: true, `"category":"CONTACT"`: true} {
			if strings.Contains(export, text) != want {
				t.Errorf("the export holds %q: %v\n%s", text, !want, export)
			}
		}
		for _, c := range further() {
			if !strings.Contains(export, `"category":"`+c+`"`) {
				t.Errorf("the export holds nothing of %s", c)
			}
		}
		reference := one[string](t, w.Root(), "SELECT reference FROM case_files")
		if !strings.Contains(export, `"case":"`+reference+`"`) {
			t.Error("the export does not say which case")
		}
		if n := one[int](t, w.Root(), "SELECT count(*) FROM disclosures WHERE verb = 'export'"); n != 1 {
			t.Errorf("the export is on record %d times", n)
		}
		before := sees(t, w, as(w, "lwu"), s.Case)
		for n := 0; ; n++ {
			if n == 0 {
				agreeToDeletion(t, w, "ngo")
			}
			got, err := offboard(t, w, "ngo", onboarding.Departure{Depart: l.Depart})
			if err != nil || n > 3 {
				t.Fatalf("%+v %v (%v)", got, err, world.Cause(err))
			}
			if got.EndedOn != nil {
				break
			}
		}
		ngo := w.Agencies["ngo"].ID
		for _, table := range slices.Sorted(maps.Keys(bare)) {
			if n := one[int](t, w.Root(), "SELECT count(*) FROM "+table+" WHERE contributor_id = '"+ngo+"'"); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		if after := sees(t, w, as(w, "lwu"), s.Case); after != before {
			t.Errorf("the owner saw %s and sees %s", before, after)
		}
		evaluated(t, w)
		if err := l.Check(t.Context(), w.Store); err != nil {
			t.Errorf("after the departure: %v (%v)", err, world.Cause(err))
		}
		_, public, err := erasing.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		former, err := erasing.Open(older{keys}, public, clockOf(w))
		if err != nil {
			t.Fatal(err)
		}
		wantKind(t, "a key store from before", former.Check(t.Context(), w.Store), errs.Conflict)
		// Yesterday's backup: its row is there, and nobody knows of a departure.
		lift(t, w, "DELETE FROM offboardings")
		lift(t, w, "UPDATE agencies SET state = 'ACTIVE' WHERE id = '"+ngo+"'")
		back := "INSERT INTO profiles (id, case_id, contributor_id, version, recorded_on, recorded_by) VALUES ('profile_back', '" + s.Case + "', '" + ngo + "', 1, 1, 'x')"
		if w.URL != "" {
			exec(t, root(t, w), "SET session_replication_role = replica", back)
		} else {
			lift(t, w, back)
			lift(t, w, "UPDATE case_files SET facts_version = evaluated_version")
		}
		wantKind(t, "a restored database", l.Check(t.Context(), w.Store), errs.Conflict)
		n, err := l.Apply(t.Context(), w.Owner(), w.Keys)
		if err != nil || n.Agencies != 1 || n.Persons != 0 {
			t.Errorf("applying the list: %+v %v (%v)", n, err, world.Cause(err))
		}
		if err := l.Check(t.Context(), w.Store); err != nil {
			t.Errorf("after the list was applied: %v (%v)", err, world.Cause(err))
		}
		if n := one[int](t, w.Root(), "SELECT count(*) FROM profiles"); n != 1 {
			t.Errorf("%d profiles, want the one of the agency that stays", n)
		}
		evaluated(t, w)
		if n, err = l.Apply(t.Context(), w.Owner(), w.Keys); err != nil || n.Agencies != 0 {
			t.Errorf("applying it again: %+v %v", n, err)
		}
	})
}

// Nobody but the leaver's administrator gets the export, parts come in order, and
// another key begins it anew.
func TestAnExportIsForTheAgencyAlone(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Alone")
		contribute(w, "ngo", s.Case)
		leave(t, w, "ngo")
		if _, err := offboard(t, w, "ngo", onboarding.Departure{}); err != nil {
			t.Fatal(err)
		}
		for who, want := range map[string]errs.Kind{"lwu": errs.Withheld, "atd": errs.Withheld} {
			_, err := partOf(w, w.AsAdmin(who), "ngo", 1)
			wantKind(t, who+"'s administrator", err, want)
		}
		_, err := partOf(w, w.AsPlatform("lwu"), "ngo", 1)
		wantKind(t, "who administers the platform", err, errs.Forbidden)
		_, err = partOf(w, as(w, "ngo"), "ngo", 1)
		wantKind(t, "its case worker", err, errs.Forbidden)
		_, err = partOf(w, w.AsAdmin("ngo"), "ngo", 2)
		wantKind(t, "the second part first", err, errs.Conflict)
		got, err := partOf(w, w.AsAdmin("ngo"), "ngo", 1)
		if err != nil || !got.Last || got.Rows == 0 {
			t.Fatalf("%+v %v", got, err)
		}
		_, err = partOf(w, w.AsAdmin("ngo"), "ngo", 2)
		wantKind(t, "a part behind the last", err, errs.Conflict)
		w.Must(w.AsAdmin("ngo"), starting(w, "ngo", somebodysKey))
		wantKind(t, "the digest for another key", w.Do(w.AsAdmin("ngo"), confirming(w, "ngo", got.Digest)), errs.Conflict)
		if got, err := offboard(t, w, "ngo", onboarding.Departure{Depart: func(context.Context, string, string, int64) error { return nil }}); err != nil || got.Waiting != "export" {
			t.Errorf("nothing is confirmed: %+v %v", got, err)
		}
	})
}

// By SQL: the steps of a departure are not skipped, nothing is deleted before the agency
// holds its export, and the export's role reads nobody else's rows, and nobody's at all
// beside a departure.
func TestNoDepartureBySQL(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	s := share(w, "Canary By SQL")
	contribute(w, "ngo", s.Case)
	ngo, lwu := w.Agencies["ngo"].ID, w.Agencies["lwu"].ID
	login := app(t, w)
	now := fmt.Sprint(w.Store.Now())
	in := func(role, agency, statement string) (int, error) {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		exec(t, tx, "SET LOCAL ROLE "+role, "SELECT set_config('sala.agency', '"+agency+"', true), set_config('sala.now', '"+now+"', true)")
		var n int
		err = tx.QueryRowContext(t.Context(), statement).Scan(&n)
		return n, err
	}
	const rows = "SELECT count(*)::int FROM profiles"
	if n, err := in("sala_departure", ngo, rows); err != nil || n != 0 {
		t.Errorf("an agency that stays exports %d rows: %v", n, err)
	}
	forget := "SELECT sala_forget('" + ngo + "', 100)::int"
	step := func(set string) string {
		return "WITH u AS (UPDATE offboardings SET " + set + " WHERE agency_id = '" + ngo + "' RETURNING 1) SELECT count(*)::int FROM u"
	}
	_, err := in("sala_onboarding", ngo, "WITH i AS (INSERT INTO offboardings (id, agency_id, frozen_on, exported_on) VALUES ('offboarding_x', '"+ngo+"', 1, 1) RETURNING 1) SELECT count(*)::int FROM i")
	if state(err) != checkViolated {
		t.Errorf("a departure that begins with its end: %v", err)
	}
	leave(t, w, "ngo")
	if n, err := in("sala_departure", ngo, rows); err != nil || n != 0 {
		t.Errorf("exported before its step: %d %v", n, err)
	}
	for _, set := range []string{"agreements_ended_on = 1", "exported_on = 1, export_digest = 'x'", "keys_destroyed_on = 1", "ended_on = 1", "frozen_on = 1"} {
		if _, err := in("sala_onboarding", ngo, step(set)); state(err) != checkViolated {
			t.Errorf("%s: %v", set, err)
		}
	}
	for role, want := range map[string]string{"sala_erasure": notPrivileged, "sala_request": notPrivileged, "sala_onboarding": notPrivileged} {
		if _, err := in(role, ngo, forget); state(err) != want {
			t.Errorf("deleting as %s: %v", role, err)
		}
	}
	if _, err := offboard(t, w, "ngo", onboarding.Departure{}); err != nil {
		t.Fatal(err)
	}
	if n, err := in("sala_departure", ngo, rows); err != nil || n != 1 {
		t.Errorf("its own rows: %d %v", n, err)
	}
	if n, err := in("sala_departure", lwu, rows); err != nil || n != 0 {
		t.Errorf("under another agency's name: %d %v", n, err)
	}
	if _, err := in("sala_departure", ngo, "SELECT count(owner_id)::int FROM case_files"); state(err) != notPrivileged {
		t.Errorf("who owns the case: %v", err)
	}
	if _, err := in("sala_erasure", ngo, forget); state(err) != notPrivileged {
		t.Errorf("deleted before the agency holds its export: %v", err)
	}
	deletionBySQL(t, w, in, step, forget)
}

// deletionBySQL: nobody alone agrees to a deletion, nobody before its time, and what is
// agreed is neither brought forward nor carried out before it is due.
func deletionBySQL(t *testing.T, w *world.World, in func(role, agency, statement string) (int, error), step func(string) string, forget string) {
	t.Helper()
	ngo, lwu, su := w.Agencies["ngo"].ID, w.Agencies["lwu"].ID, root(t, w)
	now := fmt.Sprint(w.Store.Now())
	due := func(ahead time.Duration) string { return fmt.Sprint(w.Store.Now() + ahead.Microseconds()) }
	later := due(73 * time.Hour)
	try := func(what, as, set, want string) {
		t.Helper()
		if _, err := in("sala_onboarding", as, step(set)); state(err) != want || want == "" && err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	agree := func(by, at string) string { return "deletion_by = '" + by + "', deletion_due_on = " + at }
	unfetched := ", exported_on = " + now
	try("agreed to before the export", lwu, agree(lwu, later), checkViolated)
	try("without an export, by one alone", lwu, "unfetched_by = '"+lwu+"', "+agree(lwu, later)+unfetched, checkViolated)
	try("without an export, in another's name", lwu, "unfetched_by = '"+w.Agencies["atd"].ID+"'", checkViolated)
	exec(t, su, "UPDATE offboardings SET unfetched_by = '"+w.Agencies["atd"].ID+"'")
	try("without an export, before the time to fetch it is over", lwu, agree(lwu, later)+unfetched, checkViolated)
	exec(t, su, "UPDATE offboardings SET agreements_ended_on = "+due(-31*24*time.Hour))
	try("by two others, when it is", lwu, agree(lwu, later)+unfetched, "")
	exec(t, su, "UPDATE offboardings SET unfetched_by = NULL, exported_on = 1, export_digest = 'x'")
	try("by the agency itself", ngo, agree(ngo, later), checkViolated)
	try("in another's name", ngo, agree(lwu, later), checkViolated)
	try("too soon", lwu, agree(lwu, due(71*time.Hour)), checkViolated)
	try("by another agency", lwu, agree(lwu, later), "")
	if _, err := in("sala_erasure", ngo, forget); state(err) != notPrivileged {
		t.Errorf("deleted before anybody has agreed: %v", err)
	}
	exec(t, su, "UPDATE offboardings SET deletion_by = '"+lwu+"', deletion_due_on = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + 60000000")
	if _, err := in("sala_erasure", ngo, forget); state(err) != notPrivileged {
		t.Errorf("deleted before it is due: %v", err)
	}
	try("brought forward", lwu, "deletion_due_on = 1", checkViolated)
	try("done before it is due", lwu, "keys_destroyed_on = 1", checkViolated)
	try("taken back by another", lwu, "deletion_due_on = NULL, exported_on = NULL", checkViolated)
	try("taken back by the agency", ngo, "deletion_due_on = NULL, exported_on = NULL", "")
	exec(t, su, "UPDATE offboardings SET deletion_due_on = "+due(-time.Hour))
	try("taken back too late", ngo, "deletion_due_on = NULL, exported_on = NULL", checkViolated)
	if n, err := in("sala_erasure", ngo, forget); err != nil || n != 1 {
		t.Errorf("not deleted when it is due, so that the test proves nothing: %d %v", n, err)
	}
}

// From the moment in which another agency agrees, 72 hours pass in which the agency takes
// the deletion back, and then holds what it had; and both are told. Where it never fetches
// its export, two others go on without it, once its time to fetch it is over, and not
// sooner; that is on record.
func TestADeletionWaitsAndIsTakenBack(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Waits")
		contribute(w, "ngo", s.Case)
		ngo := w.Agencies["ngo"].ID
		held := func() int { return count(t, w, "profiles WHERE contributor_id = '"+ngo+"'") }
		had := held()
		key := leave(t, w, "ngo")
		if got, err := offboard(t, w, "ngo", onboarding.Departure{}); err != nil || got.Waiting != "export" {
			t.Fatalf("%+v %v (%v)", got, err, world.Cause(err))
		}
		exported(t, w, "ngo", key)
		since := w.Store.Now()
		if got, err := offboard(t, w, "ngo", onboarding.Departure{}); err != nil || got.Waiting != "objection" {
			t.Fatalf("%+v %v (%v)", got, err, world.Cause(err))
		}
		for _, code := range []string{"ngo", "atd"} {
			if got := inbox(t, w, w.AsAdmin(code), since, ngo, "N"); got != "DELETION_PLANNED N" {
				t.Errorf("%s is told %q", code, got)
			}
			worker := as(w, code)
			worker.CaseNotices = true
			if got := inbox(t, w, worker, since, ngo, "N"); got != "" {
				t.Errorf("a case worker of %s is told %q", code, got)
			}
		}
		stop := func(ctx context.Context, op *store.Op) error { return onboarding.StopDeletion(ctx, op, ngo) }
		wantKind(t, "taken back by another agency", w.Do(w.AsAdmin("atd"), stop), errs.Withheld)
		wantKind(t, "taken back by a case worker", w.Do(as(w, "ngo"), stop), errs.Forbidden)
		w.Advance(71 * time.Hour)
		w.Must(w.AsAdmin("ngo"), stop)
		w.Must(w.AsAdmin("ngo"), stop) // again is the same
		w.Advance(100 * time.Hour)
		if got, err := offboard(t, w, "ngo", onboarding.Departure{}); err != nil || got.Waiting != "export" || held() != had {
			t.Fatalf("taken back: %+v %v (%v)", got, err, world.Cause(err))
		}
		if got := inbox(t, w, w.AsAdmin("atd"), since, ngo, "N"); got != "DELETION_PLANNED N, DELETION_STOPPED N" {
			t.Errorf("whoever agreed is told %q", got)
		}
		// It never fetches it anew.
		by := func(code string) string {
			var got *onboarding.Leaving
			w.Must(w.AsPlatform(code), func(ctx context.Context, op *store.Op) (err error) {
				got, err = onboarding.Offboard(ctx, op, ngo, onboarding.Departure{})
				return err
			})
			return got.Waiting
		}
		w.Advance(90*24*time.Hour - 171*time.Hour - time.Minute)
		if got := by("lwu"); got != "export" {
			t.Errorf("before its time is over it waits for %q", got)
		}
		w.Advance(time.Minute)
		for _, call := range []struct{ who, want string }{{"lwu", "second"}, {"lwu", "second"}, {"atd", "objection"}, {"lwu", "objection"}} {
			if got := by(call.who); got != call.want || held() != had {
				t.Errorf("called by %s it waits for %q, want %q", call.who, got, call.want)
			}
		}
		if n := count(t, w, "disclosures WHERE verb IN ('go on without export', 'agree to deletion') AND at > "+fmt.Sprint(since+(200*time.Hour).Microseconds())); n != 2 {
			t.Errorf("%d entries in the ledger", n)
		}
		w.Advance(72 * time.Hour)
		wantKind(t, "taken back too late", w.Do(w.AsAdmin("ngo"), stop), errs.Conflict)
		if got := by("lwu"); got != "list" && got != "rows" {
			t.Errorf("when it is due it waits for %q", got)
		}
	})
}

// One person suspends an agency: had it no more time afterwards, whoever agrees to the
// deletion of its rows could keep it from taking that back. So the time begins anew.
func TestASuspensionDoesNotUseUpTheTimeToObject(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Shut Out")
		contribute(w, "ngo", s.Case)
		ngo := w.Agencies["ngo"].ID
		had := count(t, w, "profiles WHERE contributor_id = '"+ngo+"'")
		key := leave(t, w, "ngo")
		if _, err := offboard(t, w, "ngo", onboarding.Departure{}); err != nil {
			t.Fatal(err)
		}
		exported(t, w, "ngo", key)
		waits := func(want string) {
			t.Helper()
			got, err := offboard(t, w, "ngo", onboarding.Departure{})
			if err != nil || got.Waiting != want || count(t, w, "profiles WHERE contributor_id = '"+ngo+"'") != had {
				t.Fatalf("it waits for %q, want %q: %v (%v)", got.Waiting, want, err, world.Cause(err))
			}
		}
		waits("objection")
		w.Shut("ngo")
		stop := func(ctx context.Context, op *store.Op) error { return onboarding.StopDeletion(ctx, op, ngo) }
		wantKind(t, "taken back while it is shut out", w.Do(w.AsAdmin("ngo"), stop), errs.Forbidden)
		w.Advance(73 * time.Hour)
		waits("suspended")
		w.Open("ngo")
		w.Must(w.AsAdmin("ngo"), stop) // and is in time
		exported(t, w, "ngo", key)
		waits("objection")
		w.Shut("ngo")
		w.Advance(73 * time.Hour)
		w.Open("ngo")
		waits("objection")
		w.Advance(71 * time.Hour)
		waits("objection")
		w.Advance(2 * time.Hour)
		if got, err := offboard(t, w, "ngo", onboarding.Departure{}); err != nil || got.Waiting != "list" {
			t.Errorf("when it has had its time it waits for %q: %v (%v)", got.Waiting, err, world.Cause(err))
		}
	})
}

// What an agency has left open in its imports when it begins to leave is gone with that,
// and it opens none any more: nobody else would look at it again.
func TestWhatWaitsInImportsEndsWithTheFreeze(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Stage("ngo", world.Digest(), world.Rows(3, "Canary Waiting")...)
		others := w.Stage("lwu", world.Digest(), world.Rows(2, "Canary Others")...)
		made := w.Import("ngo", world.Digest(), world.Rows(1, "Canary Made")...)
		if n := count(t, w, "staged_rows WHERE import_id = '"+id+"'"); n != 3 {
			t.Fatalf("%d rows wait: the test proves nothing", n)
		}
		leave(t, w, "ngo")
		if n := count(t, w, "staged_rows WHERE import_id = '"+id+"'"); n != 0 {
			t.Errorf("%d rows still wait", n)
		}
		if n := count(t, w, "staged_rows WHERE import_id = '"+others+"'"); n != 2 {
			t.Errorf("%d rows of another agency wait", n)
		}
		if got := one[string](t, w.Root(), "SELECT state FROM file_imports WHERE id = '"+made+"'"); got != "COMMITTED" {
			t.Errorf("an import that was made is %s", got)
		}
		wantKind(t, "committed afterwards", w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.CommitImport(ctx, op, id)
			return err
		}), errs.Conflict)
		open := casework.OpenImportInput{Digest: world.Digest()}
		wantKind(t, "opened afterwards", w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			_, _, err := casework.OpenImport(ctx, op, open)
			return err
		}), errs.Conflict)
		// The database refuses one that was begun before, too.
		if err := w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			return op.FileImport.Create().SetID("import_x").SetAgencyID(op.Scope.Agency).SetMemberID(op.Scope.Member).SetDigest(world.Digest()).
				SetPurpose("ASSISTANCE").SetState(valueset.ImportStateOpen).SetOpenedOn(op.Scope.Now).Exec(ctx)
		}); err == nil {
			t.Error("the database lets an agency that leaves open an import")
		}
		if _, err := erasing.Abandon(t.Context(), w.Store, w.Keys); err != nil {
			t.Fatal(err)
		}
		if err := w.Keys.Make(t.Context(), id); !errors.Is(err, seal.ErrDestroyed) {
			t.Errorf("the import's key: %v", err)
		}
	})
}
