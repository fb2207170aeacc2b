// Package noise adds the noise of differential privacy to counts, and does the sums on
// privacy budgets.
//
// It promises that a budget which is no budget (zero, negative, not a number, infinite, or
// so large that it protects nobody) is refused before anything is counted; that noise is
// integer, comes from the operating system's random source and is never seeded; and that a
// mechanism never adds less noise than the cost it states. Two tables are neighbours where
// one has one record more.
//
// The noise itself is made by github.com/google/differential-privacy (Secure Noise
// Generation): a fine-grained geometric or binomial sample, added and rounded to an integer.
// It will not bound what one record contributes (the caller does, and states it), keep an
// account over several releases, or hide how long a computation takes.
package noise

import (
	"math"

	"github.com/sala-exchange/sala/internal/errs"
)

// The bounds of a budget. Above MaxEpsilon, and with a δ above MaxDelta, the promise is
// empty; below the lower bounds the arithmetic is no longer exact enough to keep it.
const (
	MinEpsilon = 1e-6
	MaxEpsilon = 50
	MinDelta   = 1e-15
	MaxDelta   = 1e-2
)

// Budget is a promise of (ε, δ)-differential privacy: adding or removing one record
// changes the probability of any outcome at most by the factor e^ε, but for a probability
// of δ (Dwork & Roth 2014, definition 2.4). The zero Budget is refused.
type Budget struct{ Epsilon, Delta float64 }

// Check refuses what is no budget.
func (b Budget) Check() error {
	if err := CheckEpsilon(b.Epsilon); err != nil {
		return err
	}
	return CheckDelta(b.Delta)
}

// CheckEpsilon refuses an ε outside of [MinEpsilon] to [MaxEpsilon], and what is no number.
func CheckEpsilon(epsilon float64) error {
	// The comparison is written so that it fails for what is not a number.
	if !(epsilon >= MinEpsilon && epsilon <= MaxEpsilon) {
		return errs.New(errs.Invalid, "epsilon is a number from %g to %d: the smaller, the more private", MinEpsilon, MaxEpsilon)
	}
	return nil
}

// CheckDelta refuses a δ outside of [MinDelta] to [MaxDelta], and what is no number.
func CheckDelta(delta float64) error {
	if !(delta >= MinDelta && delta <= MaxDelta) {
		return errs.New(errs.Invalid, "delta is a number from %g to %g, well below one in the number of records", MinDelta, MaxDelta)
	}
	return nil
}

// DefaultDelta is 1/(n ln n), for n records that are declared or were counted privately.
// It is never more than that of 1,000 records, however few there are.
func DefaultDelta(n int64) float64 {
	records := math.Max(float64(n), 1000)
	return 1 / (records * math.Log(records))
}

// DeltaOf is the smallest δ with which μ-Gaussian differential privacy implies
// (ε, δ)-differential privacy: Φ(μ/2 − ε/μ) − e^ε Φ(−μ/2 − ε/μ) (Balle & Wang 2018,
// theorem 8; Dong, Roth & Su 2022, corollary 2.13).
func DeltaOf(epsilon, mu float64) float64 {
	return normal(mu/2-epsilon/mu) - math.Exp(epsilon)*normal(-mu/2-epsilon/mu)
}

// Mu is the largest μ, from below, with which μ-Gaussian differential privacy keeps the
// budget. Gaussian mechanisms that follow one another, each chosen in view of the earlier
// ones' outcomes, compose to the root of the sum of their squares (Dong, Roth & Su 2022,
// corollary 3.3), so this is what there is to divide.
func (b Budget) Mu() (float64, error) {
	if err := b.Check(); err != nil {
		return 0, err
	}
	low, high := 0.0, 1.0
	for DeltaOf(b.Epsilon, high) <= b.Delta {
		high *= 2
	}
	for range 200 {
		if middle := (low + high) / 2; DeltaOf(b.Epsilon, middle) <= b.Delta {
			low = middle
		} else {
			high = middle
		}
	}
	if low <= 0 {
		return 0, errs.New(errs.Invalid, "epsilon and delta are together too small to count anything")
	}
	return low, nil
}

// normal is the standard normal distribution function.
func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// quantileAbove is the z that a standard normal variable exceeds with probability p.
func quantileAbove(p float64) float64 { return math.Sqrt2 * math.Erfcinv(2*p) }
