package attack

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/release"
)

// Test39TheBudgetIsRacedFor: two processes publish at once what the account can pay once.
// One is paid, the other refused; neither a further process, a replay nor a clock that is
// set back opens the account again. Without what holds the account it is overdrawn.
func Test39TheBudgetIsRacedFor(t *testing.T) {
	t.Parallel()
	w, _ := population(t, persons{40, 2023, presumed, female, labour}, persons{45, 2023, presumed, male, labour})
	s := newSecretariat(t)
	raw := func(name string) []byte {
		return declaration(name, "", "{from: 2023, to: 2023}", "{name: sex}", "method: private\nparameters: {epsilon: 6, delta: 0.000001}")
	}
	candidates := []*release.Built{built(t, w, raw("first")), built(t, w, raw("second"))}
	stores := []*store.Store{w.Store, behind(t, w, store.Options{MaxConns: 4})}
	failed := make([]error, 2)
	start := make(chan struct{})
	var race sync.WaitGroup
	for i := range candidates {
		race.Go(func() {
			<-start
			failed[i] = s.publish(t, stores[i], candidates[i], release.Bounds{})
		})
	}
	close(start)
	race.Wait()
	lost := 0
	for i, err := range failed {
		if err != nil {
			lost = i
		}
	}
	if failed[1-lost] != nil || !spent(failed[lost]) {
		t.Fatalf("the race ended in %v and %v", failed[0], failed[1])
	}
	held := func(what string, through *store.Store) {
		t.Helper()
		if err := s.publish(t, through, candidates[lost], release.Bounds{}); !spent(err) {
			t.Errorf("%s: %v", what, err)
		}
		if n := one[int](t, w.Root(), "SELECT sum(epsilon) FROM budget_entries"); n != 6_000_000 {
			t.Errorf("%s: %d millionths of ε are spent", what, n)
		}
	}
	held("a replay", w.Store)
	held("a process that was started again", behind(t, w, store.Options{MaxConns: 2}))
	w.Advance(-400 * 24 * time.Hour)
	held("a clock that was set back", w.Store)
	w.Advance(400 * 24 * time.Hour)

	overdraw := `INSERT INTO budget_entries SELECT 'overdrawn', b.population, r.id, 6000000, 0, b.limit_epsilon, b.limit_delta, 1 FROM budget_entries b, releases r LIMIT 1`
	if _, err := w.Root().ExecContext(t.Context(), overdraw); state(err) != "23514" {
		t.Errorf("the account is overdrawn beside the program: %v", err)
	}
	exec(t, w.Root(), "ALTER TABLE budget_entries DISABLE TRIGGER USER", "DROP INDEX budget_entries_release_id_key", overdraw)
}

// spent: refused because the account cannot pay.
func spent(err error) bool {
	return errs.KindOf(err) == errs.Conflict && strings.Contains(err.Error(), "budget of the population is spent")
}

// Test39HostileBudgets: numbers that are no budget, in a definition or in a candidate that
// claims to have cost something else than was declared; and a second account for the same
// persons. Nothing is stored.
func Test39HostileBudgets(t *testing.T) {
	t.Parallel()
	w, _ := population(t, persons{40, 2023, presumed, female, labour}, persons{45, 2023, presumed, male, labour})
	declared := func(epsilon, delta string) []byte {
		return declaration("private", "", "{from: 2023, to: 2023}", "{name: sex}", "method: private\nparameters: {epsilon: "+epsilon+", delta: "+delta+"}")
	}
	for _, c := range [][2]string{{"-1", "0.000001"}, {"0", "0.000001"}, {"-0.0", "0.000001"}, {".nan", "0.000001"}, {".inf", "0.000001"}, {"-.inf", "0.000001"}, {"1e300", "0.000001"},
		{"1", "-0.000001"}, {"1", ".nan"}, {"1", "1"}, {"1", "0"}} {
		if _, err := release.Build(t.Context(), w.Store, declared(c[0], c[1]), release.Inputs{}); errs.KindOf(err) != errs.Invalid {
			t.Errorf("ε %s, δ %s: %v", c[0], c[1], err)
		}
	}
	s := newSecretariat(t)
	b := built(t, w, declared("4", "0.000001"))
	honest := *b.Spent
	for what, claimed := range map[string]*release.Spent{
		"nothing": nil, "less": {Epsilon: 0.001, Delta: honest.Delta}, "a negative ε": {Epsilon: -4, Delta: honest.Delta}, "more": {Epsilon: 5, Delta: honest.Delta},
		"no δ": {Epsilon: 4}, "a negative δ": {Epsilon: 4, Delta: -1},
	} {
		b.Spent = claimed
		t.Run(what, func(t *testing.T) { refusedBy(t, w, "privacy", s.publish(t, w.Store, b, release.Bounds{}), 0) })
	}
	b.Spent = &honest
	if err := s.publish(t, w.Store, b, release.Bounds{}); err != nil {
		t.Errorf("as it was: %v", err)
	}
	// The same persons by another name would have another account, and a budget once more.
	again := func(population, period string) *release.Built {
		raw := strings.Replace(string(declared("4", "0.000001")), "name: private\n", "name: again\n", 1)
		raw = strings.Replace(raw, "name: persons,", "name: "+population+",", 1)
		return built(t, w, []byte(strings.Replace(raw, "{from: 2023, to: 2023}", period, 1)))
	}
	refusedBy(t, w, "account", s.publish(t, w.Store, again("others", "{from: 2022, to: 2023}"), release.Bounds{}), 1)
	if err := s.publish(t, w.Store, again("persons", "{from: 2022, to: 2023}"), release.Bounds{}); err != nil {
		t.Errorf("by its own name: %v", err)
	}
	if n := one[int](t, w.Root(), "SELECT count(DISTINCT population) FROM budget_entries"); n != 1 {
		t.Errorf("%d accounts", n)
	}
}
