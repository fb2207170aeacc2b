package policy

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// What a policy decides on one case it decides on another of the same shape whose times lie
// in the same order, if all that it does with times is to compare them with each other and
// with numbers that it computes from them by adding and taking away durations of its own.
// Then it goes the same way through its rules on both, as long as the numbers that it
// computes lie in the same order too; and which it computes on the way is seen by watching
// one evaluation. (The argument is that of a simulation: two runs that get the same answer
// to every comparison compute the same terms.)

// orderly are the builtins that do no more than that with numbers. Of the three that
// compute with numbers an evaluation is watched.
var orderly = []string{
	"and", "array.concat", "assign", "concat", "contains", "count", "endswith", "eq", "equal", "gt", "gte",
	"internal.member_2", "internal.member_3", "intersection", "is_array", "is_boolean", "is_null", "is_number", "is_object",
	"is_set", "is_string", "lower", "lt", "lte", "max", "min", "minus", "mul", "neq", "object.filter", "object.get",
	"object.keys", "object.remove", "object.subset", "object.union", "object.union_n", "or", "plus", "sort", "split",
	"startswith", "trim", "type_name", "union", "upper",
}

// The builtins that compute with numbers are the engine's own, seen through a window: an
// evaluation whose context holds a watch tells it what they were given and what they gave.
// The engine has one table of builtins for the whole process, and this package is its only
// user.
func init() {
	for _, b := range []*ast.Builtin{ast.Plus, ast.Minus, ast.Multiply} {
		name, inner := b.Name, topdown.GetBuiltin(b.Name)
		b.CanSkipBctx = false // else there is no context
		topdown.RegisterBuiltinFunc(name, func(bctx topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
			w, _ := bctx.Context.Value(watching{}).(*watch)
			if w == nil {
				return inner(bctx, operands, iter)
			}
			return inner(bctx, operands, func(result *ast.Term) error {
				w.note(name, operands, result)
				return iter(result)
			})
		})
	}
}

// watching is the key of a watch in a context.
type watching struct{}

// moment is a number that an evaluation met: the time of that number, from 0, in the shape
// and so much later; or, where at is -1, the same number in every case of the shape.
type moment struct {
	at    int
	later int64
}

const fixed = -1

func (m moment) of(instants []int64) int64 {
	if m.at == fixed {
		return m.later
	}
	return instants[m.at] + m.later
}

// watch gathers the moments of evaluations of one shape.
type watch struct {
	moments []moment
	times   map[int64]moment // the first that is this number
	known   map[int64]bool   // what is the same in all cases
	broken  bool             // it was done with times what is not seen through
}

// newWatch begins with the times of a shape, and with the numbers that are the same in all
// cases of it: others in the facts, and those that the policies name.
func newWatch(instants []int64, others ...[]int64) *watch {
	w := &watch{times: make(map[int64]moment, len(instants)), known: map[int64]bool{0: true}}
	for i, n := range instants {
		w.computed(n, moment{at: i})
	}
	for _, list := range others {
		for _, n := range list {
			w.known[n] = true
		}
	}
	return w
}

func (w *watch) on(ctx context.Context) context.Context {
	return context.WithValue(ctx, watching{}, w)
}

func (w *watch) note(name string, operands []*ast.Term, result *ast.Term) {
	if _, numbers := result.Value.(ast.Number); !numbers {
		return // sets are taken away from each other too
	}
	a, ok1 := integer(operands[0])
	b, ok2 := integer(operands[1])
	sum, ok3 := integer(result)
	if !ok1 || !ok2 || !ok3 {
		w.broken = true
		return
	}
	ta, aTime := w.times[a]
	tb, bTime := w.times[b]
	switch {
	case !aTime && !bTime:
		w.known[sum] = true
	case aTime && bTime, aTime && w.known[a], bTime && w.known[b], name == ast.Multiply.Name, name == ast.Minus.Name && bTime:
		// Also where a number of the policy's happens to be a time of this case: which of
		// them was meant is not seen.
		w.broken = true
	case aTime && name == ast.Minus.Name:
		w.computed(sum, moment{ta.at, ta.later - b})
	case aTime:
		w.computed(sum, moment{ta.at, ta.later + b})
	default:
		w.computed(sum, moment{tb.at, tb.later + a})
	}
}

func (w *watch) computed(n int64, m moment) {
	if !slices.Contains(w.moments, m) {
		w.moments = append(w.moments, m)
	}
	if _, is := w.times[n]; !is {
		w.times[n] = m
	}
	// How many of something there are is a number too, and small: it is not among those
	// that are compared.
	w.broken = w.broken || -leastMoment < n && n < leastMoment
}

// leastMoment is more than can be counted in a case.
const leastMoment = 1_000_000

// order is what has to be the same in another case.
func (w *watch) order(instants []int64) order {
	o := order{times: len(instants), moments: slices.Clone(w.moments)}
	for n := range w.known {
		o.moments = append(o.moments, moment{fixed, n})
	}
	slices.SortFunc(o.moments, func(a, b moment) int {
		return cmp.Or(cmp.Compare(a.of(instants), b.of(instants)), cmp.Compare(a.at, b.at), cmp.Compare(a.later, b.later))
	})
	for i, m := range o.moments {
		o.same = append(o.same, i > 0 && o.moments[i-1].of(instants) == m.of(instants))
	}
	return o
}

// order is moments from the earliest to the latest.
type order struct {
	times   int // in the case
	moments []moment
	same    []bool // as the one before
}

// holds reports whether the moments of another case lie in that order.
func (o order) holds(instants []int64) bool {
	if len(instants) != o.times {
		return false
	}
	for i := 1; i < len(o.moments); i++ {
		before, now := o.moments[i-1].of(instants), o.moments[i].of(instants)
		if before > now || (before == now) != o.same[i] {
			return false
		}
	}
	return true
}

// find returns the moment that a number is.
func (w *watch) find(n int64) (moment, bool) {
	if m, is := w.times[n]; is {
		return m, true
	}
	return moment{fixed, n}, w.known[n]
}

// numbersIn returns the numbers that modules name, and whether they do with numbers only what
// is orderly.
func numbersIn(modules map[string]*ast.Module) (named []int64, sound bool) {
	sound = true
	for _, m := range modules {
		calls := func(operator ast.Ref) {
			_, builtin := ast.BuiltinMap[operator.String()]
			sound = sound && (!builtin || slices.Contains(orderly, operator.String()))
		}
		ast.WalkTerms(m, func(t *ast.Term) bool {
			switch v := t.Value.(type) {
			case ast.Number:
				n, whole := integer(t)
				named, sound = append(named, n), sound && whole
			case ast.Call:
				calls(v.Operator())
			}
			return false
		})
		ast.WalkExprs(m, func(e *ast.Expr) bool {
			sound = sound && len(e.With) == 0
			if e.IsCall() {
				calls(e.Operator())
			}
			return false
		})
	}
	slices.Sort(named)
	return slices.Compact(named), sound
}

func integer(t *ast.Term) (int64, bool) {
	n, ok := t.Value.(ast.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.ParseInt(string(n), 10, 64)
	return i, err == nil
}
