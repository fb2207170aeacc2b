package auditor

import (
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
)

// maxEditions bounds the editions of one population, whose presences are m(m+1)/2.
const maxEditions = 40

// source is a cell that was published.
type source struct {
	table, cell int
}

// row is a group of a population, with what is known of its size: all cells of that group.
type row struct {
	box
	low, high int64
	from      []source // of low, of high, then others; none for a group nobody published
	edition   int      // −1 where several editions or none have it
	plain     string   // the key of the box without its edition
	known     bool     // official
	keep      bool     // it is asked for itself, so it stays even where others give it
	like      *row     // where nobody published it: one that it is like, but for that
}

// population is what was published of one population, as boxes.
type population struct {
	in     *Input
	title  string
	sizes  []int // of attributes; the last is presence
	rows   []*row
	by     map[string]*row
	sens   []sensitive
	noised int // cells left out
}

// sensitive is a Sensitive by numbers.
type sensitive struct {
	attributes []int
	l          int
}

// reading turns names into numbers.
type reading struct {
	in       *Input
	index    map[string]int
	values   []map[string]values
	presence []values // by edition
	segments int
}

func newReading(in *Input) (*reading, error) {
	r := &reading{in: in, index: map[string]int{}}
	for i, a := range in.Attributes {
		if _, twice := r.index[a.Name]; twice {
			return nil, errs.New(errs.Invalid, "auditing releases: attribute %q is there twice", a.Name)
		}
		if len(a.Values) == 0 {
			return nil, errs.New(errs.Invalid, "auditing releases: attribute %q has no values", a.Name)
		}
		r.index[a.Name] = i
		sets, err := a.sets()
		if err != nil {
			return nil, err
		}
		r.values = append(r.values, sets)
	}
	return r, r.editions()
}

// sets has the set of each value of the attribute.
func (a *Attribute) sets() (map[string]values, error) {
	words := (len(a.Values) + 63) / 64
	out, place := map[string]values{}, map[string]int{}
	for i, v := range a.Values {
		if _, twice := place[v]; twice {
			return nil, errs.New(errs.Invalid, "auditing releases: value %d of attribute %q is there twice", i+1, a.Name)
		}
		place[v] = i
		out[v] = make(values, words)
		out[v].add(i)
	}
	for name, members := range a.Groups {
		set := make(values, words)
		for _, m := range members {
			i, there := place[m]
			if !there {
				return nil, errs.New(errs.Invalid, "auditing releases: a generalised value of attribute %q has a member that is none of its finest values", a.Name)
			}
			set.add(i)
		}
		if set.size() == 0 {
			return nil, errs.New(errs.Invalid, "auditing releases: a generalised value of attribute %q has no members", a.Name)
		}
		if one := out[name]; one != nil && !slices.Equal(one, set) {
			return nil, errs.New(errs.Invalid, "auditing releases: a generalised value of attribute %q is called as one of its finest", a.Name)
		}
		out[name] = set
	}
	return out, nil
}

// editions works out the presences: from which edition to which a person was there. They
// are the finest values of one attribute more, and an edition is a group of them.
func (r *reading) editions() error {
	m := len(r.in.Editions)
	if m == 0 {
		r.segments = 1
		return nil
	}
	var spans [][2]int
	for first := range m {
		if first > 0 && r.in.Editions[first].Change == OnlyLeft {
			continue
		}
		for last := first; last < m; last++ {
			if last+1 == m || r.in.Editions[last+1].Change != OnlyJoined {
				spans = append(spans, [2]int{first, last})
			}
		}
	}
	r.segments = len(spans)
	for e, edition := range r.in.Editions {
		if slices.IndexFunc(r.in.Editions, func(o Edition) bool { return o.Name == edition.Name }) != e {
			return errs.New(errs.Invalid, "auditing releases: edition %q is there twice", edition.Name)
		}
		set := make(values, (len(spans)+63)/64)
		for i, s := range spans {
			if s[0] <= e && e <= s[1] {
				set.add(i)
			}
		}
		r.presence = append(r.presence, set)
	}
	return nil
}

// populations reads the tables, by population, in order of their first table.
func (r *reading) populations() ([]*population, error) {
	var out []*population
	for ti := range r.in.Tables {
		t := &r.in.Tables[ti]
		i := slices.IndexFunc(out, func(p *population) bool { return p.title == t.Population })
		if i < 0 {
			i = len(out)
			p := &population{in: r.in, title: t.Population, by: map[string]*row{}}
			for _, a := range r.in.Attributes {
				p.sizes = append(p.sizes, len(a.Values))
			}
			p.sizes = append(p.sizes, r.segments)
			out = append(out, p)
		}
		if err := r.table(out[i], ti); err != nil {
			return nil, err
		}
	}
	for _, p := range out {
		if err := r.sensitive(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// table adds a table's cells to its population.
func (r *reading) table(p *population, ti int) error {
	t := &r.in.Tables[ti]
	edition := -1
	if t.Edition != "" || len(r.in.Editions) > 0 {
		edition = slices.IndexFunc(r.in.Editions, func(e Edition) bool { return e.Name == t.Edition })
		if edition < 0 {
			return errs.New(errs.Invalid, "auditing releases: table %q is of an edition that is not declared", t.Name)
		}
	}
	for ci, c := range t.Cells {
		if c.Count.form == noised {
			p.noised++
			continue
		}
		b, err := r.box(c.Where)
		if err != nil {
			return errs.New(errs.Invalid, "auditing releases: cell %d of table %q %s", ci+1, t.Name, err.Error())
		}
		plain := b.key(-1)
		if edition >= 0 {
			b[len(b)-1] = r.presence[edition]
		}
		w := p.row(b)
		w.plain, w.edition, w.known = plain, edition, w.known || t.Known
		w.narrow(c.Count, source{ti, ci})
	}
	return nil
}

// box turns a cell's values into sets.
func (r *reading) box(where []Value) (box, error) {
	b := make(box, len(r.values)+1)
	for _, v := range where {
		a, there := r.index[v.Attribute]
		if !there {
			return nil, errs.New(errs.Invalid, "names an attribute that is not declared")
		}
		set := r.values[a][v.Value]
		if set == nil {
			return nil, errs.New(errs.Invalid, "has a value of %q that is not declared", v.Attribute)
		}
		if b[a] != nil {
			return nil, errs.New(errs.Invalid, "names %q twice", v.Attribute)
		}
		if set.size() < len(r.in.Attributes[a].Values) { // else it says nothing
			b[a] = set
		}
	}
	return b, nil
}

// row is the row of that box.
func (p *population) row(b box) *row {
	key := b.key(-1)
	w := p.by[key]
	if w == nil {
		w = &row{box: b, high: Unbounded, edition: -1}
		p.by[key] = w
		p.rows = append(p.rows, w)
	}
	return w
}

// narrow takes in what a cell says. Where two cells contradict each other, low is above
// high.
func (w *row) narrow(c Count, from source) {
	w.low, w.high = max(w.low, c.least), min(w.high, c.most)
	w.from = append(w.from, from)
}

// sensitive adds the groups whose members must differ in what is sensitive: each published
// cell without it.
func (r *reading) sensitive(p *population) error {
	for _, s := range r.in.Sensitive {
		if s.L < 2 || len(s.Attributes) == 0 {
			return errs.New(errs.Invalid, "auditing releases: something sensitive needs attributes and an l of at least 2")
		}
		one := sensitive{l: s.L}
		for _, name := range s.Attributes {
			a, there := r.index[name]
			if !there {
				return errs.New(errs.Invalid, "auditing releases: the sensitive attribute %q is not declared", name)
			}
			one.attributes = append(one.attributes, a)
		}
		p.sens = append(p.sens, one)
		for _, w := range p.rows {
			b, restricts := slices.Clone(w.box), false
			for _, a := range one.attributes {
				restricts = restricts || b[a] != nil
				b[a] = nil
			}
			if !restricts {
				continue
			}
			of := p.row(b)
			of.keep = true
			if len(of.from) == 0 {
				of.like = w
			}
		}
	}
	return nil
}
