package attack

import (
	"context"
	"slices"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// TestShapesAreTakenOnlyOfTheFactsThatStand: a change of policy decides by the shape that is
// stored beside a case; one of other facts, a broken one and one that is not there are not
// taken, and the case is decided by its facts. A shape that says that it is of these facts
// and is of others would be taken: who writes it may write accesses as well.
func TestShapesAreTakenOnlyOfTheFactsThatStand(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		kept := func() (n int) {
			t.Helper()
			if err := w.Root().QueryRowContext(t.Context(), "SELECT count(*) FROM case_shapes s JOIN case_files f ON f.id = s.case_id AND f.facts_version = s.facts_version").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		c := changes(t, w, store.Options{}, 1)
		shared := []string{share(w, "Canary One").Case, share(w, "Canary Two").Case, share(w, "Canary Three").Case}
		slices.Sort(shared)
		own := w.Register("lwu", "Canary Own")
		cases := append(slices.Clone(shared), own)
		for own > shared[2] { // one of each shape is looked at, the first by id
			own = w.Register("lwu", "Canary Own")
			cases = append(cases, own)
		}
		if kept() != len(cases) {
			t.Fatalf("%d shapes are kept of %d cases", kept(), len(cases))
		}
		apply := func(name string, modules map[string]string, differ int) {
			t.Helper()
			done, err := c.book.Apply(t.Context(), c.st, [][]byte{c.signer.Bundle(t, modules)}, nil)
			if err != nil || done.Cases != len(cases) || done.Differed != differ {
				t.Fatalf("%s: %+v %v (%v)", name, done, err, world.Cause(err))
			}
			c.sound(t)
		}
		exec := func(query string, args ...any) {
			t.Helper()
			if _, err := w.Root().ExecContext(t.Context(), query, args...); err != nil {
				t.Fatal(err)
			}
		}
		apply("with all shapes", shut(t), 3)
		// Of other facts: that of the case which nobody else sees, said to be of the version
		// before; broken; gone.
		exec("UPDATE case_shapes SET facts_version = facts_version - 1, digest = (SELECT s.digest FROM case_shapes s WHERE s.case_id = $1), instants = (SELECT s.instants FROM case_shapes s WHERE s.case_id = $1) WHERE case_id = $2", own, shared[0])
		exec("UPDATE case_shapes SET instants = $1 WHERE case_id = $2", []byte{0x80}, shared[1])
		exec("DELETE FROM case_shapes WHERE case_id = $1", shared[2])
		apply("without", world.Altered(t), 3)
		if kept() != len(cases) {
			t.Errorf("%d shapes are kept of %d cases: what was missing is not written", kept(), len(cases))
		}
		// The control: a shape of other facts that says that it is of these.
		exec("UPDATE case_shapes SET digest = (SELECT s.digest FROM case_shapes s WHERE s.case_id = $1), instants = (SELECT s.instants FROM case_shapes s WHERE s.case_id = $1), ids = (SELECT s.ids FROM case_shapes s WHERE s.case_id = $1) WHERE case_id = $2", own, shared[2])
		done, err := c.book.Apply(t.Context(), c.st, [][]byte{c.signer.Bundle(t, shut(t))}, nil)
		if err != nil || done.Differed != 2 {
			t.Errorf("the shape of other facts was not taken, so that nothing is shown: %+v %v", done, err)
		}
		if found, err := c.st.Fsck(t.Context()); err != nil || len(found.Closed) != 1 || found.Closed[0] != shared[2] {
			t.Errorf("fsck finds %+v %v, want the case that was decided by another's shape", found, err)
		}
	})
}

// TestACaseThatChangesIsOfAnotherShape: the shape is that of the facts which were decided on
// last.
func TestACaseThatChangesIsOfAnotherShape(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Changing")
		shape := func() string {
			var out []byte
			if err := w.Root().QueryRowContext(t.Context(), "SELECT s.digest FROM case_shapes s JOIN case_files f ON f.id = s.case_id AND f.facts_version = s.facts_version WHERE s.case_id = $1", s.Case).Scan(&out); err != nil {
				t.Fatal(err)
			}
			return string(out)
		}
		before := shape()
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: "PRESUMED_VICTIM", Recording: world.Recording(assistance)})
			return err
		})
		if shape() != before {
			t.Error("another case changed its shape")
		}
		w.Share("lwu", s.Case, "iom", assistance, category.Profile)
		if shape() == before {
			t.Error("a case that is shared with one more agency has the shape that it had")
		}
	})
}
