package attack

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
)

// TestAYesInIncapacityTakesNoRefusalBack: what a woman refused while she could decide stands
// against what is decided in her best interests, whatever she says meanwhile: PostgreSQL
// refuses a forged access that rests on the decision. As the function judged before
// (migration 00027) the same forgery shows who she is (C7).
func TestAYesInIncapacityTakesNoRefusalBack(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	db, login := root(t, w), app(t, w)
	id, capable := w.Register("lwu", "Canary Incapable"), w.Store.Now()
	w.Advance(time.Hour)
	run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
		return casework.RecordIncapacity(ctx, op, casework.RecordIncapacityInput{CaseID: id, Kind: valueset.IncapacityKindLasting, Grounds: "a physician"})
	})
	w.Share("lwu", id, "ngo", assistance, category.Identity)
	decision := decide(t, w, interests(w, id, valueset.BestInterestsKindAssessment))
	if err := signs(w, supervising(w, "lwu"), decision, reference(w, id)); err != nil {
		t.Fatal(err)
	}
	ref := w.Refer("lwu", id, "ngo", assistance, category.Identity)
	w.Accept("ngo", assistance, ref)
	forged := genuine(t, w, db, ref, "READ")
	if err := forged.insert(t, login); err != nil {
		t.Fatalf("where she has refused nothing: %v", err)
	}
	exec(t, db, "DELETE FROM accesses WHERE referral_id = '"+ref+"'")

	// She had refused before she fell ill, and nobody ended the referral.
	w.Withdraw("lwu", id, "ngo")
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, tx, "SET LOCAL session_replication_role = replica", "UPDATE referrals SET state = 'ACCEPTED' WHERE id = '"+ref+"'")
	done, err := tx.ExecContext(t.Context(), `UPDATE consents SET given_on = $1 WHERE case_id = $2 AND kind = 'SHARING'
		AND id IN (SELECT consent_id FROM provisions WHERE decision = 'DENY')`, capable, id)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%d refusals: %v", n, err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := forged.insert(t, login); state(err) != checkViolated {
		t.Errorf("against her refusal: %v", err)
	}
	if got := sees(t, w, as(w, "ngo"), id); strings.Contains(got, "IDENTITY") {
		t.Errorf("ngo sees %q", got)
	}

	var judges string
	if err := db.QueryRowContext(t.Context(), "SELECT pg_get_functiondef('sala_said(accesses,jsonb,text)'::regprocedure)").Scan(&judges); err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(judges, "UNION SELECT b.word, b.voice FROM able b")
	_, tail, closed := strings.Cut(rest, "NOT c.by_class)))")
	if !found || !closed {
		t.Fatal("the function does not judge as migration 00035 has it")
	}
	exec(t, db, head+tail)
	if err := forged.insert(t, login); err != nil {
		t.Errorf("as it judged before: %v", err)
	}
	if got := sees(t, w, as(w, "ngo"), id); !strings.Contains(got, "IDENTITY by lwu") {
		t.Errorf("as it judged before ngo sees %q", got)
	}
}
