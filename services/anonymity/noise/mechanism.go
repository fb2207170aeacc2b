package noise

import (
	"math"

	library "github.com/google/differential-privacy/go/v3/noise"

	"github.com/sala-exchange/sala/internal/errs"
)

// maxTerms is the most counts that one record may change, as a guard for the library's
// integer arithmetic.
const maxTerms = 1 << 31

// Laplace adds two-sided geometric noise, fine-grained and rounded: ε-differential privacy
// without a δ (Dwork & Roth 2014, theorem 3.6; Ghosh, Roughgarden & Sundararajan 2009).
// The zero Laplace adds nothing to nothing: its Add fails.
type Laplace struct {
	epsilon float64
	terms   int64
}

// NewLaplace makes the mechanism for counts of which one record changes at most terms, each
// by one; all of them together cost epsilon.
func NewLaplace(epsilon float64, terms int64) (Laplace, error) {
	if err := CheckEpsilon(epsilon); err != nil {
		return Laplace{}, err
	}
	if err := checkTerms(terms); err != nil {
		return Laplace{}, err
	}
	return Laplace{epsilon: epsilon, terms: terms}, nil
}

// Scale is the noise's scale: its standard deviation is √2 times as much.
func (l Laplace) Scale() float64 { return float64(l.terms) / l.epsilon }

// Add adds noise to a count.
func (l Laplace) Add(count int64) (int64, error) {
	noisy, err := library.Laplace().AddNoiseInt64(count, l.terms, 1, l.epsilon, 0)
	return noisy, failed(err)
}

// Gaussian adds binomial noise, which is Gaussian for all practical purposes, rounded to
// an integer. The zero Gaussian adds nothing to nothing: its Add fails.
type Gaussian struct {
	epsilon float64
	terms   int64
	sigma   float64
}

// calibration is the δ by which the library is asked for a standard deviation. Which one
// does not matter: the ε that belongs to it is looked for.
const calibration = 1e-9

// NewGaussian makes the mechanism for counts of which one record changes at most terms, each
// by one. All of them together are mu-Gaussian differentially private, that is the standard
// deviation of each is √terms/mu (Dong, Roth & Su 2022, theorem 2.7). The library rounds it
// up by at most one in a thousand.
func NewGaussian(mu float64, terms int64) (Gaussian, error) {
	if !(mu > 1e-7 && mu < 20) {
		return Gaussian{}, errs.New(errs.Invalid, "the share of the budget for one length is too small or too large to count by")
	}
	if err := checkTerms(terms); err != nil {
		return Gaussian{}, err
	}
	wanted := math.Sqrt(float64(terms)) / mu
	low, high := 0.0, 1.0
	for DeltaOf(high, mu) > calibration {
		high *= 2
	}
	for range 100 {
		if middle := (low + high) / 2; DeltaOf(middle, mu) > calibration {
			low = middle
		} else {
			high = middle
		}
	}
	g := Gaussian{epsilon: high, terms: terms}
	for g.sigma = g.calibrated(); g.sigma < wanted; g.sigma = g.calibrated() {
		g.epsilon *= 1 - 1e-5
	}
	return g, nil
}

func (g Gaussian) calibrated() float64 {
	return library.SigmaForGaussian(g.terms, 1, g.epsilon, calibration)
}

// Sigma is the noise's standard deviation.
func (g Gaussian) Sigma() float64 { return g.sigma }

// Mu is what the mechanism costs: at most what it was made with.
func (g Gaussian) Mu() float64 { return math.Sqrt(float64(g.terms)) / g.sigma }

// Add adds noise to a count.
func (g Gaussian) Add(count int64) (int64, error) {
	noisy, err := library.Gaussian().AddNoiseInt64(count, g.terms, 1, g.epsilon, calibration)
	return noisy, failed(err)
}

// Threshold is the least noisy count to report where which counts there are is itself
// secret: with probability of at least 1 − delta nothing is reported that a single record
// brought in (Wilson et al. 2020, "Differentially private SQL with bounded user
// contribution", section 3; here with Gaussian noise and a union bound over the terms).
func (g Gaussian) Threshold(delta float64) (int64, error) {
	if err := CheckDelta(delta); err != nil {
		return 0, err
	}
	// The count of one such attribute is 1, and rounding adds at most one half to the noise.
	return int64(math.Ceil(1.5 + g.sigma*quantileAbove(delta/float64(g.terms)))), nil
}

// Above is the probability that noise alone, added to a count of nothing, is t or more.
func (g Gaussian) Above(t int64) float64 { return normal((0.5 - float64(t)) / g.sigma) }

func checkTerms(terms int64) error {
	if terms < 1 || terms > maxTerms {
		return errs.New(errs.Invalid, "one record changes at least one count and at most %d: shorten the combinations", int64(maxTerms))
	}
	return nil
}

func failed(err error) error {
	if err != nil {
		return errs.Wrap(err, errs.Internal, "adding noise failed")
	}
	return nil
}
