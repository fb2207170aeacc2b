package attack

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/importedrow"
	"github.com/sala-exchange/sala/ent/rule"
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

// undo takes an import back as somebody, from the first row on.
func undo(w *world.World, who rule.Scope, id string, dry bool) (out *casework.Undone, err error) {
	err = w.Do(who, func(ctx context.Context, op *store.Op) error {
		out, err = casework.UndoImport(ctx, op, casework.UndoImportInput{ImportID: id, DryRun: dry})
		if dry {
			op.Discard()
		}
		return err
	})
	return out, err
}

// casesOf are the cases of an import by row.
func casesOf(t *testing.T, w *world.World, code, id string) []string {
	t.Helper()
	var out []string
	w.Must(as(w, code), func(ctx context.Context, op *store.Op) error {
		rows, err := op.ImportedRow.Query().Where(importedrow.ImportID(id)).Order(ent.Asc(importedrow.FieldRow)).All(ctx)
		for _, r := range rows {
			out = append(out, r.CaseID)
		}
		return err
	})
	return out
}

func count(t *testing.T, w *world.World, what string) int {
	t.Helper()
	return one[int](t, w.Root(), "SELECT count(*) FROM "+what)
}

// A stolen database tells nothing of what waits in an import, nor does a copy of it once
// the import has ended; and whoever opened it alone adds to it, commits it, gives it up.
func TestStagedRowsAreSealedAndTheMembers(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		l, _ := listOf(t, w)
		digest := world.Digest()
		id := w.Stage("lwu", digest, world.Rows(3, "Canary Staged")...)
		if strings.Contains(dump(t, w), "Canary Staged") || strings.Contains(dump(t, w), "+9992055500001") {
			t.Error("what is staged stands in the database")
		}
		if n := count(t, w, "case_files"); n != 0 {
			t.Errorf("%d cases before the import is committed", n)
		}
		row := one[string](t, w.Root(), "SELECT id FROM staged_rows LIMIT 1")
		copied := one[[]byte](t, w.Root(), "SELECT sealed FROM staged_rows WHERE id = '"+row+"'")
		for name, who := range map[string]rule.Scope{"another agency": as(w, "ngo"), "a colleague": colleagueOf(w), "a supervisor": second(w, "lwu")} {
			for what, do := range map[string]func(context.Context, *store.Op) error{
				"stages": func(ctx context.Context, op *store.Op) error {
					_, _, err := casework.StageImport(ctx, op, casework.StageImportInput{ImportID: &id, Rows: []*casework.ImportRowInput{{Row: 99, Case: world.Rows(1, "X")[0].Case}}})
					return err
				},
				"commits": func(ctx context.Context, op *store.Op) error {
					_, err := casework.CommitImport(ctx, op, id)
					return err
				},
				"gives up": func(ctx context.Context, op *store.Op) error { return casework.AbandonImport(ctx, op, id) },
			} {
				if err := w.Do(who, do); errs.KindOf(err) != errs.Withheld && errs.KindOf(err) != errs.Forbidden {
					t.Errorf("%s %s: %v", name, what, err)
				}
			}
			if n, err := within(t, w.Store, who, func(ctx context.Context, op *store.Op) (int, error) { return op.StagedRow.Query().Count(ctx) }); n != 0 || err != nil {
				t.Errorf("%s sees %d staged rows: %v", name, n, err)
			}
		}
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.CommitImport(ctx, op, id)
			return err
		})
		if n, staged := count(t, w, "case_files"), count(t, w, "staged_rows"); n != 3 || staged != 0 {
			t.Errorf("%d cases and %d staged rows after the commit", n, staged)
		}
		if _, err := erasing.Abandon(t.Context(), w.Store, w.Keys); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Keys.Open(t.Context(), seal.Row{Entity: ent.TypeStagedRow, ID: row, Case: id, Contributor: w.Agencies["lwu"].ID}, copied); !errors.Is(err, seal.ErrNoKey) {
			t.Errorf("a copied row opens after the import has ended: %v", err)
		}
		if err := l.Check(t.Context(), w.Store); err != nil {
			t.Error(err)
		}
		evaluated(t, w)
	})
}

func colleagueOf(w *world.World) rule.Scope {
	s := as(w, "lwu")
	s.Member = w.Agencies["lwu"].Colleague
	return s
}

// An import that is left open is given up after a day, and not before; what it had
// staged is gone with its key.
func TestAnImportLeftOpenIsWiped(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Stage("lwu", world.Digest(), world.Rows(2, "Canary Left")...)
		for _, step := range []struct {
			later time.Duration
			given int
		}{{23 * time.Hour, 0}, {2 * time.Hour, 1}, {0, 0}} {
			w.Advance(step.later)
			if n, err := erasing.Abandon(t.Context(), w.Store, w.Keys); err != nil || n != step.given {
				t.Errorf("%d given up, want %d: %v (%v)", n, step.given, err, world.Cause(err))
			}
		}
		if n := count(t, w, "staged_rows"); n != 0 {
			t.Errorf("%d staged rows are left", n)
		}
		if err := w.Keys.Make(t.Context(), id); !errors.Is(err, seal.ErrDestroyed) {
			t.Errorf("the import's key: %v", err)
		}
		err := w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.CommitImport(ctx, op, id)
			return err
		})
		wantKind(t, "committed afterwards", err, errs.Conflict)
	})
}

// Undo takes back what nobody has touched, wherever it stands, and nothing else: not
// another agency's import, nor a case with a correction, an addition, a statement, a
// referral, an assignment, a change, an erasure that was asked for, or one that was
// shown to another agency. The file can come in again. H4.
func TestUndoTakesBackTheUntouchedAlone(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		l, keys := listOf(t, w)
		digest := world.Digest()
		rows := world.Rows(11, "Canary Undo")
		rows[1].Case.Recording.Provisions[0].Categories = append(rows[1].Case.Recording.Provisions[0].Categories, category.Protection)
		for _, r := range rows[8:] {
			r.Case.Recording.Provisions[0].Categories = append(r.Case.Recording.Provisions[0].Categories, category.Assistance, category.Justice, category.Suspect)
			r.Case.Assistance = []*casework.AssistanceInput{{ActionPlan: world.Ptr("plan")}}
			r.Case.Proceedings = []*casework.RegisterProceedingInput{{
				Proceeding: casework.ProceedingInput{Kind: valueset.ProceedingKindCriminal, Stage: valueset.ProceedingStageTrial},
				Suspects:   []*casework.SuspectInput{{State: valueset.SuspectStateCharged, RoleDetails: world.Ptr("Canary Undo")}},
			}}
		}
		id := w.Import("lwu", digest, rows...)
		if n := count(t, w, "suspects s JOIN proceedings p ON p.id = s.proceeding_id AND p.case_id = s.case_id JOIN assistances a ON a.case_id = s.case_id"); n != 3 {
			t.Errorf("%d suspects came in", n)
		}
		cases := casesOf(t, w, "lwu", id)
		touched := touch(t, w, cases)
		wantKind(t, "another agency's", second1(undo(w, as(w, "ngo"), id, false)), errs.Withheld)
		admin := as(w, "lwu")
		admin.CaseWork = false
		wantKind(t, "one who does no case work", second1(undo(w, admin, id, false)), errs.Withheld)
		if n := count(t, w, "case_files"); n != 11 {
			t.Fatalf("%d cases are left of 11", n)
		}
		dry, err := undo(w, as(w, "lwu"), id, true)
		if err != nil || dry.Undone != 2 || len(dry.Kept) != 9 || dry.Next != nil || count(t, w, "case_files") != 11 {
			t.Errorf("a dry run: %+v %v (%v)", dry, err, world.Cause(err))
		}
		row := one[string](t, w.Root(), "SELECT id FROM identities WHERE case_id = '"+cases[10]+"'")
		copied := one[[]byte](t, w.Root(), "SELECT sealed FROM identities WHERE id = '"+row+"'")
		done, err := undo(w, as(w, "lwu"), id, false)
		if err != nil || done.Undone != 2 || len(done.Kept) != 9 || done.Kept[0].Reference == nil || done.Kept[0].Row != 3 {
			t.Fatalf("%+v %v (%v)", done, err, world.Cause(err))
		}
		left := casesOf(t, w, "lwu", id)
		if !slices.Equal(left, touched) {
			t.Errorf("left are %v, want the touched %v", left, touched)
		}
		for _, table := range []string{"persons", "consents", "identities", "accesses", "assignments", "assistances", "proceedings", "suspects"} {
			if n := count(t, w, table+" WHERE case_id IN ('"+cases[9]+"', '"+cases[10]+"')"); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		if n, err := erasing.Forget(t.Context(), w.Store, w.Keys, l); err != nil || n != 2 {
			t.Errorf("%d keys destroyed: %v (%v)", n, err, world.Cause(err))
		}
		if _, err := w.Keys.Open(t.Context(), seal.Row{Entity: ent.TypeIdentity, ID: row, Case: cases[10], Contributor: w.Agencies["lwu"].ID}, copied); !errors.Is(err, seal.ErrNoKey) {
			t.Errorf("her row opens from a copy: %v", err)
		}
		if err := keys.Create(t.Context(), map[string][]byte{cases[9]: []byte("another")}); !errors.Is(err, seal.ErrDestroyed) {
			t.Errorf("her case gets a key again: %v", err)
		}
		if n := count(t, w, "disclosures WHERE verb = 'undo import' AND case_id = ''"); n != 1 {
			t.Errorf("%d records of the undo", n)
		}
		if n := count(t, w, "disclosures WHERE verb = 'import' AND case_id = '"+cases[10]+"'"); n != 1 {
			t.Error("the record that she was registered is gone")
		}
		if _, err := disclosure.Sequence(t.Context(), w.Store); err != nil {
			t.Fatal(err)
		}
		if report, err := disclosure.Verify(t.Context(), w.Store); err != nil || len(report.Findings) != 0 {
			t.Errorf("the log after an undo: %v %v", report, err)
		}
		evaluated(t, w)
	})
}

func second1(_ *casework.Undone, err error) error { return err }

// touch touches all but the last two cases, each in another way, and returns them.
func touch(t *testing.T, w *world.World, cases []string) []string {
	t.Helper()
	lwu := as(w, "lwu")
	do := func(fn func(context.Context, *store.Op) error) { t.Helper(); w.Must(lwu, fn) }
	do(func(ctx context.Context, op *store.Op) error { // a correction
		row, err := op.Profile.Query().All(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(row, func(p *ent.Profile) bool { return p.CaseID == cases[0] })
		return casework.CorrectProfile(ctx, op, casework.CorrectInput{ID: row[i].ID, Version: 1}, casework.ProfileInput{Sex: world.Ptr(valueset.SexMale)})
	})
	do(func(ctx context.Context, op *store.Op) error { // an addition of the same agency
		_, err := world.Record(ctx, op, category.Protection, cases[1], "x")
		return err
	})
	w.Share("lwu", cases[2], "ngo", assistance, category.Identity) // a statement
	w.Share("lwu", cases[3], "ngo", assistance, category.Identity)
	w.Refer("lwu", cases[3], "ngo", assistance, category.Identity) // a referral
	do(func(ctx context.Context, op *store.Op) error {
		return casework.Assign(ctx, op, cases[4], w.Agencies["lwu"].Colleague)
	})
	do(func(ctx context.Context, op *store.Op) error { // a change of state
		return casework.ChangeCase(ctx, op, casework.ChangeCaseInput{CaseID: cases[5], Version: 1, State: world.Ptr(valueset.CaseStateActive)})
	})
	do(func(ctx context.Context, op *store.Op) error {
		_, err := casework.AskErasure(ctx, op, cases[6])
		return err
	})
	w.Share("lwu", cases[7], "ngo", assistance, category.Identity, category.Profile) // another contributor, and a disclosure
	w.Accept("ngo", assistance, w.Refer("lwu", cases[7], "ngo", assistance, category.Identity, category.Profile))
	w.Look(as(w, "ngo"), func(ctx context.Context, op *store.Op) error { _, err := op.Profile.Query().All(ctx); return err })
	do(func(ctx context.Context, op *store.Op) error { // taken off the case
		return casework.Unassign(ctx, op, cases[8], lwu.Member)
	})
	return cases[:9]
}

// After 72 hours nothing is taken back, by the verb or behind it; what is left is
// erasure, by two people (H4).
func TestUndoEndsAfterThreeDays(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Import("lwu", world.Digest(), world.Rows(2, "Canary Late")...)
		w.Advance(72 * time.Hour)
		wantKind(t, "undone too late", second1(undo(w, as(w, "lwu"), id, false)), errs.Conflict)
		err := w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			rows, err := op.UndoImport(ctx, id, []int{3, 4})
			if len(rows) != 0 {
				t.Errorf("%d cases were taken back behind the verb", len(rows))
			}
			return err
		})
		if err != nil || count(t, w, "case_files") != 2 {
			t.Errorf("after the time: %v", err)
		}
	})
}

// The database itself takes back only what this agency's import made: not a case that
// somebody writes into an import, nor one of an import whose end somebody puts off.
func TestTheDatabaseUndoesNoOtherCase(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	old := w.Register("lwu", "Canary Old")
	id := w.Import("lwu", world.Digest(), world.Rows(1, "Canary Forged")...)
	lwu, ngo := as(w, "lwu"), as(w, "ngo")
	st := behind(t, w, store.Options{Walls: store.Walls{WithoutApplication: true}})
	rows, err := within(t, st, lwu, func(ctx context.Context, op *store.Op) ([]int, error) {
		err := op.ImportedRow.Create().SetAgencyID(lwu.Agency).SetDigest("x").SetRow(9).SetCaseID(old).SetImportID(id).SetImportedOn(op.Scope.Now).Exec(ctx)
		if err != nil {
			return nil, err
		}
		return op.UndoImport(ctx, id, []int{9})
	})
	if err != nil || len(rows) != 0 {
		t.Errorf("a case that was written into an import is taken back: %v %v", rows, err)
	}
	if rows, err = within(t, st, ngo, func(ctx context.Context, op *store.Op) ([]int, error) { return op.UndoImport(ctx, id, []int{3}) }); err != nil || len(rows) != 0 {
		t.Errorf("another agency takes it back: %v %v", rows, err)
	}
	for what, change := range map[string]func(*ent.FileImportUpdate){
		"its end put off": func(u *ent.FileImportUpdate) { u.SetEndedOn(lwu.Now + 1) },
		"opened again":    func(u *ent.FileImportUpdate) { u.SetState(valueset.ImportStateOpen) },
		"undone by hand":  func(u *ent.FileImportUpdate) { u.SetState(valueset.ImportStateUndone) },
	} {
		_, err := within(t, st, lwu, func(ctx context.Context, op *store.Op) (int, error) {
			u := op.FileImport.Update()
			change(u)
			return u.Save(ctx)
		})
		if state(err) != "23514" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := within(t, st, lwu, func(ctx context.Context, op *store.Op) (int, error) { return op.ImportedRow.Delete().Exec(ctx) }); state(err) != notPrivileged {
		t.Errorf("imported rows are deleted by hand: %v", err)
	}
	if rows, err = within(t, st, lwu, func(ctx context.Context, op *store.Op) ([]int, error) { return op.UndoImport(ctx, id, []int{3}) }); err != nil || len(rows) != 1 {
		t.Errorf("the import's own case is not taken back, so the test proves nothing: %v %v", rows, err)
	}
}

// An undo beside the offer of a referral ends as one after the other: a case that is
// offered stays, one that is taken back cannot be offered.
func TestUndoBesideAReferral(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		made := func() (id, caseID string) {
			id = w.Import("lwu", world.Digest(), world.Rows(1, "Canary Race")...)
			caseID = casesOf(t, w, "lwu", id)[0]
			return id, caseID
		}
		undoing := func(id string, out **casework.Undone) change {
			return change{"UndoImport", as(w, "lwu"), func(ctx context.Context, op *store.Op) (err error) {
				*out, err = casework.UndoImport(ctx, op, casework.UndoImportInput{ImportID: id})
				return err
			}}
		}
		var done *casework.Undone
		id, caseID := made()
		_, errUndo, errShare := overtaken(t, w, w.Store, undoing(id, &done), consent(w, caseID, "ngo"))
		if errUndo != nil || done.Undone != 1 || errs.KindOf(errShare) != errs.Withheld {
			t.Errorf("undo first: %v %+v, the statement %v (%v)", errUndo, done, errShare, world.Cause(errShare))
		}
		id, caseID = made()
		_, errShare, errUndo = overtaken(t, w, w.Store, consent(w, caseID, "ngo"), undoing(id, &done))
		if errUndo != nil || errShare != nil || done.Undone != 0 || len(done.Kept) != 1 {
			t.Errorf("the statement first: %v, undo %v %+v", errShare, errUndo, done)
		}
		offered := change{"OfferReferral", as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			if err := consent(w, caseID, "ngo").do(ctx, op); err != nil {
				return err
			}
			if err := op.Settle(ctx); err != nil {
				return err
			}
			return offer(w, caseID, "ngo").do(ctx, op)
		}}
		id, caseID = made()
		_, errOffer, errUndo := overtaken(t, w, w.Store, offered, undoing(id, &done))
		if errUndo != nil || errOffer != nil || done.Undone != 0 || count(t, w, "referrals WHERE case_id = '"+caseID+"'") != 1 {
			t.Errorf("the offer first: %v, undo %v %+v", errOffer, errUndo, done)
		}
		id, caseID = made()
		_, errUndo, errOffer = overtaken(t, w, w.Store, undoing(id, &done), offered)
		if errUndo != nil || done.Undone != 1 || errs.KindOf(errOffer) != errs.Withheld || count(t, w, "referrals WHERE case_id = '"+caseID+"'") != 0 {
			t.Errorf("undo first: %v %+v, the offer %v", errUndo, done, errOffer)
		}
		evaluated(t, w)
	})
}

// A backup from before an undo brings nobody back: the list outside finds them, and
// applying it takes them back again.
func TestABackupBringsNoUndoneCaseBack(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		l, _ := listOf(t, w)
		id := w.Import("lwu", world.Digest(), world.Rows(2, "Canary Back")...)
		cases := casesOf(t, w, "lwu", id)
		if done, err := undo(w, as(w, "lwu"), id, false); err != nil || done.Undone != 2 {
			t.Fatal(done, err)
		}
		if n, err := erasing.Forget(t.Context(), w.Store, w.Keys, l); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		if err := l.Check(t.Context(), w.Store); err != nil {
			t.Fatal(err)
		}
		// As a restore would: the thin row is there again.
		for i, c := range cases {
			lift(t, w, "INSERT INTO case_files (id, reference, owner_id, kind, state, opened_on, version, facts_version, evaluated_version, transfer_to_id, transfer_consent_id) VALUES ('"+
				c+"', 'R"+string(rune('0'+i))+"', '"+w.Agencies["lwu"].ID+"', 'OTHER', 'OPEN', 1, 1, 0, 0, '', '')")
		}
		wantKind(t, "served with them", l.Check(t.Context(), w.Store), errs.Conflict)
		if n, err := l.Apply(t.Context(), w.Owner(), w.Keys); err != nil || n.Cases != 2 || count(t, w, "case_files") != 0 {
			t.Errorf("applied to %d: %v (%v)", n, err, world.Cause(err))
		}
		if err := l.Check(t.Context(), w.Store); err != nil {
			t.Error(err)
		}
	})
}
