package lattice

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sala-exchange/sala/services/anonymity/hierarchy"
	"github.com/sala-exchange/sala/services/anonymity/model"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// adult is the extract of the UCI census data that ARX is tested with, and its
// hierarchies; the quasi-identifiers in the order of the file's header.
func adult(tb testing.TB) Problem {
	tb.Helper()
	dir := filepath.Join("..", "..", "..", "..", "shared", "data", "arx")
	if _, err := os.Stat(dir); err != nil {
		tb.Skip("the public data of ../shared are not here")
	}
	t, err := table.ReadFile(filepath.Join(dir, "adult.csv"), table.Options{Separator: ';'})
	if err != nil {
		tb.Fatal(err)
	}
	p := Problem{Table: t, Require: model.Requirements{K: 5}, Metric: Entropy, Suppress: 0.04}
	for i := range t.Columns() {
		c := &t.Columns()[i]
		h, err := hierarchy.ReadFile(filepath.Join(dir, "adult_hierarchy_"+c.Name+".csv"), table.Options{})
		if err != nil {
			tb.Fatal(err)
		}
		l, err := h.Apply(c)
		if err != nil {
			tb.Fatal(err)
		}
		p.Quasi = append(p.Quasi, l)
	}
	return p
}

// TestAdult: ARX's own expectation on this file, at k = 5 with at most 4 % suppressed and
// precomputed entropy.
func TestAdult(t *testing.T) {
	p := adult(t)
	for _, cores := range []int{1, 2, 5} {
		p.Cores = cores
		got, err := Search(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		const loss = 255559.85455731067
		if !slices.Equal(got.Levels, []int{1, 0, 1, 1, 3, 2, 2, 0, 1}) || got.Suppressed != 906 || math.Abs(got.Cost-loss) > 1e-9*loss {
			t.Errorf("on %d cores: %+v", cores, got)
		}
		if got.Nodes != 12960 || got.Checked > got.Nodes/4 {
			t.Errorf("on %d cores %d of %d nodes were counted", cores, got.Checked, got.Nodes)
		}
		t.Logf("on %d cores: %+v", cores, got)
	}
}

func BenchmarkAdult(b *testing.B) {
	p := adult(b)
	checked, used := 0, processor(b)
	for b.Loop() {
		got, err := Search(b.Context(), p)
		if err != nil {
			b.Fatal(err)
		}
		checked = got.Checked
	}
	b.ReportMetric(float64(checked), "checked")
	b.ReportMetric(float64((processor(b)-used).Milliseconds())/float64(b.N), "cpu-ms")
}
