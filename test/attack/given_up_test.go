package attack

import (
	"context"
	"errors"
	"testing"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/test/world"
)

// A change of policy that somebody gave up while it ran does not come into force, and writes
// nothing more, so that nothing which it decided is taken for the next one's.
func TestAChangeThatIsGivenUpStops(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		c := changes(t, w, store.Options{}, 1)
		s := share(w, "Canary Given Up")
		was, err := policy.Embedded()
		if err != nil {
			t.Fatal(err)
		}
		before := sees(t, w, as(w, "ngo"), s.Case)
		p, err := policy.LoadSigned([][]byte{c.signer.Bundle(t, shut(t))}, 1, c.signer.Public)
		if err != nil {
			t.Fatal(err)
		}
		var late error
		once := false
		_, err = c.book.Apply(t.Context(), c.st, [][]byte{c.signer.Bundle(t, shut(t))}, func(int, int) {
			if once {
				return
			}
			once = true
			if _, err := c.book.Rollback(t.Context(), c.st, nil); err != nil { // another operator
				t.Error(err)
			}
			// A batch of the running change that comes after it.
			change := store.Change{Live: 0, Target: 1, Revision: p.Revision(), By: policy.NewPair(was, p)}
			late = c.st.Run(t.Context(), rule.Scope{Mode: rule.Policy}, false, func(ctx context.Context, op *store.Op) error {
				_, err := op.Prepare(ctx, change, []string{s.Case})
				return err
			})
		})
		if !once || !errors.Is(err, store.ErrGivenUp) || !errors.Is(late, store.ErrGivenUp) {
			t.Fatalf("told once: %v, the change: %v, its late batch: %v", once, err, late)
		}
		var live string
		if err := c.st.Run(t.Context(), rule.Scope{Mode: rule.Onboarding}, true, func(ctx context.Context, op *store.Op) (err error) {
			live, _, err = op.Live(ctx)
			return err
		}); err != nil || live != was.Revision() {
			t.Errorf("in force is %s (%v), want %s", live, err, was.Revision())
		}
		// The next one is decided by itself, under the number that the other had.
		next := world.Altered(t)
		next["access/access.rego"] += "\n# the next\n"
		if done, err := c.book.Apply(t.Context(), c.st, [][]byte{c.signer.Bundle(t, next)}, nil); err != nil || done.Cases == 0 {
			t.Errorf("the next policy: %+v, %v", done, err)
		}
		if got := sees(t, w, as(w, "ngo"), s.Case); got != before {
			t.Errorf("under the next policy ngo sees %q, want %q", got, before)
		}
	})
}

// Two who prepare the same change at once write what it gives once.
func TestACaseIsPreparedOnce(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		c := changes(t, w, store.Options{}, 1)
		s := share(w, "Canary Prepared")
		loaded := func(modules map[string]string) ([][]byte, *policy.Policy) {
			t.Helper()
			bundles := [][]byte{c.signer.Bundle(t, modules)}
			p, err := policy.LoadSigned(bundles, 1, c.signer.Public)
			if err != nil {
				t.Fatal(err)
			}
			return bundles, p
		}
		// What is shut first is opened again: the change writes accesses.
		opens := world.Altered(t)
		opens["access/access.rego"] += "\n# opens\n"
		bundles, was := loaded(shut(t))
		if _, err := c.book.Apply(t.Context(), c.st, bundles, nil); err != nil {
			t.Fatal(err)
		}
		bundles, p := loaded(opens)
		once := false
		_, err := c.book.Apply(t.Context(), c.st, bundles, func(int, int) {
			if once {
				return
			}
			once = true
			change := store.Change{Live: 1, Target: 2, Revision: p.Revision(), By: policy.NewPair(was, p)}
			count := func() int { return one[int](t, w.Root(), "SELECT count(*) FROM accesses WHERE case_id = '"+s.Case+"'") }
			had := count()
			if err := c.st.Run(t.Context(), rule.Scope{Mode: rule.Policy}, false, func(ctx context.Context, op *store.Op) error {
				if err := op.Learn(ctx, change, []string{s.Case}); err != nil {
					return err
				}
				shape := shapeOf(t, op, ctx, s.Case)
				_, err := op.PrepareShaped(ctx, change, []store.Shaped{shape})
				return err
			}); err != nil {
				t.Error(err)
			}
			if got := count(); got != had {
				t.Errorf("prepared again: %d accesses, had %d", got, had)
			}
		})
		if err != nil || !once {
			t.Fatalf("%v, told: %v", err, once)
		}
	})
}

// shapeOf is a case as UndecidedShapes would have given it before it was prepared.
func shapeOf(t *testing.T, op *store.Op, ctx context.Context, id string) store.Shaped {
	t.Helper()
	facts, err := op.FactsOf(ctx, []string{id})
	if err != nil {
		t.Fatal(err)
	}
	shape, err := rule.ShapeOf(facts[id].Facts)
	if err != nil {
		t.Fatal(err)
	}
	return store.Shaped{ID: id, Version: facts[id].Version, Shape: shape}
}
