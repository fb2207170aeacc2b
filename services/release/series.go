package release

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// SeriesTable is a csv file of counts that an authority has published: the definition's
// columns, then count and source.
type SeriesTable = table.Table

// SeriesSource is where a series' figures stand.
type SeriesSource struct {
	Source  string `json:"source"`
	Figures int    `json:"figures"`
}

// Inhabitants is a dated number of inhabitants, by values of the definition's columns; a
// column that it does not have is not broken down.
type Inhabitants struct {
	Values map[string]string `json:"values"`
	Number int64             `json:"number"`
	AsOf   string            `json:"asOf"`
	Source string            `json:"source"`
}

// ReadSeries reads csv.
func ReadSeries(r io.Reader) (*SeriesTable, error) { return table.Read(r, table.Options{}) }

var (
	countForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,11})$`)
	dayForm   = regexp.MustCompile(`^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`)
)

// series enters figures as they were published. It reads no case, and whoever audits later
// releases takes these figures as known (J4).
func (b *Built) series(d *Definition, t *SeriesTable) error {
	if t == nil {
		return errs.New(errs.Invalid, "a series is entered from a file: give --series with a csv file of the columns %v, count, source", d.columnNames())
	}
	columns, err := t.Select(append(d.columnNames(), "count", "source")...)
	if err != nil {
		return err
	}
	if len(t.Columns()) != len(columns) || t.Rows() == 0 {
		return errs.New(errs.Invalid, "the series has rows, and no other columns than %v, count, source", d.columnNames())
	}
	b.Columns = append(d.columnNames(), "count")
	sources := map[string]int{}
	year := slices.Index(d.columnNames(), "year")
	for r := range t.Rows() {
		row := make([]string, len(columns))
		for i, c := range columns {
			row[i] = c.Value(r)
		}
		from := row[len(row)-1]
		if row = row[:len(row)-1]; !countForm.MatchString(row[len(row)-1]) || !line(from) {
			return errs.New(errs.Invalid, "row %d of the series: it needs a whole number in count, and its source in one line", r+1).WithFields("count", "source")
		}
		if year >= 0 {
			if y, err := strconv.Atoi(row[year]); row[year] != Total && (err != nil || y < d.Period.From || y > d.Period.To) {
				return errs.New(errs.Invalid, "row %d of the series is not of the definition's period", r+1).WithFields("year")
			}
		}
		sources[from]++
		b.Rows = append(b.Rows, row)
	}
	sortRows(b.Rows)
	for _, s := range sortedKeys(sources) {
		b.Series = append(b.Series, SeriesSource{s, sources[s]})
	}
	b.Utility = &Utility{Reported: len(b.Rows)}
	return nil
}

// ReadInhabitants reads csv: columns of the definition, then population, as_of and source.
func ReadInhabitants(r io.Reader) ([]Inhabitants, error) {
	t, err := table.Read(r, table.Options{})
	if err != nil {
		return nil, err
	}
	fixed, err := t.Select("population", "as_of", "source")
	if err != nil {
		return nil, err
	}
	var out []Inhabitants
	for r := range t.Rows() {
		in := Inhabitants{Values: map[string]string{}, AsOf: fixed[1].Value(r), Source: fixed[2].Value(r)}
		n, err := strconv.ParseInt(fixed[0].Value(r), 10, 64)
		if err != nil || n <= 0 || !countForm.MatchString(fixed[0].Value(r)) || !dayForm.MatchString(in.AsOf) || !line(in.Source) {
			return nil, errs.New(errs.Invalid, "row %d of the population: it needs a number above 0, a day as 2025-07-01, and a source", r+1).WithFields("population", "as_of", "source")
		}
		in.Number = n
		for i := range t.Columns() {
			if c := &t.Columns()[i]; !slices.Contains([]string{"population", "as_of", "source"}, c.Name) {
				in.Values[c.Name] = c.Value(r)
			}
		}
		out = append(out, in)
	}
	if len(out) == 0 {
		return nil, errs.New(errs.Invalid, "the population has no rows")
	}
	return out, nil
}

// rate adds the figures per 100,000 inhabitants, made of the published figure alone: a rate
// of an exact count would give the count back. Where no number of inhabitants is given for
// a figure the rate is blank.
func (b *Built) rate(d *Definition, of []Inhabitants) error {
	if !d.Rate {
		return nil
	}
	for _, in := range of {
		for c := range in.Values {
			if d.column(c) < 0 {
				return errs.New(errs.Invalid, "the population has a column that the definition does not have").WithFields(c)
			}
		}
	}
	b.Inhabitants = of
	b.Columns = append(b.Columns, "rate")
	for i, row := range b.Rows {
		rate := ""
		for _, in := range of {
			if in.about(d, row) {
				n, err := strconv.ParseInt(row[len(d.Columns)], 10, 64)
				if err != nil {
					return errs.Wrap(err, errs.Internal, "a figure is no number")
				}
				rate = fmt.Sprintf("%.3f", 100_000*float64(n)/float64(in.Number))
			}
		}
		b.Rows[i] = append(row, rate)
	}
	return nil
}

// about: the numbers of inhabitants are of exactly what the figure is broken down by.
func (in *Inhabitants) about(d *Definition, row []string) bool {
	for i, c := range d.Columns {
		want, ok := in.Values[c.Name]
		if !ok {
			want = Total
		}
		if row[i] != want {
			return false
		}
	}
	return true
}
