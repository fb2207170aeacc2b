package auditor

import (
	"cmp"
	"slices"
)

// implied finds the rows that follow from others, as a total does from all its parts, so
// that what hangs together only through totals falls apart. A row is left out where others,
// each a smaller group, divide it and their bounds give its own; these may be left out in
// turn, for smaller ones still.
func (p *population) implied() (kept, left []*row) {
	f := &finder{p: p, along: map[string][]*row{}, shapes: map[shape][]*row{}, sums: map[projection]map[string]*share{}}
	for _, w := range p.rows {
		f.add(w)
	}
	for _, w := range p.rows {
		if !w.known && !w.keep && (f.divided(w) || f.projected(w)) {
			left = append(left, w)
		} else {
			kept = append(kept, w)
		}
	}
	return kept, left
}

// shape is the cells of a table that name the same attributes.
type shape struct {
	table int
	names string
}

// projection is a shape looked at by some of its attributes only.
type projection struct {
	shape
	by string
}

// share is what cells that agree in some attributes have together.
type share struct {
	cells     float64
	low, high int64
}

func (s *share) add(w *row, cells float64) {
	s.cells += cells
	s.low += w.low
	s.high = plus(s.high, w.high)
}

// plus adds bounds, of which either may be Unbounded.
func plus(a, b int64) int64 {
	if a == Unbounded || b == Unbounded {
		return Unbounded
	}
	return a + b
}

// gives says whether the parts' bounds give those of the whole.
func (s *share) gives(w *row) bool { return w.low <= s.low && s.high <= w.high }

type finder struct {
	p      *population
	along  map[string][]*row // rows that differ in one attribute alone, by all the others
	shapes map[shape][]*row
	order  []shape
	sums   map[projection]map[string]*share
}

func key(a int, b box) string { return string(rune(a)) + b.key(a) }

// names tells which attributes a box restricts.
func (b box) names() string {
	out := make([]byte, len(b))
	for a, v := range b {
		if v != nil {
			out[a] = 1
		}
	}
	return string(out)
}

func (f *finder) add(w *row) {
	names := w.names()
	for a, v := range w.box {
		if v != nil {
			k := key(a, w.box)
			f.along[k] = append(f.along[k], w)
		}
	}
	for _, s := range w.from {
		k := shape{s.table, names}
		if n := len(f.shapes[k]); n > 0 && f.shapes[k][n-1] == w {
			continue // twice in one table
		}
		if f.shapes[k] == nil {
			f.order = append(f.order, k)
		}
		f.shapes[k] = append(f.shapes[k], w)
	}
}

// divided says whether rows divide w along one attribute: the largest parts are tried
// first, then the smallest.
func (f *finder) divided(w *row) bool {
	for a := range w.box {
		parts := slices.DeleteFunc(slices.Clone(f.along[key(a, w.box)]), func(o *row) bool {
			return o == w || !o.box[a].within(w.box[a])
		})
		slices.SortStableFunc(parts, func(x, y *row) int { return cmp.Compare(y.box[a].size(), x.box[a].size()) })
		if f.fits(w, a, parts) {
			return true
		}
		slices.Reverse(parts)
		if f.fits(w, a, parts) {
			return true
		}
	}
	return false
}

// fits takes parts that do not overlap, in order, and says whether they are the whole.
func (f *finder) fits(w *row, a int, parts []*row) bool {
	taken := make(values, (f.p.sizes[a]+63)/64)
	var s share
	for _, o := range parts {
		if !o.box[a].meets(taken) {
			for i, v := range o.box[a] {
				taken[i] |= v
			}
			s.add(o, 0)
		}
	}
	size := f.p.sizes[a]
	if w.box[a] != nil {
		size = w.box[a].size()
	}
	return taken.size() == size && s.gives(w)
}

// projected says whether the cells of a table that agree with w in all that w names divide
// it, along as many attributes as they name more.
func (f *finder) projected(w *row) bool {
	whole, exact := w.cells(f.p.sizes)
	if !exact {
		return false
	}
	names := w.names()
	for _, s := range f.order {
		if s.names == names || !covers(s.names, names) {
			continue
		}
		k := projection{s, names}
		sums, done := f.sums[k]
		if !done {
			sums = f.project(s, names)
			f.sums[k] = sums
		}
		if got := sums[w.key(-1)]; got != nil && got.cells == whole && got.gives(w) {
			return true
		}
	}
	return false
}

// covers says whether a restricts all that b does.
func covers(a, b string) bool {
	for i := range b {
		if b[i] > a[i] {
			return false
		}
	}
	return true
}

// project adds up a shape's cells by what they have in the attributes named; nil where the
// cells may overlap.
func (f *finder) project(s shape, names string) map[string]*share {
	if !f.disjoint(f.shapes[s]) {
		return nil
	}
	out := map[string]*share{}
	for _, w := range f.shapes[s] {
		b := slices.Clone(w.box)
		for a := range b {
			if names[a] == 0 {
				b[a] = nil
			}
		}
		cells, exact := w.cells(f.p.sizes)
		if !exact {
			return nil
		}
		k := b.key(-1)
		if out[k] == nil {
			out[k] = &share{}
		}
		out[k].add(w, cells)
	}
	return out
}

// disjoint says whether, in each attribute, any two sets of the rows are equal or apart.
// Then rows that are not the same are apart.
func (f *finder) disjoint(rows []*row) bool {
	for a, size := range f.p.sizes {
		seen := map[string]bool{}
		taken := make(values, (size+63)/64)
		for _, w := range rows {
			v := w.box[a]
			if v == nil {
				break // none of this shape restricts it
			}
			k := box{v}.key(-1)
			if seen[k] {
				continue
			}
			seen[k] = true
			if v.meets(taken) {
				return false
			}
			for i := range v {
				taken[i] |= v[i]
			}
		}
	}
	return true
}
