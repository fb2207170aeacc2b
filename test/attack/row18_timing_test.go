package attack

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/test/world"
)

// mannWhitney is the standard score of the hypothesis that neither sample tends to be
// larger; beyond 4 in either direction it is hardly chance (1 in 16,000).
func mannWhitney(a, b []time.Duration) float64 {
	type ranked struct {
		d     time.Duration
		first bool
	}
	var all []ranked
	for _, d := range a {
		all = append(all, ranked{d, true})
	}
	for _, d := range b {
		all = append(all, ranked{d, false})
	}
	slices.SortFunc(all, func(x, y ranked) int { return int(x.d - y.d) })
	var ranks float64
	for i, r := range all {
		if r.first {
			ranks += float64(i + 1)
		}
	}
	n, m := float64(len(a)), float64(len(b))
	return (ranks - n*(n+m+1)/2) / math.Sqrt(n*m*(n+m+1)/12)
}

// timed asks both questions n times in an order of chance.
func timed(n int, first, second func()) (a, b []time.Duration) {
	ask := func(into *[]time.Duration, question func()) {
		begun := time.Now()
		question()
		*into = append(*into, time.Since(begun))
	}
	for range n {
		if rand.IntN(2) == 0 {
			ask(&a, first)
			ask(&b, second)
		} else {
			ask(&b, second)
			ask(&a, first)
		}
	}
	return a, b
}

// middle is the median.
func middle(all []time.Duration) time.Duration {
	all = slices.Clone(all)
	slices.Sort(all)
	return all[len(all)/2]
}

// chance reports whether two questions take the same time as far as n answers of each tell.
// What differs by chance differs in one of three trials at most; what differs, in each.
func chance(n int, first, second func()) (a, b []time.Duration, same bool) {
	for range 3 {
		a, b = timed(n, first, second)
		if math.Abs(mannWhitney(a, b)) < 4 {
			return a, b, true
		}
	}
	return a, b, false
}

// Test18Timing: a case that is shown is told by how long its answer takes; one that is hidden
// takes as long as one that is not there, by the same statements.
func Test18Timing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes thousands of answers for each database")
	}
	for _, on := range []struct {
		name string
		take func(*testing.T) *world.World
	}{
		{"sqlite", func(t *testing.T) *world.World { return world.OnSQLite(t, world.Options{}) }},
		{"postgres", onPostgres},
	} {
		t.Run(on.name, func(t *testing.T) { // one after the other: each is the other's noise
			w := on.take(t)
			s := serviceOf(t, w, nil)
			hidden, absent := full(t, w, "Canary Eighteen"), pubid.New("case")
			open := share(w, "Canary Eighteen Shared").Case
			v := s.viewer("ngo", "worker")
			for door, document := range map[string]string{
				"case": `query @purpose(of: ASSISTANCE) { case(id: "ID") { identities { names { text } } } }`,
				"node": `query @purpose(of: ASSISTANCE) { node(id: "ID") { id } }`,
			} {
				ask := func(id string) func() {
					return func() { s.askAs(v, strings.ReplaceAll(document, "ID", id)) }
				}
				for range 100 { // until what is prepared once is prepared
					ask(hidden)()
				}
				const n = 1000
				shown, nothing := timed(n, ask(open), ask(absent))
				if z := mannWhitney(shown, nothing); z < 4 {
					t.Errorf("by %s a case that is shown is not told by its time (%.1f): the measure is blind", door, z)
				}
				a, b, same := chance(n, ask(hidden), ask(absent))
				t.Logf("by %s: shown %v, hidden %v, absent %v; standard score of hidden and absent %.2f", door, middle(shown), middle(a), middle(b), mannWhitney(a, b))
				if !same {
					t.Errorf("by %s a hidden case takes %v and an absent one %v, and not by chance", door, middle(a), middle(b))
				}
			}
		})
	}
}

// Test18Statements: the same on the statement alone, where nothing around it hides a
// difference; and a case that is looked for by its row is told so.
func Test18Statements(t *testing.T) {
	if testing.Short() {
		t.Skip("takes thousands of statements for each database")
	}
	both(t, func(t *testing.T, w *world.World) {
		hidden, absent, open := full(t, w, "Canary Eighteen"), pubid.New("case"), share(w, "Canary Eighteen Shared").Case
		ctx, op, err := w.Store.Begin(t.Context(), as(w, "ngo"), true)
		if err != nil {
			t.Fatal(err)
		}
		defer op.Rollback()
		spent := map[string]int64{}
		ask := func(id string, query func(string) *ent.CaseFileQuery) func() {
			return func() {
				before, _, _ := op.Statements()
				there, err := query(id).Exist(ctx)
				if err != nil || there != (id == open) {
					t.Fatalf("a case is there: %v (%v)", there, err)
				}
				after, _, _ := op.Statements()
				spent[id] = after - before
			}
		}
		byRow := func(id string) *ent.CaseFileQuery { return op.CaseFile.Query().Where(casefile.ID(id)) }
		ask(open, op.CaseByID)()
		const n = 2000
		a, b, same := chance(n, ask(hidden, byRow), ask(absent, byRow))
		t.Logf("by its row: hidden %v, absent %v; standard score %.2f", middle(a), middle(b), mannWhitney(a, b))
		if same {
			t.Error("a hidden case that is looked for by its row is not told by the time: the measure is blind")
		}
		a, b, same = chance(n, ask(hidden, op.CaseByID), ask(absent, op.CaseByID))
		t.Logf("by who may see it: hidden %v, absent %v; standard score %.2f", middle(a), middle(b), mannWhitney(a, b))
		if !same || spent[hidden] != 1 || spent[absent] != 1 {
			t.Errorf("a hidden case takes %v and %d statements, an absent one %v and %d", middle(a), spent[hidden], middle(b), spent[absent])
		}
	})
}
