package auditor_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/sala-exchange/sala/services/anonymity/auditor"
)

// secretariat is what a national secretariat publishes in 30 years: each year three tables
// with all margins, some 2,000 cells, of some thousand persons.
type secretariat struct {
	attributes []auditor.Attribute
	persons    [][]int // by values
}

func newSecretariat(years, persons int) *secretariat {
	r := rand.New(rand.NewPCG(7, 8))
	s := &secretariat{}
	for _, a := range []struct {
		name string
		n    int
	}{{"year", years}, {"sex", 3}, {"age", 6}, {"province", 18}, {"form", 5}, {"citizenship", 20}} {
		x := auditor.Attribute{Name: a.name}
		for v := range a.n {
			x.Values = append(x.Values, fmt.Sprint(a.name, v))
		}
		s.attributes = append(s.attributes, x)
	}
	for y := range years {
		for range persons {
			p := []int{y}
			for _, a := range s.attributes[1:] {
				n := float64(len(a.Values))
				p = append(p, int(n*r.Float64()*r.Float64()*r.Float64())) // few large, many small
			}
			s.persons = append(s.persons, p)
		}
	}
	return s
}

// release crosses the attributes of a year's persons, each with "all", and withholds small counts.
func (s *secretariat) release(year int, withheld int64, crossings ...[]int) auditor.Table {
	t := auditor.Table{Name: fmt.Sprint("release ", year), Population: "persons"}
	seen := map[string]bool{}
	for _, by := range crossings {
		numbers := map[string]int64{}
		for _, p := range s.persons {
			if p[0] != year {
				continue
			}
			for mask := range 1 << len(by) {
				numbers[key(by, mask, func(a int) int { return p[a] })]++
			}
		}
		s.cells(by, func(where []auditor.Value, key string) {
			name := fmt.Sprint(where)
			if seen[name] {
				return
			}
			seen[name] = true
			where = append(where, auditor.Value{Attribute: "year", Value: fmt.Sprint("year", year)})
			count := auditor.Exactly(numbers[key])
			if numbers[key] < withheld {
				count = auditor.Withheld()
			}
			t.Cells = append(t.Cells, auditor.Cell{Where: where, Count: count})
		})
	}
	return t
}

func key(by []int, mask int, value func(a int) int) string {
	k := ""
	for i, a := range by {
		if mask&(1<<i) != 0 {
			k += fmt.Sprint(a, "=", value(a), " ")
		}
	}
	return k
}

// cells goes through all cells of a crossing, in order.
func (s *secretariat) cells(by []int, each func(where []auditor.Value, key string)) {
	for mask := range 1 << len(by) {
		values := make([]int, len(by))
		for {
			var where []auditor.Value
			at := map[int]int{}
			for i, a := range by {
				if mask&(1<<i) != 0 {
					where = append(where, auditor.Value{Attribute: s.attributes[a].Name, Value: s.attributes[a].Values[values[i]]})
					at[a] = values[i]
				}
			}
			each(where, key(by, mask, func(a int) int { return at[a] }))
			i := 0
			for ; i < len(by); i++ {
				if mask&(1<<i) == 0 {
					continue
				}
				if values[i]++; values[i] < len(s.attributes[by[i]].Values) {
					break
				}
				values[i] = 0
			}
			if i == len(by) {
				break
			}
		}
	}
}

// BenchmarkReleases is what it takes to audit the releases of a secretariat together: a year
// of 3,000 persons in three crossings of three attributes, everything exact and small counts
// withheld; and the same year in pairs of attributes, of which those below 30 are withheld.
// SALA_YEARS takes other numbers of years; with -short one, of 300 persons.
func BenchmarkReleases(b *testing.B) {
	pairs := [][]int{{1, 2}, {1, 3}, {1, 4}, {1, 5}, {2, 3}, {2, 4}, {2, 5}, {3, 4}, {3, 5}, {4, 5}}
	three := [][]int{{1, 2, 3}, {1, 4, 5}, {2, 4, 5}}
	for _, way := range []struct {
		name      string
		years     int
		persons   int
		withheld  int64 // counts below are
		crossings [][]int
	}{
		{"everything exact", 1, 3000, 0, three},
		{"small ones withheld", 1, 3000, k, three},
		{"pairs, those below 30 withheld", 1, 3000, 30, pairs},
	} {
		if testing.Short() {
			way.persons = 300
		}
		if n, err := strconv.Atoi(os.Getenv("SALA_YEARS")); err == nil {
			way.years = n
		}
		s := newSecretariat(way.years, way.persons)
		in := auditor.Input{Attributes: s.attributes, K: k}
		for y := range way.years {
			in.Tables = append(in.Tables, s.release(y, way.withheld, way.crossings...))
		}
		b.Run(way.name, func(b *testing.B) { measure(b, in) })
	}
}

// BenchmarkEditions is what it takes to audit two editions of one year together: of 3,000
// persons one in 20 has left by the second and one in 10 has come, and nothing is said of
// who did. With -short 300 persons.
func BenchmarkEditions(b *testing.B) {
	three := [][]int{{1, 2, 3}, {1, 4, 5}, {2, 4, 5}}
	for _, way := range []struct {
		name     string
		withheld int64
	}{{"everything exact", 0}, {"small ones withheld", k}} {
		persons := 3300
		if testing.Short() {
			persons = 330
		}
		s := newSecretariat(1, persons)
		all := s.persons
		in := auditor.Input{Attributes: s.attributes, K: k, Editions: []auditor.Edition{{Name: "first"}, {Name: "second"}}}
		s.persons = all[:len(all)*10/11]
		first := s.release(0, way.withheld, three...)
		s.persons = all[len(all)/22:]
		second := s.release(0, way.withheld, three...)
		first.Edition, second.Edition, second.Name = "first", "second", "release 0 again"
		in.Tables = []auditor.Table{first, second}
		b.Run(way.name, func(b *testing.B) { measure(b, in) })
	}
}

// measure audits and reports.
func measure(b *testing.B, in auditor.Input) {
	b.Helper()
	cells, used := 0, processor(b)
	for _, t := range in.Tables {
		cells += len(t.Cells)
	}
	for b.Loop() {
		peak := peakOf(func() {
			r := audit(b, in)
			undecided := 0
			for _, f := range r.Findings {
				if f.Kind == auditor.Undecided || f.Kind == auditor.TooLarge {
					undecided++
				}
			}
			b.ReportMetric(float64(len(r.Findings)+r.More), "findings")
			b.ReportMetric(float64(undecided), "undecided")
		})
		b.ReportMetric(float64(peak>>20), "MB")
		b.ReportMetric(float64(cells), "cells")
	}
	b.ReportMetric((processor(b)-used).Seconds()/float64(b.N), "cpu-s")
}

// processor is the time that the process has used of all cores.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// peakOf samples how much the heap holds while f runs.
func peakOf(f func()) uint64 {
	stop, result := make(chan bool), make(chan uint64)
	go func() {
		peak := uint64(0)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
			select {
			case <-stop:
				result <- peak
				return
			case <-tick.C:
			}
		}
	}()
	f()
	stop <- true
	return <-result
}
