package auditor

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
)

// File is a published file of one row a person, and what it tells of sensitive values. The
// sizes of its classes are a [Table] beside it (see [Rows]).
type File struct {
	// Name and Population are as of a Table, and Edition too.
	Name, Population, Edition string
	// Within says of whom the file is, as a period; nothing where of anybody.
	Within []Value
	// Quasi are the attributes by which its classes are told apart.
	Quasi []string
	// Sensitive are the columns that nobody should learn of a person. They are compared by
	// name, and need not be attributes.
	Sensitive []string
	// L is how many different values of them a group is to have at least, 2 or more.
	L       int
	Classes []Class
}

// Class is rows that are equal: where they are, their values of File.Sensitive, and how
// many they are.
type Class struct {
	Where     []Value
	Sensitive []string
	Count     int64
}

// maxCommon bounds the attributes by which files of rows are compared.
const maxCommon = 12

// maxRemainders bounds what is told of files of rows, and maxJoined how often a class is
// joined to a group: some minutes of one processor (BenchmarkFiles).
const (
	maxRemainders = 100
	maxJoined     = 300_000_000
)

// rowsFile is a File as boxes.
type rowsFile struct {
	*File
	within  box
	classes []box
	quasi   map[int]bool
}

// remainders subtracts files of rows from each other as a reader can: of each group that a
// file shows, by all the attributes that the files have in common or some of them, it takes
// away the groups of others that lie within. Each file by itself is asked for l elsewhere;
// what is left here may be large, and have one sensitive value.
//
// Two of one edition tell where all that is left is on one side. Of two editions they tell
// where those who came have too few values, or those who are seen to have left: that
// somebody with a value went is certain, who else came and went is not.
//
// Not covered: what sums over several groups of the larger file tell that are no group of it
// by fewer attributes; more than one file taken away, but for all of them together.
func (r *reading) remainders(ctx context.Context) ([]Finding, error) {
	files, err := r.files()
	if err != nil {
		return nil, err
	}
	var out []Finding
	joined := 0
	for x := range files {
		var others []*rowsFile
		for y := range files {
			if y != x && files[y].Population == files[x].Population {
				others = append(others, files[y])
			}
		}
		for _, ys := range sets(others) {
			if joined += work(files[x], ys); joined > maxJoined {
				return append(out, Finding{Kind: TooLarge, Group: "files of rows that have too many columns in common, or too many classes, to be weighed up together", Tables: named(nil, files)}), nil
			}
			found, err := r.subtract(ctx, files[x], ys)
			if err != nil {
				return nil, err
			}
			if out = append(out, found...); len(out) >= maxRemainders {
				return out[:maxRemainders], nil
			}
		}
	}
	return out, nil
}

// sets are what is taken away: each file alone, and all of them, the first first and last.
func sets(files []*rowsFile) (out [][]*rowsFile) {
	for i := range files {
		out = append(out, files[i:i+1])
	}
	if len(files) > 1 {
		back := slices.Clone(files)
		slices.Reverse(back)
		out = append(out, files, back)
	}
	return out
}

// files turns names into numbers.
func (r *reading) files() ([]*rowsFile, error) {
	var out []*rowsFile
	for i := range r.in.Files {
		f := &rowsFile{File: &r.in.Files[i], quasi: map[int]bool{}}
		if f.L < 2 || len(f.Sensitive) == 0 {
			return nil, errs.New(errs.Invalid, "auditing releases: the file %q needs something sensitive and an l of at least 2", f.Name)
		}
		for _, name := range f.Quasi {
			a, there := r.index[name]
			if !there {
				return nil, errs.New(errs.Invalid, "auditing releases: the file %q has an attribute that is not declared", f.Name)
			}
			f.quasi[a] = true
		}
		var err error
		if f.within, err = r.box(f.Within); err != nil {
			return nil, errs.New(errs.Invalid, "auditing releases: the file %q %s", f.Name, err.Error())
		}
		for n, c := range f.Classes {
			b, err := r.box(c.Where)
			if err != nil {
				return nil, errs.New(errs.Invalid, "auditing releases: class %d of the file %q %s", n+1, f.Name, err.Error())
			}
			if len(c.Sensitive) != len(f.Sensitive) || c.Count < 1 || c.Count > MaxCount {
				return nil, errs.New(errs.Invalid, "auditing releases: class %d of the file %q has no count, or other columns than the file", n+1, f.Name)
			}
			f.classes = append(f.classes, b)
		}
		out = append(out, f)
	}
	return out, nil
}

// common are the attributes and the sensitive columns that all the files have.
func common(x *rowsFile, ys []*rowsFile) (attributes []int, sensitive []string) {
	for a := range x.quasi {
		if !slices.ContainsFunc(ys, func(y *rowsFile) bool { return !y.quasi[a] }) {
			attributes = append(attributes, a)
		}
	}
	slices.Sort(attributes)
	for _, s := range x.Sensitive {
		if !slices.ContainsFunc(ys, func(y *rowsFile) bool { return !slices.Contains(y.Sensitive, s) }) {
			sensitive = append(sensitive, s)
		}
	}
	return attributes, sensitive
}

// work is how often a class is joined to a group.
func work(x *rowsFile, ys []*rowsFile) int {
	attributes, sensitive := common(x, ys)
	if len(sensitive) == 0 || len(attributes) > maxCommon {
		return 0
	}
	n := len(x.classes)
	for _, y := range ys {
		n += len(y.classes)
	}
	return n << len(attributes)
}

// subtract takes files away from one, by each choice of the attributes in common.
func (r *reading) subtract(ctx context.Context, x *rowsFile, ys []*rowsFile) (out []Finding, err error) {
	attributes, sensitive := common(x, ys)
	if len(sensitive) == 0 {
		return nil, nil
	}
	if len(attributes) > maxCommon {
		return []Finding{{Kind: TooLarge, Group: fmt.Sprintf("files of rows with %d columns in common: at most %d can be weighed up", len(attributes), maxCommon), Tables: named(x, ys)}}, nil
	}
	told := map[string]bool{} // by fewer attributes a group is often the same
	for choice := range 1 << len(attributes) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		by := map[int]bool{}
		for i, a := range attributes {
			by[a] = choice>>i&1 == 1
		}
		groups := x.project(by, sensitive)
		index := newContaining(groups)
		for _, y := range ys {
			for _, part := range y.project(by, sensitive) {
				index.take(part, y.Edition != x.Edition)
			}
		}
		for _, g := range groups {
			if f := r.left(x, ys, g, sensitive); f != nil && !told[g.box.key(-1)] {
				told[g.box.key(-1)] = true
				out = append(out, *f)
			}
		}
	}
	return out, nil
}

// rowsGroup is a group that a file shows: how many rows have each sensitive value, and what
// was taken away.
type rowsGroup struct {
	box   box
	rows  map[string]int64
	taken []box
	later bool // something of another edition was taken away
}

// project joins the file's classes by what they have in some attributes.
func (f *rowsFile) project(by map[int]bool, sensitive []string) []*rowsGroup {
	places := make([]int, len(sensitive))
	for i, s := range sensitive {
		places[i] = slices.Index(f.Sensitive, s)
	}
	var out []*rowsGroup
	at := map[string]*rowsGroup{}
	for n, b := range f.classes {
		joined := slices.Clone(f.within)
		for a := range joined {
			if by[a] && b[a] != nil {
				joined[a] = b[a]
			}
		}
		key := joined.key(-1)
		g := at[key]
		if g == nil {
			g = &rowsGroup{box: joined, rows: map[string]int64{}}
			at[key] = g
			out = append(out, g)
		}
		var value strings.Builder
		for _, p := range places {
			value.WriteString(strconv.Quote(f.Classes[n].Sensitive[p]))
		}
		g.rows[value.String()] += f.Classes[n].Count
	}
	return out
}

// containing finds the groups that a part lies in.
type containing struct {
	groups map[string]*rowsGroup
	sets   []map[string]values   // by attribute, those that groups have
	within []map[string][]values // by attribute, of a set those that it lies in
}

func newContaining(groups []*rowsGroup) *containing {
	c := &containing{groups: map[string]*rowsGroup{}}
	for _, g := range groups {
		if c.sets == nil {
			c.sets, c.within = make([]map[string]values, len(g.box)), make([]map[string][]values, len(g.box))
			for a := range c.sets {
				c.sets[a], c.within[a] = map[string]values{}, map[string][]values{}
			}
		}
		c.groups[g.box.key(-1)] = g
		for a, v := range g.box {
			c.sets[a][box{v}.key(-1)] = v
		}
	}
	return c
}

// take takes a part away from each group that it lies in, where nothing that meets it was
// taken before.
func (c *containing) take(part *rowsGroup, later bool) {
	c.each(part.box, 0, make(box, len(part.box)), func(g *rowsGroup) {
		if slices.ContainsFunc(g.taken, func(b box) bool { return b.meets(part.box) }) {
			return
		}
		g.taken, g.later = append(g.taken, part.box), g.later || later
		for v, n := range part.rows {
			g.rows[v] -= n
		}
	})
}

// each calls for the groups that a box lies in.
func (c *containing) each(of box, a int, so box, call func(*rowsGroup)) {
	if a == len(c.sets) {
		if g := c.groups[so.key(-1)]; g != nil {
			call(g)
		}
		return
	}
	key := box{of[a]}.key(-1)
	larger, known := c.within[a][key]
	if !known {
		for _, v := range c.sets[a] {
			if of[a].within(v) {
				larger = append(larger, v)
			}
		}
		c.within[a][key] = larger
	}
	for _, v := range larger {
		so[a] = v
		c.each(of, a+1, so, call)
	}
	so[a] = nil
}

// left judges what is left of a group; nil where nothing was taken away, or it tells
// nothing.
func (r *reading) left(x *rowsFile, ys []*rowsFile, g *rowsGroup, sensitive []string) *Finding {
	if len(g.taken) == 0 {
		return nil
	}
	l := x.L
	for _, y := range ys {
		l = max(l, y.L)
	}
	more, fewer, persons := 0, 0, int64(0)
	for _, n := range g.rows {
		switch persons += n; {
		case n > 0:
			more++
		case n < 0:
			fewer++
		}
	}
	alike := more > 0 && more < l && fewer == 0 || fewer > 0 && fewer < l && (more == 0 || g.later)
	if !alike {
		return nil
	}
	return &Finding{Kind: Alike, Least: persons, Most: persons, Tables: named(x, ys),
		Group: fmt.Sprintf("what is left of [%s: %s] without the %d groups of %s in it: too few values of %s for an l of %d",
			x.Name, r.describe(g.box), len(g.taken), strings.Join(named(nil, ys), " and "), strings.Join(sensitive, " and "), l)}
}

func named(x *rowsFile, ys []*rowsFile) (names []string) {
	if x != nil {
		names = append(names, x.Name)
	}
	for _, y := range ys {
		names = append(names, y.Name)
	}
	return names
}

// describe names a box by values.
func (r *reading) describe(b box) string {
	var parts []string
	for a, v := range b[:len(r.values)] {
		if v == nil {
			continue
		}
		var names []string // of a set that is a value by several names
		for name, set := range r.values[a] {
			if slices.Equal(set, v) {
				names = append(names, name)
			}
		}
		parts = append(parts, r.in.Attributes[a].Name+"="+slices.Min(names))
	}
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, ", ")
}
