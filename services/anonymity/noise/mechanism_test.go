package noise

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// falseAlarm is the probability with which each of the tests in this file fails although
// the mechanism is sound.
const falseAlarm = 1e-7

func samples(t *testing.T) int {
	if testing.Short() {
		return 20_000
	}
	return 100_000
}

// draw adds noise to a count n times and tells how often each outcome came.
func draw(t *testing.T, n int, count int64, add func(int64) (int64, error)) map[int64]int {
	t.Helper()
	out := map[int64]int{}
	for range n {
		noisy, err := add(count)
		if err != nil {
			t.Fatal(err)
		}
		out[noisy]++
	}
	return out
}

// fits is Pearson's chi-square test of outcomes against a distribution of integers, given
// by its cumulative function; cells of less than 25 expected are pooled. It gives the
// probability of a fit as bad as this one or worse.
func fits(outcomes map[int64]int, n int, cumulative func(int64) float64) float64 {
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for x := range outcomes {
		low, high = min(low, x), max(high, x)
	}
	statistic, cells, seen, before := 0.0, 0, 0, 0.0
	for x := low; ; x++ {
		seen += outcomes[x]
		upTo := cumulative(x)
		if x >= high || (1-upTo)*float64(n) < 25 {
			for y := x + 1; y <= high; y++ {
				seen += outcomes[y]
			}
			expected := (1 - before) * float64(n)
			statistic += (float64(seen) - expected) * (float64(seen) - expected) / expected
			return distuv.ChiSquared{K: float64(cells)}.Survival(statistic)
		}
		if expected := (upTo - before) * float64(n); expected >= 25 {
			statistic += (float64(seen) - expected) * (float64(seen) - expected) / expected
			cells, seen, before = cells+1, 0, upTo
		}
	}
}

func gaussianUpTo(mean, sigma float64) func(int64) float64 {
	return func(x int64) float64 { return normal((float64(x) + 0.5 - mean) / sigma) }
}

func laplaceUpTo(mean, scale float64) func(int64) float64 {
	return func(x int64) float64 {
		z := (float64(x) + 0.5 - mean) / scale
		if z < 0 {
			return math.Exp(z) / 2
		}
		return 1 - math.Exp(-z)/2
	}
}

// TestDistributions: each mechanism against its theory, and the same test against a
// distribution that is wrong by a few in a hundred, which it must find.
func TestDistributions(t *testing.T) {
	n := samples(t)
	for name, c := range map[string]struct {
		mechanism func() (func(int64) (int64, error), float64, error)
		upTo      func(mean, scale float64) func(int64) float64
	}{
		"Laplace, one count": {func() (func(int64) (int64, error), float64, error) {
			l, err := NewLaplace(0.5, 1)
			return l.Add, l.Scale(), err
		}, laplaceUpTo},
		"Laplace, five counts": {func() (func(int64) (int64, error), float64, error) {
			l, err := NewLaplace(1, 5)
			return l.Add, l.Scale(), err
		}, laplaceUpTo},
		"Gaussian, one count": {func() (func(int64) (int64, error), float64, error) {
			g, err := NewGaussian(0.5, 1)
			return g.Add, g.Sigma(), err
		}, gaussianUpTo},
		"Gaussian, 126 counts": {func() (func(int64) (int64, error), float64, error) {
			g, err := NewGaussian(0.7, 126)
			return g.Add, g.Sigma(), err
		}, gaussianUpTo},
	} {
		t.Run(name, func(t *testing.T) {
			add, scale, err := c.mechanism()
			if err != nil {
				t.Fatal(err)
			}
			for _, count := range []int64{41, -1 << 40} {
				if count != 41 && testing.Short() {
					continue
				}
				outcomes := draw(t, n, count, add)
				if p := fits(outcomes, n, c.upTo(float64(count), scale)); p < falseAlarm {
					t.Errorf("noise on %d is not distributed as it should be (p = %v)", count, p)
				}
				wrong := 1.1
				if testing.Short() {
					wrong = 1.25
				}
				if p := fits(outcomes, n, c.upTo(float64(count), scale*wrong)); p >= falseAlarm {
					t.Errorf("a scale that is wrong is not found: the test is blind (p = %v)", p)
				}
				if p := fits(outcomes, n, c.upTo(float64(count)+scale/5, scale)); p >= falseAlarm {
					t.Errorf("a bias is not found: the test is blind (p = %v)", p)
				}
			}
		})
	}
}

func TestThresholdHidesASingleRecord(t *testing.T) {
	g, err := NewGaussian(2, 9)
	if err != nil {
		t.Fatal(err)
	}
	const delta = 0.009 // large, so that it can be counted
	threshold, err := g.Threshold(delta)
	if err != nil {
		t.Fatal(err)
	}
	n := samples(t)
	over := func(limit int64) (count int) {
		for x, times := range draw(t, n, 1, g.Add) {
			if x >= limit {
				count += times
			}
		}
		return count
	}
	// Each of nine counts of one may be reported with probability delta/9; Chernoff's bound on
	// so many that the false alarm is below 1e-7.
	expected := float64(n) * delta / 9
	limit := expected + 6*math.Sqrt(expected) + 12
	if got := over(threshold); float64(got) > limit {
		t.Errorf("a single record's attribute was reported %d times of %d, expected %.0f at most", got, n, expected)
	}
	if got := over(threshold - int64(g.Sigma()) - 1); float64(got) <= limit {
		t.Errorf("a threshold too low by one standard deviation is not found: the test is blind (%d of %d)", got, n)
	}
	for _, bad := range []float64{0, math.NaN(), 1, -1} {
		if _, err := g.Threshold(bad); err == nil {
			t.Errorf("a threshold for a delta of %v is given", bad)
		}
	}
	if p := g.Above(1); math.Abs(p-normal(-0.5/g.Sigma())) > 1e-12 {
		t.Errorf("noise alone reaches 1 with %v", p)
	}
}
