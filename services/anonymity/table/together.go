package table

import (
	"strconv"
	"strings"
)

// Together makes one column of several: two rows are equal in it where they are equal in
// all of them, and blank where all are blank. Its values stand for the cells and are not
// made to be read.
func Together(columns []*Column) Column {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	b := NewBuilder(strings.Join(names, " + "))
	var key []byte
	for row := range columns[0].Codes {
		key = key[:0]
		blank := true
		for _, c := range columns {
			blank = blank && c.Codes[row] == Blank
			key = append(strconv.AppendUint(key, uint64(c.Codes[row]), 10), ' ')
		}
		if blank {
			key = key[:0]
		}
		b.Add(string(key))
	}
	return b.column
}
