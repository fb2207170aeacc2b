package table

import "strings"

// Together makes one column of several, whose values are what the columns say in a row;
// blank where all are blank.
func Together(columns []*Column) Column {
	names, cells := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	e := newEncoder(strings.Join(names, " + "))
	const unit = "\x1f" // the separator of units in ASCII
	blank := strings.Repeat(unit, len(columns)-1)
	for row := range columns[0].Codes {
		for i, c := range columns {
			cells[i] = strings.ReplaceAll(c.Value(row), unit, unit+"\x1b") // what separates stands alone
		}
		cell := strings.Join(cells, unit)
		if cell == blank {
			cell = ""
		}
		e.add(cell)
	}
	return e.column
}
