package lattice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/hierarchy"
	"github.com/sala-exchange/sala/services/anonymity/model"
	"github.com/sala-exchange/sala/services/anonymity/risk"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// small draws a table of a few rows with hierarchies of up to four levels.
func small(t *rapid.T) Problem {
	n := rapid.IntRange(1, 24).Draw(t, "rows")
	widths := [][]int{{2, 4, 8}, {2, 4}, {3}, {}}
	var columns []table.Column
	var by []hierarchy.Hierarchy
	for i := range rapid.IntRange(1, 3).Draw(t, "quasi-identifiers") {
		most := rapid.IntRange(0, 7).Draw(t, "values")
		cells := rapid.SliceOfN(rapid.Map(rapid.IntRange(-1, most), func(n int) string {
			if n < 0 {
				return ""
			}
			return strconv.Itoa(n)
		}), n, n).Draw(t, "cells")
		columns = append(columns, table.Encode(fmt.Sprintf("q%d", i), cells))
		h, err := hierarchy.Widths(rapid.SampledFrom(widths).Draw(t, "widths")...)
		if err != nil {
			t.Fatal(err)
		}
		by = append(by, h)
	}
	quasi := len(columns)
	for _, name := range []string{"s0", "s1"} {
		columns = append(columns, table.Encode(name, rapid.SliceOfN(rapid.SampledFrom([]string{"1", "2", "3", ""}), n, n).Draw(t, name)))
	}
	of, err := table.New(columns...)
	if err != nil {
		t.Fatal(err)
	}
	p := Problem{Table: of, Suppress: rapid.SampledFrom([]float64{0, 0.1, 0.3, 0.9, 1}).Draw(t, "suppress"), Cores: rapid.IntRange(1, 3).Draw(t, "cores")}
	p.Require.K = rapid.IntRange(2, 4).Draw(t, "k")
	for i := range quasi {
		l, err := by[i].Apply(&of.Columns()[i])
		if err != nil {
			t.Fatal(err)
		}
		p.Quasi = append(p.Quasi, l)
	}
	return p
}

var models = map[string][]model.Sensitive{
	"k alone":   nil,
	"distinct":  {{Columns: []string{"s0"}, Distinct: 2}},
	"entropy":   {{Columns: []string{"s0"}, Entropy: 1.7}},
	"recursive": {{Columns: []string{"s0"}, Recursive: &model.Recursive{C: 2, L: 2}}},
	"equal":     {{Columns: []string{"s0"}, Equal: 0.3}},
	"ordered":   {{Columns: []string{"s0"}, Ordered: 0.25}},
	"two":       {{Columns: []string{"s0"}, Distinct: 2, Equal: 0.5}, {Columns: []string{"s1"}, Entropy: 1.5}},
	"joint":     {{Columns: []string{"s0", "s1"}, Distinct: 3}},
}

// TestAgainstBruteForce: the search finds what looking at every node finds, for each model
// and metric, and what it leaves fulfils the requirements.
func TestAgainstBruteForce(t *testing.T) {
	for name, sensitive := range models {
		for _, metric := range Metrics() {
			t.Run(name+"/"+string(metric), func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					p := small(t)
					p.Require.Sensitive, p.Metric = sensitive, metric
					want, none := bruteForce(t, p)
					got, err := Search(t.Context(), p)
					if none {
						if errs.KindOf(err) != errs.Conflict {
							t.Fatalf("no node fulfils, and the search says %+v, %v", got, err)
						}
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					if math.Abs(got.Cost-want) > 1e-9*max(1, want) {
						t.Fatalf("the search finds %+v, brute force %v", got, want)
					}
					released(t, p, got)
				})
			})
		}
	}
}

// released checks the table that is made of a result, by counts that share nothing with
// the search.
func released(t *rapid.T, p Problem, got *Result) {
	kept, err := Kept(p, got.Levels)
	if err != nil || kept == nil {
		t.Fatalf("what is kept: %v, %v", kept, err)
	}
	out, err := Generalise(p.Table, p.Quasi, got.Levels, kept)
	if err != nil {
		t.Fatal(err)
	}
	if out.Rows() != p.Table.Rows()-got.Suppressed {
		t.Fatalf("%d of %d rows are left and %d suppressed", out.Rows(), p.Table.Rows(), got.Suppressed)
	}
	var quasi []*table.Column
	for i := range p.Quasi {
		quasi = append(quasi, &out.Columns()[i])
	}
	report, err := risk.Measure(quasi, nil, risk.Options{})
	if err != nil || report.Smallest < p.Require.K || report.Classes != got.Classes {
		t.Fatalf("released is %+v, %v; found %+v", report, err, got)
	}
}

// bruteForce looks at every node, by the texts of the cells.
func bruteForce(t *rapid.T, p Problem) (best float64, none bool) {
	best, none = math.Inf(1), true
	levels := make([]int, len(p.Quasi))
	for {
		if cost, fulfils := plainCost(t, p, levels); fulfils {
			best, none = min(best, cost), false
		}
		i := 0
		for ; i < len(levels); i++ {
			if levels[i]++; levels[i] < p.Quasi[i].Height() {
				break
			}
			levels[i] = 0
		}
		if i == len(levels) {
			return best, none
		}
	}
}

func plainCost(t *rapid.T, p Problem, levels []int) (cost float64, fulfils bool) {
	n := p.Table.Rows()
	classes := map[string][]int{}
	for row := range n {
		key := ""
		for i, l := range p.Quasi {
			key += plain(p, l, levels[i], i, row) + "|"
		}
		classes[key] = append(classes[key], row)
	}
	every := make([]int, n)
	for row := range every {
		every[row] = row
	}
	var left []int
	good := map[string]bool{}
	for key, rows := range classes {
		if good[key] = len(rows) >= p.Require.K && like(p, rows, every); good[key] {
			left = append(left, rows...)
		}
	}
	suppressed := n - len(left)
	if float64(suppressed) > p.Suppress*float64(n)+1e-9 || len(left) == 0 {
		return 0, false
	}
	squares, everyone, number, of := 0.0, 0.0, 0, map[int]bool{}
	for key, rows := range classes {
		everyone += float64(len(rows) * len(rows))
		if !good[key] {
			continue
		}
		if !like(p, rows, left) {
			return 0, false
		}
		number++
		squares += float64(len(rows) * len(rows))
		for _, row := range rows {
			of[row] = true
		}
	}
	switch p.Metric {
	case Discernibility:
		return squares + float64(suppressed*n), true
	case MonotonicDiscernibility:
		return everyone, true
	case AverageClass:
		if suppressed > 0 {
			number++
		}
		return float64(n) / float64(number), true
	}
	return cells(t, p, levels, of), true
}

// cells is the cost by cells: entropy in both forms, or loss.
func cells(t *rapid.T, p Problem, levels []int, left map[int]bool) (sum float64) {
	n := p.Table.Rows()
	for i, l := range p.Quasi {
		value, general, gone := map[string]int{}, map[string]int{}, map[string]int{}
		under := map[string]map[string]bool{}
		for row := range n {
			v, g := p.Table.Columns()[i].Value(row), plain(p, l, levels[i], i, row)
			value[v]++
			general[g]++
			if !left[row] {
				gone[g]++
			}
			if under[g] == nil {
				under[g] = map[string]bool{}
			}
			under[g][v] = true
		}
		for row := range n {
			v, g := p.Table.Columns()[i].Value(row), plain(p, l, levels[i], i, row)
			switch {
			case p.Metric == Entropy, p.Metric == NonMonotonicEntropy:
				sum += math.Log2(float64(general[g]) / float64(value[v]))
				if p.Metric == NonMonotonicEntropy && !left[row] {
					sum += math.Log2(float64(n-len(left)) / float64(gone[g]))
				}
			case p.Metric != Loss:
				t.Fatal("another metric")
			case !left[row]:
				sum++
			case len(under[g]) > 1:
				sum += float64(len(under[g])-1) / float64(len(value)-1)
			}
		}
	}
	if p.Metric == Loss {
		sum /= float64(n * len(p.Quasi))
	}
	return sum
}

func plain(p Problem, l *hierarchy.Levels, level, column, row int) string {
	return l.Values[level][l.Codes[level][p.Table.Columns()[column].Codes[row]]]
}

// like reports whether a class is as the requirements say, among these rows.
func like(p Problem, class, all []int) bool {
	for _, s := range p.Require.Sensitive {
		own, others := shares(p, s.Columns, class), shares(p, s.Columns, all)
		entropy, counts := 0.0, []float64{}
		for _, share := range own {
			entropy -= share * math.Log(share)
			counts = append(counts, share*float64(len(class)))
		}
		slices.SortFunc(counts, func(a, b float64) int { return cmp.Compare(b, a) })
		switch {
		case s.Distinct > len(own):
			return false
		case s.Entropy > 0 && entropy < math.Log(s.Entropy)-1e-9:
			return false
		case s.Recursive != nil && !recursive(counts, *s.Recursive):
			return false
		case s.Equal > 0 && equalDistance(own, others) > s.Equal+1e-9:
			return false
		case s.Ordered > 0 && orderedDistance(own, others) > s.Ordered+1e-9:
			return false
		}
	}
	return true
}

func shares(p Problem, columns []string, rows []int) map[string]float64 {
	out := map[string]float64{}
	for _, row := range rows {
		var key []string
		for _, name := range columns {
			c, err := p.Table.Column(name)
			if err != nil {
				panic(err)
			}
			key = append(key, c.Value(row))
		}
		out[strings.Join(key, "|")] += 1 / float64(len(rows))
	}
	return out
}

func recursive(counts []float64, r model.Recursive) bool {
	rest := 0.0
	for i := r.L - 1; i < len(counts); i++ {
		rest += counts[i]
	}
	return rest > 0 && counts[0] < r.C*rest-1e-6 // whole numbers: c is one in these tests
}

func equalDistance(own, all map[string]float64) (sum float64) {
	for value, share := range all { // a class's values are among them
		sum += math.Abs(own[value]-share) / 2
	}
	return sum
}

func orderedDistance(own, all map[string]float64) (sum float64) {
	values, moved := []string{}, 0.0
	for value := range all {
		values = append(values, value)
	}
	slices.Sort(values) // one digit each, or blank
	for _, value := range values {
		moved += own[value] - all[value]
		sum += math.Abs(moved)
	}
	return sum / float64(max(1, len(values)-1))
}

// TestNonMonotone: a class that is diverse joined with one that is not may fail, so that a
// search which prunes below failures of entropy would miss this optimum.
func TestNonMonotone(t *testing.T) {
	of, err := table.New(
		table.Encode("age", []string{"0", "0", "1", "1", "1", "1", "1", "1", "1", "1"}),
		table.Encode("s", []string{"x", "y", "x", "x", "x", "x", "x", "x", "x", "x"}))
	if err != nil {
		t.Fatal(err)
	}
	h, err := hierarchy.Widths(2)
	if err != nil {
		t.Fatal(err)
	}
	l, err := h.Apply(&of.Columns()[0])
	if err != nil {
		t.Fatal(err)
	}
	p := Problem{Table: of, Quasi: []*hierarchy.Levels{l}, Metric: Entropy, Suppress: 0.85,
		Require: model.Requirements{K: 2, Sensitive: []model.Sensitive{{Columns: []string{"s"}, Entropy: 1.9}}}}
	got, err := Search(t.Context(), p)
	if err != nil || got.Levels[0] != 0 || got.Suppressed != 8 {
		t.Errorf("the search finds %+v, %v", got, err)
	}
	if kept, err := Kept(p, []int{1}); err != nil || kept != nil {
		t.Errorf("one level higher is left %v, %v: the example shows nothing", kept, err)
	}
}

func TestCancelled(t *testing.T) {
	p := adult(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	seen := 0
	p.Progress = func(at Progress) {
		if seen++; seen == 10 {
			stop()
		}
		if at.Nodes != 12960 || at.Checked < 1 || at.Settled > at.Nodes {
			t.Errorf("the progress is %+v", at)
		}
	}
	if _, err := Search(ctx, p); !errors.Is(err, context.Canceled) || seen > 20 {
		t.Errorf("stopped after %d nodes with %v", seen, err)
	}
}

// TestManyValues: a node's classes are told apart where their number is beyond 64 bits.
func TestManyValues(t *testing.T) {
	var columns []table.Column
	var quasi []*hierarchy.Levels
	for i := range 24 {
		cells := make([]string, 40)
		for row := range cells {
			cells[row] = strconv.Itoa((row + i) % 20) // rows 0 and 20, 1 and 21, … are equal
		}
		columns = append(columns, table.Encode(fmt.Sprintf("q%d", i), cells))
	}
	of, err := table.New(columns...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range of.Columns() {
		l, err := hierarchy.None().Apply(&of.Columns()[i])
		if err != nil {
			t.Fatal(err)
		}
		quasi = append(quasi, l)
	}
	for _, metric := range Metrics() {
		p := Problem{Table: of, Quasi: quasi, Metric: metric, Require: model.Requirements{K: 2}}
		if got, err := Search(t.Context(), p); err != nil || got.Classes != 20 || metric == Discernibility && got.Cost != 20*2*2 {
			t.Errorf("the search by %s finds %+v, %v", metric, got, err)
		}
		p.Require.K = 3
		if _, err := Search(t.Context(), p); errs.KindOf(err) != errs.Conflict {
			t.Errorf("by %s classes of two are three: %v", metric, err)
		}
	}
}

// TestManyValuesOfAColumn: more than are looked up together with others.
func TestManyValuesOfAColumn(t *testing.T) {
	wide, narrow := make([]string, 20_000), make([]string, 20_000)
	for row := range wide {
		wide[row], narrow[row] = strconv.Itoa(row%10_000), strconv.Itoa(row%2)
	}
	of, err := table.New(table.Encode("wide", wide), table.Encode("narrow", narrow))
	if err != nil {
		t.Fatal(err)
	}
	p := Problem{Table: of, Metric: Loss, Require: model.Requirements{K: 2}}
	for i := range of.Columns() {
		l, err := widths(t, 2, 10).Apply(&of.Columns()[i])
		if err != nil {
			t.Fatal(err)
		}
		p.Quasi = append(p.Quasi, l)
	}
	for k, levels := range map[int][]int{2: {0, 0}, 3: {2, 0}, 11: {3, 0}, 20_000: {3, 1}} {
		p.Require.K = k
		got, err := Search(t.Context(), p)
		if err != nil || !slices.Equal(got.Levels, levels) {
			t.Errorf("k = %d: the search finds %+v, %v, not %v", k, got, err, levels)
		}
	}

}
