package attack

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/test/world"
)

// Of accesses to own rows that one statement makes and that rest on the same, PostgreSQL
// looks at one. A forger can make nothing of that (C1, C8): one that is there already
// vouches for none, and each statement's is looked at itself.
func TestAForgedTwinIsRefused(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	db, login := root(t, w), app(t, w)
	const ended = "UPDATE provisions SET valid_until = valid_from + 1 WHERE case_id = $case AND recipient_id = $lwu"
	for _, action := range []string{"ADD", "CORRECT"} {
		genuine := w.Register("lwu", "Canary Twin")
		if err := twins(t, w, login, genuine, action, 1); err != nil {
			t.Errorf("%s: a genuine twin: %v", action, err)
		}
		if err := twins(t, w, login, genuine, action, 2); err != nil {
			t.Errorf("%s: two genuine twins: %v", action, err)
		}
		for many := range 3 {
			spoilt := w.Register("lwu", "Canary Twin Spoilt")
			spoil(t, w, db, ended, spoilt)
			err := twins(t, w, login, spoilt, action, many)
			if many == 0 && err != nil {
				t.Fatal(err) // what was there before is not looked at
			}
			if many > 0 && (state(err) != checkViolated || !strings.Contains(err.Error(), "may not be recorded")) {
				t.Errorf("%s: %d twins beside one that was genuine: %v", action, many, err)
			}
		}
	}
}

// twins writes an access of a case's owner once more, many times in one transaction, each
// for nobody in particular and with an id after all others.
func twins(t *testing.T, w *world.World, login *sql.DB, caseID, action string, many int) error {
	t.Helper()
	tx, err := login.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	exec(t, tx, "SET LOCAL ROLE sala_policy")
	for range many {
		res, err := tx.ExecContext(t.Context(), `INSERT INTO accesses (id, case_id, grantee_id, member_id, contributor_id, action, categories, purpose, basis,
			referral_id, consent_id, agreement_id, valid_from, valid_until, referrer_id, referral_agreement_id, facts_version, revision)
			SELECT 'access_zzzz' || count(*) OVER () || a.id, a.case_id, a.grantee_id, a.grantee_id, a.contributor_id, a.action, a.categories, a.purpose, a.basis,
				a.referral_id, a.consent_id, a.agreement_id, a.valid_from, a.valid_until, a.referrer_id, a.referral_agreement_id, a.facts_version, a.revision
			FROM accesses a WHERE a.case_id = $1 AND a.grantee_id = $2 AND a.action = $3 ORDER BY a.id DESC LIMIT 1`, caseID, w.Agencies["lwu"].ID, action)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			t.Fatalf("no access to copy: %d, %v", n, err)
		}
	}
	return tx.Commit()
}
