package risk

import (
	"math"
	"slices"

	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Sensitive is what the classes tell of one sensitive column, or of several as one.
type Sensitive struct {
	Column string `json:"column"`
	Values int    `json:"values"` // how many different ones there are
	// Homogeneous counts the classes with one single value, and HomogeneousRows their rows:
	// who knows a person's quasi-identifiers knows this value of hers.
	Homogeneous     int `json:"homogeneousClasses"`
	HomogeneousRows int `json:"homogeneousRows"`
	// Distinct is the least number of different values in a class: distinct l-diversity.
	Distinct int `json:"distinctL"`
	// Entropy is the l of entropy l-diversity: the least exp(H) of a class, H = -Σ p ln p.
	Entropy float64 `json:"entropyL"`
	// RecursiveC: recursive (c,l)-diversity holds for each c above it. With the counts r of
	// a class descending it is the greatest r1/(rl+…+rm); nil where a class has fewer than
	// l values, so that no c will do.
	RecursiveL int      `json:"recursiveForL"`
	RecursiveC *float64 `json:"recursiveAboveC"`
	// Equal is the t of t-closeness with equal distance: the greatest ½ Σ|p-q| between the
	// values of a class and of the table.
	Equal float64 `json:"equalT"`
	// Ordered is the t with ordered distance: the greatest 1/(m-1) Σ|Σ(p-q)|, of m values in
	// their order; nil where the column has none.
	Ordered *float64 `json:"orderedT,omitempty"`
}

// measured holds the counts of a column's values while classes are gone through.
type measured struct {
	of     *Sensitive
	all    []float64 // share of each code in the table
	order  []uint32  // the codes in order; nil where they have none
	counts []int     // in this class, by code
	met    []uint32  // codes with a count
}

func (g *grouping) sensitive(rows []uint32, c *table.Column, ordered bool, l int) Sensitive {
	s := Sensitive{Column: c.Name, Distinct: math.MaxInt, Entropy: math.Inf(1), RecursiveL: l, RecursiveC: new(float64)}
	m := measured{of: &s, all: make([]float64, len(c.Values)), counts: make([]int, len(c.Values))}
	for _, code := range c.Codes {
		m.all[code]++
	}
	for code := range m.all {
		if m.all[code] > 0 {
			s.Values++
		}
		m.all[code] /= float64(len(c.Codes))
	}
	if ordered {
		m.order, s.Ordered = c.Order(), new(float64)
	}
	for _, size := range g.sizes {
		for _, row := range rows[:size] {
			code := c.Codes[row]
			if m.counts[code] == 0 {
				m.met = append(m.met, code)
			}
			m.counts[code]++
		}
		rows = rows[size:]
		m.diversity(size, l)
		m.closeness(size)
		for _, code := range m.met {
			m.counts[code] = 0
		}
		m.met = m.met[:0]
	}
	return s
}

func (m *measured) diversity(size, l int) {
	s := m.of
	if len(m.met) == 1 {
		s.Homogeneous++
		s.HomogeneousRows += size
	}
	s.Distinct = min(s.Distinct, len(m.met))
	entropy, counts := 0.0, make([]int, 0, len(m.met))
	for _, code := range m.met {
		p := float64(m.counts[code]) / float64(size)
		entropy -= p * math.Log(p)
		counts = append(counts, m.counts[code])
	}
	s.Entropy = min(s.Entropy, math.Exp(entropy))
	if len(counts) < l {
		s.RecursiveC = nil
	}
	if s.RecursiveC == nil {
		return
	}
	slices.Sort(counts)
	slices.Reverse(counts)
	rest := 0
	for _, n := range counts[l-1:] {
		rest += n
	}
	*s.RecursiveC = max(*s.RecursiveC, float64(counts[0])/float64(rest))
}

func (m *measured) closeness(size int) {
	share := func(code uint32) float64 { return float64(m.counts[code]) / float64(size) }
	above := 0.0 // ½ Σ|p-q| is the sum where p is above q, which only a value that is met is
	for _, code := range m.met {
		above += max(0, share(code)-m.all[code])
	}
	m.of.Equal = max(m.of.Equal, above)
	if len(m.order) < 2 {
		return
	}
	moved, sum := 0.0, 0.0
	for _, code := range m.order {
		moved += share(code) - m.all[code]
		sum += math.Abs(moved)
	}
	*m.of.Ordered = max(*m.of.Ordered, sum/float64(len(m.order)-1))
}
