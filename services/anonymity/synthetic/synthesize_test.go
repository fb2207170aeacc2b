package synthetic_test

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/aggregate"
	"github.com/sala-exchange/sala/services/anonymity/noise"
	"github.com/sala-exchange/sala/services/anonymity/synthetic"
	"github.com/sala-exchange/sala/services/anonymity/table"
	"github.com/sala-exchange/sala/test/showcase"
)

var ctx = context.Background()

func exact(t testing.TB, data *table.Table, length int) *aggregate.Aggregates {
	t.Helper()
	a, err := aggregate.Exact(ctx, data, aggregate.Options{Length: length}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func private(t testing.TB, data *table.Table, length int) *aggregate.Aggregates {
	t.Helper()
	a, _, err := aggregate.Counted(ctx, data, aggregate.Options{Length: length}, aggregate.Private{Budget: noise.Budget{Epsilon: 4}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func rows(t testing.TB, a *aggregate.Aggregates, o synthetic.Options) *table.Table {
	t.Helper()
	out, err := synthetic.Make(ctx, a, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRowsOnTheSample: closer to the truth than Synthetic Data Showcase's published run, in
// the median over tables.
func TestRowsOnTheSample(t *testing.T) {
	tables := 20
	if testing.Short() {
		tables = 3
	}
	var off, suppressed, fabricated []float64
	for seed := range tables {
		data := showcase.Table(6000, uint64(seed))
		q := aggregate.Evaluate(exact(t, data, 4), exact(t, rows(t, private(t, data, 4), synthetic.Options{}), 4), 11)
		off, suppressed, fabricated = append(off, q[0].MeanError), append(suppressed, q[0].Suppressed), append(fabricated, q[0].Fabricated)
		if seed == 0 {
			for _, x := range q {
				t.Logf("%+v", x)
			}
		}
	}
	within(t, "mean error", off, 27.75)
	within(t, "suppressed", suppressed, 0.0522)
	within(t, "fabricated", fabricated, 0.0338)
}

func within(t *testing.T, what string, values []float64, limit float64) {
	t.Helper()
	slices.Sort(values)
	median := values[len(values)/2]
	t.Logf("%s: median %.4f, from %.4f to %.4f over %d tables (limit %.4f)", what, median, values[0], values[len(values)-1], len(values), limit)
	if median > limit {
		t.Errorf("%s: the median of %.4f is above %.4f", what, median, limit)
	}
}

// TestRowsHoldNothingThatTheAggregatesDoNot: no combination up to their length, no other
// value, and the same columns in the same order.
func TestRowsHoldNothingThatTheAggregatesDoNot(t *testing.T) {
	a := private(t, showcase.Table(2000, 5), 3)
	for _, o := range []synthetic.Options{{}, {Sweeps: -1}, {Rows: 700}} {
		out := rows(t, a, o)
		if int64(out.Rows()) != cmp.Or(o.Rows, a.Records) {
			t.Errorf("%+v: %d rows, of %d records", o, out.Rows(), a.Records)
		}
		for i, c := range out.Columns() {
			if c.Name != a.Columns[i] {
				t.Errorf("column %d is another one", i+1)
			}
		}
		if q := aggregate.Evaluate(a, exact(t, out, 3), 11)[0]; q.Fabricated != 0 || q.Reported == 0 {
			t.Errorf("%+v: rows hold what the aggregates do not: %+v", o, q)
		}
	}
}

// TestRowsOfExactCountsComeClose: with counts in the clear, as those of the worked example of
// Synthetic Data Showcase, rows reproduce them.
func TestRowsOfExactCountsComeClose(t *testing.T) {
	data, err := table.Read(strings.NewReader("A,B,C\n"+strings.Repeat("a1,b1,c1\na1,b2,c1\na2,,c2\na2,b2,c1\na1,b2,\n", 100)), table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	truth := exact(t, data, 3)
	out := exact(t, rows(t, truth, synthetic.Options{Sweeps: 20}), 3)
	q := aggregate.Evaluate(truth, out, 11)[0]
	t.Logf("%+v", q)
	if q.MeanError > 5 || q.Suppressed > 0 || q.Fabricated > 0 {
		t.Errorf("rows are far from counts of some hundred: %+v", q)
	}
	before := aggregate.Evaluate(truth, exact(t, rows(t, truth, synthetic.Options{Sweeps: -1}), 3), 11)[0]
	if before.MeanError < q.MeanError {
		t.Errorf("going over the rows made them worse: %v, from %v", q.MeanError, before.MeanError)
	}
}

func TestRowsDifferFromRunToRun(t *testing.T) {
	a := private(t, showcase.Table(1000, 5), 2)
	text := func() string {
		var b strings.Builder
		if err := rows(t, a, synthetic.Options{}).Write(&b, table.Options{}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if first, again := text(), text(); first == again {
		t.Error("the rows came twice the same: they are drawn by a fixed seed")
	}
}

func TestHostileOptionsAreRefused(t *testing.T) {
	a := exact(t, showcase.Table(50, 1), 2)
	for _, o := range []synthetic.Options{{Rows: -1}, {Rows: math.MaxInt64}, {Rows: synthetic.MaxRows + 1}, {Sweeps: -2}, {Sweeps: synthetic.MaxSweeps + 1}} {
		if _, err := synthetic.Make(ctx, a, o, nil); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%+v is taken: %v", o, err)
		}
	}
	a.Records = 0
	if _, err := synthetic.Make(ctx, a, synthetic.Options{}, nil); errs.KindOf(err) != errs.Invalid {
		t.Errorf("no record gives rows: %v", err)
	}
}

func TestCancellationEndsTheRun(t *testing.T) {
	a := exact(t, showcase.Table(3000, 1), 3)
	for _, stage := range []string{"making rows", "bringing rows closer to the counts"} {
		stopped, stop := context.WithCancel(ctx)
		after := 0
		out, err := synthetic.Make(stopped, a, synthetic.Options{}, func(at string, _, _ int) {
			if at == stage {
				after++
				stop()
			}
		})
		stop()
		if !errors.Is(err, context.Canceled) || out != nil || after != 1 {
			t.Errorf("%s: it went on after its end, %d times told: %v", stage, after, err)
		}
	}
}
