package integer

import (
	"context"
	"math"
	"slices"
)

const (
	feasible  = 1e-7 // how far a value may be beyond its bound
	improving = 1e-9 // how much a step must gain a unit
	pivotable = 1e-7 // how large a pivot must be
	wholly    = 1e-4 // how far a value may be from the whole number that it stands for
	refresh   = 100  // steps between two inversions of the basis, and one more for each row
	stalled   = 200  // steps without gain, after which the first column is taken, not the best
)

// state is where a run of the simplex ended.
type state int

const (
	stuck state = iota // too many steps, or the arithmetic broke down: nothing is known
	optimal
	impossible
)

// simplex is the bounded-variable primal simplex (Dantzig 1963, chapter 18) over the
// variables x and one more for each row, s, with A·x − s = 0. Bounds may change between
// runs: the basis is kept, and what is out of bounds is led back first.
type simplex struct {
	p           *Program
	n, m        int
	low, high   []float64 // of x, then of s
	basis       []int32   // the variable of each place of the basis
	place       []int32   // of a variable, its place in the basis, or −1
	atHigh      []bool    // for those outside the basis
	value       []float64 // of x, then of s
	inverse     []float64 // of the basis matrix, by rows
	y, step     []float64 // scratch, by places
	since       int       // steps since the last inversion
	filled      []int32   // scratch: places that are not 0
	columns     [][]int32 // the variables x of each row
	first       bool      // the basis is out of bounds, and led back
	out         int       // how many of the basis are out of bounds
	charge      []float64 // what a unit of each variable costs at present
	reduced     []float64 // what it costs less what the multipliers give for it
	weight      []float64 // how long a step along it is, by the reference framework
	pivots      []float64 // the row of the basis that is left, by variables
	work, limit int       // steps made, and allowed, over all runs
}

func newSimplex(p *Program, limit int) *simplex {
	n, m := len(p.Columns), len(p.Low)
	s := &simplex{p: p, n: n, m: m, low: make([]float64, n+m), high: make([]float64, n+m),
		basis: make([]int32, m), place: make([]int32, n+m), atHigh: make([]bool, n+m), value: make([]float64, n+m),
		inverse: make([]float64, m*m), y: make([]float64, m), step: make([]float64, m), limit: limit,
		columns: make([][]int32, m), charge: make([]float64, n+m), reduced: make([]float64, n+m), weight: make([]float64, n+m), pivots: make([]float64, n+m)}
	for j, rows := range p.Columns {
		for _, r := range rows {
			s.columns[r] = append(s.columns[r], int32(j))
		}
	}
	s.even()
	for j := range s.place {
		s.place[j] = -1
	}
	for r := range m {
		s.basis[r], s.place[n+r] = int32(n+r), int32(r)
		s.inverse[r*m+r] = -1
		s.low[n+r], s.high[n+r] = float64(p.Low[r])-loose(2*r), math.Inf(1)
		if p.High[r] != Unbounded {
			s.high[n+r] = float64(p.High[r]) + loose(2*r+1)
		}
	}
	return s
}

// loose is by how much a bound of a row is loosened, each by another amount: else most steps
// lead nowhere, where many tables are equally good. Nothing rests on it: what comes out is
// rounded, and checked.
func loose(i int) float64 {
	return 1e-6 * (1 + float64(uint64(i+1)*0x9e3779b97f4a7c15>>40)/(1<<24))
}

// bound sets the variables' bounds.
func (s *simplex) bound(least, most []int64) {
	for j := range s.n {
		s.low[j], s.high[j] = float64(least[j]), float64(most[j])
	}
}

// boundNear sets the variables' bounds, but leaves those of the basis where they are that
// are beyond a bound by less than what counts as whole.
func (s *simplex) boundNear(least, most []int64) {
	s.bound(least, most)
	for j, v := range s.value[:s.n] {
		if s.place[j] < 0 {
			continue
		}
		if v < s.low[j] && v > s.low[j]-wholly {
			s.low[j] = v
		}
		if v > s.high[j] && v < s.high[j]+wholly {
			s.high[j] = v
		}
	}
}

// dot is the product of variable j's column with y.
func (s *simplex) dot(j int, y []float64) float64 {
	if j >= s.n {
		return -y[j-s.n]
	}
	sum := 0.0
	for _, r := range s.p.Columns[j] {
		sum += y[r]
	}
	return sum
}

// evaluate puts the variables outside the basis at their bounds and works out the others.
func (s *simplex) evaluate() {
	right := make([]float64, s.m)
	for j := range s.n + s.m {
		if s.place[j] >= 0 {
			continue
		}
		s.value[j] = s.low[j]
		if s.atHigh[j] && !math.IsInf(s.high[j], 1) {
			s.value[j] = s.high[j]
		} else {
			s.atHigh[j] = false
		}
		v := s.value[j]
		switch {
		case v == 0:
		case j >= s.n:
			right[j-s.n] += v
		default:
			for _, r := range s.p.Columns[j] {
				right[r] -= v
			}
		}
	}
	for i := range s.m {
		sum := 0.0
		for r, w := range s.inverse[i*s.m : (i+1)*s.m] {
			sum += w * right[r]
		}
		s.value[s.basis[i]] = sum
	}
}

// invert works out the inverse of the basis anew, from that of the rows by one exchange for
// each variable x in it; false where it is singular.
func (s *simplex) invert() bool {
	var in []int32
	keep := make([]bool, s.m) // rows whose own variable stays
	for _, j := range s.basis {
		if int(j) < s.n {
			in = append(in, j)
		} else {
			keep[int(j)-s.n] = true
		}
	}
	s.reset()
	for _, j := range in {
		s.direction(int(j))
		leave, pivot := -1, pivotable
		for i, a := range s.step {
			if a = math.Abs(a); a > pivot && !keep[i] {
				leave, pivot = i, a
			}
		}
		if leave < 0 {
			return false
		}
		s.exchange(leave, int(j))
		keep[leave] = true
	}
	s.since = 0
	return true
}

// run minimises Σ cost·x; the multipliers are left in y.
func (s *simplex) run(ctx context.Context, cost []float64) (state, error) {
	s.evaluate()
	s.price(cost)
	idle, sure := 0, true // sure: nothing has moved since all was priced anew
	for {
		if s.work++; s.work > s.limit {
			return stuck, nil
		}
		if s.work&63 == 0 {
			if err := ctx.Err(); err != nil {
				return stuck, err
			}
		}
		if s.since >= refresh+s.m {
			if !s.invert() {
				s.reset()
				return stuck, nil
			}
			s.evaluate()
			s.price(cost)
			sure = true
		}
		j := s.enter(idle > stalled)
		if j < 0 && !sure {
			s.price(cost)
			sure = true
			continue
		}
		if j < 0 {
			if s.first {
				return impossible, nil
			}
			return optimal, nil
		}
		gained, ok := s.move(j)
		if !ok {
			return stuck, nil
		}
		if idle++; gained > improving {
			idle = 0
		}
		if sure = false; s.first && s.out == 0 {
			s.price(cost)
		}
	}
}

// reset goes back to the basis of rows.
func (s *simplex) reset() {
	clear(s.inverse)
	for j := range s.place {
		s.place[j] = -1
	}
	for r := range s.m {
		s.basis[r], s.place[s.n+r] = int32(s.n+r), int32(r)
		s.inverse[r*s.m+r] = -1
	}
	s.since = 0
}

// saved is a basis, and what follows from it.
type saved struct {
	basis, place   []int32
	atHigh         []bool
	value, inverse []float64
	since          int
}

func (s *simplex) save() saved {
	return saved{slices.Clone(s.basis), slices.Clone(s.place), slices.Clone(s.atHigh), slices.Clone(s.value), slices.Clone(s.inverse), s.since}
}

func (s *simplex) restore(x saved) {
	s.basis, s.place, s.atHigh, s.value, s.inverse, s.since = x.basis, x.place, x.atHigh, x.value, x.inverse, x.since
}

// side is −1 for a value below its bounds, 1 above, 0 within.
func (s *simplex) side(j int32) float64 {
	switch v := s.value[j]; {
	case v < s.low[j]-feasible:
		return -1
	case v > s.high[j]+feasible:
		return 1
	}
	return 0
}

// price works out from the beginning what is being minimised: how far the basis is out of
// bounds, if it is, else the cost; and the multipliers and reduced costs for that.
func (s *simplex) price(cost []float64) {
	s.out = 0
	for _, j := range s.basis {
		if s.side(j) != 0 {
			s.out++
		}
	}
	first := s.out > 0
	if first != s.first || s.since == 0 {
		s.even()
	}
	s.first = first
	clear(s.y)
	clear(s.charge)
	if !first {
		copy(s.charge, cost)
	}
	for i, j := range s.basis {
		if first {
			s.charge[j] = s.side(j)
		}
		if c := s.charge[j]; c != 0 {
			for r, w := range s.inverse[i*s.m : (i+1)*s.m] {
				s.y[r] += c * w
			}
		}
	}
	s.across(s.y, s.reduced)
	for j := range s.reduced {
		s.reduced[j] = s.charge[j] - s.reduced[j]
	}
}

// across sets to to the products of y with all columns.
func (s *simplex) across(y, to []float64) {
	clear(to[:s.n])
	for r, w := range y {
		to[s.n+r] = -w
		if w == 0 {
			continue
		}
		for _, j := range s.columns[r] {
			to[j] += w
		}
	}
}

// recharge takes in which of the basis have come within bounds, or gone out of them.
func (s *simplex) recharge() {
	for i, j := range s.basis {
		now := s.side(j)
		more := now - s.charge[j]
		if more == 0 {
			continue
		}
		if now == 0 {
			s.out--
		} else if s.charge[j] == 0 {
			s.out++
		}
		s.charge[j] = now
		row := s.inverse[i*s.m : (i+1)*s.m]
		for r, w := range row {
			s.y[r] += more * w
		}
		s.across(row, s.pivots)
		for k, w := range s.pivots {
			if w != 0 {
				s.reduced[k] -= more * w
			}
		}
		s.reduced[j] = 0
	}
}

// even begins the weights anew.
func (s *simplex) even() {
	for j := range s.weight {
		s.weight[j] = 1
	}
}

// enter chooses the variable that enters the basis: the one with the steepest gain by the
// reference weights of Devex (Forrest and Goldfarb 1992), or any, in the manner of Bland's
// rule, where these have led nowhere. It is −1 where none gains.
func (s *simplex) enter(lost bool) int {
	best, at := 0.0, -1
	total := s.n + s.m
	// from anywhere, so that no circle is gone round for ever; the same each time
	start := int(uint64(s.work) * 0x9e3779b97f4a7c15 >> 33 % uint64(total))
	for i := range total {
		j := start + i
		if j >= total {
			j -= total
		}
		g := -s.reduced[j]
		if s.atHigh[j] {
			g = -g
		}
		if g <= improving || s.place[j] >= 0 || s.low[j] == s.high[j] {
			continue
		}
		if lost {
			return j
		}
		if steep := g * g / s.weight[j]; steep > best {
			best, at = steep, j
		}
	}
	return at
}

// move brings variable j in as far as bounds allow, and tells what that gained; false where
// nothing stops it.
func (s *simplex) move(j int) (gained float64, ok bool) {
	s.direction(j)
	up := !s.atHigh[j]
	sign := 1.0
	if !up {
		sign = -1
	}
	leave, far := s.ratio(sign, s.high[j]-s.low[j], s.first)
	if math.IsInf(far, 1) {
		return 0, false
	}
	gained = far * math.Abs(s.reduced[j])
	for i, a := range s.step {
		if a != 0 {
			s.value[s.basis[i]] -= sign * far * a
		}
	}
	s.value[j] += sign * far
	if leave >= 0 {
		out := s.basis[leave]
		s.atHigh[out] = s.value[out] > (s.low[out]+s.high[out])/2 // never where it has none
		if s.atHigh[out] {
			s.value[out] = s.high[out]
		} else {
			s.value[out] = s.low[out]
		}
	}
	if s.first {
		s.recharge()
	}
	if leave < 0 { // it goes to its other bound
		s.atHigh[j] = up
		return gained, true
	}
	s.pivot(leave, j)
	s.exchange(leave, j)
	return gained, true
}

// pivot takes the exchange that is about to be made into the multipliers, reduced costs and
// weights.
func (s *simplex) pivot(leave, j int) {
	row, out, by := s.inverse[leave*s.m:(leave+1)*s.m], s.basis[leave], s.step[leave]
	s.across(row, s.pivots)
	times, weight := s.reduced[j]/by, s.weight[j]/(by*by)
	for k, a := range s.pivots {
		if a != 0 {
			s.reduced[k] -= times * a
			s.weight[k] = max(s.weight[k], a*a*weight)
		}
	}
	for r, w := range row {
		s.y[r] += times * w
	}
	s.reduced[j], s.reduced[out] = 0, -times
	s.weight[out] = max(weight, 1)
}

// direction sets step to how the basis falls as j rises.
func (s *simplex) direction(j int) {
	for i := range s.m {
		s.step[i] = s.dot(j, s.inverse[i*s.m:(i+1)*s.m])
		if math.Abs(s.step[i]) < 1e-11 {
			s.step[i] = 0
		}
	}
}

// ratio finds which place of the basis reaches a bound first, and when. What is out of
// bounds stops where it comes in; what is going further out does not stop.
func (s *simplex) ratio(sign, most float64, first bool) (leave int, far float64) {
	leave, far = -1, most
	pivot := 0.0
	for i, a := range s.step {
		if math.Abs(a) < pivotable {
			continue
		}
		j := s.basis[i]
		rate, v := -sign*a, s.value[j]
		side := 0.0
		if first {
			side = s.side(j)
		}
		var room float64
		switch {
		case side < 0 && rate > 0:
			room = s.low[j] - v
		case side > 0 && rate < 0:
			room = v - s.high[j]
		case side != 0:
			continue
		case rate > 0:
			room = s.high[j] - v
		default:
			room = v - s.low[j]
		}
		t := max(room, 0) / math.Abs(rate)
		if t < far-1e-9 || (t <= far+1e-9 && leave >= 0 && math.Abs(a) > pivot) {
			leave, far, pivot = i, min(t, far), math.Abs(a)
		}
	}
	return leave, far
}

// exchange puts variable j in a place of the basis.
func (s *simplex) exchange(leave, j int) {
	row := s.inverse[leave*s.m : (leave+1)*s.m]
	s.filled = s.filled[:0]
	for r, w := range row {
		if w != 0 {
			row[r] = w / s.step[leave]
			s.filled = append(s.filled, int32(r))
		}
	}
	for i, a := range s.step {
		if i == leave || a == 0 {
			continue
		}
		to := s.inverse[i*s.m : (i+1)*s.m]
		for _, r := range s.filled {
			to[r] -= a * row[r]
		}
	}
	s.place[s.basis[leave]] = -1
	s.basis[leave], s.place[j] = int32(j), int32(leave)
	s.since++
}
