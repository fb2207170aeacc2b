// Package synthetic makes rows that have about the counts of given aggregates, from these
// alone.
//
// It promises that no row is looked at: whatever privacy the aggregates have, the rows have
// (Dwork & Roth 2014, proposition 2.1); that no row holds a combination, up to the
// aggregates' length, that the aggregates do not have; and that nothing is kept where a run
// is ended early. Rows are made one attribute after the other by the aggregates' counts, the
// aggregate-seeded way of Microsoft's Synthetic Data Showcase, and then changed cell by cell
// where that brings their counts closer.
//
// Memory: 2 bytes a cell and about 200 bytes a combination, beside the aggregates; at
// most [MaxRows] rows. It will not tell more about long combinations than the aggregates do,
// and its rows are of nobody: they must not be linked or counted as persons.
package synthetic

import (
	"context"
	crand "crypto/rand"
	"math/rand/v2"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/aggregate"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// MaxRows is how many rows are made at most.
const MaxRows = 5_000_000

// MaxSweeps is how often rows are gone over at most.
const MaxSweeps = 100

// Options say how rows are made.
type Options struct {
	Rows   int64 // how many; 0 for the aggregates' number of records
	Sweeps int   // how often each cell is gone over; 0 for 10, -1 for not at all
}

func (o Options) defaulted(records int64) (Options, error) {
	if o.Rows == 0 {
		o.Rows = records
	}
	if o.Sweeps == 0 {
		o.Sweeps = 10
	}
	if o.Rows < 1 || o.Rows > MaxRows {
		return o, errs.New(errs.Invalid, "the number of rows is from 1 to %d", MaxRows)
	}
	if o.Sweeps < -1 || o.Sweeps > MaxSweeps {
		return o, errs.New(errs.Invalid, "the number of sweeps is from -1 to %d", MaxSweeps)
	}
	return o, nil
}

// maker makes rows.
type maker struct {
	*aggregate.Aggregates
	random  *rand.Rand
	values  [][]uint16 // attributes by column
	columns []int      // by attribute
	rows    [][]uint16 // by column: the attribute of each row, 0 for blank
	// excess is, for each combination, how many rows have it less how many should.
	excess []map[aggregate.Combination]int64
}

// Make makes rows.
func Make(ctx context.Context, a *aggregate.Aggregates, o Options, p aggregate.Progress) (*table.Table, error) {
	o, err := o.defaulted(a.Records)
	if err != nil {
		return nil, err
	}
	m, err := newMaker(a, o)
	if err != nil {
		return nil, err
	}
	for row := range int(o.Rows) {
		m.seed(row)
		if err := at(ctx, p, "making rows", row+1, int(o.Rows)); err != nil {
			return nil, err
		}
	}
	for sweep := range o.Sweeps {
		moved := 0
		for row := range int(o.Rows) {
			moved += m.improve(row)
			if err := at(ctx, p, "bringing rows closer to the counts", sweep*int(o.Rows)+row+1, o.Sweeps*int(o.Rows)); err != nil {
				return nil, err
			}
		}
		if moved == 0 {
			break
		}
	}
	return m.table()
}

// at tells of progress, and whether to go on.
func at(ctx context.Context, p aggregate.Progress, stage string, done, total int) error {
	if done%256 != 0 && done != total {
		return nil
	}
	if p != nil {
		p(stage, done, total)
	}
	return ctx.Err()
}

func newMaker(a *aggregate.Aggregates, o Options) (*maker, error) {
	var seed [32]byte
	if _, err := crand.Read(seed[:]); err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "the system gives no random numbers")
	}
	m := &maker{Aggregates: a, random: rand.New(rand.NewChaCha8(seed)), //nolint:gosec // the aggregates are private already; rows need no secret chance
		values: make([][]uint16, len(a.Columns)), rows: make([][]uint16, len(a.Columns)), columns: make([]int, len(a.Attributes)+1)}
	for i, x := range a.Attributes {
		m.values[x.Column] = append(m.values[x.Column], uint16(i+1))
		m.columns[i+1] = x.Column
	}
	for i := range m.rows {
		m.rows[i] = make([]uint16, o.Rows)
	}
	for _, counts := range a.Counts {
		excess := make(map[aggregate.Combination]int64, len(counts))
		for c, count := range counts {
			excess[c] = -scaled(count, o.Rows, a.Records)
		}
		m.excess = append(m.excess, excess)
	}
	return m, nil
}

// scaled is a count for another number of rows.
func scaled(count, rows, records int64) int64 {
	if rows == records || records < 1 {
		return count
	}
	return int64(float64(count)*float64(rows)/float64(records) + 0.5)
}

// seed makes one row: column by column in a random order, each time an attribute or a blank
// by how often the aggregates have it beside what is there already.
func (m *maker) seed(row int) {
	var have []uint16
	for _, column := range m.random.Perm(len(m.values)) {
		if x := m.draw(have, m.values[column]); x != 0 && m.allowed(have, x) {
			have = append(have, x)
			m.rows[column][row] = x
		}
	}
	m.each(have, 0, func(c aggregate.Combination, length int) { m.excess[length-1][c]++ })
}

// draw chooses one of a column's attributes, or 0 for a blank, beside some attributes.
func (m *maker) draw(have, of []uint16) uint16 {
	beside := m.some(have)
	whole, _ := m.Count(beside)
	if whole < 1 {
		return 0
	}
	n := m.random.Int64N(whole)
	for _, x := range of {
		count, _ := m.Count(beside.With(x))
		if n -= count; n < 0 {
			return x
		}
	}
	return 0
}

// some draws as many of the attributes as leave room for one more.
func (m *maker) some(have []uint16) (c aggregate.Combination) {
	if room := m.Length() - 1; len(have) > room {
		m.random.Shuffle(len(have), func(i, j int) { have[i], have[j] = have[j], have[i] })
		have = have[:room]
	}
	for _, x := range have {
		c = c.With(x)
	}
	return c
}

// allowed reports whether the aggregates have every combination of x with some of the
// others.
func (m *maker) allowed(have []uint16, x uint16) bool {
	ok := true
	m.each(have, x, func(c aggregate.Combination, length int) {
		if ok {
			_, ok = m.excess[length-1][c]
		}
	})
	return ok
}

// each visits the combinations of some attributes, up to the aggregates' length: all of them
// for with = 0, and else those of that attribute and any of the others.
func (m *maker) each(have []uint16, with uint16, visit func(c aggregate.Combination, length int)) {
	var c aggregate.Combination
	depth := 0
	if with != 0 {
		c, depth = c.With(with), 1
		visit(c, 1)
	}
	m.extend(have, c, depth, visit)
}

func (m *maker) extend(have []uint16, c aggregate.Combination, depth int, visit func(c aggregate.Combination, length int)) {
	if depth == m.Length() {
		return
	}
	for i, x := range have {
		longer := c.With(x)
		visit(longer, depth+1)
		m.extend(have[i+1:], longer, depth+1, visit)
	}
}

// improve goes over a row's cells in a random order: another value of the column, drawn
// evenly from its attributes and the blank, is taken where that brings the squares of all
// excesses down. It tells how many cells changed.
func (m *maker) improve(row int) (moved int) {
	others := make([]uint16, 0, len(m.rows))
	for _, column := range m.random.Perm(len(m.rows)) {
		if len(m.values[column]) == 0 {
			continue
		}
		others = others[:0]
		for i := range m.rows {
			if x := m.rows[i][row]; x != 0 && i != column {
				others = append(others, x)
			}
		}
		old, now := m.rows[column][row], m.other(column, m.rows[column][row])
		if m.better(others, old, now) {
			m.move(others, old, -1)
			m.move(others, now, 1)
			m.rows[column][row] = now
			moved++
		}
	}
	return moved
}

// other draws another value of a column.
func (m *maker) other(column int, than uint16) uint16 {
	of := m.values[column]
	for {
		// 0 stands for the blank, one place after the attributes.
		now := uint16(0)
		if i := m.random.IntN(len(of) + 1); i < len(of) {
			now = of[i]
		}
		if now != than {
			return now
		}
	}
}

// better reports whether the rows come closer to the counts where one has now instead of
// old, beside the others.
func (m *maker) better(others []uint16, old, now uint16) bool {
	change, allowed := int64(0), true
	if old != 0 {
		m.each(others, old, func(c aggregate.Combination, length int) { change += 1 - 2*m.excess[length-1][c] })
	}
	if now != 0 {
		m.each(others, now, func(c aggregate.Combination, length int) {
			excess, ok := m.excess[length-1][c]
			change += 1 + 2*excess
			allowed = allowed && ok
		})
	}
	return allowed && change < 0
}

func (m *maker) move(others []uint16, x uint16, by int64) {
	if x != 0 {
		m.each(others, x, func(c aggregate.Combination, length int) { m.excess[length-1][c] += by })
	}
}

// table writes the rows as plain columns.
func (m *maker) table() (*table.Table, error) {
	columns := make([]table.Column, len(m.rows))
	for i, name := range m.Columns {
		c := table.Column{Name: name, Values: []string{""}, Codes: make([]uint32, len(m.rows[i]))}
		codes := make(map[uint16]uint32, len(m.values[i]))
		for _, x := range m.values[i] {
			codes[x] = uint32(len(c.Values))
			c.Values = append(c.Values, m.Attributes[x-1].Value)
		}
		for row, x := range m.rows[i] {
			c.Codes[row] = codes[x]
		}
		columns[i] = c
	}
	return table.New(columns...)
}
