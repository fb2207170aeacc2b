package model

import (
	"math"
	"slices"

	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Counts are the values of one sensitive column in a class: Of[code] rows have the code,
// for the codes in Met, without doubles, and 0 for all others; Size is their sum.
type Counts struct {
	Of   []uint32
	Met  []uint32
	Size int
}

// Add counts n rows with the code.
func (c *Counts) Add(code, n uint32) {
	if c.Of[code] == 0 {
		c.Met = append(c.Met, code)
	}
	c.Of[code] += n
	c.Size += int(n)
}

// Clear makes all counts 0.
func (c *Counts) Clear() {
	for _, code := range c.Met {
		c.Of[code] = 0
	}
	c.Met, c.Size = c.Met[:0], 0
}

// Rule is a requirement on a column whose values are known.
type Rule struct {
	Sensitive
	Column *table.Column
	order  []uint32 // of the values that rows have; nil where no order is asked for
}

// Bind finds the requirements' columns in the table.
func (r *Requirements) Bind(t *table.Table) ([]*Rule, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	rules := make([]*Rule, len(r.Sensitive))
	for i, s := range r.Sensitive {
		columns, err := t.Select(s.Columns...)
		if err != nil {
			return nil, err
		}
		rule := &Rule{Sensitive: s, Column: columns[0]}
		if len(columns) > 1 {
			all := table.Together(columns)
			rule.Column = &all
		}
		if s.Ordered > 0 {
			rule.order = rule.Column.Order()
		}
		rules[i] = rule
	}
	return rules, nil
}

// NewCounts makes counts of the rule's column.
func (r *Rule) NewCounts() *Counts { return &Counts{Of: make([]uint32, len(r.Column.Values))} }

// Diverse reports whether a class has the diversity that is asked for.
func (r *Rule) Diverse(c *Counts) bool {
	if len(c.Met) < r.Least() {
		return false
	}
	if r.Entropy > 0 {
		entropy := 0.0
		for _, code := range c.Met {
			p := float64(c.Of[code]) / float64(c.Size)
			entropy -= p * math.Log(p)
		}
		if math.Exp(entropy) < r.Entropy-Tolerance {
			return false
		}
	}
	if r.Recursive == nil {
		return true
	}
	counts := make([]uint32, len(c.Met))
	for i, code := range c.Met {
		counts[i] = c.Of[code]
	}
	slices.Sort(counts)
	rest := 0
	for _, n := range counts[:len(counts)-r.Recursive.L+1] {
		rest += int(n)
	}
	return float64(counts[len(counts)-1])/float64(rest) < r.Recursive.C
}

// Close reports whether the shares of a class are as near to those of all as is asked for.
func (r *Rule) Close(c, all *Counts) bool {
	difference := func(code uint32) float64 {
		return float64(c.Of[code])/float64(c.Size) - float64(all.Of[code])/float64(all.Size)
	}
	if r.Equal > 0 {
		above := 0.0 // half of the absolute differences is their sum where the class has more
		for _, code := range c.Met {
			above += max(0, difference(code))
		}
		if above > r.Equal+Tolerance {
			return false
		}
	}
	if r.Ordered == 0 {
		return true
	}
	moved, sum, values := 0.0, 0.0, 0
	for _, code := range r.order {
		if all.Of[code] == 0 {
			continue // no row that counts has it
		}
		values++
		moved += difference(code)
		sum += math.Abs(moved)
	}
	return values < 2 || sum/float64(values-1) <= r.Ordered+Tolerance
}
