package risk

import (
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// grouping is the equivalence classes of a table, numbered as they occur.
type grouping struct {
	of    []uint32 // the class of each row
	sizes []int    // of each class
	// joins are, for each quasi-identifier, which number a group of the columns before and
	// a code make together.
	joins []map[joint]uint32
}

type joint struct{ before, code uint32 }

func group(columns []*table.Column) *grouping {
	g := &grouping{of: make([]uint32, len(columns[0].Codes))}
	for _, c := range columns {
		join := map[joint]uint32{}
		for row, code := range c.Codes {
			key := joint{g.of[row], code}
			at, met := join[key]
			if !met {
				at = uint32(len(join))
				join[key] = at
			}
			g.of[row] = at
		}
		g.joins = append(g.joins, join)
	}
	g.sizes = make([]int, len(g.joins[len(g.joins)-1]))
	for _, class := range g.of {
		g.sizes[class]++
	}
	return g
}

// find is the class with these codes, one a quasi-identifier.
func (g *grouping) find(codes []uint32) (class uint32, found bool) {
	for i, code := range codes {
		if class, found = g.joins[i][joint{class, code}]; !found {
			return 0, false
		}
	}
	return class, true
}

// byClass lists the rows class after class.
func (g *grouping) byClass() []uint32 {
	next := make([]int, len(g.sizes))
	for class := 1; class < len(next); class++ {
		next[class] = next[class-1] + g.sizes[class-1]
	}
	rows := make([]uint32, len(g.of))
	for row, class := range g.of {
		rows[next[class]] = uint32(row)
		next[class]++
	}
	return rows
}
