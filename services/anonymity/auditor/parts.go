package auditor

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
)

// A walk goes through the combinations of finest values, attribute by attribute, and puts
// those together that no row tells apart.
type walk struct {
	sizes []int
	rows  []*row
	split []bool // attributes whose values are kept apart anyway
	order []int  // of attributes
	point []int32
	last  []int // of each row, how deep its last restricted attribute is decided
	steps int
	// stop is asked at each step whether to look further.
	stop func(alive []int32, depth int) bool
	leaf func(alive []int32)
}

// newWalk goes by the attributes that most rows restrict first, where most falls apart.
func newWalk(sizes []int, rows []*row) *walk {
	w := &walk{sizes: sizes, rows: rows, split: make([]bool, len(sizes)), point: make([]int32, len(sizes))}
	uses := make([]int, len(sizes))
	for _, r := range rows {
		for a, v := range r.box {
			if v != nil {
				uses[a]++
			}
		}
	}
	for a := range sizes {
		w.order = append(w.order, a)
	}
	slices.SortStableFunc(w.order, func(a, b int) int { return cmp.Compare(uses[b], uses[a]) })
	for _, r := range rows {
		last := 0
		for depth, a := range w.order {
			if r.box[a] != nil {
				last = depth + 1
			}
		}
		w.last = append(w.last, last)
	}
	return w
}

func (w *walk) all() []int32 {
	out := make([]int32, len(w.rows))
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

// visit goes through what is left of the attributes for the rows that are alive so far.
func (w *walk) visit(alive []int32, depth int) {
	w.steps++
	if len(alive) == 0 || w.stop(alive, depth) {
		return
	}
	if depth == len(w.order) {
		w.leaf(alive)
		return
	}
	a := w.order[depth]
	any := false
	for _, i := range alive {
		any = any || w.rows[i].box[a] != nil
	}
	if !any && !w.split[a] {
		w.point[a] = 0
		w.visit(alive, depth+1)
		return
	}
	seen := map[string]bool{}
	var buf []byte
	for v := range w.sizes[a] {
		buf = buf[:0]
		var next []int32
		for _, i := range alive {
			if w.rows[i].box[a].has(v) {
				next = append(next, i)
				buf = binary.LittleEndian.AppendUint32(buf, uint32(i))
			}
		}
		if !w.split[a] {
			if seen[string(buf)] {
				continue
			}
			seen[string(buf)] = true
		}
		w.point[a] = int32(v)
		w.visit(next, depth+1)
	}
}

// together divides the rows into those that hang together: two do where somebody may be in
// both, or both do with a third.
func together(ctx context.Context, sizes []int, rows []*row) ([][]*row, error) {
	root := make([]int32, len(rows))
	for i := range root {
		root[i] = int32(i)
	}
	find := func(i int32) int32 {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	join := func(alive []int32) {
		for _, i := range alive[1:] {
			a, b := find(alive[0]), find(i)
			root[max(a, b)] = min(a, b)
		}
	}
	w := newWalk(sizes, rows)
	w.leaf = join
	w.stop = func(alive []int32, _ int) bool {
		if w.steps&1023 == 0 && ctx.Err() != nil {
			return true
		}
		if w.steps > maxSteps { // joining too much is no error, only more work
			join(alive)
			return true
		}
		first := find(alive[0])
		for _, i := range alive[1:] {
			if find(i) != first {
				return false
			}
		}
		return true
	}
	w.visit(w.all(), 0)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out [][]*row
	place := map[int32]int{}
	for i, r := range rows {
		at, met := place[find(int32(i))]
		if !met {
			at = len(out)
			place[find(int32(i))] = at
			out = append(out, nil)
		}
		out[at] = append(out[at], r)
	}
	return out, nil
}

// maxSteps bounds a walk.
const maxSteps = 20_000_000

// atom is a finest group: who is in the same rows, and in no others.
type atom struct {
	rows  []int32 // by place in the component, ascending
	point []int32 // one combination of finest values of it
	// sens has, for each of what is sensitive, the combinations of its values that occur.
	sens []map[string]bool
}

// divide finds the atoms of the component's rows, but those of cells that are empty; false
// where there are more than the limit.
func (c *component) divide(ctx context.Context, limit int) (bool, error) {
	w := newWalk(c.p.sizes, c.rows)
	c.named(w)
	at := map[string]int{}
	over := false
	w.stop = func(alive []int32, depth int) bool {
		if w.steps&1023 == 0 && ctx.Err() != nil {
			over = true
		}
		over = over || w.steps > maxSteps || len(c.atoms) > limit
		return over || w.nobody(alive, depth)
	}
	var buf []byte
	w.leaf = func(alive []int32) {
		buf = buf[:0]
		for _, i := range alive {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(i))
		}
		i, met := at[string(buf)]
		if !met {
			i = len(c.atoms)
			at[string(buf)] = i
			c.atoms = append(c.atoms, atom{rows: slices.Clone(alive), point: slices.Clone(w.point)})
			for range c.p.sens {
				c.atoms[i].sens = append(c.atoms[i].sens, map[string]bool{})
			}
		}
		for k, s := range c.p.sens {
			c.atoms[i].sens[k][c.tuple(s, w.point)] = true
		}
	}
	w.visit(w.all(), 0)
	return !over, ctx.Err()
}

// nobody says whether an empty cell covers what is left. Where official knowledge is about
// that too, it counts: who knows a group knows more once a part of it is told to be empty.
func (w *walk) nobody(alive []int32, depth int) bool {
	empty := false
	for _, i := range alive {
		if w.rows[i].known {
			return false
		}
		empty = empty || w.rows[i].high == 0 && w.last[i] <= depth
	}
	return empty
}

// named keeps the values of sensitive attributes apart that the component's rows restrict.
// Of the others all values are possible, whatever the rows say.
func (c *component) named(w *walk) {
	c.restricts = make([]bool, len(c.p.sizes))
	for _, r := range c.rows {
		for a, v := range r.box {
			c.restricts[a] = c.restricts[a] || v != nil
		}
	}
	for _, s := range c.p.sens {
		for _, a := range s.attributes {
			w.split[a] = c.restricts[a]
		}
	}
}

// tuple is the combination of sensitive values that a point has.
func (c *component) tuple(s sensitive, point []int32) string {
	var out []byte
	for _, a := range s.attributes {
		if c.restricts[a] {
			out = binary.LittleEndian.AppendUint32(out, uint32(point[a]))
		}
	}
	return string(out)
}
