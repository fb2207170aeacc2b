package release

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/sala-exchange/sala/services/publication"
)

// content is what an edition is made of on disk. It follows from the built table and the
// edition alone, so that publishing again writes the same bytes.
func (b *Built) content(d *Definition, edition int) (publication.Content, error) {
	on := publication.Day(time.UnixMicro(b.BuiltOn).UTC().Format(time.DateOnly))
	kind := publication.Figures
	if b.Records {
		kind = publication.Records
	}
	m := publication.Manifest{
		ID: d.Name, Version: edition, Title: d.Title, Publisher: d.Publisher, Country: d.Country, Kind: kind, Population: d.Population.Name,
		Period: publication.Period{From: publication.Day(fmt.Sprintf("%04d-01-01", d.Period.From)), To: publication.Day(fmt.Sprintf("%04d-12-31", d.Period.To))},
		Method: b.method(d), Parameters: b.parameters(d), Audience: publication.Audience(d.Audience), IssuedOn: on,
	}
	if edition > 1 {
		m.Supersedes = edition - 1
	}
	if len(d.Corridor) == 2 {
		m.Corridor = &publication.Corridor{Origin: d.Corridor[0], Destination: d.Corridor[1]}
	}
	reports, err := b.reports(d)
	if err != nil {
		return publication.Content{}, err
	}
	return publication.Content{Manifest: m, Codebook: b.codebook(d, on, edition), Rows: b.rows(), Reports: reports}, nil
}

func (b *Built) rows() iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, r := range b.Rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// method says in one line how the table was made.
func (b *Built) method(d *Definition) string {
	switch d.Method {
	case Counts:
		return fmt.Sprintf("exact counts, rounded down to multiples of %d; what is below is withheld, and with it what would give it back from totals", b.Base)
	case Rows:
		return "one generalised row a person: k-anonymity by full-domain generalisation, with l-diversity and t-closeness"
	case Private:
		return "counts with differential privacy"
	case Synthetic:
		return "synthetic rows of nobody, made from counts with differential privacy"
	}
	return "counts as the named sources published them"
}

func (b *Built) parameters(d *Definition) []publication.Parameter {
	p := d.Parameters
	number := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	var out []publication.Parameter
	add := func(name, value, meaning string) {
		out = append(out, publication.Parameter{Name: name, Value: value, Meaning: meaning})
	}
	if d.Method == Series {
		return out
	}
	add("k", strconv.Itoa(p.K), "no figure is of fewer persons")
	add("length", strconv.Itoa(p.Length), "figures are broken down by at most so many columns")
	if b.Spent != nil {
		add("epsilon", number(b.Spent.Epsilon), "spent of the population's privacy budget; budgets of several releases add up")
		add("delta", number(b.Spent.Delta), "probability with which epsilon may not hold")
		return out
	}
	add("risk", number(p.Risk), "the mean of 1/size of the records' classes is at most this")
	if len(d.sensitive()) > 0 {
		add("l", strconv.Itoa(p.L), "least number of different sensitive values in a class")
		add("t", number(p.T), "a class differs at most so far from all, by equal distance")
	}
	add("suppress", number(p.Suppress), "pooling goes on while a larger part of the rows is in cells below k")
	return out
}

func (b *Built) codebook(d *Definition, on publication.Day, edition int) publication.Codebook {
	c := publication.Codebook{
		Title: d.Title, Unit: unitWord(d), ReferenceDate: on, Geography: d.Geography, Status: status(d), Counted: "DETECTED_HERE", SexOrGender: sexOrGender(d),
		Unknowns: "what is not known has a blank in rows; in figures it is in the total and in no part, so parts may add up to less",
		Methods:  []string{b.method(d)}, Privacy: b.parameters(d), Pooled: b.Pooled, Revision: "first edition", Sources: b.sources(), Notes: notes(d),
	}
	if edition > 1 {
		c.Revision = fmt.Sprintf("takes the place of edition %d: cases that were entered, changed or left out since are counted as they stand now", edition-1)
	}
	for _, col := range d.Columns {
		title, says := col.Name, "as the sources have it"
		if known, err := releasable(col.Name, d.Population.Unit); err == nil && d.Method != Series {
			title, says = known.title, known.says
		}
		c.Columns = append(c.Columns, publication.Column{Name: col.Name, Role: publication.Dimension, Type: publication.Text, Title: title, Description: says})
	}
	if !b.Records {
		c.Columns = append(c.Columns, publication.Column{Name: "count", Role: publication.Measure, Type: publication.Count, Title: "Count", Description: "number of " + counted(d) + "; " + Total + " in a column: not broken down by it"})
	}
	if d.Rate {
		c.Columns = append(c.Columns, publication.Column{Name: "rate", Role: publication.Measure, Type: publication.Number, Title: "Per 100,000", Description: "the published count per 100,000 inhabitants; blank where no number of inhabitants was given"})
	}
	c.Denominators = b.denominators()
	for _, why := range sortedKeys(b.LeftOut) {
		c.LeftOut = append(c.LeftOut, publication.LeftOut{Reason: reasons[why], Count: b.LeftOut[why]})
	}
	return c
}

// suppressed is why a row of a person was left out of generalised rows.
const suppressed = "SUPPRESSED"

// reasons say why cases were left out (J6).
var reasons = map[string]string{
	"OWNER_SUSPENDED": "the agency that owns the case is suspended",
	"NO_AGREEMENT":    "the agency that owns the case has no agreement for STATISTICS in force that covers this kind of case",
	"CLOSED":          "what is open in the case is being decided anew",
	"ERASURE":         "the case is being erased",
	"CONSENT":         "a consent excludes it",
	suppressed:        "no level of generalisation that keeps the others useful hides the row",
}

func unitWord(d *Definition) string {
	switch d.Population.Unit {
	case UnitReferral:
		return "PERSON"
	case unitProceeding:
		return "EVENT"
	}
	return "PERSON"
}

func counted(d *Definition) string {
	switch d.Population.Unit {
	case UnitReferral:
		return "persons referred, each by one of her referrals, drawn by chance"
	case unitProceeding:
		return "proceedings or accused, as the source counts them"
	}
	return "persons"
}

func status(d *Definition) string {
	if slices.Equal(d.Population.Kinds, []string{"IDENTIFIED_VICTIM"}) {
		return "IDENTIFIED"
	}
	if slices.Equal(d.Population.Kinds, []string{"PRESUMED_VICTIM"}) {
		return "PRESUMED"
	}
	return "BOTH"
}

func sexOrGender(d *Definition) string {
	switch {
	case d.column("sex") >= 0:
		return "SEX"
	case d.column("gender") >= 0 || d.column("ctdcGender") >= 0:
		return "GENDER"
	}
	return "NEITHER"
}

func (b *Built) sources() []string {
	if len(b.Series) == 0 {
		return []string{"cases of the agencies that exchange data by Sala, as their owners recorded them"}
	}
	var out []string
	for _, s := range b.Series {
		out = append(out, fmt.Sprintf("%s (%d figures)", s.Source, s.Figures))
	}
	return out
}

func (b *Built) denominators() []publication.Denominator {
	var out []publication.Denominator
	for _, in := range b.Inhabitants {
		of := "all inhabitants"
		for _, c := range sortedKeys(in.Values) {
			of += ", " + c + " " + in.Values[c]
		}
		out = append(out, publication.Denominator{Measure: "rate", Description: of, Value: strconv.FormatInt(in.Number, 10), AsOf: publication.Day(in.AsOf), Source: in.Source})
	}
	return out
}

func notes(d *Definition) []string {
	if d.Method == Series {
		return append([]string{"the named sources counted by rules of their own: nothing in it was counted from cases in Sala"}, d.Notes...)
	}
	out := []string{"only cases of agencies that have an agreement for STATISTICS in force are counted: these figures are of those, not of all who were trafficked"}
	if d.Method == Synthetic {
		out = append(out, "no row is of a person: do not link rows, or count them as persons; they keep the counts of short combinations alone")
	}
	return append(out, d.Notes...)
}
