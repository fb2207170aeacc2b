package auditor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// world is a tiny population, all of its finest groups, and every assignment of numbers to
// these that fits what was published.
type world struct {
	in     Input
	p      *population
	points [][]int32
	tables [][]int64
}

// maxTables is how many assignments are tried at most; a world of more is left out.
const maxTables = 60_000

// draw publishes random cells of a random truth.
func draw(r *rand.Rand, editions bool) *world {
	in := Input{K: 3 + int64(r.IntN(2)), Attributes: []Attribute{
		{Name: "a", Values: []string{"1", "2", "3"}, Groups: map[string][]string{"12": {"1", "2"}, "23": {"2", "3"}}},
		{Name: "b", Values: []string{"x", "y"}},
	}}
	if r.IntN(3) == 0 { // three attributes have vertices that are no whole numbers
		in.Attributes = []Attribute{{Name: "a", Values: []string{"1", "2"}}, {Name: "b", Values: []string{"x", "y"}}, {Name: "c", Values: []string{"u", "v"}}}
	}
	switch {
	case editions:
		in.Attributes = in.Attributes[:1]
		in.Editions = []Edition{{Name: "0"}, {Name: "1", Change: Change(r.IntN(3))}}
	case r.IntN(2) == 0:
		in.Sensitive = []Sensitive{{Attributes: []string{"b"}, L: 2}}
	}
	if r.IntN(3) == 0 {
		in.Width = 1 + int64(r.IntN(3))
	}
	in.Limits = in.Limits.withDefaults()
	w := &world{in: in}
	reading, err := newReading(&w.in)
	if err != nil {
		panic(err)
	}
	sizes := []int{}
	for _, a := range in.Attributes {
		sizes = append(sizes, len(a.Values))
	}
	w.points = product(append(sizes, reading.segments))
	truth := make([]int64, len(w.points))
	for i := range truth {
		if r.IntN(3) > 0 {
			truth[i] = int64(r.IntN(3))
		}
	}
	for t := range 1 + r.IntN(2) + len(in.Editions) {
		table := Table{Name: fmt.Sprint("t", t), Known: r.IntN(8) == 0}
		if editions {
			table.Edition = fmt.Sprint(t % 2)
		}
		cells := [][]Value{nil}
		for range 1 + r.IntN(5) {
			cells = append(cells, randomCell(r, in.Attributes))
		}
		for i, where := range cells {
			c := Cell{Where: where}
			b, err := reading.box(where)
			if err != nil {
				panic(err)
			}
			if editions {
				b[len(b)-1] = reading.presence[t%2]
			}
			n := sumIn(b, w.points, truth)
			c.Count = publish(r, n, in.K, i == 0)
			table.Cells = append(table.Cells, c)
		}
		w.in.Tables = append(w.in.Tables, table)
	}
	return w
}

func randomCell(r *rand.Rand, attributes []Attribute) []Value {
	var out []Value
	for _, a := range attributes {
		names := slices.Clone(a.Values)
		for _, g := range []string{"12", "23"} {
			if a.Groups[g] != nil {
				names = append(names, g)
			}
		}
		if r.IntN(3) > 0 {
			out = append(out, Value{a.Name, names[r.IntN(len(names))]})
		}
	}
	return out
}

// publish tells a number exactly, rounded or not at all.
func publish(r *rand.Rand, n, k int64, total bool) Count {
	if total {
		return Exactly(n)
	}
	switch r.IntN(6) {
	case 0:
		return Withheld()
	case 1:
		return RoundedDown(n/3*3, 3)
	case 2:
		if n < k {
			return Suppressed(k)
		}
	}
	return Exactly(n)
}

func product(sizes []int) [][]int32 {
	out := [][]int32{nil}
	for _, n := range sizes {
		var next [][]int32
		for _, p := range out {
			for v := range n {
				next = append(next, append(slices.Clone(p), int32(v)))
			}
		}
		out = next
	}
	return out
}

func sumIn(b box, points [][]int32, x []int64) int64 {
	n := int64(0)
	for i, p := range points {
		if b.has(p) {
			n += x[i]
		}
	}
	return n
}

// enumerate finds all tables that fit the rows; false where there are too many.
func (w *world) enumerate() bool {
	rows := w.p.rows
	sums, x := make([]int64, len(rows)), make([]int64, len(w.points))
	last := make([]int, len(rows)) // the last point of each row
	for i, r := range rows {
		for j, p := range w.points {
			if r.has(p) {
				last[i] = j
			}
		}
	}
	steps := 0
	var fill func(j int) bool
	fill = func(j int) bool {
		if steps++; steps > 40*maxTables || len(w.tables) > maxTables {
			return false
		}
		if j == len(x) {
			w.tables = append(w.tables, slices.Clone(x))
			return true
		}
		for v := int64(0); ; v++ {
			x[j] = v
			over, short := false, false
			for i, r := range rows {
				if r.has(w.points[j]) {
					over = over || sums[i]+v > r.high
					short = short || last[i] == j && sums[i]+v < r.low
				}
			}
			if over {
				x[j] = 0
				return true
			}
			if short {
				continue
			}
			for i, r := range rows {
				if r.has(w.points[j]) {
					sums[i] += v
				}
			}
			ok := fill(j + 1)
			for i, r := range rows {
				if r.has(w.points[j]) {
					sums[i] -= v
				}
			}
			if !ok {
				return false
			}
		}
	}
	return fill(0)
}

// set is a set of points, by bits.
type set uint32

func (w *world) of(b box) set {
	var s set
	for i, p := range w.points {
		if b.has(p) {
			s |= 1 << i
		}
	}
	return s
}

func (w *world) extent(s set) (least, most int64) {
	least = 1 << 40
	for _, x := range w.tables {
		n := int64(0)
		for i, v := range x {
			if s&(1<<i) != 0 {
				n += v
			}
		}
		least, most = min(least, n), max(most, n)
	}
	return least, most
}

// addressed lists the groups that must be asked for, worked out from the cells alone.
func (w *world) addressed() []set {
	var cells []set
	for _, r := range w.p.rows {
		cells = append(cells, w.of(r.box))
	}
	out := slices.Clone(cells)
	for _, a := range cells {
		for _, b := range cells {
			out = append(out, a&b, a&^b)
		}
	}
	for i := range w.points {
		atom := ^set(0) >> (32 - len(w.points))
		for _, c := range cells {
			if c&(1<<i) != 0 {
				atom &= c
			} else {
				atom &^= c
			}
		}
		if slices.ContainsFunc(cells, func(c set) bool { return c&(1<<i) != 0 }) {
			out = append(out, atom)
		}
	}
	for ti, t := range w.in.Tables {
		shown := func(within set) (all set) {
			for _, r := range w.p.rows {
				for _, s := range r.from {
					k := t.Cells
					if s.table == ti && w.of(r.box)&^within == 0 && (k[s.cell].Count.least > 0 || k[s.cell].Count.most == 0) && w.of(r.box) != within {
						all |= w.of(r.box)
					}
				}
			}
			return all
		}
		for _, c := range cells {
			out = append(out, c&^shown(c))
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s set) bool { return s == 0 })
}

// told is a finding and the points that it is of.
type told struct {
	Finding
	set set
}

// audit attacks the world as Audit does, and keeps which points findings are of.
func (w *world) audit(t *testing.T) []told {
	parts, err := w.p.components(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var out []told
	for _, c := range parts {
		found, err := c.attack(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			x := told{Finding: f}
			for _, j := range f.atoms {
				for i, point := range w.points {
					var in []int32
					for k, r := range c.rows {
						if r.has(point) {
							in = append(in, int32(k))
						}
					}
					if slices.Equal(in, c.atoms[j].rows) {
						x.set |= 1 << i
					}
				}
			}
			out = append(out, x)
		}
	}
	return out
}

// TestAgainstAllTables: on tiny populations, with cells of which some are withheld, rounded
// or official, in one edition or two: every group that all consistent tables have from 1 to
// k−1 in is found, it or a part of it; nothing is told that a consistent table refutes.
func TestAgainstAllTables(t *testing.T) {
	count := 3000
	if testing.Short() {
		count = 600
	}
	kinds := map[Kind]int{}
	r := rand.New(rand.NewPCG(5, 6))
	done, safe := 0, 0
	for i := 0; done < count; i++ {
		w := draw(r, i%4 == 3)
		reading, err := newReading(&w.in)
		if err != nil {
			t.Fatal(err)
		}
		all, err := reading.populations()
		if err != nil {
			t.Fatal(err)
		}
		w.p = all[0]
		if !w.enumerate() {
			continue
		}
		done++
		found := w.audit(t)
		if len(found) == 0 {
			safe++
		}
		for _, f := range found {
			kinds[f.Kind]++
			w.sound(t, i, f)
		}
		w.complete(t, i, found)
		if t.Failed() {
			for _, table := range w.in.Tables {
				t.Logf("%+v", table)
			}
			t.Fatalf("k %d, width %d, %v, editions %v", w.in.K, w.in.Width, w.in.Sensitive, w.in.Editions)
		}
	}
	t.Logf("%d populations, %d safe, %v", done, safe, kinds)
	if safe < count/50 || kinds[Small] < count/10 || kinds[Narrow] < count/50 || kinds[Alike] < count/50 || kinds[Changed] < count/50 {
		t.Error("the populations do not try everything")
	}
}

// sound fails the test where a table refutes a finding.
func (w *world) sound(t *testing.T, i int, f told) {
	least, most := w.extent(f.set)
	switch f.Kind {
	case Small, Narrow:
		if f.Least > least || f.Most < most || f.set == 0 || f.Kind == Narrow && (f.Least != least || f.Most != most) {
			t.Errorf("population %d: %s %q is from %d to %d, not %d to %d", i, f.Kind, f.Group, least, most, f.Least, f.Most)
		}
	case Alike:
		if n := len(w.possible(f.set)); n == 0 || n >= w.in.Sensitive[0].L {
			t.Errorf("population %d: %q has %d possible values", i, f.Group, n)
		}
	case Changed:
	default:
		t.Errorf("population %d: %s %q", i, f.Kind, f.Group)
	}
}

// possible are the values of b that somebody in the group may have.
func (w *world) possible(s set) map[int32]bool {
	out := map[int32]bool{}
	for _, x := range w.tables {
		for i, v := range x {
			if s&(1<<i) != 0 && v > 0 {
				out[w.points[i][1]] = true
			}
		}
	}
	return out
}

// complete fails the test where something was not found.
func (w *world) complete(t *testing.T, i int, found []told) {
	known := map[set]bool{}
	for _, r := range w.p.rows {
		known[w.of(r.box)] = known[w.of(r.box)] || r.known
	}
	part := func(s set, kinds ...Kind) bool {
		return slices.ContainsFunc(found, func(f told) bool { return slices.Contains(kinds, f.Kind) && f.set != 0 && f.set&^s == 0 })
	}
	for _, s := range w.addressed() {
		least, most := w.extent(s)
		if least >= 1 && most < w.in.K && !part(s, Small) && !w.partKnown(s, known) {
			t.Errorf("population %d: group %b is from %d to %d and was not found", i, s, least, most)
		}
		if least < w.in.K && most >= 1 && most-least < w.in.Width && !part(s, Small, Narrow) && !w.partKnown(s, known) {
			t.Errorf("population %d: group %b is from %d to %d, which is narrow, and was not found", i, s, least, most)
		}
	}
	for _, r := range w.p.rows {
		if len(w.in.Sensitive) == 0 || r.box[1] != nil || r.known {
			continue
		}
		if n := len(w.possible(w.of(r.box))); n == 1 && !part(w.of(r.box), Alike) {
			t.Errorf("population %d: all of %q are alike, and it was not found", i, w.p.name(r))
		}
	}
	w.changes(t, i, found)
}

// partKnown says whether a part of the group is official and what the finding would be of.
func (w *world) partKnown(s set, known map[set]bool) bool {
	for k, official := range known {
		if official && k&^s == 0 {
			return true
		}
	}
	return false
}

// changes compares the cells of two editions by all tables.
func (w *world) changes(t *testing.T, i int, found []told) {
	want := 0
	pairs(w.p.rows, func(a, b *row) {
		least, most := int64(1<<40), int64(-1<<40)
		for _, x := range w.tables {
			d := sumIn(b.box, w.points, x) - sumIn(a.box, w.points, x)
			least, most = min(least, d), max(most, d)
		}
		if tells(least, most, w.in.K) {
			want++
		}
	})
	got := len(w.p.changes())
	for _, f := range found {
		if f.Kind == Changed {
			got++
		}
	}
	if got != want {
		t.Errorf("population %d: %d changes are told, and %d were found", i, want, got)
	}
}
