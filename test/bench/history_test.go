package bench

import (
	"bytes"
	"context"
	"testing"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/world"
)

// past is a page of cases with what their rows were, and the cases as they were.
const past = `query Past($first: Int!, $at: Time!) @purpose(of: ASSISTANCE) { cases(first: $first) { edges { node {
  id ownership { agency { code } since } assignments { holderID since }
  identities { history(first: 2) { edges { node { version names { text } } } } } contacts { history(first: 2) { edges { node { version } } } }
  profiles { history(first: 2) { edges { node { version sex } } } } traffickings { history(first: 2) { edges { node { version } } } }
  asOf(at: $at) { state kind owner { code } identities { version names { text } } contacts { version } profiles { version } traffickings { version } narratives { version }
  whereabouts { version } family { version } protections { version } health { version } healthRestricted { version } assistance { version } proceedings { version } suspects { version } }
  } } } }`

// TestThePastTakesAConstantNumber: what rows were, and cases as they were, cost the same
// statements whatever the size of the page.
func TestThePastTakesAConstantNumber(t *testing.T) {
	for name, make := range map[string]func(*testing.T) *world.World{
		"SQLite":     func(t *testing.T) *world.World { return world.OnSQLite(t, world.Options{More: 3}) },
		"PostgreSQL": func(t *testing.T) *world.World { return world.OnPostgres(t, server, world.Options{More: 3}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := make(t)
			for range 10 {
				w.Register("a01", "Bounkham")
			}
			for at := range int64(3) {
				w.Must(w.As("a01", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
					if err := op.Identity.Update().SetOccurredOn(at).Exec(ctx); err != nil {
						return err
					}
					if err := op.Contact.Update().SetOccurredOn(at).Exec(ctx); err != nil {
						return err
					}
					if err := op.Trafficking.Update().SetOccurredOn(at).Exec(ctx); err != nil {
						return err
					}
					return op.Profile.Update().SetOccurredOn(at).Exec(ctx)
				})
			}
			a := newAsker(t, w.Serve(false), w.Store, true, "a01", "worker")
			var last store.Count
			for _, first := range []int{1, 2, 10} {
				tally := &store.Tally{}
				answer := a.ask(t, past, map[string]any{"first": first, "at": "2199-01-01T00:00:00Z"}, tally)
				if n := bytes.Count(answer, []byte(`"version":3`)); n != 4*first {
					t.Errorf("a page of %d shows %d last former versions: %s", first, n, answer)
				}
				if bytes.Contains(answer, []byte(`"version":1`)) || !bytes.Contains(answer, []byte(`"version":2`)) {
					t.Errorf("a page of two versions shows others: %s", answer)
				}
				got := tally.Of(rule.Request)
				t.Logf("a page of %2d with its past: %d read, %d written, %d control", first, got.Reads, got.Writes, got.Control)
				if first > 1 && got.Reads != last.Reads {
					t.Errorf("a page of %d takes %d statements that read data, a smaller one %d", first, got.Reads, last.Reads)
				}
				last = got
			}
		})
	}
}
