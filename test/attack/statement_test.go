package attack

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/test/world"
)

// TestNoReceiverSpeaksForHer: an agency that has accepted a referral records its own
// basis for recording, and neither a statement about sharing nor a provision of
// another's: with one of them it would widen what is open to it. Each wall says so by
// itself (C1, C2).
func TestNoReceiverSpeaksForHer(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Speaker")
		ngo, lwu := w.Agencies["ngo"].ID, w.Agencies["lwu"].ID
		statement := func(kind valueset.ConsentKind) error {
			return w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
				defer op.Discard()
				return op.Consent.Create().SetCaseID(s.Case).SetContributorID(ngo).SetRecordedOn(op.Scope.Now).SetRecordedBy(op.Scope.Member).SetSealed([]byte("x")).
					SetKind(kind).SetBasis(valueset.RecordingBasisConsent).SetVoice(valueset.VoicePerson).SetInterpretation(valueset.InterpretationNoneNeeded).
					SetSetting(valueset.SettingSafePlace).SetGivenOn(op.Scope.Now).SetToInterview(valueset.AnswerUnknown).SetToldPurpose(valueset.AnswerUnknown).
					SetToldUse(valueset.AnswerUnknown).SetToldResearch(valueset.AnswerUnknown).SetToldAccess(valueset.AnswerUnknown).
					SetToldStorage(valueset.AnswerUnknown).SetToldWithdrawal(valueset.AnswerUnknown).Exec(ctx)
			})
		}
		if err := statement(valueset.ConsentKindRecording); err != nil {
			t.Errorf("its own basis: %v (%v)", err, world.Cause(err))
		}
		if err := statement(valueset.ConsentKindSharing); errs.KindOf(err) != errs.Withheld {
			t.Errorf("a statement about sharing: %v", err)
		}
		hers := sharing(t, w, s.Case)
		err := w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			return op.Provision.Create().SetConsentID(hers).SetCaseID(s.Case).SetContributorID(ngo).SetDecision(valueset.DecisionPermit).
				SetRecipientID(ngo).SetPurposes([]category.Purpose{assistance}).SetCategories([]category.Category{category.Narrative}).
				SetContributorIds([]string{lwu}).SetValidFrom(1).SetValidUntil(op.Scope.Now * 2).Exec(ctx)
		})
		if errs.KindOf(err) != errs.Withheld {
			t.Errorf("a provision of the owner's statement: %v", err)
		}
		if w.URL != "" {
			databaseAlone(t, w, s.Case, hers)
		}
	})
}

func sharing(t *testing.T, w *world.World, caseID string) string {
	t.Helper()
	return one[string](t, w.Root(), fmt.Sprintf("SELECT id FROM consents WHERE case_id = '%s' AND kind = 'SHARING'", caseID))
}

// databaseAlone tries the same by SQL, as the role of requests.
func databaseAlone(t *testing.T, w *world.World, caseID, hers string) {
	t.Helper()
	ngo, login := w.Agencies["ngo"], app(t, w)
	try := func(statement string) error {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		settle(t, tx, w, ngo)
		_, err = tx.ExecContext(t.Context(), statement)
		return err
	}
	consent := func(kind string) string {
		return fmt.Sprintf(`INSERT INTO consents (id, case_id, contributor_id, recorded_on, recorded_by, sealed, kind, basis, voice, interpretation, setting, given_on,
			to_interview, told_purpose, told_use, told_research, told_access, told_storage, told_withdrawal)
			VALUES ('%s', '%s', '%s', 1, 'x', 'x', '%s', 'CONSENT', 'PERSON', 'NONE_NEEDED', 'SAFE_PLACE', 1, 'UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN')`,
			pubid.New("consent"), caseID, ngo.ID, kind)
	}
	if err := try(consent("RECORDING")); err != nil {
		t.Errorf("its own basis, by SQL: %v", err)
	}
	if err := try(consent("SHARING")); state(err) != notPrivileged {
		t.Errorf("a statement about sharing, by SQL: %v", err)
	}
	err := try(fmt.Sprintf(`INSERT INTO provisions (id, case_id, consent_id, contributor_id, decision, recipient_id, purposes, categories, valid_from, valid_until)
		VALUES ('%s', '%s', '%s', '%s', 'PERMIT', '%s', '["ASSISTANCE"]', '["NARRATIVE"]', 1, 9999999999999999)`,
		pubid.New("provision"), caseID, hers, ngo.ID, ngo.ID))
	if state(err) != notPrivileged {
		t.Errorf("a provision of the owner's statement, by SQL: %v", err)
	}
}

// settle makes a transaction a request of the agency's case worker.
func settle(t *testing.T, tx *sql.Tx, w *world.World, a *world.Agency) {
	t.Helper()
	exec(t, tx, fmt.Sprintf(`SELECT set_config('sala.agency', '%[1]s', true), set_config('sala.member', '%[2]s', true), set_config('sala.holders', '%[2]s', true), set_config('sala.purpose', 'ASSISTANCE', true),
		set_config('sala.casework', 'true', true), set_config('sala.now', '%[3]d', true)`, a.ID, a.Worker, w.Store.Now()), "SET LOCAL ROLE sala_request")
}

// TestWhatWasNotOfferedIsNotAccepted: a receiver that writes more into its acceptance
// than the referral offered opens nothing more, though she agreed to more (D1, D3).
func TestWhatWasNotOfferedIsNotAccepted(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Greedy")
		w.Share("lwu", s.Case, "ngo", assistance, category.Trafficking)
		before := sees(t, w, as(w, "ngo"), s.Case)
		widen := "UPDATE referrals SET accepted_categories = '[\"IDENTITY\",\"CONTACT\",\"TRAFFICKING\"]' WHERE id = '" + s.Referral + "'"
		if w.URL != "" {
			widen = "SET session_replication_role = replica; " + widen // as if it had come with an evaluation
		}
		exec(t, w.Root(), widen)
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			op.Touch(s.Case)
			return nil
		})
		if after := sees(t, w, as(w, "ngo"), s.Case); after != before {
			t.Errorf("ngo sees %q, before it helped itself %q", after, before)
		}
	})
}
