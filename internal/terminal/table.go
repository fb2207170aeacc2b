package terminal

import (
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Table is rows under a header. Each cell is shown on one line.
type Table struct {
	header []string
	rows   [][]string
}

// NewTable makes a table with these columns.
func NewTable(header ...string) *Table { return &Table{header: header} }

// Row adds a row; cells beyond the header are left out.
func (t *Table) Row(cells ...string) {
	row := make([]string, len(t.header))
	for i := range row {
		if i < len(cells) {
			row[i] = Visible(cells[i])
		}
	}
	t.rows = append(t.rows, row)
}

// Write writes the table with its columns aligned.
func (t *Table) Write(w io.Writer) error {
	all := append([][]string{t.header}, t.rows...)
	widths := make([]int, len(t.header))
	for _, row := range all {
		for i, c := range row {
			widths[i] = max(widths[i], Width(c))
		}
	}
	var b strings.Builder
	for _, row := range all {
		var line strings.Builder
		for i, c := range row {
			line.WriteString(c)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-Width(c)+2))
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Width is how many cells of a terminal s takes: marks on a letter and joiners take
// none, wide letters two.
func Width(s string) (n int) {
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r), unicode.Is(unicode.Cf, r):
		case width.LookupRune(r).Kind() == width.EastAsianWide, width.LookupRune(r).Kind() == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}
