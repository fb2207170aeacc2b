// Package cells suppresses single cells of the rows whose class does not fulfil the
// requirements, so that the row need not be left out as a whole: local suppression.
//
// It promises that every class of what it makes fulfils the requirements, that rows whose
// class did so before are as they were, that of the others no cell but a quasi-identifier's
// becomes [Suppressed] and none another value, and the same result whatever the order of
// the rows. It will not look for the fewest cells: that is NP-hard (Meyerson and Williams
// 2004).
//
// A suppressed cell is equal to suppressed cells of its column and to nothing else, as in
// the k-anonymity by suppression of Meyerson and Williams and as a pass over the text of the
// file counts it. It is not taken to match every value, as sdcMicro's frequencies take what
// is missing: a row that is alone with its values stays alone, whatever was suppressed
// beside it, for whoever knows that nothing was suppressed in her row. With equality alone
// each of a class's k rows agrees with what is known of any of them.
//
// The rows of failing classes are grouped by what is left of them without one column, then
// without two, and so on, and stay where they make a class that fulfils (the greedy
// heuristic for patterns of Bredereck, Nichterlein and Niedermeier 2013). Of patterns with as
// many columns those are tried first whose columns have most values, as sdcMicro's default
// importance does. What makes no class with everything suppressed is left out.
//
// Memory: 4 bytes a row beside the table, and about 100 bytes for each row of a failing
// class.
package cells

import (
	"cmp"
	"context"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/model"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Suppressed stands in a suppressed cell.
const Suppressed = "*"

// maxQuasi bounds the quasi-identifiers, whose patterns are two to the power of them.
const maxQuasi = 16

// Result is the table, in the order of its rows, and what was suppressed in it.
type Result struct {
	Table *table.Table
	Cells map[string]int // suppressed cells of each quasi-identifier that has any
	Rows  int            // with a suppressed cell
	Left  int            // rows that are left out
}

// suppression is under way.
type suppression struct {
	columns  []*table.Column
	require  model.Requirements
	rules    []*model.Rule
	all      []*model.Counts // of each rule's column, over the rows that count
	counts   []*model.Counts
	patterns []uint32 // sets of columns, as bits, in the order in which they are tried
	of       []uint32 // the pattern of each row
}

// out is the pattern of a row that is left out.
const out = ^uint32(0)

// Suppress makes the table. Where no class fulfils the requirements the error is of kind
// Conflict; where ctx ends, it is that of ctx.
func Suppress(ctx context.Context, t *table.Table, quasi []string, require model.Requirements) (*Result, error) {
	s, err := newSuppression(t, quasi, require)
	if err != nil {
		return nil, err
	}
	rows := make([]uint32, t.Rows())
	for row := range rows {
		rows[row] = uint32(row)
	}
	for again := true; again; {
		s.measure(rows)
		left, err := s.place(ctx, rows)
		if err != nil {
			return nil, err
		}
		for _, row := range left {
			s.of[row] = out
		}
		rows = slices.DeleteFunc(rows, func(row uint32) bool { return s.of[row] == out })
		// Closeness is to the shares of the rows that are left, which are others now.
		again = len(left) > 0 && len(rows) > 0 && slices.ContainsFunc(s.rules, func(r *model.Rule) bool { return r.Sensitive.Close() })
	}
	if len(rows) == 0 {
		return nil, errs.New(errs.Conflict, "no class fulfils the requirements, whatever is suppressed: take less strict models")
	}
	return s.result(t)
}

func newSuppression(t *table.Table, quasi []string, require model.Requirements) (*suppression, error) {
	if len(quasi) == 0 || len(quasi) > maxQuasi {
		return nil, errs.New(errs.Limited, "cells are suppressed in 1 to %d quasi-identifiers", maxQuasi)
	}
	columns, err := t.Select(quasi...)
	if err != nil {
		return nil, err
	}
	rules, err := require.Bind(t)
	if err != nil {
		return nil, err
	}
	s := &suppression{columns: columns, require: require, rules: rules, of: make([]uint32, t.Rows())}
	for _, r := range rules {
		s.all, s.counts = append(s.all, r.NewCounts()), append(s.counts, r.NewCounts())
	}
	values := make([]int, len(columns))
	for i, c := range columns {
		values[i] = len(c.Order())
	}
	sum := func(pattern uint32) (n int) {
		for i := range values {
			if pattern>>i&1 == 1 {
				n += values[i]
			}
		}
		return n
	}
	for pattern := range uint32(1) << len(columns) {
		s.patterns = append(s.patterns, pattern)
	}
	slices.SortFunc(s.patterns, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(bits.OnesCount32(a), bits.OnesCount32(b)), cmp.Compare(sum(b), sum(a)), cmp.Compare(a, b))
	})
	return s, nil
}

// measure counts what closeness is measured by.
func (s *suppression) measure(rows []uint32) {
	for i, r := range s.rules {
		s.all[i].Clear()
		for _, row := range rows {
			s.all[i].Add(r.Column.Codes[row], 1)
		}
	}
}

// place gives each row its pattern and returns the rows for which there is none.
func (s *suppression) place(ctx context.Context, rows []uint32) (left []uint32, err error) {
	left = rows
	for _, pattern := range s.patterns {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(left) == 0 {
			return nil, nil
		}
		left = s.placeBy(pattern, left)
	}
	return left, nil
}

// placeBy groups rows by their cells outside a pattern, and returns those of groups that
// fulfil nothing.
func (s *suppression) placeBy(pattern uint32, rows []uint32) (left []uint32) {
	classes := map[string][]uint32{}
	key := make([]byte, 0, 4*len(s.columns))
	for _, row := range rows {
		key = key[:0]
		for i, c := range s.columns {
			if pattern>>i&1 == 0 {
				key = binary.LittleEndian.AppendUint32(key, c.Codes[row])
			}
		}
		classes[string(key)] = append(classes[string(key)], row)
	}
	for _, class := range classes {
		if !s.fulfils(class) {
			left = append(left, class...)
			continue
		}
		for _, row := range class {
			s.of[row] = pattern
		}
	}
	return left
}

func (s *suppression) fulfils(class []uint32) bool {
	if len(class) < s.require.K {
		return false
	}
	for i, r := range s.rules {
		s.counts[i].Clear()
		for _, row := range class {
			s.counts[i].Add(r.Column.Codes[row], 1)
		}
		if !r.Diverse(s.counts[i]) || !r.Close(s.counts[i], s.all[i]) {
			return false
		}
	}
	return true
}

// result writes the rows by their patterns.
func (s *suppression) result(t *table.Table) (*Result, error) {
	r := &Result{Cells: map[string]int{}}
	for _, pattern := range s.of {
		switch pattern {
		case 0:
		case out:
			r.Left++
		default:
			r.Rows++
		}
	}
	columns := make([]table.Column, len(t.Columns()))
	for at := range columns {
		c := &t.Columns()[at]
		bit := slices.Index(s.columns, c)
		b := table.NewBuilder(c.Name)
		for row, pattern := range s.of {
			switch {
			case pattern == out:
			case bit >= 0 && pattern>>bit&1 == 1:
				b.Add(Suppressed)
				r.Cells[c.Name]++
			default:
				b.Add(c.Value(row))
			}
		}
		columns[at] = b.Column()
	}
	var err error
	r.Table, err = table.New(columns...)
	return r, err
}
