// Package integer finds the least and the most that a weighted sum can be over all
// whole-number solutions of linear bounds: an integer program, by branch and bound over a
// bounded-variable simplex.
//
// It promises that nothing rests on floating point. A solution that it gives has been
// checked in whole numbers against every bound. A bound that it gives follows from the
// multipliers of its rows, weighed up in whole numbers whatever the multipliers are
// (Neumaier and Shcherbina 2004, Safe bounds in linear and mixed-integer linear
// programming), branch by branch. What it can show neither way, within a fixed number of
// steps, is left between the two: it never guesses. The same program gets the same answers,
// on any machine with IEEE 754 arithmetic that does not fuse operations.
//
// Memory: 8 bytes × rows² × 3, some 30 bytes an entry of a column and 60 a variable. It will not solve
// programs of continuous variables, nor large ones well: the basis is held densely.
package integer

import (
	"math"
	"math/big"
)

// Unbounded stands for no upper bound of a row.
const Unbounded = math.MaxInt64

// MaxValue is the largest finite bound of a row or a variable.
const MaxValue = 1 << 40

// Program is Low ≤ A·x ≤ High over whole numbers Least ≤ x ≤ Most. Every entry of A is 0 or 1.
type Program struct {
	// Columns has, for each variable, the rows that it is summed in, ascending.
	Columns [][]int32
	// Least and Most bound the variables; both are finite.
	Least, Most []int64
	// Low and High bound the rows; High may be Unbounded.
	Low, High []int64
}

// Term is a variable and its weight in a sum.
type Term struct {
	Variable int32
	Weight   int64
}

// satisfied says whether whole numbers keep every bound.
func (p *Program) satisfied(x []int64) bool {
	sums := make([]int64, len(p.Low))
	for j, rows := range p.Columns {
		if x[j] < p.Least[j] || x[j] > p.Most[j] {
			return false
		}
		for _, r := range rows {
			sums[r] += x[j]
		}
	}
	for r, s := range sums {
		if s < p.Low[r] || s > p.High[r] {
			return false
		}
	}
	return true
}

// denominator is what multipliers are rounded to parts of: exact for all fractions with a
// denominator up to 16, and within 1e-11 for any other.
const denominator = 720720 << 16

// safe is a lower bound of Σ cost·x over all solutions within the variables' bounds least
// and most, from one multiplier a row. It holds for any multipliers y, since
// Σ c·x = Σ (c − y·A)·x + Σ y·(A·x), of which each product is least at one of its bounds.
// The second result is false where the multipliers give no bound.
func (p *Program) safe(cost []int64, y []float64, least, most []int64) (*big.Rat, bool) {
	sum := new(big.Int)
	var a, b big.Int
	add := func(weight, low, high int64) bool {
		at := low
		if weight < 0 {
			at = high
		}
		if at == Unbounded {
			return false
		}
		sum.Add(sum, a.Mul(a.SetInt64(weight), b.SetInt64(at)))
		return true
	}
	whole := make([]int64, len(y))
	for r, v := range y {
		v *= denominator
		if !(math.Abs(v) < 1<<58) {
			return nil, false
		}
		whole[r] = int64(math.Round(v))
		if whole[r] < 0 && p.High[r] == Unbounded {
			whole[r] = 0 // any multiplier will do, so the one that gives a bound
		}
		if whole[r] != 0 && !add(whole[r], p.Low[r], p.High[r]) {
			return nil, false
		}
	}
	for j, rows := range p.Columns {
		d := new(big.Int).Mul(big.NewInt(cost[j]), big.NewInt(denominator))
		if cost[j] == 0 && len(rows) == 0 {
			continue
		}
		for _, r := range rows {
			if whole[r] != 0 {
				d.Sub(d, a.SetInt64(whole[r]))
			}
		}
		switch d.Sign() {
		case 1:
			sum.Add(sum, d.Mul(d, b.SetInt64(least[j])))
		case -1:
			sum.Add(sum, d.Mul(d, b.SetInt64(most[j])))
		}
	}
	return new(big.Rat).SetFrac(sum, big.NewInt(denominator)), true
}

// ceil is the smallest whole number that is not below v, kept within ±2⁶².
func ceil(v *big.Rat) int64 {
	q, m := new(big.Int).DivMod(v.Num(), v.Denom(), new(big.Int))
	if m.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	if !q.IsInt64() || q.BitLen() > 62 {
		return int64(v.Sign()) << 62
	}
	return q.Int64()
}
