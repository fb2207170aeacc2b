// Package hierarchy generalises the values of a column, level by level: level 0 is the
// value itself, and each further level joins what the one before told apart.
//
// It promises that every level coarsens the one before, checked on the file and again on
// the column that it is applied to, and that a value which the hierarchy does not have is
// an error that names the row, never the value. A blank cell stays blank on every level
// but a last one that joins everything, unless the hierarchy says otherwise. It will not
// guess: values are compared as they are written.
package hierarchy

import (
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Any stands for any value, on the last level of the built-in hierarchies.
const Any = "*"

// MaxHeight is how many levels a hierarchy may have, level 0 included.
const MaxHeight = 64

// Hierarchy is a column's levels. The zero Hierarchy has level 0 alone.
type Hierarchy struct {
	height int
	// of returns the labels of levels 1 to height-1 of a value.
	of func(value string) (labels []string, known bool)
	// top is the label of a last level that joins everything; blank where none does.
	top string
}

// None generalises nothing.
func None() Hierarchy { return Hierarchy{} }

// Height is how many levels there are, level 0 included.
func (h Hierarchy) Height() int { return max(1, h.height) }

// Levels is a hierarchy applied to the values of one column.
type Levels struct {
	Name string
	// Codes tells for each level and each of the column's codes which value it has there.
	Codes [][]uint32
	// Values are the values of each level.
	Values [][]string
}

// Height is how many levels there are, level 0 included.
func (l *Levels) Height() int { return len(l.Codes) }

// Apply generalises a column's values.
func (h Hierarchy) Apply(c *table.Column) (*Levels, error) {
	l := &Levels{Name: c.Name}
	first := firstRows(c)
	labels := make([][]string, len(c.Values)) // by code
	for code, value := range c.Values {
		own, known := h.labels(value)
		if !known {
			if row := first[code]; row >= 0 {
				return nil, errs.New(errs.Invalid, "column %q, row %d: the hierarchy does not have this value: add it to the hierarchy, or correct the row", c.Name, row+1).WithFields(c.Name)
			}
			own = make([]string, h.Height()-1)
		}
		labels[code] = own
	}
	for level := range h.Height() {
		codes, values := make([]uint32, len(c.Values)), []string{}
		seen := map[string]uint32{}
		for code, value := range c.Values {
			if level > 0 {
				value = labels[code][level-1]
			}
			at, ok := seen[value]
			if !ok {
				at = uint32(len(values))
				seen[value] = at
				values = append(values, value)
			}
			codes[code] = at
		}
		l.Codes, l.Values = append(l.Codes, codes), append(l.Values, values)
	}
	return l, l.check(first)
}

// firstRows is for each code of a column the first row that has it, -1 where none does.
func firstRows(c *table.Column) []int {
	first := make([]int, len(c.Values))
	for code := range first {
		first[code] = -1
	}
	for row := len(c.Codes) - 1; row >= 0; row-- {
		first[c.Codes[row]] = row
	}
	return first
}

// labels are those of levels 1 and up. What a blank cell becomes is Sala's own rule where
// the hierarchy has none.
func (h Hierarchy) labels(value string) ([]string, bool) {
	if h.Height() == 1 {
		return nil, true
	}
	own, known := h.of(value)
	if !known && value == "" {
		own, known = make([]string, h.height-1), true
		own[len(own)-1] = h.top
	}
	return own, known
}

// check finds two values that one level joins and the next tells apart.
func (l *Levels) check(first []int) error {
	for level := 2; level < l.Height(); level++ {
		parent := make([]int, len(l.Values[level-1]))
		for code, row := range first {
			if row < 0 {
				continue
			}
			below, above := l.Codes[level-1][code], int(l.Codes[level][code])+1
			if at := parent[below]; at != 0 && at != above {
				return errs.New(errs.Invalid, "column %q, row %d: level %d of the hierarchy tells apart what level %d joins: each level must join whole groups of the one before", l.Name, row+1, level, level-1).WithFields(l.Name)
			}
			parent[below] = above
		}
	}
	return nil
}

// Apply generalises columns, each by its own hierarchy.
func Apply(columns []*table.Column, by []Hierarchy) ([]*Levels, error) {
	out := make([]*Levels, len(columns))
	for i, c := range columns {
		l, err := by[i].Apply(c)
		if err != nil {
			return nil, err
		}
		out[i] = l
	}
	return out, nil
}
