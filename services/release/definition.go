package release

import (
	"bytes"
	"embed"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/fraction"
	"github.com/sala-exchange/sala/services/anonymity/noise"
)

// maxDefinition is how long a definition may be, in bytes.
const maxDefinition = 64 << 10

// Method is how a table is made.
type Method string

// The methods.
const (
	Counts    Method = "counts"    // exact counts, rounded down to multiples of k, with complementary suppression
	Rows      Method = "rows"      // one generalised row a person: k-anonymity with l and t
	Private   Method = "private"   // counts with differential privacy
	Synthetic Method = "synthetic" // rows of nobody, made from counts with differential privacy
	Series    Method = "series"    // counts that an authority has published already, with their source (J3, J4)
)

// Definition declares one release.
type Definition struct {
	Name       string     `yaml:"name"`
	Title      string     `yaml:"title"`
	Publisher  string     `yaml:"publisher"` // the authority that answers for it
	Country    string     `yaml:"country"`   // ISO 3166-1 alpha-2
	Geography  string     `yaml:"geography"`
	Population Population `yaml:"population"`
	Period     Period     `yaml:"period"`
	Columns    []Column   `yaml:"columns"`
	Method     Method     `yaml:"method"`
	Parameters Parameters `yaml:"parameters"`
	// Rate asks for the figures per 100,000 of a population that is given with the build.
	Rate bool `yaml:"rate"`
	// Corridor are the columns with origin and destination.
	Corridor []string `yaml:"corridor"`
	Audience string   `yaml:"audience"` // PUBLIC, COUNTERPARTS, RESEARCHERS or ADMINISTRATION (J5)
	// Tell are codes of agencies that get notices beside those of the audience.
	Tell  []string `yaml:"tell"`
	Notes []string `yaml:"notes"`
}

// Population says of whom a release is. Its name is that of its privacy budget.
type Population struct {
	Name   string   `yaml:"name"`
	Unit   string   `yaml:"unit"`
	Kinds  []string `yaml:"kinds"`  // of case; all where none is named
	Adults bool     `yaml:"adults"` // only who is known to be 18 or older
}

// Period is whole years, both included.
type Period struct {
	From int `yaml:"from"`
	To   int `yaml:"to"`
}

// Column is one column of the table.
type Column struct {
	Name string `yaml:"name"`
	// Level is from which level of its hierarchy it is shown, and Pool up to which level it
	// is pooled before anything is suppressed (J1).
	Level int `yaml:"level"`
	Pool  int `yaml:"pool"`
}

// Parameters are those of the method; each has its default, and none goes below it.
type Parameters struct {
	K        int     `yaml:"k"`        // 11, or 20 for children or health
	L        int     `yaml:"l"`        // 2
	T        float64 `yaml:"t"`        // 0.5, equal distance
	Risk     float64 `yaml:"risk"`     // 0.03
	Suppress float64 `yaml:"suppress"` // rows; pooling goes on while more are suppressed; 0.1
	Epsilon  float64 `yaml:"epsilon"`  // private and synthetic
	Delta    float64 `yaml:"delta"`    // private and synthetic
	Length   int     `yaml:"length"`   // longest combination; all columns for counts, 3 for private and synthetic
}

// The defaults and their bounds.
const (
	leastK      = 11 // J1
	leastKYoung = 20 // J1: children or health
	leastL      = 2
	mostT       = 0.5
	mostRisk    = 0.03
	mostEpsilon = 8
	mostDelta   = 1e-4
)

// The audiences.
var audiences = []string{"PUBLIC", "COUNTERPARTS", "RESEARCHERS", "ADMINISTRATION"}

var (
	nameForm    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	countryForm = regexp.MustCompile(`^[A-Z]{2}$`)
	columnForm  = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,62}$`)
)

//go:embed definitions/*.yaml
var definitions embed.FS

// Coming are the names of the definitions that come with Sala.
func Coming() []string {
	entries, err := definitions.ReadDir("definitions")
	if err != nil {
		panic(err) // embedded
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// ComesWith returns the text of one that comes with Sala.
func ComesWith(name string) ([]byte, error) {
	if !nameForm.MatchString(name) {
		return nil, errs.New(errs.Invalid, "there is no definition of that name: one of %s, or a file", strings.Join(Coming(), ", "))
	}
	raw, err := definitions.ReadFile("definitions/" + name + ".yaml")
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "there is no definition of that name: one of %s, or a file", strings.Join(Coming(), ", "))
	}
	return raw, nil
}

// Parse reads one YAML document and refuses unknown keys, with their line, and whatever may
// not be released. Parameters that are left out get their defaults.
func Parse(raw []byte) (*Definition, error) {
	d, err := decode(raw)
	if err != nil {
		return nil, err
	}
	if line := fraction.Line(raw, d); line > 0 {
		return nil, errs.New(errs.Invalid, "the definition, line %d: a whole number is meant here", line)
	}
	return d, d.check()
}

// decode reads a definition without asking whether it may be released: what was published
// by an older program stays readable.
func decode(raw []byte) (*Definition, error) {
	if len(raw) > maxDefinition {
		return nil, errs.New(errs.Limited, "the definition is longer than %d bytes", maxDefinition)
	}
	d := &Definition{}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(d); err != nil {
		return nil, misread(err)
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, errs.New(errs.Invalid, "the definition holds a second document, or something behind its end")
	}
	return d, nil
}

var lineForm = regexp.MustCompile(`line (\d+)`)

// misread tells the line and no value.
func misread(err error) error {
	if m := lineForm.FindStringSubmatch(err.Error()); m != nil {
		return errs.Wrap(err, errs.Invalid, "the definition cannot be read at line %s: unknown key, or a value of another kind", m[1])
	}
	return errs.Wrap(err, errs.Invalid, "the definition cannot be read: it is no YAML mapping")
}

func (d *Definition) check() error {
	switch {
	case !nameForm.MatchString(d.Name):
		return wrong("name", "is lower-case letters, digits and hyphens")
	case !line(d.Title) || !line(d.Publisher) || !line(d.Geography):
		return wrong("title", "publisher and geography are needed, each in one line")
	case !countryForm.MatchString(d.Country):
		return wrong("country", "is the publisher's, by its two letters")
	case d.Period.From < 1990 || d.Period.To < d.Period.From || d.Period.To > 2100:
		return wrong("period", "is from a year to a later or the same one")
	case !slices.Contains(audiences, d.Audience):
		return wrong("audience", "is one of "+strings.Join(audiences, ", "))
	case !nameForm.MatchString(d.Population.Name):
		return wrong("population", "needs a name of lower-case letters, digits and hyphens")
	case len(d.Corridor) != 0 && len(d.Corridor) != 2:
		return wrong("corridor", "names the column of origin and that of destination")
	}
	for _, n := range slices.Concat(d.Notes, d.Tell) {
		if !line(n) {
			return wrong("notes", "and tell are texts, each in one line")
		}
	}
	if err := d.checkColumns(); err != nil {
		return err
	}
	return d.checkParameters()
}

func wrong(field, what string) error {
	return errs.New(errs.Invalid, "the definition: %s %s", field, what).WithFields(field)
}

// line reports whether a text is there, in one line.
func line(s string) bool {
	return s != "" && len(s) <= 1000 && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd })
}

func (d *Definition) checkColumns() error {
	if len(d.Columns) == 0 || len(d.Columns) > 40 {
		return wrong("columns", "are 1 to 40")
	}
	for i, c := range d.Columns {
		switch {
		case !columnForm.MatchString(c.Name):
			return wrong("columns", "are named by a letter, then letters, digits and underscores")
		case slices.ContainsFunc(d.Columns[:i], func(o Column) bool { return o.Name == c.Name }):
			return wrong("columns", "are named once each")
		}
		if d.Method == Series {
			// The authority's own words; of proceedings nothing about the assisted (J4).
			if d.Population.Unit == unitProceeding && !slices.Contains([]string{"year", "stage", "sex", "citizenship", "offence"}, c.Name) {
				return wrong("columns", "of proceedings are year, stage, sex, citizenship and offence of the accused, and no attribute of the assisted (J4)")
			}
			if _, unsourced := missing[c.Name]; unsourced || d.Population.Unit == unitProceeding {
				continue // the figures come with their source
			}
			if _, err := releasable(c.Name, d.Population.Unit); err != nil {
				return err
			}
			continue
		}
		known, err := releasable(c.Name, d.Population.Unit)
		if err != nil {
			return err
		}
		height := 1
		if known.levels != nil {
			h, err := known.levels()
			if err != nil {
				return err
			}
			height = h.Height()
		}
		if c.Level < 0 || c.Pool < 0 || c.Level >= height || c.Pool >= height || c.Pool != 0 && c.Pool < c.Level {
			return wrong("columns", "level and pool are levels of the column's hierarchy, pool not below level")
		}
	}
	for _, c := range d.Corridor {
		if d.column(c) < 0 {
			return wrong("corridor", "names two of the columns")
		}
	}
	return nil
}

func (d *Definition) column(name string) int {
	return slices.IndexFunc(d.Columns, func(c Column) bool { return c.Name == name })
}

func (d *Definition) checkParameters() error {
	p := &d.Parameters
	for _, f := range []float64{p.T, p.Risk, p.Suppress, p.Epsilon, p.Delta} {
		if math.IsNaN(f) || math.IsInf(f, 0) || f < 0 || math.Signbit(f) {
			return wrong("parameters", "are finite and not negative")
		}
	}
	private := d.Method == Private || d.Method == Synthetic
	if !private && (p.Epsilon != 0 || p.Delta != 0) {
		return wrong("parameters", "epsilon and delta are for the methods private and synthetic")
	}
	switch d.Method {
	case Counts, Rows, Private, Synthetic:
		if d.Population.Unit != UnitCase && d.Population.Unit != UnitReferral {
			return wrong("population", "has the unit CASE or REFERRAL")
		}
	case Series:
		if d.Population.Unit != UnitCase && d.Population.Unit != unitProceeding {
			return wrong("population", "of a series has the unit CASE or PROCEEDING")
		}
		if d.Rate || *p != (Parameters{}) {
			return wrong("parameters", "a series has neither rate nor parameters: it is entered as it was published")
		}
		return nil
	default:
		return wrong("method", "is counts, rows, private, synthetic or series")
	}
	if (d.Method == Rows || d.Method == Synthetic) && len(d.Columns) < 2 {
		return wrong("columns", "of rows are two or more")
	}
	if d.Rate && (d.Method == Rows || d.Method == Synthetic) {
		return wrong("rate", "is of counts")
	}
	d.defaults(private)
	if least := d.leastK(); !private && p.K < least {
		return errs.New(errs.Invalid, "the definition: k is %d and has to be %d or more: 11, or 20 for children or health (J1)", p.K, least).WithFields("parameters")
	}
	if err := (noise.Budget{Epsilon: p.Epsilon, Delta: p.Delta}).Check(); private && (err != nil || p.Epsilon > mostEpsilon || p.Delta > mostDelta) {
		return wrong("parameters", "epsilon is above 0 and at most 8, delta above 0 and at most 0.0001")
	}
	switch {
	case p.L < leastL || p.T > mostT || p.Risk > mostRisk || p.Suppress > 0.5 || p.K > 10_000 || p.L > 100:
		return wrong("parameters", "l is 2 or more, t at most 0.5, risk at most 0.03, suppress at most 0.5")
	case p.Length < 1 || p.Length > 8 || p.Length > len(d.Columns):
		return wrong("parameters", "length is from 1 to the number of columns, at most 8: use fewer columns, or the method private or rows")
	}
	return nil
}

func (d *Definition) defaults(private bool) {
	p := &d.Parameters
	p.K = or(p.K, d.leastK())
	p.L = or(p.L, leastL)
	p.T, p.Risk, p.Suppress = or(p.T, mostT), or(p.Risk, mostRisk), or(p.Suppress, 0.1)
	if private {
		p.Length = or(p.Length, min(3, len(d.Columns)))
	}
	if d.Method == Rows {
		p.Length = or(p.Length, 1)
	}
	p.Length = or(p.Length, len(d.Columns))
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// leastK is what J1 asks for: 20 where the table tells children apart or tells of health.
func (d *Definition) leastK() int {
	for _, c := range d.Columns {
		if k, err := releasable(c.Name, d.Population.Unit); err == nil && (k.health || k.young && !d.Population.Adults) {
			return leastKYoung
		}
	}
	if slices.Equal(d.Population.Kinds, []string{"CHILD_AT_RISK"}) {
		return leastKYoung
	}
	return leastK
}

// Private reports whether a release spends privacy budget.
func (d *Definition) Private() bool { return d.Method == Private || d.Method == Synthetic }

// ended refuses a period that is not over: its last cases are still coming in.
func (d *Definition) ended(now time.Time) error {
	if d.Period.To >= now.In(time.FixedZone("", 7*60*60)).Year() {
		return errs.New(errs.Conflict, "the period is not over: a release counts whole years that have ended").WithFields("period")
	}
	return nil
}
