package release

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/aggregate"
	"github.com/sala-exchange/sala/services/anonymity/anonymize"
	"github.com/sala-exchange/sala/services/anonymity/lattice"
	"github.com/sala-exchange/sala/services/anonymity/model"
	"github.com/sala-exchange/sala/services/anonymity/noise"
	"github.com/sala-exchange/sala/services/anonymity/synthetic"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Total stands in a column that a figure is not broken down by.
const Total = "_T"

// Built is a table as it would be published, with what the gates ask about it. It holds no
// row of a person but those that are to be published.
type Built struct {
	Definition  []byte            `json:"definition"` // its text
	BuiltOn     int64             `json:"builtOn"`    // UTC microseconds
	Columns     []string          `json:"columns"`
	Records     bool              `json:"records"` // rows of persons or of nobody; else figures
	Rows        [][]string        `json:"rows"`    // by Columns; of figures the count behind them
	Base        int               `json:"base"`    // figures are rounded down to multiples of it; 0 where they are not
	Pooled      string            `json:"pooled,omitempty"`
	LeftOut     map[string]string `json:"leftOut"`
	Snapshot    map[string]string `json:"snapshot"`
	Spent       *Spent            `json:"spent,omitempty"`
	Utility     *Utility          `json:"utility,omitempty"`
	Series      []SeriesSource    `json:"series,omitempty"`
	Inhabitants []Inhabitants     `json:"inhabitants,omitempty"`
}

// Spent is what a release costs of its population's privacy budget.
type Spent struct {
	Epsilon float64 `json:"epsilon"`
	Delta   float64 `json:"delta"`
	How     string  `json:"how"`
}

// is reports whether what was spent is what was declared, but for rounding.
func (s *Spent) is(p Parameters) bool {
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*b }
	return s != nil && s.Epsilon > 0 && s.Delta > 0 && near(s.Epsilon, p.Epsilon) && near(s.Delta, p.Delta)
}

// Inputs are what a build takes beside the database, already read.
type Inputs struct {
	Series      *SeriesTable
	Inhabitants []Inhabitants
}

// Build makes a definition's table. It publishes nothing, and passes no gate: see Check.
func Build(ctx context.Context, st *store.Store, raw []byte, in Inputs) (*Built, error) {
	d, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	now := time.UnixMicro(st.Now())
	if err := d.ended(now); err != nil {
		return nil, err
	}
	b := &Built{Definition: raw, BuiltOn: now.UnixMicro(), LeftOut: map[string]string{}, Snapshot: map[string]string{}}
	if d.Method == Series {
		return b, b.series(d, in.Series)
	}
	if d.Rate && len(in.Inhabitants) == 0 || !d.Rate && len(in.Inhabitants) > 0 || in.Series != nil {
		return nil, errs.New(errs.Invalid, "a rate needs --population, a series --series, and nothing else takes either")
	}
	t, err := read(ctx, st, d)
	if err != nil {
		return nil, err
	}
	if err := b.from(ctx, d, t); err != nil {
		return nil, err
	}
	return b, b.rate(d, in.Inhabitants)
}

// from makes the table of the rows that were taken.
func (b *Built) from(ctx context.Context, d *Definition, t *taken) error {
	b.Snapshot = t.snapshot
	for why, n := range t.leftOut {
		b.LeftOut[why] = rounded(n, d.Parameters.K)
	}
	if len(t.rows) < d.Parameters.K {
		return errs.New(errs.Conflict, "fewer persons than k are in this population and period: nothing can be released of them; take more years (J1)")
	}
	switch d.Method {
	case Counts:
		return b.counts(ctx, d, t.rows)
	case Rows:
		return b.generalised(ctx, d, t.rows)
	}
	return b.private(ctx, d, t.rows)
}

// rounded says how many without telling of fewer than k.
func rounded(n, k int) string {
	if n < k {
		return "fewer than " + strconv.Itoa(k)
	}
	return "about " + strconv.Itoa(n/k*k)
}

// columns are the table's, without a measure.
func (d *Definition) columnNames() []string {
	names := make([]string, len(d.Columns))
	for i, c := range d.Columns {
		names[i] = c.Name
	}
	return names
}

func (b *Built) counts(ctx context.Context, d *Definition, rows [][]string) error {
	levels, err := pool(d, rows)
	if err != nil {
		return err
	}
	b.Pooled = pooledText(d, levels)
	t, err := shown(d, rows, levels)
	if err != nil {
		return err
	}
	p := d.Parameters
	a, _, err := aggregate.Rounded(ctx, t, aggregate.Options{Length: p.Length, Zeros: true}, aggregate.Rounding{Resolution: int64(p.K)}, nil)
	if err != nil {
		return err
	}
	b.Base = p.K
	b.figures(d, a)
	b.Utility = b.told(d, p.Length)
	return nil
}

// figures are the counts of all combinations that are told.
func (b *Built) figures(d *Definition, a *aggregate.Aggregates) {
	b.Columns = append(d.columnNames(), "count")
	add := func(c aggregate.Combination, n int64) {
		row := make([]string, len(d.Columns), len(d.Columns)+1)
		for i := range row {
			row[i] = Total
		}
		for _, number := range c[:c.Len()] {
			at := a.Attributes[number-1]
			row[at.Column] = at.Value
		}
		b.Rows = append(b.Rows, append(row, strconv.FormatInt(n, 10)))
	}
	if n, told := a.Count(aggregate.Combination{}); told && n > 0 {
		add(aggregate.Combination{}, n)
	}
	for length := 1; length <= a.Length(); length++ {
		for _, c := range a.Sorted(length) {
			if n, told := a.Count(c); told && n > 0 {
				add(c, n)
			}
		}
	}
	sortRows(b.Rows)
}

// broken counts the columns that a figure is broken down by.
func broken(values []string) (n int) {
	for _, v := range values {
		if v != Total {
			n++
		}
	}
	return n
}

func (b *Built) private(ctx context.Context, d *Definition, rows [][]string) error {
	levels := make([]int, len(d.Columns))
	for i, c := range d.Columns {
		levels[i] = c.Level
	}
	t, err := shown(d, rows, levels)
	if err != nil {
		return err
	}
	p := d.Parameters
	a, spent, err := aggregate.Counted(ctx, t, aggregate.Options{Length: p.Length, Zeros: true},
		aggregate.Private{Budget: noise.Budget{Epsilon: p.Epsilon, Delta: p.Delta}, Threshold: int64(p.K)}, nil)
	if err != nil {
		return err
	}
	b.Spent = &Spent{Epsilon: spent.Epsilon, Delta: spent.Delta, How: fmt.Sprintf("Laplace noise for the records, Gaussian noise for combinations of up to %d columns, neighbours: %s", p.Length, spent.Neighbours)}
	if d.Method == Private {
		b.figures(d, a)
		b.Utility = b.told(d, p.Length).noised(spent)
		return b.empty()
	}
	made, err := synthetic.Make(ctx, a, synthetic.Options{}, nil)
	if err != nil {
		return err
	}
	b.records(made)
	if err := b.Utility.resembles(ctx, a, made, p.Length); err != nil {
		return err
	}
	b.Utility.noised(spent)
	return b.empty()
}

// empty refuses a table in which the noise left nothing: it would spend the budget, and read
// as if nothing had happened to anybody. It asks what would be published alone.
func (b *Built) empty() error {
	says := func(v string) bool { return v != "" && v != Total }
	for _, row := range b.Rows {
		if b.Records && slices.ContainsFunc(row, says) || !b.Records && slices.ContainsFunc(row[:len(row)-1], says) {
			return nil
		}
	}
	return errs.New(errs.Conflict, "of so few persons the noise leaves nothing to tell at this ε: take fewer columns, a smaller length, or more years")
}

// records are the rows of a table.
func (b *Built) records(t *table.Table) {
	b.Records = true
	for _, c := range t.Columns() {
		b.Columns = append(b.Columns, c.Name)
	}
	for r := range t.Rows() {
		row := make([]string, len(b.Columns))
		for i := range b.Columns {
			row[i] = t.Columns()[i].Value(r)
		}
		b.Rows = append(b.Rows, row)
	}
	sortRows(b.Rows)
	b.Utility = &Utility{Reported: len(b.Rows)}
}

func (b *Built) generalised(ctx context.Context, d *Definition, rows [][]string) error {
	t, err := shown(d, rows, make([]int, len(d.Columns)))
	if err != nil {
		return err
	}
	spec := &anonymize.Spec{Columns: map[string]*anonymize.Column{}, Algorithm: anonymize.Optimal, Metric: lattice.Entropy,
		Require: d.requirements(), Suppress: d.Parameters.Suppress}
	for _, c := range d.Columns {
		known, err := releasable(c.Name, d.Population.Unit)
		if err != nil {
			return err
		}
		role := &anonymize.Column{Role: anonymize.Quasi, Hierarchy: known.declared()}
		if known.sensitive {
			role = &anonymize.Column{Role: anonymize.Sensitive}
		}
		spec.Columns[c.Name] = role
	}
	out, made, err := spec.Run(ctx, t, nil)
	if err != nil {
		return err
	}
	b.records(out)
	b.LeftOut[suppressed] = rounded(made.Suppressed, d.Parameters.K)
	b.Utility.Levels = made.Levels
	return nil
}

// declared is a column's hierarchy in the words of a spec.
func (c *column) declared() *anonymize.Hierarchy {
	switch c.from {
	case "year":
		return &anonymize.Hierarchy{Widths: []int{2, 10}}
	case "citizenship", "exploitation_country":
		return &anonymize.Hierarchy{Builtin: "countries"}
	}
	return nil
}

// requirements are the models that the definition asks for.
func (d *Definition) requirements() model.Requirements {
	r := model.Requirements{K: d.Parameters.K}
	if s := d.sensitive(); len(s) > 0 {
		r.Sensitive = []model.Sensitive{{Columns: s, Distinct: d.Parameters.L, Equal: d.Parameters.T}}
	}
	return r
}

func (d *Definition) sensitive() (names []string) {
	for _, c := range d.Columns {
		if known, err := releasable(c.Name, d.Population.Unit); err == nil && known.sensitive {
			names = append(names, c.Name)
		}
	}
	return names
}
