// Package table holds a file of plain columns in memory, one dictionary a column.
//
// It promises that a table that was read is whole: every row has a cell for each column,
// every column one name of its own; that what is written and read again is the same
// table; and that an error names a row, a line or a column's number, never a cell and
// never a header's text, which in a file without header is a cell. A blank cell is a
// value of its own, "no information", and has the code [Blank] in every column.
//
// Memory: a cell takes 4 bytes, up to 5 while reading; each different value of a column
// takes its length and about 80 bytes while reading, 16 bytes afterwards; a row longer
// than [MaxRow] is refused, so a quotation mark that is never closed does not fill the
// memory. It will not guess separators, types or encodings, and knows of no case.
package table

import (
	"slices"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
)

// Blank is the code of the blank cell in every column.
const Blank uint32 = 0

// Column is one column: the value of row i is Values[Codes[i]]. Values[Blank] is "", which
// no row need have; no value stands there twice.
type Column struct {
	Name   string
	Codes  []uint32
	Values []string
}

// Value is the cell of a row, from 0.
func (c *Column) Value(row int) string { return c.Values[c.Codes[row]] }

// Encode makes a column of cells.
func Encode(name string, cells []string) Column {
	b := NewBuilder(name)
	b.column.Codes = make([]uint32, 0, len(cells))
	for _, cell := range cells {
		b.Add(cell)
	}
	return b.column
}

// Builder makes a column cell by cell.
type Builder struct {
	column Column
	codes  map[string]uint32
}

// NewBuilder begins a column without rows.
func NewBuilder(name string) *Builder {
	return &Builder{column: Column{Name: name, Values: []string{""}}, codes: map[string]uint32{"": Blank}}
}

// Add adds a row with this cell.
func (b *Builder) Add(cell string) {
	code, ok := b.codes[cell]
	if !ok {
		// The cell may be part of a larger text, which must not be kept alive.
		own := strings.Clone(cell)
		code = uint32(len(b.column.Values))
		b.codes[own] = code
		b.column.Values = append(b.column.Values, own)
	}
	b.column.Codes = append(b.column.Codes, code)
}

// Column is the column so far.
func (b *Builder) Column() Column { return b.column }

// Table is columns of equal length.
type Table struct {
	columns []Column
	rows    int
}

// New makes a table of columns. It refuses none, unequal lengths, a code without value, a
// value that stands twice, and names that are blank or stand twice.
func New(columns ...Column) (*Table, error) {
	if len(columns) == 0 {
		return nil, errs.New(errs.Invalid, "a table needs a column")
	}
	header := make([]string, len(columns))
	for i, c := range columns {
		header[i] = c.Name
		if len(c.Codes) != len(columns[0].Codes) {
			return nil, errs.New(errs.Invalid, "column %d has %d rows and the first has %d", i+1, len(c.Codes), len(columns[0].Codes))
		}
		if err := c.check(i + 1); err != nil {
			return nil, err
		}
	}
	if err := checkHeader(header); err != nil {
		return nil, err
	}
	return &Table{columns: columns, rows: len(columns[0].Codes)}, nil
}

func (c *Column) check(number int) error {
	if len(c.Values) == 0 || c.Values[Blank] != "" {
		return errs.New(errs.Invalid, "column %d: the first value of a column is the blank one", number)
	}
	seen := make(map[string]bool, len(c.Values))
	for _, v := range c.Values {
		if seen[v] {
			return errs.New(errs.Invalid, "column %d has a value twice among its values", number)
		}
		seen[v] = true
	}
	if bad := slices.IndexFunc(c.Codes, func(code uint32) bool { return int(code) >= len(c.Values) }); bad >= 0 {
		return errs.New(errs.Invalid, "column %d, row %d: the code has no value", number, bad+1)
	}
	return nil
}

// checkHeader tells columns by their number, since what stands in a header may be a cell.
func checkHeader(header []string) error {
	at := make(map[string]int, len(header))
	for i, name := range header {
		if name == "" {
			return errs.New(errs.Invalid, "column %d has no name in the header", i+1)
		}
		if strings.HasPrefix(name, "\ufeff") {
			return errs.New(errs.Invalid, "column %d of the header begins with a byte order mark: take it out", i+1)
		}
		if first, twice := at[name]; twice {
			return errs.New(errs.Invalid, "columns %d and %d have the same name in the header", first+1, i+1)
		}
		at[name] = i
	}
	return nil
}

// Rows is how many rows there are, without the header.
func (t *Table) Rows() int { return t.rows }

// Columns are the columns in the order of the file. They are the table's own: whoever
// changes them changes the table.
func (t *Table) Columns() []Column { return t.columns }

// Column finds a column by its name. The error names what was asked for.
func (t *Table) Column(name string) (*Column, error) {
	i := slices.IndexFunc(t.columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil, errs.New(errs.Invalid, "the file has no column %q: names are as in the header, capitals included", name).WithFields(name)
	}
	return &t.columns[i], nil
}

// Select finds columns by their names, in that order; none may be named twice.
func (t *Table) Select(names ...string) ([]*Column, error) {
	out := make([]*Column, len(names))
	for i, name := range names {
		c, err := t.Column(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(out[:i], c) {
			return nil, errs.New(errs.Invalid, "column %q is named twice", name).WithFields(name)
		}
		out[i] = c
	}
	return out, nil
}
