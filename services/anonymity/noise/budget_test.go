package noise

import (
	"math"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
)

// refusedNumbers are no ε and no δ.
var refusedNumbers = []float64{0, math.Copysign(0, -1), -1, -1e-300, math.NaN(), math.Inf(1), math.Inf(-1),
	math.SmallestNonzeroFloat64, math.MaxFloat64, 1e-16, 51}

func TestBudgetsThatAreNoneAreRefused(t *testing.T) {
	good := Budget{Epsilon: 4, Delta: 1e-5}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for _, bad := range append(refusedNumbers, 1, 0.02) {
		for name, b := range map[string]Budget{"epsilon": {bad, 1e-5}, "delta": {4, bad}} {
			if name == "epsilon" && (bad == 1 || bad == 0.02) {
				continue // these are sound, as ε
			}
			if err := b.Check(); errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s %v is taken: %v", name, bad, err)
			}
			if _, err := b.Mu(); err == nil {
				t.Errorf("%s %v can be spent", name, bad)
			}
		}
	}
	for _, bad := range refusedNumbers {
		if _, err := NewLaplace(bad, 1); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a Laplace mechanism of epsilon %v is made", bad)
		}
		if _, err := NewGaussian(bad, 1); errs.KindOf(err) != errs.Invalid {
			t.Errorf("a Gaussian mechanism of mu %v is made", bad)
		}
	}
	for _, bad := range []int64{0, -1, math.MinInt64, math.MaxInt64} {
		if _, err := NewLaplace(1, bad); err == nil {
			t.Errorf("a record may change %d counts (Laplace)", bad)
		}
		if _, err := NewGaussian(1, bad); err == nil {
			t.Errorf("a record may change %d counts (Gaussian)", bad)
		}
	}
}

func TestTheZeroMechanismAddsNoCountInTheClear(t *testing.T) {
	if got, err := (Laplace{}).Add(7); err == nil {
		t.Errorf("the zero Laplace gave %d", got)
	}
	if got, err := (Gaussian{}).Add(7); err == nil {
		t.Errorf("the zero Gaussian gave %d", got)
	}
}

func TestMuKeepsTheBudgetAndNearlySpendsIt(t *testing.T) {
	for _, b := range []Budget{{4, 1e-5}, {1, 1e-6}, {0.1, 1e-9}, {50, 1e-15}, {MinEpsilon, MaxDelta}, {0.01, MinDelta}} {
		mu, err := b.Mu()
		if err != nil {
			t.Fatal(err)
		}
		if d := DeltaOf(b.Epsilon, mu); d > b.Delta {
			t.Errorf("%+v: mu %v costs a delta of %v", b, mu, d)
		}
		if d := DeltaOf(b.Epsilon, mu*1.001); d <= b.Delta {
			t.Errorf("%+v: mu %v leaves budget unspent", b, mu)
		}
	}
	// Table: ε = 1, δ = 1e-5 needs a standard deviation of 3.73 at sensitivity 1 (Balle & Wang,
	// the analytic mechanism); the classic bound √(2 ln(1.25/δ))/ε would be 4.84.
	mu, _ := Budget{1, 1e-5}.Mu()
	if sigma := 1 / mu; math.Abs(sigma-3.7304) > 1e-3 {
		t.Errorf("the standard deviation for (1, 1e-5) is %v", sigma)
	}
}

func TestAGaussianNeverCostsMoreThanItsShare(t *testing.T) {
	for _, mu := range []float64{1e-4, 0.05, 0.9, 3, 19} {
		for _, terms := range []int64{1, 10, 210, 1 << 20} {
			g, err := NewGaussian(mu, terms)
			if err != nil {
				t.Fatal(err)
			}
			if g.Mu() > mu || g.Mu() < mu*0.998 {
				t.Errorf("mu %v over %d terms costs %v", mu, terms, g.Mu())
			}
		}
	}
}

func TestDefaultDelta(t *testing.T) {
	if got, want := DefaultDelta(6000), 1/(6000*math.Log(6000)); got != want {
		t.Errorf("delta for 6,000 records is %v, not %v", got, want)
	}
	for _, few := range []int64{math.MinInt64, -5, 0, 1, 999} {
		if got := DefaultDelta(few); got != DefaultDelta(1000) || CheckDelta(got) != nil {
			t.Errorf("delta for %d records is %v", few, got)
		}
	}
}
