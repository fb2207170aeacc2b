package scenario

import (
	"testing"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/world"
)

// TestNoAnswerWithoutRecord: while the record cannot be written, whatever shows a
// person is an error without data, by every door; what shows nobody is answered
// (threats.md 41).
func TestNoAnswerWithoutRecord(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		id := w.Register("lwu", "Kanaree")
		w.Share("lwu", id, "atd", category.ForJustice, category.Profile)
		w.Refer("lwu", id, "atd", category.ForJustice, category.Profile)
		damage := "CREATE TRIGGER broken BEFORE INSERT ON disclosures BEGIN SELECT RAISE(ABORT, 'broken'); END"
		if w.URL != "" {
			damage = `CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$;
				CREATE TRIGGER broken BEFORE INSERT ON disclosures FOR EACH ROW EXECUTE FUNCTION broken()`
		}
		if _, err := w.Root().ExecContext(t.Context(), damage); err != nil {
			t.Fatal(err)
		}
		o := as(s, "lwu", "worker")
		for _, q := range []string{
			`query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { id } }`,
			`query($id: ID!) @purpose(of: ASSISTANCE) { node(id: $id) { id } me { id } }`,
			`query($id: ID!) @purpose(of: ASSISTANCE) { consents(caseID: $id, first: 5) { edges { node { kind } } } }`,
			`query($id: ID!) @purpose(of: ASSISTANCE) { cases(first: 5) { edges { node { id } } } node(id: $id) { id } }`,
		} {
			if a := o.ask(q, map[string]any{"id": id}); a.code() != "UNAVAILABLE" || len(a.Data) != 0 {
				t.Errorf("%s: %s", q, a.raw)
			}
		}
		if a := as(s, "atd", "worker").ask(`query @purpose(of: JUSTICE) { referrals(first: 5, box: INBOX) { edges { node { preview { sex } } } } }`, nil); a.code() != "UNAVAILABLE" || len(a.Data) != 0 {
			t.Errorf("a preview: %s", a.raw)
		}
		before := stored(t, w)
		if a := o.ask(registering, map[string]any{"name": "Bounkham"}); a.code() != "UNAVAILABLE" || stored(t, w) != before {
			t.Errorf("a decision without its record: %s", a.raw)
		}
		if a := o.ask(`{ me { agency { code } } notices(first: 5) { edges { node { kind } } } }`, nil); a.code() != "" {
			t.Errorf("what shows nobody: %s", a.raw)
		}
	})
}
