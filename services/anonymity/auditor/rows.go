package auditor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
)

// Suppress in a cell of a release of rows says that the value was suppressed.
const Suppress = "*"

// maxClasses bounds the classes of a release of rows that overlap.
const maxClasses = 20_000

// Rows turns a release of rows, as a k-anonymous file, into what it tells of the numbers of
// persons: of each class of the quasi-identifiers, and of each of these with each
// combination of the sensitive columns. The population is that of the file: who was left
// out of it is not in it. Where classes overlap, as after local recoding, a count is
// bounded by the classes within it and those that meet it.
//
// The header names columns as the attributes are called; columns that are in neither list
// are left out. A cell is a finest or generalised value, or "*".
func Rows(table Table, attributes []Attribute, header []string, records [][]string, quasi, sensitive []string) (Table, error) {
	r, err := newReading(&Input{Attributes: attributes})
	if err != nil {
		return Table{}, err
	}
	all := slices.Concat(quasi, sensitive)
	places := make([]int, len(all))
	for i, name := range all {
		if places[i] = slices.Index(header, name); places[i] < 0 {
			return Table{}, errs.New(errs.Invalid, "reading released rows: there is no column %q", name).WithFields(name)
		}
	}
	classes, err := r.classes(table.Name, all, places, records, len(quasi))
	if err != nil {
		return Table{}, err
	}
	cells, err := r.classes(table.Name, all, places, records, len(all))
	if err != nil {
		return Table{}, err
	}
	if len(sensitive) > 0 {
		classes = append(classes, cells...)
	}
	table.Cells = append(slices.Clone(table.Cells), classes...)
	return table, nil
}

// class is rows that are alike.
type class struct {
	cell  Cell
	box   box
	count int64
}

// classes counts the rows that are alike in the first columns.
func (r *reading) classes(name string, columns []string, places []int, records [][]string, first int) ([]Cell, error) {
	var found []*class
	by := map[string]*class{}
	for n, record := range records {
		var key strings.Builder
		var where []Value
		for i := range first {
			if places[i] >= len(record) {
				return nil, errs.New(errs.Invalid, "reading released rows: row %d of %q has too few cells", n+1, name)
			}
			v := record[places[i]]
			fmt.Fprintf(&key, "%d:%s", len(v), v)
			if v != Suppress {
				where = append(where, Value{columns[i], v})
			}
		}
		c := by[key.String()]
		if c == nil {
			b, err := r.box(where)
			if err != nil {
				return nil, errs.New(errs.Invalid, "reading released rows: row %d of %q %s", n+1, name, err.Error())
			}
			c = &class{cell: Cell{Where: where}, box: b}
			by[key.String()] = c
			found = append(found, c)
		}
		c.count++
	}
	return counted(name, found)
}

// counted bounds how many persons each class's group has.
func counted(name string, found []*class) ([]Cell, error) {
	cells := make([]Cell, len(found))
	if apart(found) {
		for i, c := range found {
			c.cell.Count = Exactly(c.count)
			cells[i] = c.cell
		}
		return cells, nil
	}
	if len(found) > maxClasses {
		return nil, errs.New(errs.Limited, "reading released rows: %q has %d classes that overlap, and at most %d are weighed up", name, len(found), maxClasses)
	}
	for i, c := range found {
		within, meeting := int64(0), int64(0)
		for _, o := range found {
			if o.box.within(c.box) {
				within += o.count
			}
			if o.box.meets(c.box) {
				meeting += o.count
			}
		}
		c.cell.Count = Between(within, meeting)
		cells[i] = c.cell
	}
	return cells, nil
}

// apart says whether no two classes have a combination of values in common: in each
// attribute, any two sets are equal or apart, and no two classes are equal in all.
func apart(found []*class) bool {
	boxes := map[string]bool{}
	for _, c := range found {
		k := c.box.key(-1)
		if boxes[k] {
			return false
		}
		boxes[k] = true
	}
	if len(found) == 0 {
		return true
	}
	for a := range found[0].box {
		sets := map[string]values{}
		for _, c := range found {
			sets[box{c.box[a]}.key(-1)] = c.box[a]
		}
		var distinct []values
		for _, v := range sets {
			distinct = append(distinct, v)
		}
		for i, v := range distinct {
			for _, w := range distinct[:i] {
				if v.meets(w) {
					return false
				}
			}
		}
	}
	return true
}
