package auditor

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/services/anonymity/auditor/integer"
)

// Kind says what is wrong with a group.
type Kind string

// The kinds of findings.
const (
	// Small: whoever has the tables knows that the group has from 1 to k−1 persons.
	Small Kind = "small"
	// Narrow: the group may be small, and its bounds are less than the width apart.
	Narrow Kind = "narrow"
	// Alike: all members of the group have one of fewer than l sensitive values.
	Alike Kind = "alike"
	// Changed: from edition to edition the group lost or gained from 1 to k−1 persons.
	Changed Kind = "changed"
	// Contradiction: no numbers of persons fit all cells. Tables of two states of the case
	// database must be of two editions.
	Contradiction Kind = "contradiction"
	// Undecided: it could not be shown within the limits that the group is safe.
	Undecided Kind = "undecided"
	// TooLarge: the cells that hang together are too many to be weighed up.
	TooLarge Kind = "too large"
)

// Finding is a group that the tables give away, or may.
type Finding struct {
	Kind Kind `json:"kind"`
	// Group describes it by published cells.
	Group string `json:"group"`
	// Least and Most bound its number of persons, where Kind is Small, Narrow or Changed.
	Least int64 `json:"least"`
	Most  int64 `json:"most"`
	// LeastBy and MostBy are the cells that combine to these bounds.
	LeastBy []Term `json:"leastBy,omitempty"`
	MostBy  []Term `json:"mostBy,omitempty"`
	// Tables are the names of all tables concerned, in the order of the input.
	Tables []string `json:"tables"`

	atoms []int32 // the finest groups that it is of, by number in their part
}

// Term is a published cell and how often it is added, or subtracted where below zero.
type Term struct {
	Cell  string  `json:"cell"`
	Times float64 `json:"times"`
}

// name describes a row by a cell that was published for it.
func (p *population) name(r *row) string {
	if len(r.from) > 0 {
		return p.cell(r.from[0])
	}
	if r.like == nil {
		return "a group"
	}
	without := map[string]bool{}
	for a, v := range r.box[:len(r.box)-1] {
		if v == nil {
			without[p.in.Attributes[a].Name] = true
		}
	}
	from := r.like
	for len(from.from) == 0 {
		from = from.like
	}
	t := p.in.Tables[from.from[0].table]
	return t.Name + ": " + where(t.Cells[from.from[0].cell], without)
}

func (p *population) cell(s source) string {
	t := p.in.Tables[s.table]
	return t.Name + ": " + where(t.Cells[s.cell], nil)
}

func where(c Cell, without map[string]bool) string {
	var parts []string
	for _, v := range c.Where {
		if !without[v.Attribute] {
			parts = append(parts, v.Attribute+"="+v.Value)
		}
	}
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, ", ")
}

// tables are the names of the tables of some rows.
func (p *population) tables(rows []*row) []string {
	var numbers []int
	for _, r := range rows {
		for r != nil && len(r.from) == 0 {
			r = r.like
		}
		if r == nil {
			continue
		}
		for _, s := range r.from {
			numbers = append(numbers, s.table)
		}
	}
	slices.Sort(numbers)
	var out []string
	for _, n := range slices.Compact(numbers) {
		out = append(out, p.in.Tables[n].Name)
	}
	return out
}

// combination is rows and how often each is taken.
type combination map[int32]float64

// proof is what a bound of a sum over a block follows from: its rows by their multipliers,
// and the bounds of atoms by what these follow from. low says whether it is a lower bound.
func (c *component) proof(b *block, sum []integer.Term, y []float64, low bool) combination {
	out := combination{}
	cost := map[int32]float64{}
	for _, t := range sum {
		cost[t.Variable] += float64(t.Weight)
	}
	if len(b.rows) > 0 && y == nil { // it took branching
		for _, t := range sum {
			for _, i := range c.atoms[b.atoms[t.Variable]].rows {
				if slices.Contains(b.rows, i) {
					out[i] = 1
				}
			}
		}
		return out
	}
	sign := 1.0
	if !low {
		sign = -1
	}
	for at, i := range b.rows {
		if v := sign * y[at]; math.Abs(v) > 1e-6 {
			out[i] += v
			for _, j := range c.of[i] {
				if c.turn[j] > 0 && c.least[j] != 0 {
					c.expand(out, j, -v, (v > 0) != low, 0)
				}
			}
		}
	}
	for at, j := range b.atoms {
		d := cost[int32(at)]
		for _, r := range b.program.Columns[at] {
			d -= y[r]
		}
		if d > 1e-6 {
			c.expand(out, j, sign*d, true, 0)
		} else if d < -1e-6 {
			c.expand(out, j, sign*d, false, 0)
		}
	}
	return out
}

// expand adds what a bound of an atom follows from.
func (c *component) expand(out combination, j int32, times float64, low bool, depth int) {
	by := c.highBy[j]
	if low {
		by = c.lowBy[j]
	}
	if by < 0 || depth > 12 || len(out) > 40 {
		return
	}
	out[by] += times
	if !low && c.most[j] == c.rows[by].high {
		return
	}
	for _, k := range c.of[by] {
		if k != j && c.turn[k] > 0 && (c.turn[j] == 0 || c.turn[k] < c.turn[j]) {
			c.expand(out, k, -times, !low, depth+1)
		}
	}
}

// terms writes a combination, by published cells.
func (c *component) terms(of combination, low bool) ([]Term, []*row) {
	var keys []int32
	for i, v := range of {
		if math.Abs(v) > 1e-6 && len(c.rows[i].from) > 0 {
			keys = append(keys, i)
		}
	}
	slices.Sort(keys)
	var out []Term
	var rows []*row
	for _, i := range keys {
		r := c.rows[i]
		best := r.from[0]
		for _, s := range r.from { // the one that bounds
			n := c.p.in.Tables[s.table].Cells[s.cell].Count
			if (of[i] > 0) == low && n.least == r.low || (of[i] > 0) != low && n.most == r.high {
				best = s
				break
			}
		}
		out = append(out, Term{c.p.cell(best), math.Round(of[i]*1e6) / 1e6})
		rows = append(rows, r)
	}
	slices.SortStableFunc(out, func(a, b Term) int { return cmp.Compare(b.Times, a.Times) })
	return out, rows
}

// describe names a finest group by the cells that it is in.
func (c *component) describe(j int32) (string, []*row) {
	var rows []*row
	for _, i := range c.atoms[j].rows {
		rows = append(rows, c.rows[i])
	}
	slices.SortStableFunc(rows, func(a, b *row) int {
		x, _ := a.cells(c.p.sizes)
		y, _ := b.cells(c.p.sizes)
		return cmp.Compare(x, y)
	})
	for _, i := range c.atoms[j].rows {
		if len(c.of[i]) == 1 {
			return c.p.name(c.rows[i]), rows
		}
	}
	var names []string
	for at, r := range rows {
		if !slices.ContainsFunc(rows[:at], func(o *row) bool { return o.within(r.box) }) {
			names = append(names, "["+c.p.name(r)+"]")
		}
	}
	if len(names) == 1 {
		return names[0] + " without the smaller cells in it", rows
	}
	return "those in " + strings.Join(names, " and ") + ", without the smaller cells in these", rows
}
