package auditor

import (
	"context"
	"math"
	"slices"

	"github.com/sala-exchange/sala/services/anonymity/auditor/integer"
)

// relation is how a group comes from published ones.
type relation uint8

const (
	cell     relation = iota // a published group
	more                     // what it has more than another
	shared                   // what it shares with another
	rest                     // what it has more than all cells of a table in it
	finestOf                 // a finest group
)

// group is one that is asked for, within a block.
type group struct {
	relation
	a, b        int32   // places of regions; of a rest, the table; of a finest group, the atom
	atoms       []int32 // of a rest, by places in the block; else worked out
	least, most int64   // among the tables that were found
}

// groups are what is asked of a block.
type groups struct {
	c       *component
	b       *block
	regions []region    // their atoms in the block, by places, each set once
	partial []bool      // the region has other atoms too
	in      [][]int32   // the regions of each atom
	open    []group     // not yet answered
	both    []int32     // how many atoms regions a and b share, at a × regions + b
	values  tableValues // of the last table that was tried
}

// tableValues is how many persons a table has in each region, and in what two share.
type tableValues struct {
	of   []int64
	both []int64
}

func newGroups(c *component, b *block) *groups {
	g := &groups{c: c, b: b, in: make([][]int32, len(b.atoms))}
	seen := map[string]bool{}
	for _, r := range c.regions {
		var here []int32
		for _, j := range r.atoms {
			if at, in := b.place[j]; in {
				here = append(here, at)
			}
		}
		if k := groupKey(here); len(here) > 0 && !seen[k] {
			seen[k] = true
			for _, at := range here {
				g.in[at] = append(g.in[at], int32(len(g.regions)))
			}
			g.regions = append(g.regions, region{r.row, here})
			g.partial = append(g.partial, len(here) < len(r.atoms))
		}
	}
	n := len(g.regions)
	g.values = tableValues{make([]int64, n), make([]int64, n*n)}
	g.both = make([]int32, n*n)
	for _, in := range g.in {
		for _, a := range in {
			for _, d := range in {
				g.both[int(a)*n+int(d)]++
			}
		}
	}
	g.propose()
	return g
}

// propose lists the groups that the first tables leave open.
func (g *groups) propose() {
	n := len(g.regions)
	g.count(g.b.tables[0], g.values)
	add := func(q group) {
		v := g.value(q, g.b.tables[0], g.values)
		if q.least, q.most = v, v; !g.cleared(q) {
			g.open = append(g.open, q)
		}
	}
	for a := range int32(n) {
		add(group{relation: cell, a: a})
	}
	for a := range int32(n) {
		for d := range int32(n) {
			both := int(g.both[int(a)*n+int(d)])
			if a == d || both == 0 {
				continue
			}
			if both < len(g.regions[a].atoms) {
				add(group{relation: more, a: a, b: d})
				if a < d && both < len(g.regions[d].atoms) {
					add(group{relation: shared, a: a, b: d})
				}
			}
		}
	}
	for a := range int32(n) {
		for _, q := range g.rests(a) {
			add(q)
		}
	}
	for at := range g.b.atoms {
		add(group{relation: finestOf, a: int32(at)})
	}
	for _, x := range g.b.tables[1:] {
		g.try(x)
	}
}

// try takes away what a table clears.
func (g *groups) try(x []int64) {
	g.count(x, g.values)
	open := g.open[:0]
	for _, q := range g.open {
		v := g.value(q, x, g.values)
		if q.least, q.most = min(q.least, v), max(q.most, v); !g.cleared(q) {
			open = append(open, q)
		}
	}
	g.open = open
}

// rests are what a region has more than the cells of each table in it that were not
// withheld, where these are at least two.
func (g *groups) rests(a int32) []group {
	n := len(g.regions)
	byTable := map[int][]int32{}
	var order []int
	for d := range n {
		if d == int(a) || int(g.both[int(a)*n+d]) != len(g.regions[d].atoms) {
			continue
		}
		for _, s := range g.regions[d].row.from {
			if k := g.c.p.in.Tables[s.table].Cells[s.cell].Count; k.least == 0 && k.most > 0 {
				continue // withheld
			}
			if byTable[s.table] == nil {
				order = append(order, s.table)
			}
			byTable[s.table] = append(byTable[s.table], int32(d))
		}
	}
	slices.Sort(order)
	var out []group
	for _, t := range order {
		if len(byTable[t]) < 2 {
			continue
		}
		taken := map[int32]bool{}
		for _, d := range byTable[t] {
			for _, at := range g.regions[d].atoms {
				taken[at] = true
			}
		}
		left := slices.DeleteFunc(slices.Clone(g.regions[a].atoms), func(at int32) bool { return taken[at] })
		if len(left) > 0 {
			out = append(out, group{relation: rest, a: a, b: int32(t), atoms: left})
		}
	}
	return out
}

// count works out a table's numbers of persons in the regions.
func (g *groups) count(x []int64, out tableValues) {
	clear(out.of)
	clear(out.both)
	n := len(g.regions)
	for at, v := range x {
		if v == 0 {
			continue
		}
		for _, a := range g.in[at] {
			out.of[a] += v
			for _, d := range g.in[at] {
				out.both[int(a)*n+int(d)] += v
			}
		}
	}
}

// value is a table's number of persons in a group.
func (g *groups) value(q group, x []int64, v tableValues) int64 {
	n := len(g.regions)
	switch q.relation {
	case cell:
		return v.of[q.a]
	case more:
		return v.of[q.a] - v.both[int(q.a)*n+int(q.b)]
	case shared:
		return v.both[int(q.a)*n+int(q.b)]
	case finestOf:
		return x[q.a]
	}
	sum := int64(0)
	for _, at := range q.atoms {
		sum += x[at]
	}
	return sum
}

// cleared says whether the tables found show that a group is no finding.
func (g *groups) cleared(q group) bool {
	in := g.c.p.in
	if q.least > 0 && q.most < in.K {
		return false
	}
	return in.Width == 0 || q.most-q.least >= in.Width
}

// atoms are the component's atoms of a group.
func (g *groups) atoms(q group) []int32 {
	places := q.atoms
	switch q.relation {
	case cell:
		places = g.regions[q.a].atoms
	case finestOf:
		places = []int32{q.a}
	case more, shared:
		for _, at := range g.regions[q.a].atoms {
			if slices.Contains(g.in[at], q.b) == (q.relation == shared) {
				places = append(places, at)
			}
		}
	}
	out := make([]int32, len(places))
	for i, at := range places {
		out[i] = g.b.atoms[at]
	}
	return out
}

// maxOfPart is how many findings a part may have before it is looked into no further.
const maxOfPart = 100

// ask answers what is open, one group after another; each table that an answer brings is
// tried on all that are still open.
func (g *groups) ask(ctx context.Context) error {
	if err := g.clear(ctx); err != nil {
		return err
	}
	for len(g.open) > 0 {
		if len(g.c.found) >= maxOfPart {
			g.c.cut = true
			return nil
		}
		q := g.open[0]
		g.open = g.open[1:]
		if atoms := g.atoms(q); !g.c.told[groupKey(atoms)] {
			if err := g.answer(ctx, q, atoms); err != nil {
				return err
			}
		}
	}
	return nil
}

// clear looks for tables that show many groups to be empty, or large, at once, as long as
// some of the last rounds took away a fiftieth of what is open.
func (g *groups) clear(ctx context.Context) error {
	useless := 0
	for round := uint64(0); useless < 6 && len(g.open) > 100; round++ {
		before := len(g.open)
		a, err := g.b.solver.Reaches(ctx, g.together(round), 1<<62)
		if err != nil {
			return err
		}
		if g.learn(a); before-len(g.open) >= before/50 {
			useless = 0
		} else {
			useless++
		}
	}
	return nil
}

// together is a sum by which a third of the groups that are open is to shrink, with a third
// that is to grow in every other round; which ones, differs from round to round.
func (g *groups) together(round uint64) []integer.Term {
	weight := make([]int64, len(g.b.atoms))
	for i, q := range g.open {
		w := scatter(round, uint64(i)) - 1
		if w == 0 || w < 0 && round%2 == 0 {
			continue
		}
		for _, j := range g.atoms(q) {
			weight[g.b.place[j]] += w
		}
	}
	var sum []integer.Term
	for at, w := range weight {
		if w != 0 {
			sum = append(sum, integer.Term{Variable: int32(at), Weight: w})
		}
	}
	return sum
}

// answer looks for the least and the most of a group, as far as it takes to judge it.
func (g *groups) answer(ctx context.Context, q group, atoms []int32) error {
	in := g.c.p.in
	ask := g.b.solver.Reaches
	if in.Width > 0 { // how far apart they are counts, so both to the end
		ask = g.b.solver.Least
	}
	low, err := ask(ctx, g.b.sum(atoms, 1), 0)
	if err != nil {
		return err
	}
	g.learn(low)
	least := max(low.Bound, 0)
	if low.Solution != nil && low.Value == 0 {
		if in.Width == 0 {
			return nil
		}
	}
	if least >= in.K {
		return nil
	}
	enough := in.K
	if in.Width > 0 {
		enough = max(in.K, least+in.Width)
	}
	high, err := ask(ctx, g.b.sum(atoms, -1), -enough)
	if err != nil {
		return err
	}
	g.learn(high)
	most := int64(math.MaxInt64)
	if high.Bound > -1<<62 {
		most = -high.Bound
	}
	for _, a := range []*integer.Answer{low, high} {
		if a.Solution != nil {
			v := g.sum(a.Solution, atoms)
			q.least, q.most = min(q.least, v), max(q.most, v)
		}
	}
	name := func() (string, []*row) { return g.name(q) }
	g.c.judge(g.b, atoms, name, least, most, low.Multipliers, high.Multipliers)
	if k := groupKey(atoms); !g.cleared(q) && most != 0 && !g.c.told[k] {
		group, rows := name()
		g.c.told[k] = true
		g.c.found = append(g.c.found, Finding{Kind: Undecided, Group: group, Least: least, Most: most, Tables: g.c.p.tables(rows)})
	}
	return nil
}

func (g *groups) sum(x []int64, atoms []int32) int64 {
	sum := int64(0)
	for _, j := range atoms {
		sum += x[g.b.place[j]]
	}
	return sum
}

// learn tries a new table on what is open.
func (g *groups) learn(a *integer.Answer) {
	if a.Solution != nil {
		g.c.keep(g.b, a.Solution)
		g.try(a.Solution)
	}
}

// name describes a group by published cells, and lists them.
func (g *groups) name(q group) (string, []*row) {
	p := g.c.p
	if q.relation == finestOf {
		return g.c.describe(g.b.atoms[q.a])
	}
	a := g.regions[q.a].row
	of, rows := "["+p.name(a)+"]", []*row{a}
	if q.relation == cell && !g.partial[q.a] {
		return p.name(a), rows
	}
	switch q.relation {
	case more:
		rows = append(rows, g.regions[q.b].row)
		of += " without [" + p.name(g.regions[q.b].row) + "]"
	case shared:
		rows = append(rows, g.regions[q.b].row)
		of += " and [" + p.name(g.regions[q.b].row) + "]"
	case rest:
		of += " without the cells of [" + p.in.Tables[q.b].Name + "] in it that are told"
		for _, r := range g.regions {
			for _, s := range r.row.from {
				if s.table == int(q.b) {
					rows = append(rows, r.row)
				}
			}
		}
	}
	if g.partial[q.a] {
		of += " less what is known of it"
	}
	return of, rows
}
