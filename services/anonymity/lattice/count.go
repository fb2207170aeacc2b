package lattice

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/sala-exchange/sala/services/anonymity/model"
)

// classes are groups of rows that are equal in their quasi-identifiers at some node and in
// their sensitive values: one row that stands for them, and how many they are. The row's
// values are beside it, so that counting reads one word after another.
type classes struct {
	levels []int
	rows   []uint32
	counts []uint32
	packed [][]uint64 // of each row, by words of the packing
}

func (c *classes) len() int { return len(c.rows) }

// add adds group i of others, with nobody in it yet.
func (c *classes) add(from *classes, i uint32) {
	c.rows, c.counts = append(c.rows, from.rows[i]), append(c.counts, 0)
	for w := range c.packed {
		c.packed[w] = append(c.packed[w], from.packed[w][i])
	}
}

// sorted are the groups in the order of their values, so that those that are joined are near
// each other.
func (c *classes) sorted() *classes {
	order := make([]uint32, c.len())
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		for _, word := range c.packed {
			if word[a] != word[b] {
				return cmp.Compare(word[a], word[b])
			}
		}
		return cmp.Compare(a, b)
	})
	out := &classes{levels: c.levels, packed: make([][]uint64, len(c.packed))}
	for n, i := range order {
		out.add(c, i)
		out.counts[n] = c.counts[i]
	}
	return out
}

// counter counts one node after another, in memory of its own.
type counter struct {
	s      *space
	from   *classes // what was counted last
	slots  slots
	keys   []uint64
	tables []numbering // of each run
	class  []uint32    // of each group that was counted
	sizes  []uint32    // of each class
	first  []uint32    // the first group of each class, among those it was counted from
	// parts are the groups by class and secret; one a class where nothing is sensitive.
	parts  *classes
	starts []uint32 // where each class begins in byClass
	by     []uint32 // parts, class after class
	bad    []bool   // of each class: suppressed
	counts []*model.Counts
	left   []*model.Counts // of all that is left
}

func newCounter(s *space) *counter {
	c := &counter{s: s, tables: make([]numbering, len(s.runs))}
	for _, r := range s.rules {
		c.counts, c.left = append(c.counts, r.NewCounts()), append(c.left, r.NewCounts())
	}
	return c
}

// numbering is the number of each combination of a run's codes at a node.
type numbering struct {
	numbers []uint32
	values  uint64 // how many numbers
	own     []uint32
}

// found is what a count says of a node.
type found struct {
	// fails: a requirement that is monotone is not fulfilled, so nothing below fulfils it.
	fails      bool
	fulfils    bool
	suppressed int
	classes    int // that are left
	cost       float64
	bound      float64 // no node above costs less
}

// count counts a node from groups of a node below it.
func (c *counter) count(levels []int, from *classes) found {
	s := c.s
	c.group(levels, from)
	small := 0
	c.bad = grown(c.bad, len(c.sizes))
	for class, size := range c.sizes {
		c.bad[class] = int(size) < s.least
		if c.bad[class] {
			small += int(size)
		}
	}
	f := found{suppressed: small, bound: s.metric.bound(levels, c.sizes)}
	if small > s.limit {
		f.fails = true
		return f
	}
	if len(s.rules) > 0 {
		if c.sensitive(&f); f.fails {
			return f
		}
	}
	for class := range c.sizes {
		if !c.bad[class] {
			f.classes++
		}
	}
	f.fulfils = f.suppressed <= s.limit && f.classes > 0 && c.closeAgain(f)
	if !f.fulfils {
		f.fails = s.monotone
		return f
	}
	f.cost = s.metric.cost(levels, c, f)
	return f
}

// group finds the classes of a node, and with sensitive columns their parts.
func (c *counter) group(levels []int, from *classes) {
	s, n := c.s, from.len()
	c.from = from
	c.keys, c.class = grown(c.keys, n), grown(c.class, n)
	c.slots.reset(c.joinKeys(levels, from), n)
	c.sizes, c.first = c.sizes[:0], c.first[:0]
	for i, key := range c.keys {
		class := c.slots.find(key)
		if int(class) == len(c.sizes) {
			c.sizes, c.first = append(c.sizes, 0), append(c.first, uint32(i))
		}
		c.class[i] = class
		c.sizes[class] += from.counts[i]
	}
	c.parts = nil
	if len(s.rules) == 0 {
		return
	}
	// The parts of a class: what is equal in its secret too.
	c.slots.reset(uint64(len(c.sizes))*uint64(s.secrets), n)
	p := &classes{packed: make([][]uint64, len(from.packed))}
	owners := make([]uint32, 0, len(c.sizes))
	for i, class := range c.class {
		row := from.rows[i]
		part := c.slots.find(uint64(class)*uint64(s.secrets) + uint64(s.secret[row]))
		if int(part) == p.len() {
			p.add(from, uint32(i))
			owners = append(owners, class)
		}
		p.counts[part] += from.counts[i]
	}
	c.parts = p
	c.sort(owners)
}

// sort lists the parts class after class.
func (c *counter) sort(owners []uint32) {
	c.starts, c.by = grown(c.starts, len(c.sizes)+1), grown(c.by, len(owners))
	clear(c.starts)
	for _, class := range owners {
		c.starts[class]++
	}
	end := uint32(0)
	for class := range c.starts {
		end += c.starts[class]
		c.starts[class] = end
	}
	for part := len(owners) - 1; part >= 0; part-- {
		at := &c.starts[owners[part]] // sinks from the class's end to its beginning
		*at--
		c.by[*at] = uint32(part)
	}
}

// block is how many groups are looked at together, so that what is read stays near.
const block = 2048

// joinKeys gives each group a number for its values at the node's levels. Where the
// number would be too large, what it holds is numbered anew before it grows. All numbers
// are below the limit.
func (c *counter) joinKeys(levels []int, from *classes) (limit uint64) {
	clear(c.keys)
	first := 0
	limit = 1
	for i, r := range c.s.runs {
		values := c.tabulate(i, r, levels)
		if high, _ := bits.Mul64(limit, values); high > 0 {
			c.joinRuns(c.keys, from, 0, first, i)
			c.slots.reset(limit, from.len())
			for j, key := range c.keys {
				c.keys[j] = uint64(c.slots.find(key))
			}
			limit, first = uint64(c.slots.used), i
		}
		limit *= values
	}
	c.joinRuns(c.keys, from, 0, first, len(c.s.runs))
	return limit
}

// tabulate writes down the number of each combination of a run's codes at the node's levels,
// and returns how many numbers there are.
func (c *counter) tabulate(at int, r run, levels []int) (values uint64) {
	t := &c.tables[at]
	if r.end-r.first == 1 {
		l := c.s.p.Quasi[r.first]
		t.numbers, t.values = l.Codes[levels[r.first]], uint64(len(l.Values[levels[r.first]]))
		return t.values
	}
	t.own = grown(t.own, 1<<r.width)
	t.own[0] = 0
	t.numbers, t.values = t.own, 1
	known := 1
	for i := r.first; i < r.end; i++ {
		l, width := c.s.p.Quasi[i], c.s.places[i].width
		general, n := l.Codes[levels[i]], uint32(len(l.Values[levels[i]]))
		for before := known - 1; before >= 0; before-- { // each goes to a higher place, or to its own
			base, to := t.own[before]*n, t.own[before<<width:]
			for code, g := range general {
				to[code] = base + g
			}
		}
		known <<= width
		t.values *= uint64(n)
	}
	return t.values
}

// joinRuns joins the runs from one to before another to the keys of groups, the first of
// which is the one at.
func (c *counter) joinRuns(keys []uint64, from *classes, at, first, end int) {
	for len(keys) > 0 {
		some := keys[:min(block, len(keys))]
		for i := first; i < end; i++ {
			t, in := c.tables[i], c.s.runs[i].place
			if t.values == 1 {
				continue
			}
			for j, word := range from.packed[in.word][at : at+len(some)] {
				some[j] = some[j]*t.values + uint64(t.numbers[in.of(word)])
			}
		}
		keys, at = keys[len(some):], at+len(some)
	}
}

// merged is what was counted, as groups to count from.
func (c *counter) merged(levels []int) *classes {
	if c.parts != nil {
		c.parts.levels = slices.Clone(levels)
		return c.parts
	}
	n := len(c.first)
	m := &classes{levels: slices.Clone(levels), rows: make([]uint32, n), counts: slices.Clone(c.sizes), packed: make([][]uint64, len(c.from.packed))}
	for class, i := range c.first {
		m.rows[class] = c.from.rows[i]
	}
	for w, of := range c.from.packed {
		m.packed[w] = make([]uint64, n)
		for class, i := range c.first {
			m.packed[w][class] = of[i]
		}
	}
	return m
}

// row is one of a class.
func (c *counter) row(class int) uint32 { return c.from.rows[c.first[class]] }

// fill counts a class's values of a rule's column.
func (c *counter) fill(into *model.Counts, rule, class int) {
	column := c.s.rules[rule].Column
	for _, part := range c.by[c.starts[class]:c.starts[class+1]] {
		into.Add(column.Codes[c.parts.rows[part]], c.parts.counts[part])
	}
}

// sensitive marks the classes that are not diverse or not close to all rows. Too few
// values are counted apart, since only their failure is monotone.
func (c *counter) sensitive(f *found) {
	few, others := f.suppressed, 0
	for class, size := range c.sizes {
		if c.bad[class] {
			continue
		}
		for i := range c.s.rules {
			c.counts[i].Clear()
			c.fill(c.counts[i], i, class)
		}
		switch {
		case c.tooFew():
			few += int(size)
		case c.unlike():
			others += int(size)
		default:
			continue
		}
		c.bad[class] = true
	}
	f.suppressed = few + others
	f.fails = few > c.s.limit
}

func (c *counter) tooFew() bool {
	for i, rule := range c.s.rules {
		if len(c.counts[i].Met) < rule.Least() {
			return true
		}
	}
	return false
}

func (c *counter) unlike() bool {
	for i, rule := range c.s.rules {
		if !rule.Diverse(c.counts[i]) || !rule.Close(c.counts[i], c.s.all[i]) {
			return true
		}
	}
	return false
}

// closeAgain reports whether the classes that are left are close to all that is left.
func (c *counter) closeAgain(f found) bool {
	if f.suppressed == 0 {
		return true // what is left is all
	}
	for i, rule := range c.s.rules {
		if !rule.Sensitive.Close() {
			continue
		}
		left, counts := c.left[i], c.counts[i]
		left.Clear()
		for class, bad := range c.bad {
			if !bad {
				c.fill(left, i, class)
			}
		}
		for class, bad := range c.bad {
			if bad {
				continue
			}
			counts.Clear()
			if c.fill(counts, i, class); !rule.Close(counts, left) {
				return false
			}
		}
	}
	return true
}

// slots numbers keys in the order in which they are first met: in an array where the keys
// are few, else in a hash table with linear probing, at most half full.
type slots struct {
	used  int
	dense []uint32 // by key, from 1; nil where there are too many keys
	table []slot
	shift int
	// arrays and others are memory to use again.
	arrays        []uint32
	others, spare []slot
}

type slot struct {
	key    uint64
	number uint32 // from 1; 0 is free
}

// reset forgets all keys. The next are below the limit, and so many at most.
func (t *slots) reset(limit uint64, most int) {
	t.used, t.dense = 0, nil
	if limit <= 4*uint64(most) {
		t.arrays = grown(t.arrays, int(limit))
		t.dense = t.arrays
		clear(t.dense)
		return
	}
	bit := max(10, bits.Len(uint(most/4)))
	t.others = grown(t.others, 1<<bit)
	t.table, t.shift = t.others, 64-bit
	clear(t.table)
}

func (t *slots) find(key uint64) uint32 {
	if t.dense != nil {
		if t.dense[key] == 0 {
			t.used++
			t.dense[key] = uint32(t.used)
		}
		return t.dense[key] - 1
	}
	mask := len(t.table) - 1
	// Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4).
	for at := int(key * 0x9e3779b97f4a7c15 >> t.shift); ; at++ {
		s := &t.table[at&mask]
		if s.number == 0 {
			t.used++
			s.key, s.number = key, uint32(t.used)
			if 2*t.used > len(t.table) {
				t.grow()
			}
			return uint32(t.used - 1)
		}
		if s.key == key {
			return s.number - 1
		}
	}
}

func (t *slots) grow() {
	old := t.table
	t.spare = grown(t.spare, 2*len(old))
	t.table, t.shift = t.spare, t.shift-1
	clear(t.table)
	mask := len(t.table) - 1
	for _, s := range old {
		if s.number == 0 {
			continue
		}
		at := int(s.key * 0x9e3779b97f4a7c15 >> t.shift)
		for t.table[at&mask].number != 0 {
			at++
		}
		t.table[at&mask] = s
	}
	t.others, t.spare = t.table, t.others
}

// grown is s with n elements, whatever they hold.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
