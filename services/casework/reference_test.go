package casework_test

import (
	"context"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// TestTakenReferenceIsDrawnAgain: also where the case that has it is another
// agency's.
func TestTakenReferenceIsDrawnAgain(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { drawnAgain(t, world.OnSQLite(t, world.Options{})) })
	t.Run("PostgreSQL", func(t *testing.T) { drawnAgain(t, world.OnPostgres(t, server, world.Options{})) })
}

func drawnAgain(t *testing.T, w *world.World) {
	id := w.Register("lwu", "Kanaree")
	var taken string
	w.Look(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		c, err := op.CaseFile.Get(ctx, id)
		if err == nil {
			taken = c.Reference
		}
		return err
	})
	w.Must(w.As("ngo", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		draws := []string{taken, taken, "free"}
		ref, err := casework.FreshReference(ctx, op, func() string {
			next := draws[0]
			draws = draws[1:]
			return next
		})
		if ref != "free" {
			t.Errorf("the reference is %q, want the first free one", ref)
		}
		if err != nil {
			return err
		}
		if _, err = casework.FreshReference(ctx, op, func() string { return taken }); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("a generator that gives one reference: %v", err)
		}
		return nil
	})
}
