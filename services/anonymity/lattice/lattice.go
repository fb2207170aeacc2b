// Package lattice finds the best full-domain generalisation of a table: one level for each
// quasi-identifier, so that every class that is left fulfils the requirements, with few
// enough rows suppressed, and the metric is least.
//
// It promises the optimum of the whole lattice, the same on any number of cores (of equal
// costs the node whose levels come first in lexical order), or an error. What holds at a
// node: classes that are too small, not diverse or, by the shares of all rows, not close
// are suppressed; what is left is then measured by its own shares, as whoever gets it
// would, and must be close again.
//
// # What is pruned, and why
//
// Generalising joins classes. So rows in classes that fulfil k-anonymity or distinct
// l-diversity still do in the joined class: the rows that fail for them only become fewer,
// and where they are too many everything less general fails too. This is so with any
// suppression limit. Entropy and recursive l-diversity and t-closeness are not like that:
// if all classes fulfil them, so do joined ones (entropy is concave, the distances convex;
// Machanavajjhala et al. 2007, Li et al. 2007), but a class that fulfils them joined with
// one that does not may fail, and then more rows fail than before. So their failure prunes
// only where not one row may be suppressed. What they imply is always used: a class with
// entropy or recursive l-diversity has l values and l rows.
//
// A metric prunes upwards by a bound that no node above goes below: entropy and loss
// without suppression, the sum of squares of all classes, the rows by the number of all
// classes. See [Metric].
//
// # How a node is counted
//
// From the fewest groups of a node below it that are kept: rows that are alike, with their
// number, never rows one by one. Where a metric of cells has found a good node, what is left
// is to show that each that would be better fails. That is seen from a part of the groups:
// the values of the first quasi-identifiers divide the classes, and the rarest are looked at
// first (early.go).
//
// # Memory
//
// At most 4 times the groups of level 0 are kept to start from, of 16 bytes each (8 more for
// each further 64 bits that the values of a row take); a core that counts takes up to 90
// bytes a row; a node of the lattice takes 13, and there are at most [MaxNodes]. With what
// waits to be collected, two cores were measured at 600 bytes a row, the table included
// (BenchmarkRows).
package lattice

import (
	"context"
	"runtime"
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/hierarchy"
	"github.com/sala-exchange/sala/services/anonymity/model"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// MaxNodes is how many nodes a lattice may have.
const MaxNodes = 8_000_000

// Problem is what the search is asked.
type Problem struct {
	Table    *table.Table
	Quasi    []*hierarchy.Levels // applied to columns of the table, of those names
	Require  model.Requirements
	Metric   Metric
	Suppress float64 // which part of the rows may be suppressed, from 0 to 1; one class is left at least
	Cores    int     // how many cores count; all where 0
	// Progress is told after each node, by one goroutine at a time; nil for nobody.
	Progress func(Progress)
}

// Progress is how far a search is.
type Progress struct {
	Nodes   int // in the lattice
	Settled int // checked, or known to be no better
	Checked int // counted class by class
}

// Result is the best node.
type Result struct {
	Levels     []int   `json:"levels"` // of each quasi-identifier
	Cost       float64 `json:"cost"`
	Suppressed int     `json:"suppressed"` // rows
	Classes    int     `json:"classes"`    // that are left
	Nodes      int     `json:"nodes"`
	Checked    int     `json:"checked"`
}

// Search finds the best node. Where none fulfils the requirements the error is of kind
// Conflict; where ctx ends, it is that of ctx.
func Search(ctx context.Context, p Problem) (*Result, error) {
	s, err := newSpace(p)
	if err != nil {
		return nil, err
	}
	cores := p.Cores
	if cores == 0 {
		cores = runtime.GOMAXPROCS(0)
	}
	return s.search(ctx, cores)
}

// Kept reports for each row whether it is left at the node of these levels, whatever the
// number of those that are not; nil where what is left does not fulfil the requirements.
func Kept(p Problem, levels []int) ([]bool, error) {
	s, err := newSpace(p)
	if err != nil {
		return nil, err
	}
	if len(levels) != len(p.Quasi) {
		return nil, errs.New(errs.Invalid, "a node has one level for each quasi-identifier")
	}
	for i, level := range levels {
		if l := p.Quasi[i]; level < 0 || level >= l.Height() {
			return nil, errs.New(errs.Invalid, "level %d of %q is none of its hierarchy", level, l.Name).WithFields(l.Name)
		}
	}
	s.limit = s.rows
	c, each := newCounter(s), s.eachRow()
	if f := c.count(levels, each); !f.fulfils {
		return nil, nil
	}
	kept := make([]bool, s.rows)
	for row, class := range c.class { // the groups that were counted are the rows
		kept[row] = !c.bad[class]
	}
	return kept, nil
}

// Generalise makes the table of a node: quasi-identifiers at their levels, other columns as
// they are, rows that are not kept left out. The order of the rows is that of the table.
func Generalise(t *table.Table, quasi []*hierarchy.Levels, levels []int, kept []bool) (*table.Table, error) {
	columns := make([]table.Column, len(t.Columns()))
	for i, c := range t.Columns() {
		value := c.Value
		if at := slices.IndexFunc(quasi, func(l *hierarchy.Levels) bool { return l.Name == c.Name }); at >= 0 {
			codes, values := quasi[at].Codes[levels[at]], quasi[at].Values[levels[at]]
			value = func(row int) string { return values[codes[c.Codes[row]]] }
		}
		b := table.NewBuilder(c.Name)
		for row, keep := range kept {
			if keep {
				b.Add(value(row))
			}
		}
		columns[i] = b.Column()
	}
	return table.New(columns...)
}
