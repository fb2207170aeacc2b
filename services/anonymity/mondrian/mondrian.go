// Package mondrian generalises a table class by class: where there are many alike, values
// stay finer than where there are few.
//
// It promises that every class fulfils the requirements, measured by the shares of all
// rows, that no row is left out, and the same result for the same table. It is greedy: the
// result is good, not the best.
//
// From one class that has everything it divides classes as long as what comes of it
// fulfils the requirements (LeFevre, DeWitt and Ramakrishnan 2006), each by the
// quasi-identifier whose values say least in that class, one level down its hierarchy;
// where that is not allowed, by the next. The paper divides ordered values at the median;
// here they are divided as the hierarchy of bands does, so that two files of the same kind
// have the same bands. A cell may stand for others that its column also has, as 20-29 beside
// 25: such values tell more than one level would, and who counts needs to know.
//
// Memory: 16 bytes a row beside the table.
package mondrian

import (
	"cmp"
	"context"
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/hierarchy"
	"github.com/sala-exchange/sala/services/anonymity/model"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// class is rows that are equal at these levels, one for each quasi-identifier.
type class struct {
	rows   []uint32
	levels []int
}

// division is how classes are divided.
type division struct {
	quasi   []*hierarchy.Levels
	columns []*table.Column
	require model.Requirements
	rules   []*model.Rule
	all     []*model.Counts // of each rule's column, over all rows
	counts  []*model.Counts
	// values[i][level][code] is how many of the column's values the generalised one stands
	// for, and total[i] how many there are.
	values [][][]int
	total  []int
	done   []class
}

// Generalise makes the table with its quasi-identifiers generalised and other columns as
// they are, in the order of its rows. Where all rows as one class do not fulfil the
// requirements the error is of kind Conflict; where ctx ends, it is that of ctx.
func Generalise(ctx context.Context, t *table.Table, quasi []*hierarchy.Levels, require model.Requirements) (*table.Table, error) {
	d, err := newDivision(t, quasi, require)
	if err != nil {
		return nil, err
	}
	top := class{rows: make([]uint32, t.Rows()), levels: make([]int, len(quasi))}
	for row := range top.rows {
		top.rows[row] = uint32(row)
	}
	for i, l := range quasi {
		top.levels[i] = l.Height() - 1
	}
	// A hierarchy may end with several values: the first classes are those.
	open := d.divide(top, -1)
	for _, c := range open {
		if !d.fulfils(c.rows) {
			return nil, errs.New(errs.Conflict, "not even the highest levels fulfil the requirements: give each hierarchy a last level that joins everything, or take less strict models")
		}
	}
	for len(open) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c := open[len(open)-1]
		open = open[:len(open)-1]
		if parts := d.allowed(c); parts != nil {
			open = append(open, parts...)
			continue
		}
		d.done = append(d.done, c)
	}
	return d.table(t)
}

func newDivision(t *table.Table, quasi []*hierarchy.Levels, require model.Requirements) (*division, error) {
	if t.Rows() == 0 || len(quasi) == 0 {
		return nil, errs.New(errs.Invalid, "generalising needs a row and a quasi-identifier")
	}
	rules, err := require.Bind(t)
	if err != nil {
		return nil, err
	}
	d := &division{quasi: quasi, require: require, rules: rules}
	for _, r := range rules {
		all := r.NewCounts()
		for _, code := range r.Column.Codes {
			all.Add(code, 1)
		}
		d.all, d.counts = append(d.all, all), append(d.counts, r.NewCounts())
	}
	for _, l := range quasi {
		c, err := t.Column(l.Name)
		if err != nil {
			return nil, err
		}
		used := c.Order()
		values := make([][]int, l.Height())
		for level := range values {
			values[level] = make([]int, len(l.Values[level]))
			for _, code := range used {
				values[level][l.Codes[level][code]]++
			}
		}
		d.columns, d.values, d.total = append(d.columns, c), append(d.values, values), append(d.total, len(used))
	}
	return d, nil
}

// code is a row's generalised value.
func (d *division) code(i, level int, row uint32) uint32 {
	return d.quasi[i].Codes[level][d.columns[i].Codes[row]]
}

// divide divides a class by one column's values at the class's levels, or with -1 by all
// columns'. The parts are in the order of their values.
func (d *division) divide(c class, column int) []class {
	rows := slices.Clone(c.rows)
	order := func(a, b uint32) int {
		for i, level := range c.levels {
			if column >= 0 && column != i {
				continue
			}
			if by := cmp.Compare(d.code(i, level, a), d.code(i, level, b)); by != 0 {
				return by
			}
		}
		return 0
	}
	slices.SortStableFunc(rows, order)
	var parts []class
	for from, to := 0, 1; to <= len(rows); to++ {
		if to == len(rows) || order(rows[from], rows[to]) != 0 {
			parts = append(parts, class{rows: rows[from:to:to], levels: slices.Clone(c.levels)})
			from = to
		}
	}
	return parts
}

// allowed divides a class by the column that says least in it, among those by which it may
// be divided; nil where it may by none. A level that tells nothing apart is passed.
func (d *division) allowed(c class) []class {
	columns := make([]int, 0, len(c.levels))
	for i, level := range c.levels {
		if level > 0 {
			columns = append(columns, i)
		}
	}
	loss := func(i int) float64 {
		value := d.values[i][c.levels[i]][d.code(i, c.levels[i], c.rows[0])]
		return float64(value-1) / float64(max(1, d.total[i]-1))
	}
	slices.SortStableFunc(columns, func(a, b int) int { return cmp.Compare(loss(b), loss(a)) })
	for _, i := range columns {
		finer := class{rows: c.rows, levels: slices.Clone(c.levels)}
		finer.levels[i]--
		parts := d.divide(finer, i)
		if !slices.ContainsFunc(parts, func(p class) bool { return !d.fulfils(p.rows) }) {
			return parts
		}
	}
	return nil
}

func (d *division) fulfils(rows []uint32) bool {
	if len(rows) < d.require.K {
		return false
	}
	for i, r := range d.rules {
		counts := d.counts[i]
		counts.Clear()
		for _, row := range rows {
			counts.Add(r.Column.Codes[row], 1)
		}
		if !r.Diverse(counts) || !r.Close(counts, d.all[i]) {
			return false
		}
	}
	return true
}

// table writes each row's values at its class's levels.
func (d *division) table(t *table.Table) (*table.Table, error) {
	of := make([]uint32, t.Rows())
	for number, c := range d.done {
		for _, row := range c.rows {
			of[row] = uint32(number)
		}
	}
	columns := slices.Clone(t.Columns())
	for i, l := range d.quasi {
		b := table.NewBuilder(l.Name)
		for row, number := range of {
			level := d.done[number].levels[i]
			b.Add(l.Values[level][d.code(i, level, uint32(row))])
		}
		at := slices.IndexFunc(columns, func(c table.Column) bool { return c.Name == l.Name })
		columns[at] = b.Column()
	}
	return table.New(columns...)
}
