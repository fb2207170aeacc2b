// Package showcase makes the table by which Microsoft's Synthetic Data Showcase measures
// itself, to measure Sala's counts and rows beside it. It is about nobody.
//
// It promises that the same seed gives the same table, and is for tests only.
package showcase

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Table makes ten columns: two halves of records, each cell uniform and independent; H1 is 1, 2 or blank; H2
// has three values and H3 five, other ones in the second half, or is blank; H4 to H10 are 0
// or 1.
func Table(rows int, seed uint64) *table.Table {
	r := rand.New(rand.NewPCG(seed, 0))
	columns := make([]table.Column, 10)
	for c := range columns {
		cells := make([]string, rows)
		for row := range cells {
			cells[row] = cell(r, c+1, row >= rows/2)
		}
		columns[c] = table.Encode(fmt.Sprintf("H%d", c+1), cells)
	}
	t, err := table.New(columns...)
	if err != nil {
		panic(err) // these columns are always a table
	}
	return t
}

func cell(r *rand.Rand, column int, second bool) string {
	values := map[int]int{1: 2, 2: 3, 3: 5}[column]
	if values == 0 {
		return strconv.Itoa(r.IntN(2))
	}
	v := r.IntN(values + 1)
	if v == 0 {
		return ""
	}
	if second && column > 1 {
		v += values
	}
	return strconv.Itoa(v)
}
