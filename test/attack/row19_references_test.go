package attack

import (
	"context"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/test/world"
)

// Test19ReferenceOracle: a foreign key looks past row-level security, so that a row which
// refers to a hidden case would go in where one that refers to nothing would not. Each
// wall refuses both in the same words. Through the API: TestForeignIdsAreAbsentIds.
func Test19ReferenceOracle(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	hidden, absent := full(t, w, "Canary Nineteen"), pubid.New("case")
	plant := func(st *store.Store, caseID string) string {
		mops := as(w, "mops")
		_, err := within(t, st, mops, nothing(func(ctx context.Context, op *store.Op) error {
			return op.Profile.Create().SetCaseID(caseID).SetContributorID(mops.Agency).SetRecordedOn(1).SetRecordedBy(mops.Member).Exec(ctx)
		}))
		if err == nil {
			return "stored"
		}
		return world.Cause(err).Error()
	}
	database := behind(t, w, store.Options{Walls: store.Walls{WithoutApplication: true}})
	for name, st := range map[string]*store.Store{"both walls": w.Store, "the database alone": database} {
		if got, want := plant(st, hidden), plant(st, absent); got != want || got == "stored" {
			t.Errorf("%s: a hidden case: %s; an absent one: %s", name, got, want)
		}
	}
	exec(t, root(t, w), "ALTER TABLE profiles DISABLE ROW LEVEL SECURITY")
	if got, want := plant(database, hidden), plant(database, absent); got == want {
		t.Errorf("with neither wall the two are told apart no more, so that nothing is shown: %s", got)
	}
	if got, want := plant(w.Store, hidden), plant(w.Store, absent); got != want || got == "stored" {
		t.Errorf("the application alone: a hidden case: %s; an absent one: %s", got, want)
	}
}
