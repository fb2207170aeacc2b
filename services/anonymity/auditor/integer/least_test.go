package integer_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sala-exchange/sala/services/anonymity/auditor/integer"
)

var limits = integer.Limits{Steps: 100_000, Nodes: 10_000}

// enumerate finds the least of a sum by trying every assignment.
func enumerate(p *integer.Program, cost []int64) (least int64, found bool) {
	x := make([]int64, len(p.Columns))
	copy(x, p.Least)
	for {
		sums := make([]int64, len(p.Low))
		value := int64(0)
		for j, rows := range p.Columns {
			value += cost[j] * x[j]
			for _, r := range rows {
				sums[r] += x[j]
			}
		}
		ok := true
		for r, s := range sums {
			ok = ok && p.Low[r] <= s && s <= p.High[r]
		}
		if ok && (!found || value < least) {
			least, found = value, true
		}
		j := 0
		for ; j < len(x); j++ {
			if x[j]++; x[j] <= p.Most[j] {
				break
			}
			x[j] = p.Least[j]
		}
		if j == len(x) {
			return least, found
		}
	}
}

// random is a small program with as many odd cycles of rows as chance gives: fractional
// vertices are common among these.
func random(r *rand.Rand) *integer.Program {
	n, m := 1+r.IntN(6), r.IntN(7)
	p := &integer.Program{Columns: make([][]int32, n)}
	for range n {
		least := int64(r.IntN(2))
		p.Least, p.Most = append(p.Least, least), append(p.Most, least+int64(r.IntN(4)))
	}
	for i := range m {
		for j := range n {
			if r.IntN(2) == 0 {
				p.Columns[j] = append(p.Columns[j], int32(i))
			}
		}
		low := int64(r.IntN(8))
		high := low + int64(r.IntN(3))
		if r.IntN(6) == 0 {
			high = integer.Unbounded
		}
		p.Low, p.High = append(p.Low, low), append(p.High, high)
	}
	return p
}

func TestLeastIsThatOfAllAssignments(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	solved, none := 0, 0
	for i := range 5000 {
		p := random(r)
		s := integer.NewSolver(p, limits)
		for range 3 { // one after another, from the last basis
			cost := make([]int64, len(p.Columns))
			var sum []integer.Term
			for j := range cost {
				cost[j] = int64(r.IntN(5)) - 2
				sum = append(sum, integer.Term{Variable: int32(j), Weight: cost[j]})
			}
			got, err := s.Least(context.Background(), sum, math.MinInt64)
			if err != nil {
				t.Fatal(err)
			}
			want, there := enumerate(p, cost)
			if !there {
				none++
				if !got.Impossible || got.Solution != nil {
					t.Fatalf("program %d has no solution: %+v\n%+v", i, got, p)
				}
				continue
			}
			solved++
			if got.Impossible || !got.Exact() || got.Value != want {
				t.Fatalf("program %d: the least is %d: %+v\n%+v %v", i, want, got, p, cost)
			}
		}
	}
	t.Logf("%d sums, %d without solution", solved, none)
	if solved < 1000 || none < 1000 {
		t.Error("the programs do not try both")
	}
}

// TestTooFewSteps: what cannot be shown in time is neither claimed nor denied.
func TestTooFewSteps(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	undecided := 0
	for range 2000 {
		p := random(r)
		cost := make([]int64, len(p.Columns))
		var sum []integer.Term
		for j := range cost {
			cost[j] = int64(r.IntN(3)) - 1
			sum = append(sum, integer.Term{Variable: int32(j), Weight: cost[j]})
		}
		got, err := integer.NewSolver(p, integer.Limits{Steps: 1 + r.IntN(6), Nodes: 1 + r.IntN(3)}).Least(context.Background(), sum, math.MinInt64)
		if err != nil {
			t.Fatal(err)
		}
		want, there := enumerate(p, cost)
		switch {
		case got.Impossible && there, got.Solution != nil && !there, there && got.Bound > want, got.Solution != nil && got.Value < want:
			t.Fatalf("claimed what is not so: %+v (%d, %v)\n%+v", got, want, there, p)
		case !got.Impossible && !got.Exact():
			undecided++
		}
	}
	if undecided < 100 {
		t.Errorf("only %d of 2000 were cut off", undecided)
	}
}

// TestTooFewStepsInAll: once the steps for all questions are spent, nothing is claimed of any
// further one.
func TestTooFewStepsInAll(t *testing.T) {
	p := &integer.Program{Columns: [][]int32{{0}, {0}}, Least: []int64{0, 0}, Most: []int64{9, 9}, Low: []int64{5}, High: []int64{5}}
	sum := []integer.Term{{Variable: 0, Weight: 1}}
	s := integer.NewSolver(p, integer.Limits{Steps: 100, Nodes: 100, Total: 20})
	decided := 0
	for range 100 {
		sum[0].Weight = -sum[0].Weight
		got, err := s.Least(t.Context(), sum, math.MinInt64)
		if err != nil {
			t.Fatal(err)
		}
		if got.Exact() {
			decided++
		} else if got.Impossible || got.Bound > -5 || got.Solution != nil {
			t.Fatalf("claimed after the last step: %+v", got)
		}
	}
	if decided < 2 || decided > 20 {
		t.Errorf("%d of 100 questions were decided in 20 steps", decided)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	n := 200
	p := &integer.Program{Columns: make([][]int32, n*n)}
	for i := range n {
		for j := range n {
			p.Columns[i*n+j] = []int32{int32(i), int32(n + j)}
			p.Least, p.Most = append(p.Least, 0), append(p.Most, 1000)
		}
	}
	for range 2 * n {
		p.Low, p.High = append(p.Low, 100), append(p.High, 100)
	}
	if _, err := integer.NewSolver(p, limits).Least(ctx, []integer.Term{{Variable: 0, Weight: 1}}, 0); err == nil {
		t.Error("it went on")
	}
}
