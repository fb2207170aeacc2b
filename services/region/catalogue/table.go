package catalogue

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"sort"
	"strconv"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/publication"
)

// table is a release's figures, with the rows of each code of each dimension.
type table struct {
	dimensions []dimension
	measures   [][]*float64 // by measure, by row; nil is no information
	rows       int
}

type dimension struct {
	name  string
	codes []string // by number; "" is no information
	cells []int32  // by row, numbers of codes
	of    map[string]int32
	rows  [][]int32 // by number of code, ascending
}

// readTable reads data.csv of a release of figures.
func readTable(text []byte, m *publication.Manifest) (*table, error) {
	in := csv.NewReader(bytes.NewReader(text))
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil || !slices.Equal(header, slices.Concat(m.Dimensions, m.Measures)) {
		return nil, errs.New(errs.Invalid, "the release's table has other columns than its manifest: get the release again")
	}
	t := &table{measures: make([][]*float64, len(m.Measures))}
	for _, name := range m.Dimensions {
		t.dimensions = append(t.dimensions, dimension{name: name, of: map[string]int32{}})
	}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err == nil {
			err = t.add(cells)
		}
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "the release's table cannot be read in row %d", t.rows+1)
		}
	}
}

func (t *table) add(cells []string) error {
	for i, cell := range cells[len(t.dimensions):] {
		if cell == "" {
			t.measures[i] = append(t.measures[i], nil)
			continue
		}
		n, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			return err
		}
		t.measures[i] = append(t.measures[i], &n)
	}
	for i := range t.dimensions {
		t.dimensions[i].add(cells[i], int32(t.rows))
	}
	t.rows++
	return nil
}

func (d *dimension) add(code string, row int32) {
	n, known := d.of[code]
	if !known {
		code = string([]byte(code)) // the record is used again
		n = int32(len(d.codes))
		d.codes, d.rows, d.of[code] = append(d.codes, code), append(d.rows, nil), n
	}
	d.cells = append(d.cells, n)
	d.rows[n] = append(d.rows[n], row)
}

// Filter keeps figures whose dimension has one of some codes. "" is no information.
type Filter struct {
	Dimension string
	In        []string
}

// Bounds of what is asked.
const (
	MaxFilters = 20
	MaxCodes   = 300 // of one filter
)

// Figure is one published cell.
type Figure struct {
	Row        int      // its place in the table, from 0
	Dimensions []string // codes in the manifest's order; "" is no information
	Measures   []*float64
}

// Figures returns a page of a release's cells in the table's order, behind a row (-1 for
// the beginning), and whether more follow. A release of records has none, and a dimension
// that it has not is of kind Invalid.
func (r *Release) Figures(where []Filter, after, first int) (page []Figure, more bool, err error) {
	if err := r.Withdrawn(); err != nil {
		return nil, false, err
	}
	if r.table == nil {
		return nil, false, errs.New(errs.Invalid, "this release is of records and has no figures: download it")
	}
	s, err := r.table.selection(where)
	if err != nil {
		return nil, false, err
	}
	page, more = r.table.page(s, after, first)
	return page, more, nil
}

// selection is what filters come to: lists of rows of the narrowest, and what the others
// demand of a row.
type selection struct {
	lists [][]int32 // nil: all rows
	tests []test
}

type test struct {
	dimension int
	codes     map[int32]bool
}

func (t *table) selection(where []Filter) (selection, error) {
	if len(where) > MaxFilters {
		return selection{}, errs.New(errs.Limited, "at most %d dimensions are filtered at once", MaxFilters).WithFields("where")
	}
	var s selection
	least := t.rows + 1
	for _, f := range where {
		i := slices.IndexFunc(t.dimensions, func(d dimension) bool { return d.name == f.Dimension })
		if i < 0 || len(f.In) == 0 || len(f.In) > MaxCodes {
			return selection{}, errs.New(errs.Invalid, "a filter names a dimension of the release and 1 to %d of its codes", MaxCodes).WithFields("where")
		}
		d, codes, lists, rows := &t.dimensions[i], map[int32]bool{}, [][]int32{}, 0
		for _, code := range f.In {
			if n, there := d.of[code]; there && !codes[n] {
				codes[n] = true
				lists, rows = append(lists, d.rows[n]), rows+len(d.rows[n])
			}
		}
		s.tests = append(s.tests, test{i, codes})
		if rows < least {
			least, s.lists = rows, lists
		}
	}
	return s, nil
}

// page walks the narrowest lists in the order of rows, from behind a row on.
func (t *table) page(s selection, after, first int) (page []Figure, more bool) {
	next := t.walk(s.lists, after)
	for row := next(); row >= 0; row = next() {
		if !t.passes(s.tests, row) {
			continue
		}
		if len(page) == first {
			return page, true
		}
		page = append(page, t.figure(row))
	}
	return page, false
}

// walk gives row after row of several ascending lists, -1 at their end.
func (t *table) walk(lists [][]int32, after int) func() int {
	if lists == nil {
		row := after
		return func() int {
			if row++; row >= t.rows {
				return -1
			}
			return row
		}
	}
	at := make([]int, len(lists))
	for i, l := range lists {
		at[i] = sort.Search(len(l), func(j int) bool { return int(l[j]) > after })
	}
	return func() int {
		best := -1
		for i, l := range lists {
			if at[i] < len(l) && (best < 0 || l[at[i]] < lists[best][at[best]]) {
				best = i
			}
		}
		if best < 0 {
			return -1
		}
		at[best]++
		return int(lists[best][at[best]-1])
	}
}

func (t *table) passes(tests []test, row int) bool {
	for _, x := range tests {
		if !x.codes[t.dimensions[x.dimension].cells[row]] {
			return false
		}
	}
	return true
}

func (t *table) figure(row int) Figure {
	f := Figure{Row: row, Dimensions: make([]string, len(t.dimensions)), Measures: make([]*float64, len(t.measures))}
	for i, d := range t.dimensions {
		f.Dimensions[i] = d.codes[d.cells[row]]
	}
	for i, m := range t.measures {
		f.Measures[i] = m[row]
	}
	return f
}
