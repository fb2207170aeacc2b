// Package privacyloss estimates from runs how much a mechanism tells of one record.
//
// It promises an estimate from below: a mechanism that keeps (ε, δ)-differential privacy
// is shown to lose more than ε with the stated probability at most. What it does not show
// may still be lost: it sees only the events that it is given.
package privacyloss

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// AtLeast is the largest ε for which an event, or its opposite, breaks (ε, δ)-differential
// privacy. Each pair tells in how many of n runs an event came, on one input and on its
// neighbour. The bounds on the probabilities are Clopper and Pearson's, all of them together
// false with probability falseAlarm at most.
func AtLeast(events [][2]int, n int, delta, falseAlarm float64) float64 {
	alpha := falseAlarm / float64(8*len(events)) // four comparisons an event, two bounds each
	worst := 0.0
	compare := func(p, q int) {
		if low := below(p, n, alpha) - delta; low > 0 {
			worst = max(worst, math.Log(low/above(q, n, alpha)))
		}
	}
	for _, e := range events {
		compare(e[0], e[1])
		compare(e[1], e[0])
		compare(n-e[0], n-e[1])
		compare(n-e[1], n-e[0])
	}
	return worst
}

// below and above are Clopper and Pearson's bounds on the probability of what came in k of
// n runs.
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
