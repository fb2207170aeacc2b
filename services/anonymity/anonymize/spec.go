// Package anonymize makes an anonymised table of a table of plain columns, as a spec says.
//
// It promises that a spec is read strictly, that every column of the file has a role, and
// that nothing is given out which a pass over the result alone does not certify
// (package certificate). The rows of the result are sorted, so that their order tells
// nothing of the file's. It will not decide what identifies a person or what is sensitive:
// the spec says so, and a column that is kept is kept as it is.
package anonymize

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/fraction"
	"github.com/sala-exchange/sala/services/anonymity/hierarchy"
	"github.com/sala-exchange/sala/services/anonymity/lattice"
	"github.com/sala-exchange/sala/services/anonymity/model"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// maxSpec is how long a spec may be, in bytes.
const maxSpec = 1 << 20

// Role is what is done with a column.
type Role string

// The roles.
const (
	Quasi     Role = "quasi"     // others may know it of a person: generalised
	Sensitive Role = "sensitive" // nobody should learn it of a person: protected by models
	Keep      Role = "keep"      // written as it is: tells nothing of who it is
	Drop      Role = "drop"      // left out
)

// Algorithm is how the table is generalised.
type Algorithm string

// The algorithms.
const (
	Optimal  Algorithm = "optimal"  // one level a column; see package lattice
	Mondrian Algorithm = "mondrian" // levels by class; see package mondrian
)

// Spec says how a table is anonymised.
type Spec struct {
	// Separator of the cells of the file and of the result; a comma where left out.
	Separator string `yaml:"separator"`
	// Columns gives each column of the file its role, by its name.
	Columns map[string]*Column `yaml:"columns"`
	// Require is what every class must be.
	Require model.Requirements `yaml:"require"`
	// Algorithm is optimal or mondrian; optimal where left out.
	Algorithm Algorithm `yaml:"algorithm"`
	// Metric is what the optimum is measured by; entropy where left out. Optimal only.
	Metric lattice.Metric `yaml:"metric"`
	// Suppress is which part of the rows may be left out, from 0 to 1; one class is left at least. Optimal only.
	Suppress float64 `yaml:"suppress"`
	// Cells keeps such rows, as far as suppressing single cells of them is enough; see
	// package cells. Optimal only.
	Cells bool `yaml:"cells"`

	folder string
}

// Column is what a spec says of a column.
type Column struct {
	Role      Role       `yaml:"role"`
	Hierarchy *Hierarchy `yaml:"hierarchy"` // of a quasi-identifier; none where left out
}

// Hierarchy names a column's hierarchy in one of four ways.
type Hierarchy struct {
	// Builtin is ages, dates, countries, industries or lao-provinces.
	Builtin string `yaml:"builtin"`
	// Widths are of bands of whole numbers; see hierarchy.Widths.
	Widths []int `yaml:"widths"`
	// Bounds are of bands of whole numbers; see hierarchy.Bounds.
	Bounds [][]int `yaml:"bounds"`
	// File is a csv file beside the spec; see hierarchy.Read.
	File string `yaml:"file"`
	// Separator of the file's cells; a semicolon where left out.
	Separator string `yaml:"separator"`
}

// ReadFile reads a spec; the files that it names lie beside it.
func ReadFile(path string) (*Spec, error) {
	f, err := os.Open(path) //nolint:gosec // the caller names the file
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the spec %s cannot be read: is it there, and may you read it?", filepath.Base(path))
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxSpec+1))
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "reading the spec failed")
	}
	s, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	s.folder = filepath.Dir(path)
	return s, nil
}

// Parse reads one YAML document and refuses unknown keys, with their line.
func Parse(raw []byte) (*Spec, error) {
	if len(raw) > maxSpec {
		return nil, errs.New(errs.Limited, "the spec is longer than %d bytes", maxSpec)
	}
	in := yaml.NewDecoder(bytes.NewReader(raw))
	in.KnownFields(true)
	s := &Spec{}
	switch err := in.Decode(s); {
	case errors.Is(err, io.EOF):
		return nil, errs.New(errs.Invalid, "the spec is empty")
	case err != nil:
		return nil, misread(err)
	}
	if err := in.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, errs.New(errs.Invalid, "the spec holds more than one document")
	}
	if line := fraction.Line(raw, s); line > 0 {
		return nil, errs.New(errs.Invalid, "the spec, line %d: a whole number is meant here", line)
	}
	return s, s.check()
}

var (
	unknownKey = regexp.MustCompile(`^line (\d+): field (\S+) not found`)
	doubledKey = regexp.MustCompile(`^line (\d+): mapping key .* already defined`)
	atLine     = regexp.MustCompile(`line (\d+):`)
)

// misread says where a spec is wrong. The library's own words may repeat a value.
func misread(err error) error {
	first := err.Error()
	var wrong *yaml.TypeError
	if errors.As(err, &wrong) && len(wrong.Errors) > 0 {
		first = wrong.Errors[0]
	}
	if m := unknownKey.FindStringSubmatch(first); m != nil {
		return errs.New(errs.Invalid, "the spec, line %s: there is no key %q here", m[1], m[2])
	}
	if m := doubledKey.FindStringSubmatch(first); m != nil {
		return errs.New(errs.Invalid, "the spec, line %s: a key stands twice", m[1])
	}
	if m := atLine.FindStringSubmatch(first); m != nil {
		return errs.New(errs.Invalid, "the spec, line %s: this is not the kind of value that belongs here", m[1])
	}
	return errs.New(errs.Invalid, "the spec is not YAML of keys and values")
}

func (s *Spec) check() error {
	if s.Algorithm == "" {
		s.Algorithm = Optimal
	}
	switch {
	case len(s.Columns) == 0:
		return errs.New(errs.Invalid, "the spec gives no column a role")
	case s.Algorithm != Optimal && s.Algorithm != Mondrian:
		return errs.New(errs.Invalid, "the algorithm is optimal or mondrian")
	case s.Algorithm == Mondrian && (s.Metric != "" || s.Suppress != 0 || s.Cells):
		return errs.New(errs.Invalid, "metric, suppress and cells are for the algorithm optimal only")
	case s.Cells && s.Suppress == 0:
		return errs.New(errs.Invalid, "cells are suppressed in at most as many rows as suppress says: give suppress too")
	case !(s.Suppress >= 0 && s.Suppress <= 1):
		return errs.New(errs.Invalid, "suppress is from 0 to 1: 0.04 for four rows in a hundred")
	}
	if s.Algorithm == Optimal && s.Metric == "" {
		s.Metric = lattice.Entropy
	}
	if s.Algorithm == Optimal {
		if err := s.Metric.Known(); err != nil {
			return err
		}
	}
	if _, err := s.options(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Columns)) {
		if err := s.Columns[name].check(name); err != nil {
			return err
		}
	}
	for _, r := range s.Require.Sensitive {
		for _, name := range r.Columns {
			if c := s.Columns[name]; c == nil || c.Role != Sensitive {
				return errs.New(errs.Invalid, "column %q has a requirement and not the role sensitive", name).WithFields(name)
			}
		}
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(s.Columns)), func(c *Column) bool { return c.Role == Quasi }) {
		return errs.New(errs.Invalid, "no column has the role quasi")
	}
	return s.Require.Check()
}

func (c *Column) check(name string) error {
	if c == nil || !slices.Contains([]Role{Quasi, Sensitive, Keep, Drop}, c.Role) {
		return errs.New(errs.Invalid, "column %q needs a role: quasi, sensitive, keep or drop", name).WithFields(name)
	}
	if c.Hierarchy == nil {
		return nil
	}
	if c.Role != Quasi {
		return errs.New(errs.Invalid, "column %q has a hierarchy and not the role quasi", name).WithFields(name)
	}
	h, ways := c.Hierarchy, 0
	for _, given := range []bool{h.Builtin != "", h.Widths != nil, h.Bounds != nil, h.File != ""} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return errs.New(errs.Invalid, "the hierarchy of column %q is one of builtin, widths, bounds and file", name).WithFields(name)
	}
	if h.Separator != "" && h.File == "" {
		return errs.New(errs.Invalid, "the hierarchy of column %q has a separator and no file", name).WithFields(name)
	}
	_, err := separator(h.Separator, ';')
	return err
}

func separator(text string, without rune) (rune, error) {
	switch text {
	case "":
		return without, nil
	case ",", ";", "\t":
		return rune(text[0]), nil
	}
	return 0, errs.New(errs.Invalid, `a separator is ",", ";" or "\t"`)
}

func (s *Spec) options() (table.Options, error) {
	by, err := separator(s.Separator, ',')
	return table.Options{Separator: by}, err
}

// hierarchy makes a column's hierarchy.
func (s *Spec) hierarchy(name string) (h hierarchy.Hierarchy, err error) {
	by := s.Columns[name].Hierarchy
	switch {
	case by == nil:
		return hierarchy.None(), nil
	case by.Widths != nil:
		h, err = hierarchy.Widths(by.Widths...)
	case by.Bounds != nil:
		h, err = hierarchy.Bounds(by.Bounds...)
	case by.File != "":
		path := by.File
		if !filepath.IsAbs(path) {
			path = filepath.Join(s.folder, path)
		}
		comma, _ := separator(by.Separator, ';')
		h, err = hierarchy.ReadFile(path, table.Options{Separator: comma})
	default:
		builtin := map[string]func() hierarchy.Hierarchy{"ages": hierarchy.Ages, "dates": hierarchy.Dates, "countries": hierarchy.Countries,
			"industries": hierarchy.Industries, "lao-provinces": hierarchy.LaoProvinces}[by.Builtin]
		if builtin == nil {
			return h, errs.New(errs.Invalid, "the hierarchy of column %q: builtin is ages, dates, countries, industries or lao-provinces", name).WithFields(name)
		}
		return builtin(), nil
	}
	if err != nil {
		e := errs.Public(err)
		return h, errs.Wrap(err, e.Kind, "column %q: %s", name, e.Message)
	}
	return h, nil
}

// roles finds the file's columns of a role, in the order of the file. A column without a
// role is refused by its number: what stands in a header may be a cell.
func (s *Spec) roles(t *table.Table, role Role) (names []string, err error) {
	for _, name := range slices.Sorted(maps.Keys(s.Columns)) {
		if _, err := t.Column(name); err != nil {
			return nil, err
		}
	}
	for i, c := range t.Columns() {
		own := s.Columns[c.Name]
		if own == nil {
			return nil, errs.New(errs.Invalid, "column %d of the file has no role in the spec: name it with the role quasi, sensitive, keep or drop", i+1)
		}
		if own.Role == role {
			names = append(names, c.Name)
		}
	}
	return names, nil
}
