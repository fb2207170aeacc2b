package attack

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

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

// Test18Timing: a case that is shown is told by how long its answer takes; one that is
// hidden takes no more than a quarter longer than one that is not there. What it takes longer
// is not chance, as the standard score in the test's log says: see the threat model's row 18.
func Test18Timing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 4,000 answers for each database")
	}
	both(t, func(t *testing.T, w *world.World) {
		s := serviceOf(t, w, nil)
		hidden, absent := full(t, w, "Canary Eighteen"), pubid.New("case")
		open := share(w, "Canary Eighteen Shared").Case
		v := s.viewer("ngo", "worker")
		ask := func(id string) func() {
			return func() {
				s.askAs(v, `query @purpose(of: ASSISTANCE) { case(id: "`+id+`") { identities { names { text } } } }`)
			}
		}
		for range 100 { // until what is prepared once is prepared
			ask(hidden)()
		}
		const n = 1000
		shown, nothing := timed(n, ask(open), ask(absent))
		if z := mannWhitney(shown, nothing); z < 4 || middle(shown) < middle(nothing)*5/4 {
			t.Errorf("a case that is shown is not told by its time (%.1f): the measure is blind", z)
		}
		a, b := timed(n, ask(hidden), ask(absent))
		t.Logf("shown %v, hidden %v, absent %v; standard score of hidden and absent %.2f", middle(shown), middle(a), middle(b), mannWhitney(a, b))
		if more := middle(a) - middle(b); more > middle(b)/4 || -more > middle(b)/4 {
			t.Errorf("a hidden case takes %v more than an absent one, of %v", more, middle(b))
		}
	})
}
