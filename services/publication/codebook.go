package publication

import (
	"bytes"
	_ "embed"
	"html/template"
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
)

// Blank is what every codebook says of an empty cell.
const Blank = "a blank cell is no information: it is neither zero nor no"

// Role says what a column is for.
type Role string

// The roles.
const (
	Dimension Role = "DIMENSION"
	Measure   Role = "MEASURE"
)

// Type says what the cells of a column hold.
type Type string

// The types.
const (
	Text   Type = "TEXT"   // a code
	Count  Type = "COUNT"  // a whole number from 0
	Number Type = "NUMBER" // a decimal number
)

// Value is one code of a column and what it says.
type Value struct {
	Code  string `json:"code"`
	Label string `json:"label"`
}

// Column describes one column, in the table's order. Dimensions stand before measures.
type Column struct {
	Name        string  `json:"name"` // a letter, then letters, digits and underscores
	Role        Role    `json:"role"`
	Type        Type    `json:"type"` // of a dimension TEXT
	Title       string  `json:"title"`
	Description string  `json:"description"`
	Values      []Value `json:"values,omitempty"` // all codes, where they are listed; a cell beyond them is refused
}

// Denominator says what a measure is a share of.
type Denominator struct {
	Measure     string `json:"measure"` // a column
	Description string `json:"description"`
	Value       string `json:"value,omitempty"`
	AsOf        Day    `json:"asOf,omitempty"`   // the day that Value is of
	Source      string `json:"source,omitempty"` // who counted it
}

// LeftOut counts what a release does not take in, with the reason.
type LeftOut struct {
	Reason string `json:"reason"`
	Count  string `json:"count"` // as it is published: exact, rounded or a bound
}

// Codebook says what the figures mean (J3).
type Codebook struct {
	Title         string        `json:"title"`
	Unit          string        `json:"unit"`          // PERSON, CASE, EVENT or ASSISTANCE
	ReferenceDate Day           `json:"referenceDate"` // the day up to which things are known
	Geography     string        `json:"geography"`
	Status        string        `json:"status"`      // PRESUMED, IDENTIFIED or BOTH
	Counted       string        `json:"counted"`     // DETECTED_HERE, CITIZENS_ABROAD or BOTH
	SexOrGender   string        `json:"sexOrGender"` // SEX, GENDER or NEITHER
	Unknowns      string        `json:"unknowns"`    // how what is not known is shown
	Blank         string        `json:"blank"`       // the constant Blank; filled in
	Columns       []Column      `json:"columns"`
	Denominators  []Denominator `json:"denominators"`
	Methods       []string      `json:"methods"`
	Privacy       []Parameter   `json:"privacy"`
	Pooled        string        `json:"pooled,omitempty"` // over which years or places (J1)
	LeftOut       []LeftOut     `json:"leftOut"`          // J6
	Revision      string        `json:"revision"`         // what differs from the version before, or "first edition"
	Sources       []string      `json:"sources"`
	Notes         []string      `json:"notes"` // what the figures do not say
}

// ParseCodebook reads what a publication wrote and nothing else.
func ParseCodebook(text []byte) (*Codebook, error) {
	b := &Codebook{}
	err := parse(text, b, "the codebook")
	if err != nil {
		return nil, err
	}
	return b, b.check()
}

func (b *Codebook) check() error {
	lines := slices.Concat([]string{b.Title, b.Geography, b.Unknowns, b.Revision}, b.Methods, b.Sources, b.Notes)
	for _, d := range b.Denominators {
		lines = append(lines, d.Measure, d.Description)
	}
	for _, l := range b.LeftOut {
		lines = append(lines, l.Reason, l.Count)
	}
	for _, p := range b.Privacy {
		lines = append(lines, p.Name, p.Value)
	}
	switch {
	case slices.ContainsFunc(lines, func(s string) bool { return !sound(s) }):
		return b.wrong("needs each of its texts, in one line", "title", "geography", "unknowns", "revision", "methods", "sources", "notes", "denominators", "leftOut", "privacy")
	case !slices.Contains([]string{"PERSON", "CASE", "EVENT", "ASSISTANCE"}, b.Unit):
		return b.wrong("counts PERSON, CASE, EVENT or ASSISTANCE", "unit")
	case !b.ReferenceDate.valid():
		return b.wrong("needs the day up to which things are known", "referenceDate")
	case !slices.Contains([]string{"PRESUMED", "IDENTIFIED", "BOTH"}, b.Status):
		return b.wrong("says PRESUMED, IDENTIFIED or BOTH", "status")
	case !slices.Contains([]string{"DETECTED_HERE", "CITIZENS_ABROAD", "BOTH"}, b.Counted):
		return b.wrong("says DETECTED_HERE, CITIZENS_ABROAD or BOTH", "counted")
	case !slices.Contains([]string{"SEX", "GENDER", "NEITHER"}, b.SexOrGender):
		return b.wrong("says SEX, GENDER or NEITHER", "sexOrGender")
	case len(b.Methods) == 0 || len(b.Sources) == 0:
		return b.wrong("names its methods and sources", "methods", "sources")
	case b.Blank != Blank:
		return b.wrong("says what a blank is in other words than these: "+Blank, "blank")
	}
	return b.checkColumns()
}

func (b *Codebook) wrong(what string, fields ...string) error {
	return errs.New(errs.Invalid, "the codebook %s", what).WithFields(fields...)
}

func (b *Codebook) checkColumns() error {
	for i, c := range b.Columns {
		dimension := c.Role == Dimension && c.Type == Text && (i == 0 || b.Columns[i-1].Role == Dimension)
		measure := c.Role == Measure && (c.Type == Count || c.Type == Number) && c.Values == nil
		switch {
		case !columnForm.MatchString(c.Name), !sound(c.Title), !sound(c.Description):
			return b.wrong("needs a name, a title and a description of every column", "columns")
		case !dimension && !measure:
			return b.wrong("has dimensions of type TEXT, and behind them measures of type COUNT or NUMBER", "columns")
		}
		for _, v := range c.Values {
			if !cell(v.Code) || v.Code == "" || !sound(v.Label) {
				return b.wrong("needs code and label of every value", "columns")
			}
		}
	}
	for _, d := range b.Denominators {
		if !slices.ContainsFunc(b.Columns, func(c Column) bool { return c.Role == Measure && c.Name == d.Measure }) {
			return b.wrong("has a denominator of something that is no measure", "denominators")
		}
		if d.Value != "" && (!d.AsOf.valid() || !sound(d.Source)) {
			return b.wrong("has a denominator without its day and source", "denominators")
		}
	}
	return nil
}

// describes reports whether the codebook is about the columns that the manifest names.
func (b *Codebook) describes(m *Manifest) error {
	dimensions, measures := []string{}, []string{}
	for _, c := range b.Columns {
		if c.Role == Dimension {
			dimensions = append(dimensions, c.Name)
		} else {
			measures = append(measures, c.Name)
		}
	}
	if !slices.Equal(dimensions, m.Dimensions) || !slices.Equal(measures, m.Measures) {
		return b.wrong("describes other columns than the manifest names", "columns")
	}
	return nil
}

//go:embed codebook.html
var codebookHTML string

var codebookPage = template.Must(template.New("codebook").Parse(codebookHTML))

// page writes the codebook for people: one page that asks for nothing elsewhere.
func (b *Codebook) page(m *Manifest) ([]byte, error) {
	var out bytes.Buffer
	err := codebookPage.Execute(&out, struct {
		*Codebook
		Manifest *Manifest
		Total    string
	}{b, m, Total})
	return out.Bytes(), err
}
