package lattice

import (
	"fmt"
	"math/rand/v2"
	"runtime/metrics"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sala-exchange/sala/services/anonymity/hierarchy"
	"github.com/sala-exchange/sala/services/anonymity/model"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// generated is a table of nine quasi-identifiers as cases have them, most values rare and
// a few common, from a seed: a lattice of 17,280 nodes.
func generated(tb testing.TB, rows int) Problem {
	tb.Helper()
	random := rand.New(rand.NewPCG(11, uint64(rows)))
	// upTo draws a whole number below n, small ones more often.
	upTo := func(n int) int { return int(float64(n) * random.Float64() * random.Float64()) }
	countries := []string{"LA", "TH", "VN", "KH", "MM", "CN", "PH", "ID", "MY", "IN", "BD", "NP", "KR", "RU", "UA", "NG"}
	provinces := func() string { return fmt.Sprintf("%02d", 1+upTo(18)) }
	draw := []struct {
		name string
		cell func() string
		by   hierarchy.Hierarchy
	}{
		{"sex", func() string { return []string{"F", "M", "X"}[upTo(3)] }, file(tb, "FMX")},
		{"age", func() string { return strconv.Itoa(upTo(80)) }, hierarchy.Ages()},
		{"citizenship", func() string { return countries[upTo(len(countries))] }, hierarchy.Countries()},
		{"destination", func() string { return countries[upTo(len(countries))] }, hierarchy.Countries()},
		{"province", provinces, hierarchy.LaoProvinces()},
		{"year", func() string { return strconv.Itoa(2025 - upTo(12)) }, widths(tb, 4)},
		{"marital", func() string { return []string{"S", "M", "D", "W", "P"}[upTo(5)] }, file(tb, "SMDWP")},
		{"children", func() string { return strconv.Itoa(upTo(8)) }, widths(tb, 2)},
		{"kind", func() string { return []string{"A", "B", "C", "D"}[upTo(4)] }, file(tb, "ABCD")},
	}
	columns := make([]table.Column, len(draw))
	for i, d := range draw {
		b := table.NewBuilder(d.name)
		for range rows {
			b.Add(d.cell())
		}
		columns[i] = b.Column()
	}
	of, err := table.New(columns...)
	if err != nil {
		tb.Fatal(err)
	}
	p := Problem{Table: of, Require: model.Requirements{K: 11}, Metric: Entropy, Suppress: 0.04}
	for i, d := range draw {
		l, err := d.by.Apply(&of.Columns()[i])
		if err != nil {
			tb.Fatal(err)
		}
		p.Quasi = append(p.Quasi, l)
	}
	return p
}

// file joins letters on one level.
func file(tb testing.TB, letters string) hierarchy.Hierarchy {
	text := ""
	for _, letter := range letters {
		text += string(letter) + ";*\n"
	}
	h, err := hierarchy.Read(strings.NewReader(text), table.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

func widths(tb testing.TB, w ...int) hierarchy.Hierarchy {
	h, err := hierarchy.Widths(w...)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// BenchmarkRows: how time and memory grow with the rows. With -short on few.
func BenchmarkRows(b *testing.B) {
	sizes := []int{10_000, 100_000, 1_000_000}
	if testing.Short() {
		sizes = sizes[:1]
	}
	for _, rows := range sizes {
		b.Run(strconv.Itoa(rows), func(b *testing.B) {
			p := generated(b, rows)
			before, peak, used := heap(), watched(), processor(b)
			var got *Result
			for b.Loop() {
				var err error
				if got, err = Search(b.Context(), p); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(peak())/(1<<20), "peak-MiB")
			b.ReportMetric(float64(before)/(1<<20), "table-MiB")
			b.ReportMetric(float64(got.Checked), "checked")
			b.ReportMetric(float64(got.Nodes), "nodes")
			b.ReportMetric(float64(processor(b)-used)/float64(b.N)/float64(rows), "cpu-ns/row")
		})
	}
}

// processor is the time that the process has used of all cores, which others on the
// machine take nothing from.
func processor(tb testing.TB) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// watched looks at the heap every few milliseconds until it is asked for the most.
func watched() (peak func() uint64) {
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		var high uint64
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-tick.C:
				high = max(high, heap())
			case <-stop:
				tick.Stop()
				most <- high
				return
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-most
	}
}

func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
