package attack

import (
	"fmt"
	"testing"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/pubid"
)

// TestAForgedAccessAmongGenuineOnesIsRefused: accesses are looked at a statement at a time,
// those together that rest on the same; what hides in such a statement is found, and what
// was looked at is not altered afterwards.
func TestAForgedAccessAmongGenuineOnesIsRefused(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	db, login := root(t, w), app(t, w)
	s := share(w, "Canary Among")
	// write writes the access of a referral and a copy of it with changes, in one statement.
	write := func(change string) error {
		t.Helper()
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		exec(t, tx, "SET LOCAL ROLE sala_policy")
		_, err = tx.ExecContext(t.Context(), `INSERT INTO accesses SELECT (jsonb_populate_record(a, jsonb_build_object('id', i.id) || i.change)).*
			FROM accesses a, (VALUES ($2, '{}'::jsonb), ($3, $4::jsonb), ($5, '{}'::jsonb)) AS i(id, change)
			WHERE a.id = (SELECT min(b.id) FROM accesses b WHERE b.referral_id = $1 AND b.action = 'READ')`,
			s.Referral, pubid.New("access"), pubid.New("access"), change, pubid.New("access"))
		return err
	}
	if err := write(`{}`); err != nil {
		t.Fatalf("three genuine ones: %v", err)
	}
	narrative := fmt.Sprintf(`{"categories": %d}`, category.SetOf(category.Narrative))
	for name, change := range map[string]string{
		"another category":                  narrative,
		"no category of a purpose not hers": `{"categories": 0, "purpose": "JUSTICE"}`,
		"another purpose":                   `{"purpose": "JUSTICE"}`,
		"for ever":                          `{"valid_until": 9223372036854775807}`,
		"another contributor":               fmt.Sprintf(`{"contributor_id": %q}`, w.Agencies["atd"].ID),
		"one of another agency":             fmt.Sprintf(`{"member_id": %q}`, w.Agencies["atd"].Worker),
		"one who is not on the case":        fmt.Sprintf(`{"member_id": %q}`, w.Agencies["ngo"].Admin),
		"a legal basis that there is none":  `{"basis": "LEGAL_BASIS"}`,
		"a glass that nobody broke":         `{"basis": "BREAK_GLASS"}`,
	} {
		if err := write(change); state(err) != checkViolated {
			t.Errorf("%s: %v", name, err)
		}
	}

	// What was written stays what it is; without the trigger her story opens.
	alter := fmt.Sprintf("UPDATE accesses SET categories = categories | %d WHERE referral_id = '%s'", category.SetOf(category.Narrative), s.Referral)
	if _, err := db.ExecContext(t.Context(), alter); state(err) != checkViolated {
		t.Errorf("altering an access: %v", err)
	}
	exec(t, db, "ALTER TABLE accesses DISABLE TRIGGER accesses_kept")
	exec(t, db, alter)
	if got := one[int64](t, db, fmt.Sprintf("SELECT count(*) FROM accesses WHERE referral_id = '%s' AND categories & %d <> 0", s.Referral, category.SetOf(category.Narrative))); got == 0 {
		t.Error("without the trigger nothing was altered: the check proves nothing")
	}
	exec(t, db, "ALTER TABLE accesses ENABLE TRIGGER accesses_kept")
	exec(t, db, "ALTER TABLE accesses DISABLE TRIGGER accesses_rest")
	if err := write(narrative); err != nil {
		t.Errorf("without its trigger a forged one among genuine ones: %v", err)
	}
}
