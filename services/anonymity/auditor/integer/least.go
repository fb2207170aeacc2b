package integer

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Limits bound what a question may cost, and all of them together.
type Limits struct {
	Steps int // of the simplex
	Nodes int // of the tree of branches
	Total int // steps on all questions to a solver together; 0 for no limit
}

// Answer is what is known of the least value of a sum.
type Answer struct {
	// Solution is the one of the least value that was found, checked against all bounds;
	// nil where none was found.
	Solution []int64
	// Value is the sum's in Solution.
	Value int64
	// Bound is proved: no solution has a smaller sum. It is −2⁶² where nothing is proved.
	Bound int64
	// Multipliers are, where it took no branching, those of the rows that the bound
	// follows from.
	Multipliers []float64
	// Impossible says that it is proved that there is no solution at all.
	Impossible bool
}

// Exact says whether Value is proved to be the least.
func (a *Answer) Exact() bool { return a.Solution != nil && a.Bound >= a.Value }

const unknown = -1 << 62

// Solver answers questions about one program, one after another: each starts where the
// last one ended. It is for one goroutine.
type Solver struct {
	p      *Program
	x      *simplex
	limits Limits
	spent  int // steps on all questions so far
	cost   []float64
	whole  []int64
	least  []int64 // bounds at the present node
	most   []int64
}

// NewSolver returns a solver of the program, which must not change any more.
func NewSolver(p *Program, limits Limits) *Solver {
	return &Solver{p: p, x: newSimplex(p, 0), limits: limits, cost: make([]float64, len(p.Columns)), whole: make([]int64, len(p.Columns)),
		least: slices.Clone(p.Least), most: slices.Clone(p.Most)}
}

// Least looks for the least of a sum over all solutions. It may stop at the first solution
// whose sum is at most enough. An error is the context's.
func (s *Solver) Least(ctx context.Context, sum []Term, enough int64) (*Answer, error) {
	return s.answer(ctx, sum, enough, false)
}

// Reaches looks for a solution whose sum is at most enough, and stops also once it is
// proved that there is none: the answer's bound is above enough then.
func (s *Solver) Reaches(ctx context.Context, sum []Term, enough int64) (*Answer, error) {
	return s.answer(ctx, sum, enough, true)
}

func (s *Solver) answer(ctx context.Context, sum []Term, enough int64, decide bool) (*Answer, error) {
	clear(s.cost)
	clear(s.whole)
	for _, t := range sum {
		s.whole[t.Variable] += t.Weight
		s.cost[t.Variable] = float64(s.whole[t.Variable])
	}
	s.x.work, s.x.limit = 0, s.limits.Steps
	if s.limits.Total > 0 {
		s.x.limit = min(s.x.limit, s.limits.Total-s.spent)
	}
	defer func() { s.spent += s.x.work }()
	b := &branching{Solver: s, enough: enough, decide: decide, nodes: s.limits.Nodes, best: &Answer{Bound: unknown}}
	bound, err := b.node(ctx, 0)
	if err != nil {
		return nil, err
	}
	b.best.Bound = bound
	b.best.Impossible = bound == never
	return b.best, nil
}

// never is the bound of a branch without solution.
const never = math.MaxInt64

// branching is one question on its way.
type branching struct {
	*Solver
	enough int64
	decide bool // what is above enough is not looked into
	nodes  int
	best   *Answer
}

func (b *branching) done() bool { return b.best.Solution != nil && b.best.Value <= b.enough }

// node returns a proved bound of the sum within the present bounds of the variables.
func (b *branching) node(ctx context.Context, depth int) (int64, error) {
	if b.nodes--; b.nodes < 0 {
		return unknown, nil
	}
	b.x.bound(b.least, b.most)
	end, err := b.x.run(ctx, b.cost)
	if err == nil && end == stuck && b.x.work <= b.x.limit { // once more, from a new basis
		b.x.reset()
		end, err = b.x.run(ctx, b.cost)
	}
	if err != nil || end == stuck {
		return unknown, err
	}
	if end == impossible {
		v, ok := b.p.safe(make([]int64, len(b.whole)), b.x.y, b.least, b.most)
		if ok && v.Sign() > 0 {
			return never, nil
		}
		return unknown, nil
	}
	bound := int64(unknown)
	if v, ok := b.p.safe(b.whole, b.x.y, b.least, b.most); ok {
		bound = ceil(v)
	}
	if depth == 0 {
		b.best.Multipliers = slices.Clone(b.x.y)
	}
	if b.hopeless(bound) {
		return bound, nil
	}
	at := b.fraction()
	if at < 0 {
		b.take()
		return bound, nil
	}
	if depth == 0 {
		before := b.x.save()
		err := b.dive(ctx)
		b.x.restore(before) // to go on from here, and to begin the next question near
		if err != nil || b.done() || b.hopeless(bound) {
			return bound, err
		}
	}
	parts, err := b.branch(ctx, at, depth)
	return max(bound, parts), err
}

// dive looks for a solution near the present one, without promise. What a fractional
// solution has is kept, rounded down, and an eighth of the fractions, the largest, is rounded
// up; that is solved for what is left, of which there is less and less. Where it leads
// nowhere fewer are rounded up, and one that cannot be goes down.
func (b *branching) dive(ctx context.Context) error {
	defer func(least, most []int64) {
		copy(b.least, least)
		copy(b.most, most)
	}(slices.Clone(b.least), slices.Clone(b.most))
	for {
		open := b.settle()
		if len(open) == 0 {
			b.take()
			return nil
		}
		end := impossible
		for n := (len(open) + 7) / 8; end != optimal; n /= 2 {
			if n == 0 {
				b.most[open[0]] = b.least[open[0]]
			}
			for _, j := range open[:n] {
				b.least[j]++
			}
			b.x.boundNear(b.least, b.most)
			var err error
			if end, err = b.x.run(ctx, b.cost); err != nil {
				return err
			}
			if end == stuck || end != optimal && n == 0 {
				return nil
			}
			if end != optimal {
				for _, j := range open[:n] {
					b.least[j]--
				}
			}
		}
	}
}

// settle keeps what the present solution has, rounded down, and lists the variables that
// have a fraction more, the largest first.
func (b *branching) settle() []int {
	fraction := make([]float64, len(b.cost))
	var open []int
	for j := range b.cost {
		floor := math.Floor(b.x.value[j] + wholly)
		b.least[j] = max(b.least[j], int64(floor))
		if fraction[j] = b.x.value[j] - floor; fraction[j] > wholly {
			open = append(open, j)
		}
	}
	slices.SortStableFunc(open, func(i, j int) int { return cmp.Compare(fraction[j], fraction[i]) })
	return open
}

// fraction is the variable that is furthest from a whole number, or −1.
func (b *branching) fraction() int {
	at, far := -1, wholly
	for j := range b.cost {
		v := b.x.value[j]
		if f := math.Abs(v - math.Round(v)); f > far {
			at, far = j, f
		}
	}
	return at
}

// hopeless says whether a branch with that bound can bring nothing more.
func (b *branching) hopeless(bound int64) bool {
	return b.best.Solution != nil && bound >= b.best.Value || b.decide && bound > b.enough
}

// take keeps the present solution, if it is one in whole numbers and better.
func (b *branching) take() {
	x := make([]int64, len(b.cost))
	value := int64(0)
	for j := range x {
		x[j] = int64(math.Round(b.x.value[j]))
		value += b.whole[j] * x[j]
	}
	if b.p.satisfied(x) && (b.best.Solution == nil || value < b.best.Value) {
		b.best.Solution, b.best.Value = x, value
	}
}

// branch divides by a variable: the side that its value is nearer to comes first.
func (b *branching) branch(ctx context.Context, at, depth int) (int64, error) {
	if depth == 0 {
		defer func() { b.best.Multipliers = nil }() // the root's alone do not prove it
	}
	v := b.x.value[at]
	floor := int64(math.Floor(v))
	lower := v-math.Floor(v) < 0.5
	worst := int64(never)
	for _, down := range []bool{lower, !lower} {
		least, most := b.least[at], b.most[at]
		if down {
			b.most[at] = floor
		} else {
			b.least[at] = floor + 1
		}
		bound := int64(never)
		if b.least[at] <= b.most[at] {
			var err error
			if bound, err = b.node(ctx, depth+1); err != nil {
				b.least[at], b.most[at] = least, most
				return unknown, err
			}
		}
		b.least[at], b.most[at] = least, most
		if worst = min(worst, bound); b.done() {
			return unknown, nil // the other side was not looked at
		}
	}
	return worst, nil
}
