package aggregate_test

import (
	"slices"
	"testing"

	"github.com/sala-exchange/sala/services/anonymity/aggregate"
	"github.com/sala-exchange/sala/services/anonymity/noise"
	"github.com/sala-exchange/sala/test/showcase"
)

// TestPrivateCountsOnTheSample: as good as Synthetic Data Showcase's published run, in the
// median over tables. The tables are seeded; the noise is not.
func TestPrivateCountsOnTheSample(t *testing.T) {
	tables := 20
	if testing.Short() {
		tables = 3
	}
	var all []aggregate.Quality
	for seed := range tables {
		data := showcase.Table(6000, uint64(seed))
		o := aggregate.Options{Length: 4}
		truth, err := aggregate.Exact(ctx, data, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		private, spent, err := aggregate.Counted(ctx, data, o, aggregate.Private{Budget: noise.Budget{Epsilon: 4}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		q := aggregate.Evaluate(truth, private, 11)
		all = append(all, q[0])
		if seed == 0 {
			t.Logf("%+v", *spent)
			for _, x := range q {
				t.Logf("%+v", x)
			}
		}
	}
	within(t, all, "mean error", 15.31, func(q aggregate.Quality) float64 { return q.MeanError })
	within(t, all, "suppressed", 0.0513, func(q aggregate.Quality) float64 { return q.Suppressed })
	within(t, all, "fabricated", 0.0401, func(q aggregate.Quality) float64 { return q.Fabricated })
}

// within fails the test where the median is above a limit, and prints the spread.
func within(t *testing.T, all []aggregate.Quality, what string, limit float64, of func(aggregate.Quality) float64) {
	t.Helper()
	var values []float64
	for _, q := range all {
		values = append(values, of(q))
	}
	slices.Sort(values)
	median := values[len(values)/2]
	t.Logf("%s: median %.4f, from %.4f to %.4f over %d tables (limit %.4f)", what, median, values[0], values[len(values)-1], len(values), limit)
	if median > limit {
		t.Errorf("%s: the median of %.4f is above %.4f", what, median, limit)
	}
}
