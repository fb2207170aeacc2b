package attack

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	erasing "github.com/sala-exchange/sala/services/erasure"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// refusing records her no to one category of the viewer's own recording (C8).
func refusing(caseID string) func(context.Context, *store.Op) error {
	return func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordConsent(ctx, op, casework.RecordConsentInput{
			CaseID: caseID, Kind: valueset.ConsentKindRecording, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
			Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionDeny, Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Narrative}}},
		})
		return err
	}
}

// A retention decision that her no started with one owner neither keeps the next owner
// from recording her no, nor tells it of the first (C8, A4). Were there one a case, as its
// index said once, the next owner's attempt would be refused, and tell it just that.
func TestTheNextOwnerRecordsHerNoToo(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		moved := func() string {
			id := w.Register("lwu", "Canary Twice")
			w.Share("lwu", id, "ngo", assistance, category.Identity)
			transferable(w, id, w.Refer("lwu", id, "ngo", assistance, category.Identity))
			w.Must(as(w, "lwu"), refusing(id))
			offerTransfer(w, id)
			accept := acceptingTransfer(w, id)
			w.Must(accept.who, accept.do)
			return id
		}
		id := moved()
		w.Must(as(w, "ngo"), refusing(id))
		if n := count(t, w, "retentions WHERE case_id = '"+id+"'"); n != 2 {
			t.Errorf("%d retention decisions, want one an owner", n)
		}
		lift(t, w, "DELETE FROM retentions")
		lift(t, w, "CREATE UNIQUE INDEX retention_case_id ON retentions (case_id)")
		id = moved()
		if err := w.Do(as(w, "ngo"), refusing(id)); err == nil {
			t.Error("with one decision a case the next owner records her no all the same, so the test proves nothing")
		}
	})
}

// Whoever can write to the database cannot have the job that wipes ended imports destroy
// the key of a case: erasure alone does, by two people (H4).
func TestAnImportNamedAsACaseDestroysNoKey(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Canary Key")
		made := w.Import("lwu", world.Digest(), world.Rows(1, "Canary Import")...)
		forge(t, w, "UPDATE file_imports SET id = '"+id+"', wiped_on = NULL WHERE id = '"+made+"'")
		_, err := erasing.Abandon(t.Context(), w.Store, w.Keys)
		wantKind(t, "wiping it", err, errs.Internal)
		w.Look(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			row, err := op.Identity.Query().Where(identity.CaseID(id)).Only(ctx)
			if err == nil && row.Names[0].Text != "Canary Key" {
				t.Error("her name does not open")
			}
			return err
		})
		// What the job does with the key of an ended import, without looking what it is named.
		if err := w.Keys.Destroy(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		_, err = within(t, w.Store, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
			row, err := op.Identity.Query().Where(identity.CaseID(id)).Only(ctx)
			if err != nil {
				return "", err
			}
			return row.Names[0].Text, nil
		})
		if err == nil {
			t.Error("her name opens without her key, so the test proves nothing")
		}
	})
}

// Rows and times that are put beside a case which was registered by hand do not make it
// an import's, to be taken back by one person: the record says how it came.
func TestACaseRegisteredByHandIsNotTakenBack(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Canary Hand")
		made := w.Import("lwu", world.Digest(), world.Rows(1, "Canary Import")...)
		opened := "(SELECT opened_on FROM case_files WHERE id = '" + id + "')"
		forge(t, w, "UPDATE imported_rows SET case_id = '"+id+"', imported_on = "+opened+" WHERE import_id = '"+made+"'")
		forge(t, w, "UPDATE file_imports SET ended_on = "+opened+" WHERE id = '"+made+"'")
		done, err := undo(w, as(w, "lwu"), made, false)
		if err != nil || done.Undone != 0 || count(t, w, "case_files WHERE id = '"+id+"'") != 1 {
			t.Errorf("taken back: %+v %v", done, err)
		}
		// What keeps it is the record, and nothing else.
		forge(t, w, "UPDATE disclosures SET verb = 'import' WHERE verb = 'register' AND case_id = '"+id+"'")
		if done, err = undo(w, as(w, "lwu"), made, false); err != nil || done.Undone != 1 {
			t.Errorf("without the record it is kept all the same, so the test proves nothing: %+v %v (%v)", done, err, world.Cause(err))
		}
	})
}

// No account alone reads and destroys what its agency holds: its rows are deleted by who
// administers the platform at another agency. The export holds what rows were before.
func TestNoAccountAloneDestroysWhatItsAgencyHolds(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Alone")
		contribute(w, "ngo", s.Case)
		w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			row, err := op.Profile.Query().Where(profile.ContributorID(op.Scope.Agency)).Only(ctx)
			if err != nil {
				return err
			}
			return casework.CorrectProfile(ctx, op, casework.CorrectInput{ID: row.ID, Version: row.Version}, casework.ProfileInput{Sex: world.Ptr(valueset.SexMale)})
		})
		key := leave(t, w, "ngo")
		alone := func() *onboarding.Leaving {
			var got *onboarding.Leaving
			w.Must(w.AsAdmin("ngo"), func(ctx context.Context, op *store.Op) (err error) {
				got, err = onboarding.Offboard(ctx, op, w.Agencies["ngo"].ID, onboarding.Departure{Depart: func(context.Context, string, string, int64) error { return nil }})
				return err
			})
			return got
		}
		if got := alone(); got.Waiting != "export" {
			t.Fatalf("it waits for %q", got.Waiting)
		}
		held := count(t, w, "profiles WHERE contributor_id = '"+w.Agencies["ngo"].ID+"'")
		former := count(t, w, "profile_versions WHERE contributor_id = '"+w.Agencies["ngo"].ID+"'")
		if text := exported(t, w, "ngo", key); held == 0 || former != 1 || strings.Count(text, `"ProfileVersion"`) != former {
			t.Errorf("%d rows, %d former versions, and the export holds %d of these", held, former, strings.Count(text, `"ProfileVersion"`))
		}
		for range 2 {
			if got := alone(); got.Waiting != "others" || got.KeysDestroyedOn != nil {
				t.Fatalf("alone it comes as far as %+v", got)
			}
		}
		left := func() int { return count(t, w, "profiles WHERE contributor_id = '"+w.Agencies["ngo"].ID+"'") }
		if n := left(); n != held {
			t.Errorf("%d of %d rows are left", n, held)
		}
		// What the verb calls in the end, by the same account, had it agreed with itself: the
		// database too keeps it from that, with its trigger.
		agreed := func(ctx context.Context, op *store.Op) error {
			row, err := op.Offboarding.Query().Only(rule.InMode(ctx, rule.Onboarding))
			if err != nil {
				return err
			}
			return op.Offboarding.UpdateOneID(row.ID).SetDeletionBy(row.AgencyID).SetDeletionDueOn(op.Scope.Now + 1).Exec(rule.InMode(ctx, rule.Onboarding))
		}
		if w.URL != "" {
			if err := w.Do(w.AsAdmin("ngo"), agreed); err == nil {
				t.Error("the database lets an agency agree with itself")
			}
			lift(t, w, "DROP TRIGGER offboardings_depart ON offboardings")
		}
		w.Must(w.AsAdmin("ngo"), agreed)
		w.Advance(time.Second)
		w.Must(w.AsAdmin("ngo"), func(ctx context.Context, op *store.Op) error {
			_, err := op.Forget(ctx, w.Agencies["ngo"].ID)
			return err
		})
		if n := left(); n != 0 {
			t.Errorf("without the rule %d rows are left all the same, so the test proves nothing", n)
		}
	})
}
