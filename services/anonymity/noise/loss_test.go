package noise

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sala-exchange/sala/test/privacyloss"
)

// lossAtLeast estimates the privacy loss from the outcomes on two neighbouring inputs, by
// the events that an outcome is t, and that it is at most t.
func lossAtLeast(a, b map[int64]int, n int, delta float64) float64 {
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for _, m := range []map[int64]int{a, b} {
		for x := range m {
			low, high = min(low, x), max(high, x)
		}
	}
	var events [][2]int
	upToA, upToB := 0, 0
	for x := low; x <= high; x++ {
		upToA, upToB = upToA+a[x], upToB+b[x]
		events = append(events, [2]int{a[x], b[x]}, [2]int{upToA, upToB})
	}
	return privacyloss.AtLeast(events, n, delta, falseAlarm)
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
