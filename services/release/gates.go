package release

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Published is what readers have of a release: its columns and rows, and what its codebook
// says of them. It is all that the auditor is told.
type Published struct {
	Name       string
	Population Population
	Method     Method
	Columns    []string // without measures
	Sensitive  []string
	Cells      []Cell
	Period     Period
	K, L       int
	Base       int // counts are rounded down to multiples of it; 0: as they are
	Private    bool
	Records    bool // rows of persons, or of nobody
	Known      bool // official knowledge already (J4)
	Snapshot   map[string]string
}

// Cell is a figure, or a class of rows that are equal.
type Cell struct {
	Values []string
	Count  int64
}

// Auditor attacks published tables together, and says which groups below k they give away,
// or might; none passes them.
type Auditor interface {
	Audit(ctx context.Context, all []Published) (findings []string, err error)
}

// Gate is what one gate found.
type Gate struct {
	Name string `json:"name"`
	Pass bool   `json:"pass"`
	Says string `json:"says"`
}

// Report is what all gates found. The zero Report passes nothing.
type Report struct {
	Gates []Gate `json:"gates"`
}

func (r *Report) add(name string, pass bool, says string, args ...any) {
	r.Gates = append(r.Gates, Gate{name, pass, fmt.Sprintf(says, args...)})
}

// Err is nil where every gate was passed.
func (r *Report) Err() error {
	if len(r.Gates) == 0 {
		return errs.New(errs.Internal, "no gate was asked")
	}
	for _, g := range r.Gates {
		if !g.Pass {
			return errs.New(errs.Conflict, "the release is refused by the gate %q: %s", g.Name, g.Says)
		}
	}
	return nil
}

// wordForm is what a cell may hold, beside a region of the world: a word of a list, a code,
// a number, a band.
var wordForm = regexp.MustCompile(`^[A-Za-z0-9_+*/.-]{0,64}( days?)?$|^(within a day|within 7 days|later)$`)

// labelForm is what a cell of a series may hold: an authority's own words, six at most, of
// letters and digits. digits are too many for a year or a band: they number something.
var (
	labelForm = regexp.MustCompile(`^[\p{L}\p{M}\p{N}_+*/.,()-]+( [\p{L}\p{M}\p{N}_+*/.,()-]+){0,5}$`)
	digits    = regexp.MustCompile(`[0-9]{5}`)
)

func label(s string) bool { return len(s) <= 100 && labelForm.MatchString(s) }

// Check asks every gate about a built table, from the table alone, together with all that
// was published before. An error is about the input; what a gate refuses is in the report.
func Check(ctx context.Context, b *Built, earlier []Published, a Auditor) (*Report, error) {
	d, err := Parse(b.Definition)
	if err != nil {
		return nil, err
	}
	p, err := b.published(d)
	if err != nil {
		return nil, err
	}
	r := &Report{}
	r.add("columns", true, "every column is declared releasable, none is free text or names anybody")
	r.cells(p, b.Rows)
	switch {
	case d.Private():
		r.add("privacy", b.Spent.is(d.Parameters), "the counts cost the ε and δ that are declared: these the account is charged with")
		r.account(p, earlier)
	case d.Method != Series:
		if err := r.measure(d, p); err != nil {
			return nil, err
		}
	}
	r.pairs(d, p, earlier)
	return r, r.audit(ctx, p, earlier, a)
}

// account refuses another name for persons whose account has one: by it they would have a
// second budget.
func (r *Report) account(p *Published, earlier []Published) {
	for _, e := range earlier {
		apart := e.Period.To < p.Period.From || p.Period.To < e.Period.From || len(e.Population.Kinds) > 0 && len(p.Population.Kinds) > 0 &&
			!slices.ContainsFunc(e.Population.Kinds, func(k string) bool { return slices.Contains(p.Population.Kinds, k) })
		if e.Private && e.Population.Name != p.Population.Name && !apart {
			r.add("account", false, "persons of these years and kinds have an account by the name of %s, which %s was charged to: name that population", e.Population.Name, e.Name)
			return
		}
	}
	r.add("account", true, "no other account is of persons of these years and kinds")
}

func (r *Report) cells(p *Published, rows [][]string) {
	for i, row := range rows {
		for c := range p.Columns {
			if !digits.MatchString(row[c]) && (p.Known && label(row[c]) || wordForm.MatchString(row[c]) || regions()[row[c]] != nil) {
				continue
			}
			r.add("words", false, "row %d holds something else than a code in column %s: free text is never released", i+1, p.Columns[c])
			return
		}
	}
	r.add("words", true, "every cell is a code, a number or a band")
}

// measure asks for k, l, t and risk, of the persons as they stand in the finest figures, or
// in the rows.
func (r *Report) measure(d *Definition, p *Published) error {
	_, groups := p.Groups()
	least := leastOf(groups)
	if p.Base > 0 {
		pass := !slices.ContainsFunc(p.Cells, func(c Cell) bool { return c.Count%int64(p.Base) != 0 })
		r.add("rounding", pass && p.Base >= d.Parameters.K, "every figure is a multiple of %d", p.Base)
	}
	r.add("k", len(groups) > 0 && least >= int64(d.Parameters.K), "the smallest group has %d persons; k is %d", least, d.Parameters.K)
	m, err := p.risk()
	if err != nil || m == nil {
		return err
	}
	r.add("risk", m.Prosecutor.Marketer <= d.Parameters.Risk, "the global risk, the mean of 1/size of the records' classes, is %.4f; at most %.4f", m.Prosecutor.Marketer, d.Parameters.Risk)
	if n := len(m.Sensitive); n > 0 {
		joint := m.Sensitive[n-1] // all of them as one value
		r.add("l", joint.Distinct >= d.Parameters.L, "a class has %d different sensitive values; l is %d: who knows a person's other columns would learn hers", joint.Distinct, d.Parameters.L)
		r.add("t", joint.Equal <= d.Parameters.T, "a class differs from all by %.3f; t is %.3f", joint.Equal, d.Parameters.T)
	}
	return nil
}

func leastOf(cells []Cell) (least int64) {
	for i, c := range cells {
		if i == 0 || c.Count < least {
			least = c.Count
		}
	}
	return least
}

// finest are the cells that are broken down the furthest.
func (p *Published) finest() (out []Cell) {
	most := 0
	for _, c := range p.Cells {
		most = max(most, broken(c.Values))
	}
	for _, c := range p.Cells {
		if most > 0 && broken(c.Values) == most {
			out = append(out, c)
		}
	}
	return out
}

// maxExpanded bounds the rows that the gates make of figures.
const maxExpanded = 20_000_000

// expand makes one row a person of the figures, as any reader can.
func expand(columns []string, cells []Cell) (*table.Table, error) {
	made := make([]table.Column, len(columns))
	total := int64(0)
	for i, name := range columns {
		b := table.NewBuilder(name)
		for _, c := range cells {
			if total += c.Count; total > maxExpanded*int64(len(columns)) {
				return nil, errs.New(errs.Limited, "the figures are of too many persons to be measured")
			}
			for range c.Count {
				b.Add(c.Values[i])
			}
		}
		made[i] = b.Column()
	}
	return table.New(made...)
}

// pairs refuses a table that, beside an earlier one over the same years, shows whom a change
// in between was about: an exclusion counts from the next pooled edition, never as an
// earlier-minus-later pair (J2). Where the rows of a year changed since, the years of this
// table that hold it must reach beyond what was published.
func (r *Report) pairs(d *Definition, p *Published, earlier []Published) {
	for _, e := range earlier {
		if e.Known || e.Private || p.Known || p.Private || e.Population.Unit != p.Population.Unit {
			continue
		}
		for _, y := range sortedKeys(p.Snapshot) {
			was, published := e.Snapshot[y]
			if !published || was == p.Snapshot[y] || d.poolsBeyond(p, y, e.Snapshot) {
				continue
			}
			r.add("pairs", false, "the cases of %s changed since %s was published: this table beside it would show by whom; take them into the next pooled edition, with a further year (J2)", y, e.Name)
			return
		}
	}
	r.add("pairs", true, "no earlier release shows the same years of other rows")
}

// poolsBeyond reports whether every figure that holds the year holds a year, with cases, that
// the earlier release did not have.
func (d *Definition) poolsBeyond(p *Published, year string, earlier map[string]string) bool {
	at := slices.IndexFunc(p.Columns, func(c string) bool {
		known, err := releasable(c, d.Population.Unit)
		return err == nil && known.from == "year"
	})
	if slices.Contains(p.Columns, "quarter") {
		return false
	}
	bands := []string{Total}
	if at >= 0 {
		for _, c := range p.Cells {
			bands = append(bands, c.Values[at])
		}
	}
	for _, band := range bands {
		if band != "" && covers(band, year) && !slices.ContainsFunc(sortedKeys(p.Snapshot), func(y string) bool { return earlier[y] == "" && covers(band, y) }) {
			return false
		}
	}
	return true
}

// covers: a year, a band as 2020-2021, or anything.
func covers(band, year string) bool {
	from, to, isBand := strings.Cut(band, "-")
	switch {
	case band == Total || band == "*":
		return true
	case isBand:
		return from <= year && year <= to
	}
	return band == year
}

func (r *Report) audit(ctx context.Context, p *Published, earlier []Published, a Auditor) error {
	if a == nil {
		r.add("auditor", false, "no auditor was asked")
		return nil
	}
	findings, err := a.Audit(ctx, append(slices.Clone(earlier), *p))
	if err != nil {
		return err
	}
	switch n := len(findings); n {
	case 0:
		r.add("auditor", true, "this release and the %d before it together give no group below k away", len(earlier))
	default:
		r.add("auditor", false, "this release and the %d before it together give away, or may, %d groups; the first: %s", len(earlier), n, findings[0])
	}
	return nil
}

// published is what readers will have.
func (b *Built) published(d *Definition) (*Published, error) {
	p := &Published{Name: d.Name, Population: d.Population, Method: d.Method, Columns: d.columnNames(), Sensitive: d.sensitive(), Period: d.Period, K: d.Parameters.K, L: d.Parameters.L,
		Base: b.Base, Private: d.Private(), Records: b.Records, Known: d.Method == Series, Snapshot: b.Snapshot}
	want := len(p.Columns)
	if !b.Records {
		want++
	}
	if d.Rate {
		want++
	}
	if len(b.Columns) != want || !slices.Equal(b.Columns[:len(p.Columns)], p.Columns) || b.Records != (d.Method == Rows || d.Method == Synthetic) {
		return nil, errs.New(errs.Invalid, "the table is not the one that its definition declares")
	}
	at := map[string]int{}
	for i, row := range b.Rows {
		if len(row) != want {
			return nil, errs.New(errs.Invalid, "row %d of the table has another number of cells than there are columns", i+1)
		}
		values, n := row[:len(p.Columns)], int64(1)
		if !b.Records {
			var err error
			if n, err = strconv.ParseInt(row[len(p.Columns)], 10, 64); err != nil || n < 0 {
				return nil, errs.New(errs.Invalid, "row %d of the table has no count", i+1)
			}
		}
		key := strings.Join(values, "\x00")
		if j, there := at[key]; there {
			if !b.Records {
				return nil, errs.New(errs.Invalid, "row %d of the table is a second figure of the same", i+1)
			}
			p.Cells[j].Count++
			continue
		}
		at[key] = len(p.Cells)
		p.Cells = append(p.Cells, Cell{values, n})
	}
	return p, nil
}

// Groups are what k is about: the cells, and of rows how many persons have the same values
// where nobody should learn the rest; that rest is what l and t are about.
func (p *Published) Groups() (columns []string, cells []Cell) {
	if !p.Records {
		return p.Columns, p.Cells
	}
	var keep []int
	for i, c := range p.Columns {
		if !slices.Contains(p.Sensitive, c) {
			keep, columns = append(keep, i), append(columns, c)
		}
	}
	at := map[string]int{}
	for _, c := range p.Cells {
		values := make([]string, len(keep))
		for i, k := range keep {
			values[i] = c.Values[k]
		}
		key := strings.Join(values, "\x00")
		if j, there := at[key]; there {
			cells[j].Count += c.Count
			continue
		}
		at[key] = len(cells)
		cells = append(cells, Cell{values, c.Count})
	}
	return columns, cells
}

// encode is a built table as it is stored, and signed.
func (b *Built) encode() ([]byte, error) { return json.Marshal(b) }
