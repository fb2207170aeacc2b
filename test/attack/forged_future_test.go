package attack

import (
	"fmt"
	"testing"

	"github.com/sala-exchange/sala/internal/pubid"
)

// TestAnAccessIsOfTheFactsThatStand: an access is looked at as it is written. Whoever makes a
// child look adult for one statement, and names the version of the facts that follows, opens
// nothing by it (E1, E2).
func TestAnAccessIsOfTheFactsThatStand(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	db, login := root(t, w), app(t, w)
	s := share(w, "Canary Minor")
	adult := one[string](t, db, "SELECT age_bounds::text FROM persons WHERE case_id = '"+s.Case+"'")
	accesses := one[string](t, db, "SELECT jsonb_agg(a)::text FROM accesses a WHERE a.referral_id = '"+s.Referral+"' AND a.action = 'READ'")
	exec(t, db, fmt.Sprintf(`BEGIN; UPDATE persons SET age_bounds = jsonb_set(age_bounds, '{%s,latest}', '4000000000000000') WHERE case_id = '%s';
		DELETE FROM accesses WHERE case_id = '%[2]s'; UPDATE case_files SET evaluated_version = facts_version WHERE id = '%[2]s'; COMMIT`, w.Agencies["lwu"].ID, s.Case))
	child := one[string](t, db, "SELECT age_bounds::text FROM persons WHERE case_id = '"+s.Case+"'")
	forge := func() error {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		exec(t, tx, "SET LOCAL ROLE sala_policy", fmt.Sprintf("UPDATE persons SET age_bounds = '%s'::jsonb WHERE case_id = '%s'", adult, s.Case))
		if _, err = tx.ExecContext(t.Context(), `INSERT INTO accesses SELECT (jsonb_populate_record(NULL::accesses, e || jsonb_build_object('id', $2::text || row_number() OVER (), 'facts_version', f.facts_version + 1))).*
			FROM case_files f, jsonb_array_elements($1::jsonb) e WHERE f.id = $3`, accesses, pubid.New("access")[:20], s.Case); err != nil {
			return err
		}
		exec(t, tx, fmt.Sprintf("UPDATE persons SET age_bounds = '%s'::jsonb WHERE case_id = '%s'", child, s.Case),
			fmt.Sprintf("UPDATE case_files SET evaluated_version = facts_version WHERE id = '%s'", s.Case))
		return tx.Commit()
	}
	if err := forge(); state(err) != checkViolated {
		t.Errorf("an access of facts to come: %v", err)
	}
	exec(t, db, "ALTER TABLE accesses DISABLE TRIGGER accesses_current")
	if err := forge(); err != nil {
		t.Errorf("without the guard: %v", err)
	}
	if got := one[string](t, db, "SELECT age_bounds::text FROM persons WHERE case_id = '"+s.Case+"'"); got != child {
		t.Fatal("the facts do not look untouched")
	}
	if sees(t, w, as(w, "ngo"), s.Case) == "REFERRAL by lwu, REFERRAL by lwu" {
		t.Error("without the guard nothing opened: the check proves nothing")
	}
}
