package aggregate_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/sala-exchange/sala/services/anonymity/aggregate"
	"github.com/sala-exchange/sala/services/anonymity/noise"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// sample makes the table of Microsoft's sample: two halves of records, each cell uniform and
// independent; H2 and H3 have other values in the second half; H4 to H10 are 0 or 1.
func sample(t testing.TB, rows int, seed uint64) *table.Table {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	cells := make([][]string, 10)
	for row := range rows {
		second := row >= rows/2
		for c := range cells {
			cells[c] = append(cells[c], sampleCell(r, c+1, second))
		}
	}
	columns := make([]table.Column, len(cells))
	for c := range cells {
		columns[c] = table.Encode(fmt.Sprintf("H%d", c+1), cells[c])
	}
	out, err := table.New(columns...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sampleCell(r *rand.Rand, column int, second bool) string {
	values := map[int]int{1: 2, 2: 3, 3: 5}[column]
	if values == 0 {
		return strconv.Itoa(r.IntN(2))
	}
	v := r.IntN(values + 1)
	if v == 0 {
		return ""
	}
	if second && column > 1 {
		v += values
	}
	return strconv.Itoa(v)
}

// TestPrivateCountsOnTheSample: as good as Synthetic Data Showcase's published run, in the
// median over tables. The tables are seeded; the noise is not.
func TestPrivateCountsOnTheSample(t *testing.T) {
	tables := 20
	if testing.Short() {
		tables = 3
	}
	var all []aggregate.Quality
	for seed := range tables {
		data := sample(t, 6000, uint64(seed))
		o := aggregate.Options{Length: 4}
		truth, err := aggregate.Exact(context.Background(), data, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		private, spent, err := aggregate.Counted(context.Background(), data, o, aggregate.Private{Budget: noise.Budget{Epsilon: 4}}, nil)
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
