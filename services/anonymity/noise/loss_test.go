package noise

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// lossAtLeast estimates from below the privacy loss of a mechanism whose outcomes on two
// neighbouring inputs were counted: the largest ε for which some event "the outcome is at
// least t", or "at most t", or "is t", breaks (ε, δ)-differential privacy. The bounds on the
// probabilities are Clopper and Pearson's, together false with falseAlarm at most, so a
// mechanism that keeps its promise exceeds it with that probability at most.
func lossAtLeast(a, b map[int64]int, n int, delta float64) float64 {
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for _, m := range []map[int64]int{a, b} {
		for x := range m {
			low, high = min(low, x), max(high, x)
		}
	}
	events := 6 * float64(high-low+1) // three an outcome, in both directions
	worst := 0.0
	compare := func(p, q int) {
		alpha := falseAlarm / events / 2
		if pLow := below(p, n, alpha) - delta; pLow > 0 {
			worst = max(worst, math.Log(pLow/above(q, n, alpha)))
		}
	}
	upToA, upToB := 0, 0
	for x := low; x <= high; x++ {
		upToA, upToB = upToA+a[x], upToB+b[x]
		for _, pair := range [][2]int{{a[x], b[x]}, {upToA, upToB}, {n - upToA, n - upToB}} {
			compare(pair[0], pair[1])
			compare(pair[1], pair[0])
		}
	}
	return worst
}

// below and above are Clopper and Pearson's bounds on a probability of which k of n were seen.
func below(k, n int, alpha float64) float64 {
	switch k {
	case 0:
		return 0
	case n:
		return math.Pow(alpha, 1/float64(n))
	}
	return distuv.Beta{Alpha: float64(k), Beta: float64(n - k + 1)}.Quantile(alpha)
}

func above(k, n int, alpha float64) float64 {
	switch k {
	case 0:
		return -math.Expm1(math.Log(alpha) / float64(n))
	case n:
		return 1
	}
	return distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(1 - alpha)
}

// TestPrivacyLossOnNeighbours: counts of 10 and 11 must not be told apart better than
// stated; a mechanism that is broken in one of the usual ways is.
func TestPrivacyLossOnNeighbours(t *testing.T) {
	const epsilon, delta = 1.0, 1e-3
	n := samples(t)
	laplace, err := NewLaplace(epsilon, 1)
	if err != nil {
		t.Fatal(err)
	}
	mu, err := Budget{epsilon, delta}.Mu()
	if err != nil {
		t.Fatal(err)
	}
	gaussian, err := NewGaussian(mu, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		add   func(int64) (int64, error)
		delta float64
	}{"Laplace": {laplace.Add, 0}, "Gaussian": {gaussian.Add, delta}} {
		loss := lossAtLeast(draw(t, n, 10, c.add), draw(t, n, 11, c.add), n, c.delta)
		t.Logf("%s: a loss of %.3f is shown, of %v promised", name, loss, epsilon)
		if loss > epsilon {
			t.Errorf("%s loses %v, more than the epsilon of %v", name, loss, epsilon)
		}
		if loss < 0.3*epsilon {
			t.Errorf("%s: no loss worth the name is seen (%v): the test is blind", name, loss)
		}
	}
	twice, _ := NewLaplace(2*epsilon, 1)
	seeded := func() func(int64) (int64, error) {
		r := rand.New(rand.NewPCG(1, 2))
		return func(x int64) (int64, error) { return x + int64(math.Round(r.NormFloat64()/mu/2.5)), nil }
	}
	for name, broken := range map[string]func(int64) (int64, error){
		"half of the noise":           twice.Add,
		"no noise":                    func(x int64) (int64, error) { return x, nil },
		"noise on even outcomes only": func(x int64) (int64, error) { y, err := laplace.Add(x); return 2*y - x, err },
		"too little Gaussian noise":   seeded(),
	} {
		d := 0.0
		if name == "too little Gaussian noise" {
			d = delta
		}
		if loss := lossAtLeast(draw(t, n, 10, broken), draw(t, n, 11, broken), n, d); loss <= epsilon {
			t.Errorf("%s: is not found, the loss seems to be %v", name, loss)
		}
	}
}

// TestNoiseIsNeverSeeded: no two runs of draws agree.
func TestNoiseIsNeverSeeded(t *testing.T) {
	g, err := NewGaussian(0.1, 1)
	if err != nil {
		t.Fatal(err)
	}
	run := func() (out [24]int64) {
		for i := range out {
			out[i], _ = g.Add(0)
		}
		return out
	}
	if first, again := run(), run(); first == again { // of probability below 1e-30
		t.Error("the noise came twice the same")
	}
}
