package aggregate

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// The columns that a file of aggregates has besides the table's own.
const (
	lengthColumn = "combination_length"
	countColumn  = "combination_count"
)

// Write writes the counts as plain columns: the table's own, in which a combination's
// attributes stand and the others are blank; then its length and count. The first row, of
// length 0, is the number of records.
func (a *Aggregates) Write(w io.Writer) error {
	if slices.Contains(a.Columns, lengthColumn) || slices.Contains(a.Columns, countColumn) {
		return errs.New(errs.Invalid, "a column of the file that is counted is called %s or %s: rename it", lengthColumn, countColumn)
	}
	out := csv.NewWriter(w)
	if err := out.Write(append(slices.Clone(a.Columns), lengthColumn, countColumn)); err != nil {
		return err
	}
	cells := make([]string, len(a.Columns)+2)
	row := func(c Combination, count int64) error {
		clear(cells)
		for i := range c.Len() {
			x := a.Attributes[c[i]-1]
			cells[x.Column] = x.Value
		}
		cells[len(a.Columns)] = strconv.Itoa(c.Len())
		cells[len(a.Columns)+1] = strconv.FormatInt(count, 10)
		return out.Write(cells)
	}
	if err := row(Combination{}, a.Records); err != nil {
		return err
	}
	for length := 1; length <= a.Length(); length++ {
		for _, c := range a.Sorted(length) {
			if err := row(c, a.Counts[length-1][c]); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// Read reads what Write wrote. It takes whatever agrees with itself and refuses the rest: a
// combination that stands there twice or whose parts do not, a longer one with more
// records than a shorter one, a count that is none.
func Read(r io.Reader) (*Aggregates, error) {
	t, err := table.Read(r, table.Options{})
	if err != nil {
		return nil, err
	}
	all := t.Columns()
	own := len(all) - 2
	if own < 1 || all[own].Name != lengthColumn || all[own+1].Name != countColumn {
		return nil, errs.New(errs.Invalid, "the file holds no aggregates: its last two columns are %s and %s", lengthColumn, countColumn)
	}
	if t.Rows() == 0 {
		return nil, errs.New(errs.Invalid, "the file holds no number of records: its first row, of length 0, is missing")
	}
	if t.Rows() > MaxCombinations+1 {
		return nil, tooMany()
	}
	parts, err := table.New(all[:own]...)
	if err != nil {
		return nil, err
	}
	a, combinations, err := number(parts, Options{Length: min(own, MaxLength), Zeros: true})
	if err != nil {
		return nil, err
	}
	longest := 0
	for row := range t.Rows() {
		attributes := combinations.at(row)
		if err := a.read(row, attributes, all[own].Value(row), all[own+1].Value(row)); err != nil {
			return nil, err
		}
		longest = max(longest, len(attributes))
	}
	if longest == 0 {
		return nil, errs.New(errs.Invalid, "the file holds no combination, only a number of records")
	}
	a.Counts = a.Counts[:longest]
	return a, a.sound()
}

// read takes in one row.
func (a *Aggregates) read(row int, attributes []uint16, length, count string) error {
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil || n < 0 || n > 1<<40 || strconv.FormatInt(n, 10) != count {
		return errs.New(errs.Invalid, "row %d: the count is no whole number, or too large", row+1)
	}
	if len(attributes) > len(a.Counts) || length != strconv.Itoa(len(attributes)) {
		return errs.New(errs.Invalid, "row %d: the length is not the number of attributes, or above %d", row+1, MaxLength)
	}
	if (row == 0) != (len(attributes) == 0) {
		return errs.New(errs.Invalid, "row %d: the number of records is the first row, and only that", row+1)
	}
	if row == 0 {
		a.Records = n
		return nil
	}
	var c Combination
	copy(c[:], attributes)
	counts := a.Counts[len(attributes)-1]
	if _, twice := counts[c]; twice {
		return errs.New(errs.Invalid, "row %d: the combination stands there twice", row+1)
	}
	counts[c] = n
	return nil
}

// sound refuses counts that do not agree: a part of each combination is there, and has no
// fewer records.
func (a *Aggregates) sound() error {
	for length := a.Length(); length > 0; length-- {
		for c, count := range a.Counts[length-1] {
			for i := range length {
				if whole, ok := a.Count(c.Without(i)); !ok || whole < count {
					return errs.New(errs.Invalid, "a combination of length %d has a part that is missing or has fewer records: the file was changed after it was written", length)
				}
			}
		}
	}
	return nil
}
