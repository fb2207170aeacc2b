package anonymize

import (
	"cmp"
	"context"
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/cells"
	"github.com/sala-exchange/sala/services/anonymity/certificate"
	"github.com/sala-exchange/sala/services/anonymity/hierarchy"
	"github.com/sala-exchange/sala/services/anonymity/lattice"
	"github.com/sala-exchange/sala/services/anonymity/mondrian"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Made says how a table was made. It is no proof of anything: the certificate is.
type Made struct {
	Algorithm  Algorithm      `json:"algorithm"`
	Metric     lattice.Metric `json:"metric,omitempty"`
	Levels     map[string]int `json:"levels,omitempty"` // of each quasi-identifier, 0 as in the file
	Cost       float64        `json:"cost,omitempty"`
	RowsRead   int            `json:"rowsRead"`
	Suppressed int            `json:"rowsSuppressed"`
	// CellsSuppressed counts the single cells that were suppressed, by column, and
	// RowsWithCells the rows that have one.
	CellsSuppressed map[string]int `json:"cellsSuppressed,omitempty"`
	RowsWithCells   int            `json:"rowsWithCellsSuppressed,omitempty"`
	Nodes           int            `json:"nodes,omitempty"`
	Checked         int            `json:"nodesChecked,omitempty"`
}

// Cells counts the single cells that were suppressed.
func (m *Made) Cells() (n int) {
	for _, c := range m.CellsSuppressed {
		n += c
	}
	return n
}

// Options give the form of the spec's files.
func (s *Spec) Options() table.Options {
	o, _ := s.options() // checked when the spec was read
	return o
}

// Run anonymises a table. Progress is told of the optimal search; nil for nobody.
func (s *Spec) Run(ctx context.Context, t *table.Table, progress func(lattice.Progress)) (*table.Table, *Made, error) {
	names, err := s.roles(t, Quasi)
	if err != nil {
		return nil, nil, err
	}
	if t.Rows() == 0 {
		return nil, nil, errs.New(errs.Invalid, "the file has no row")
	}
	quasi := make([]*hierarchy.Levels, len(names))
	for i, name := range names {
		h, err := s.hierarchy(name)
		if err != nil {
			return nil, nil, err
		}
		c, err := t.Column(name)
		if err != nil {
			return nil, nil, err
		}
		if quasi[i], err = h.Apply(c); err != nil {
			return nil, nil, err
		}
	}
	if t, err = s.dropped(t); err != nil {
		return nil, nil, err
	}
	out, made, err := s.generalise(ctx, t, quasi, progress)
	if err != nil {
		return nil, nil, err
	}
	made.Algorithm, made.RowsRead = s.Algorithm, t.Rows()
	out, err = sorted(out)
	return out, made, err
}

func (s *Spec) generalise(ctx context.Context, t *table.Table, quasi []*hierarchy.Levels, progress func(lattice.Progress)) (*table.Table, *Made, error) {
	if s.Algorithm == Mondrian {
		out, err := mondrian.Generalise(ctx, t, quasi, s.Require)
		return out, &Made{}, err
	}
	p := lattice.Problem{Table: t, Quasi: quasi, Require: s.Require, Metric: s.Metric, Suppress: s.Suppress, Progress: progress}
	best, err := lattice.Search(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	m := &Made{Metric: s.Metric, Levels: map[string]int{}, Cost: best.Cost, Suppressed: best.Suppressed, Nodes: best.Nodes, Checked: best.Checked}
	for i, l := range quasi {
		m.Levels[l.Name] = best.Levels[i]
	}
	if s.Cells {
		if out, err := s.suppressCells(ctx, t, quasi, best.Levels, m); out != nil || err != nil {
			return out, m, err
		}
	}
	kept, err := lattice.Kept(p, best.Levels)
	if err != nil {
		return nil, nil, err
	}
	out, err := lattice.Generalise(t, quasi, best.Levels, kept)
	return out, m, err
}

// suppressCells keeps the rows that would be left out at these levels, as far as suppressing
// some of their cells is enough. Closeness is to the shares of what is left, which other
// rows change: where more rows would be concerned than may be left out, it makes nothing.
func (s *Spec) suppressCells(ctx context.Context, t *table.Table, quasi []*hierarchy.Levels, levels []int, m *Made) (*table.Table, error) {
	all, names := slices.Repeat([]bool{true}, t.Rows()), make([]string, len(quasi))
	for i, l := range quasi {
		names[i] = l.Name
	}
	whole, err := lattice.Generalise(t, quasi, levels, all)
	if err != nil {
		return nil, err
	}
	r, err := cells.Suppress(ctx, whole, names, s.Require)
	if err != nil {
		return nil, err
	}
	if r.Rows+r.Left > int(s.Suppress*float64(t.Rows())+1e-9) { // as the search counts
		return nil, nil //nolint:nilnil // rows are left out instead
	}
	m.Suppressed, m.CellsSuppressed, m.RowsWithCells = r.Left, r.Cells, r.Rows
	return r.Table, nil
}

// dropped is the table without the columns that are left out.
func (s *Spec) dropped(t *table.Table) (*table.Table, error) {
	var columns []table.Column
	for _, c := range t.Columns() {
		if s.Columns[c.Name].Role != Drop {
			columns = append(columns, c)
		}
	}
	return table.New(columns...)
}

// Certify measures a table that was made as the spec says, from the table alone.
func (s *Spec) Certify(t *table.Table) (*certificate.Certificate, error) {
	var quasi []string
	for _, c := range t.Columns() {
		own := s.Columns[c.Name]
		if own == nil || own.Role == Drop {
			return nil, errs.New(errs.Internal, "the table that was made has a column that it should not have")
		}
		if own.Role == Quasi {
			quasi = append(quasi, c.Name)
		}
	}
	return certificate.Of(t, quasi, s.Require)
}

// sorted is the table with its rows in the order of their values, column by column.
func sorted(t *table.Table) (*table.Table, error) {
	ranks := make([][]uint32, len(t.Columns()))
	for i, c := range t.Columns() {
		ranks[i] = make([]uint32, len(c.Values))
		for rank, code := range c.Order() {
			ranks[i][code] = uint32(rank)
		}
	}
	rows := make([]uint32, t.Rows())
	for row := range rows {
		rows[row] = uint32(row)
	}
	slices.SortFunc(rows, func(a, b uint32) int {
		for i, c := range t.Columns() {
			if by := cmp.Compare(ranks[i][c.Codes[a]], ranks[i][c.Codes[b]]); by != 0 {
				return by
			}
		}
		return 0
	})
	columns := make([]table.Column, len(t.Columns()))
	for i, c := range t.Columns() {
		codes := make([]uint32, len(rows))
		for at, row := range rows {
			codes[at] = c.Codes[row]
		}
		columns[i] = table.Column{Name: c.Name, Codes: codes, Values: c.Values}
	}
	return table.New(columns...)
}
