package auditor

import (
	"context"
	"slices"

	"github.com/sala-exchange/sala/services/anonymity/auditor/integer"
)

// component is rows that hang together, and the finest groups that they divide into.
type component struct {
	p         *population
	rows      []*row
	whole     []*row // rows that were left out, which smaller ones give
	restricts []bool // attributes that some row restricts
	atoms     []atom
	of        [][]int32 // the atoms of each row

	// least and most bound each atom; lowBy and highBy are the rows that they follow
	// from, −1 for none.
	least, most   []int64
	lowBy, highBy []int32
	turn          []int32 // when an atom was fixed, from 1; 0 for not yet
	fixed         int32

	regions []region
	blocks  []*block
	seen    []bool          // atoms that some consistent table has somebody in
	empty   []bool          // atoms that none has
	told    map[string]bool // groups that need not be told, by groupKey
	found   []Finding
	cut     bool // it had enough findings, and more were not looked for
}

// region is a group that a published cell addresses, in this component.
type region struct {
	row   *row
	atoms []int32 // ascending
}

// bounds puts each atom between bounds, and fixes those that a row alone settles, until no
// row settles another. It is false where two of them contradict each other.
func (c *component) bounds() bool {
	c.of = make([][]int32, len(c.rows))
	widest := c.p.in.K
	for _, r := range c.rows {
		widest = max(widest, r.low)
		if r.low > r.high {
			return false
		}
	}
	n := len(c.atoms)
	c.least, c.most, c.turn = make([]int64, n), make([]int64, n), make([]int32, n)
	c.lowBy, c.highBy = make([]int32, n), make([]int32, n)
	for j := range c.atoms {
		// more than any row asks for, and enough to make a group large: no bound at all
		c.most[j], c.lowBy[j], c.highBy[j] = widest+c.p.in.K+c.p.in.Width, -1, -1
		for _, i := range c.atoms[j].rows {
			c.of[i] = append(c.of[i], int32(j))
			if h := c.rows[i].high; h < c.most[j] {
				c.most[j], c.highBy[j] = h, i
			}
		}
		c.settle(int32(j))
	}
	queue, waiting := make([]int32, len(c.rows)), make([]bool, len(c.rows))
	for i := range queue {
		queue[i], waiting[i] = int32(i), true
	}
	for len(queue) > 0 {
		i := queue[0]
		queue, waiting[i] = queue[1:], false
		j, ok := c.single(i)
		if !ok {
			return false
		}
		if j < 0 {
			continue
		}
		for _, other := range c.atoms[j].rows {
			if !waiting[other] {
				queue, waiting[other] = append(queue, other), true
			}
		}
	}
	return true
}

// settle notes that an atom has come to be known.
func (c *component) settle(j int32) bool {
	if c.least[j] == c.most[j] && c.turn[j] == 0 {
		c.fixed++
		c.turn[j] = c.fixed
		return true
	}
	return false
}

// single bounds the one atom of a row that is not known, by what the row leaves for it. It
// returns the atom if that settled it, else −1.
func (c *component) single(i int32) (settled int32, ok bool) {
	one := int32(-1)
	low, high := c.rows[i].low, c.rows[i].high
	for _, j := range c.of[i] {
		if c.turn[j] == 0 {
			if one >= 0 {
				return -1, true
			}
			one = j
			continue
		}
		low -= c.least[j]
		if high != Unbounded {
			high -= c.least[j]
		}
	}
	if one < 0 {
		return -1, low <= 0 && high >= 0
	}
	if low > c.least[one] {
		c.least[one], c.lowBy[one] = low, i
	}
	if high < c.most[one] {
		c.most[one], c.highBy[one] = high, i
	}
	if c.least[one] > c.most[one] {
		return -1, false
	}
	if c.settle(one) {
		return one, true
	}
	return -1, true
}

// address lists the groups that are addressed: the rows, and what of those that were left
// out is here.
func (c *component) address() {
	for i, r := range c.rows {
		if len(c.of[i]) > 0 {
			c.regions = append(c.regions, region{r, c.of[i]})
		}
	}
	if len(c.atoms) == 1 {
		return // whatever was left out is all of it, or nothing
	}
	for _, r := range c.whole {
		var in []int32
		for j := range c.atoms {
			if r.has(c.atoms[j].point) {
				in = append(in, int32(j))
			}
		}
		if len(in) > 1 {
			c.regions = append(c.regions, region{r, in})
		}
	}
}

// block is atoms whose numbers hang together once others are known.
type block struct {
	atoms   []int32
	rows    []int32 // those that bind them
	place   map[int32]int32
	program *integer.Program
	solver  *integer.Solver
	tables  [][]int64 // consistent tables that were found, by the block's atoms
}

// bound divides the atoms that are not known into blocks.
func (c *component) bound() {
	root := make([]int32, len(c.atoms))
	for j := range root {
		root[j] = int32(j)
	}
	find := func(j int32) int32 {
		for root[j] != j {
			root[j] = root[root[j]]
			j = root[j]
		}
		return j
	}
	binding := make([]bool, len(c.rows))
	for i := range c.rows {
		if binding[i] = c.binds(int32(i)); !binding[i] {
			continue
		}
		first := int32(-1)
		for _, j := range c.of[i] {
			if c.turn[j] > 0 {
				continue
			}
			if first < 0 {
				first = j
			}
			a, b := find(first), find(j)
			root[max(a, b)] = min(a, b)
		}
	}
	at := map[int32]*block{}
	for j := range c.atoms {
		if c.turn[j] > 0 {
			continue
		}
		b := at[find(int32(j))]
		if b == nil {
			b = &block{place: map[int32]int32{}}
			at[find(int32(j))] = b
			c.blocks = append(c.blocks, b)
		}
		b.place[int32(j)] = int32(len(b.atoms))
		b.atoms = append(b.atoms, int32(j))
	}
	for i := range c.rows {
		if !binding[i] {
			continue
		}
		for _, j := range c.of[i] {
			if c.turn[j] == 0 {
				b := at[find(j)]
				b.rows = append(b.rows, int32(i))
				break
			}
		}
	}
}

// binds says whether a row says more than the bounds of its atoms.
func (c *component) binds(i int32) bool {
	unknown, least, most := 0, int64(0), int64(0)
	for _, j := range c.of[i] {
		if c.turn[j] == 0 {
			unknown++
		}
		least += c.least[j]
		most += c.most[j]
	}
	return unknown > 1 && (c.rows[i].low > least || c.rows[i].high < most)
}

// prepare makes the block's program.
func (c *component) prepare(b *block) {
	p := &integer.Program{Columns: make([][]int32, len(b.atoms))}
	for _, j := range b.atoms {
		p.Least, p.Most = append(p.Least, c.least[j]), append(p.Most, c.most[j])
	}
	for at, i := range b.rows {
		low, high := c.rows[i].low, c.rows[i].high
		for _, j := range c.of[i] {
			if c.turn[j] > 0 {
				low -= c.least[j]
				if high != Unbounded {
					high -= c.least[j]
				}
				continue
			}
			p.Columns[b.place[j]] = append(p.Columns[b.place[j]], int32(at))
		}
		p.Low, p.High = append(p.Low, low), append(p.High, high)
	}
	l := c.p.in.Limits
	b.program = p
	b.solver = integer.NewSolver(p, integer.Limits{Steps: l.Steps, Nodes: l.Nodes, Total: l.Work})
}

// first finds consistent tables to begin with, of different kinds: those of the least of
// some sums that are fixed, not random. It is false where there is none at all.
func (c *component) first(ctx context.Context, b *block) (found, possible bool, err error) {
	for kind := uint64(1); kind <= 4; kind++ { // without a sum, where the simplex ends is far from whole
		var sum []integer.Term
		for at := range b.atoms {
			if w := scatter(kind, uint64(at)) - 1; w != 0 {
				sum = append(sum, integer.Term{Variable: int32(at), Weight: w})
			}
		}
		a, err := b.solver.Least(ctx, sum, 1<<62) // whichever comes first
		if err != nil {
			return false, false, err
		}
		if a.Impossible {
			return false, false, nil
		}
		if a.Solution == nil {
			break
		}
		c.keep(b, a.Solution)
	}
	return len(b.tables) > 0, true, nil
}

// keep takes in a consistent table.
func (c *component) keep(b *block, x []int64) {
	if slices.ContainsFunc(b.tables, func(y []int64) bool { return slices.Equal(x, y) }) {
		return
	}
	b.tables = append(b.tables, x)
	for at, j := range b.atoms {
		c.seen[j] = c.seen[j] || x[at] > 0
	}
}

// scatter spreads 0, 1 and 2 over places, another way for each round (the finaliser of
// SplitMix64, Steele et al. 2014).
func scatter(round, at uint64) int64 {
	z := at*0x9e3779b97f4a7c15 + round*0xd1342543de82ef95
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int64((z ^ z>>31) % 3)
}
