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
	batch     = 4096 // columns that are priced together
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
	next        int       // the first column to price
	work, limit int       // steps made, and allowed, over all runs
}

func newSimplex(p *Program, limit int) *simplex {
	n, m := len(p.Columns), len(p.Low)
	s := &simplex{p: p, n: n, m: m, low: make([]float64, n+m), high: make([]float64, n+m),
		basis: make([]int32, m), place: make([]int32, n+m), atHigh: make([]bool, n+m), value: make([]float64, n+m),
		inverse: make([]float64, m*m), y: make([]float64, m), step: make([]float64, m), limit: limit}
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
	idle, best, was := 0, math.Inf(1), false
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
		}
		first, now := s.multipliers(cost)
		if first != was { // another sum from here on
			best, was = math.Inf(1), first
		}
		if idle++; now < best-improving {
			best, idle = now, 0
		}
		j, up := s.enter(cost, first, idle > stalled)
		if j < 0 {
			if first {
				return impossible, nil
			}
			return optimal, nil
		}
		if !s.move(j, up, first) {
			return stuck, nil
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

func (s *simplex) inBounds() bool {
	for _, j := range s.basis {
		if s.side(j) != 0 {
			return false
		}
	}
	return true
}

// multipliers sets y: of how far the basis is out of bounds, if it is, else of the cost.
// It returns which, and the sum that is being minimised.
func (s *simplex) multipliers(cost []float64) (first bool, sum float64) {
	clear(s.y)
	first = !s.inBounds()
	for i, j := range s.basis {
		c := 0.0
		switch {
		case first:
			if c = s.side(j); c < 0 {
				sum += s.low[j] - s.value[j]
			} else if c > 0 {
				sum += s.value[j] - s.high[j]
			}
		case int(j) < s.n:
			c = cost[j]
		}
		if c == 0 {
			continue
		}
		for r, w := range s.inverse[i*s.m : (i+1)*s.m] {
			s.y[r] += c * w
		}
	}
	if !first {
		for j := range s.n {
			sum += cost[j] * s.value[j]
		}
	}
	return first, sum
}

// gain is how fast the sum falls if j leaves its bound, and whether upwards.
func (s *simplex) gain(j int, cost []float64, first bool) (float64, bool) {
	if s.place[j] >= 0 || s.low[j] == s.high[j] {
		return 0, false
	}
	d := -s.dot(j, s.y)
	if !first && j < s.n {
		d += cost[j]
	}
	if s.atHigh[j] {
		return d, false
	}
	return -d, true
}

// enter chooses the variable that enters the basis: the best of a batch, or the first,
// in the manner of Bland's rule, where the best have led nowhere. It is −1 where none gains.
func (s *simplex) enter(cost []float64, first, lost bool) (int, bool) {
	total := s.n + s.m
	best, at, up := improving, -1, false
	if lost {
		// from anywhere, so that no circle is gone round for ever; the same each time
		start := int(uint64(s.work) * 0x9e3779b97f4a7c15 >> 33 % uint64(total))
		for i := range total {
			j := (start + i) % total
			if g, u := s.gain(j, cost, first); g > best {
				return j, u
			}
		}
		return -1, false
	}
	for seen := 0; seen < total; {
		for range min(batch, total-seen) {
			j := s.next
			if s.next++; s.next == total {
				s.next = 0
			}
			seen++
			if g, u := s.gain(j, cost, first); g > best || (g == best && at > j) {
				best, at, up = g, j, u
			}
		}
		if at >= 0 {
			break
		}
	}
	return at, up
}

// move brings variable j in as far as bounds allow; false where nothing stops it.
func (s *simplex) move(j int, up, first bool) bool {
	s.direction(j)
	sign := 1.0
	if !up {
		sign = -1
	}
	leave, far := s.ratio(sign, s.high[j]-s.low[j], first)
	if math.IsInf(far, 1) {
		return false
	}
	for i, a := range s.step {
		if a != 0 {
			s.value[s.basis[i]] -= sign * far * a
		}
	}
	s.value[j] += sign * far
	if leave < 0 { // it goes to its other bound
		s.atHigh[j] = up
		return true
	}
	out := s.basis[leave]
	s.atHigh[out] = s.value[out] > (s.low[out]+s.high[out])/2 // never where it has none
	if s.atHigh[out] {
		s.value[out] = s.high[out]
	} else {
		s.value[out] = s.low[out]
	}
	s.exchange(leave, j)
	return true
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
	for r := range row {
		row[r] /= s.step[leave]
	}
	for i, a := range s.step {
		if i == leave || a == 0 {
			continue
		}
		to := s.inverse[i*s.m : (i+1)*s.m]
		for r, w := range row {
			if w != 0 {
				to[r] -= a * w
			}
		}
	}
	s.place[s.basis[leave]] = -1
	s.basis[leave], s.place[j] = int32(j), int32(leave)
	s.since++
}
