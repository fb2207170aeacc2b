package attack

import (
	"context"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/postgres"
	"github.com/sala-exchange/sala/test/world"
)

// TestAnUnheardCommit: PostgreSQL stored the change and the connection broke before it
// could say so. Nobody is told that nothing was stored.
func TestAnUnheardCommit(t *testing.T) {
	t.Parallel()
	w := world.OnPostgres(t, server, world.Options{})
	door := postgres.NewDoor(t, w.AppURL)
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.OpenPostgres(door.URL, store.Options{Evaluator: p, Keys: w.Keys, Secret: world.Secret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	root := w.Root()
	shut := func() bool {
		var open bool
		if err := root.QueryRowContext(t.Context(), "SELECT open FROM gates WHERE id = $1", w.Agencies["ngo"].ID).Scan(&open); err != nil {
			t.Error(err)
		}
		return !open
	}
	told := make(chan error, 1)
	go func() {
		told <- st.Run(context.Background(), onboarding.Scope(), false, func(ctx context.Context, op *store.Op) error {
			err := onboarding.SetGate(ctx, op, w.Agencies["ngo"].ID, false)
			door.Mute()
			return err
		})
	}()
	for !shut() { // until the commit has arrived
		if t.Failed() || t.Context().Err() != nil {
			return
		}
	}
	door.Shut()
	if err := <-told; errs.KindOf(err) != errs.Unavailable || strings.Contains(err.Error(), "nothing was stored") {
		t.Errorf("told %v", err)
	}
}
