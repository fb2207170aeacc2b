package model

import (
	"strconv"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/publication"
	"github.com/sala-exchange/sala/services/region/catalogue"
)

// Release is one version of a release: what of the manifest has no method here is
// answered as it stands there.
type Release struct {
	*publication.Manifest
	of *catalogue.Release
}

// Of is the release of the catalogue.
func Of(r *catalogue.Release) *Release { return &Release{&r.Manifest, r} }

// Kind is what a row is.
func (r *Release) Kind() string { return string(r.Manifest.Kind) }

// From is the first day of the period.
func (r *Release) From() string { return string(r.Period.From) }

// To is the last day of the period.
func (r *Release) To() string { return string(r.Period.To) }

// Audience is whom it is for.
func (r *Release) Audience() string { return string(r.Manifest.Audience) }

// IssuedOn is the day of issue.
func (r *Release) IssuedOn() string { return string(r.Manifest.IssuedOn) }

// Supersedes is the version that it supersedes.
func (r *Release) Supersedes() *int { return version(r.Manifest.Supersedes) }

// SupersededBy is a later version that stands.
func (r *Release) SupersededBy() *int { return version(r.of.SupersededBy) }

func version(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

// Withdrawal is the notice, nil while the version stands.
func (r *Release) Withdrawal() *Withdrawal {
	if r.of.Withdrawal == nil {
		return nil
	}
	return &Withdrawal{string(r.of.Withdrawal.On), r.of.Withdrawal.Reason}
}

// Withdrawal is a notice.
type Withdrawal struct{ On, Reason string }

// Codebook says what the figures mean.
func (r *Release) Codebook() *Codebook { return &Codebook{&r.of.Codebook} }

// Files lists the files, with where to get them.
func (r *Release) Files() []*File {
	out := make([]*File, len(r.Manifest.Files))
	for i, f := range r.Manifest.Files {
		out[i] = &File{f.Name, float64(f.Size), f.SHA256, Path(r.of, f.Name)}
	}
	return out
}

// File is a file of a release.
type File struct {
	Name   string
	Size   float64
	Sha256 string
	Path   string
}

// Path is where a file of a release is downloaded.
func Path(r *catalogue.Release, name string) string { return "/releases/" + r.Key() + "/" + name }

// Verification is what proves the release.
func (r *Release) Verification() (*Verification, error) {
	v := &Verification{Sha256: r.of.Hash, SignedBy: r.of.SignedBy}
	for name, to := range map[string]*string{publication.ManifestFile: &v.Manifest, publication.SignatureFile: &v.Signature} {
		text, err := r.of.File(name)
		if err != nil {
			return nil, err
		}
		*to = string(text)
	}
	if notice, err := r.of.File(publication.WithdrawalFile); err == nil {
		text := string(notice)
		v.Withdrawal = &text
	}
	return v, nil
}

// Verification is what proves a release.
type Verification struct {
	Manifest, Signature, Sha256, SignedBy string
	Withdrawal                            *string
}

// Figures reads a page of published cells.
func (r *Release) Figures(where []*DimensionFilter, first int, after *string) (*FigureConnection, error) {
	filters := make([]catalogue.Filter, len(where))
	for i, w := range where {
		filters[i].Dimension = w.Dimension
		for _, code := range w.In {
			if code == nil {
				filters[i].In = append(filters[i].In, "")
				continue
			}
			if *code == "" {
				return nil, errs.New(errs.Invalid, "no information is asked for by null").WithFields("where")
			}
			filters[i].In = append(filters[i].In, *code)
		}
	}
	return figures(r.of, first, after, func(row int) ([]catalogue.Figure, bool, error) { return r.of.Figures(filters, row, first) })
}

// FigureConnection is a page of cells.
type FigureConnection struct {
	Nodes    []*Figure
	PageInfo *PageInfo
}

// figures reads a page behind a cursor, which is good for this version only.
func figures(r *catalogue.Release, first int, after *string, read func(row int) ([]catalogue.Figure, bool, error)) (*FigureConnection, error) {
	list := r.Key()
	at, err := place(list, after)
	if err != nil {
		return nil, err
	}
	row := -1
	if at != "" {
		row, err = strconv.Atoi(at)
		if err != nil || row < 0 {
			return nil, errs.New(errs.Invalid, "the cursor is not one of this list: take it from pageInfo of the same list").WithFields("after")
		}
	}
	page, more, err := read(row)
	if err != nil {
		return nil, err
	}
	out, last := &FigureConnection{Nodes: make([]*Figure, len(page))}, ""
	for i, f := range page {
		out.Nodes[i], last = &Figure{&r.Manifest, f}, strconv.Itoa(f.Row)
	}
	out.PageInfo = info(list, last, more)
	return out, nil
}

// Figure is one published cell.
type Figure struct {
	of   *publication.Manifest
	cell catalogue.Figure
}

// Dimensions are the cell's dimensions, in order.
func (f *Figure) Dimensions() []*DimensionValue {
	out := make([]*DimensionValue, len(f.cell.Dimensions))
	for i := range out {
		out[i] = &DimensionValue{Name: f.of.Dimensions[i]}
		if code := f.cell.Dimensions[i]; code != "" {
			out[i].Code = &code
		}
	}
	return out
}

// DimensionValue is a dimension of a cell; nil is no information.
type DimensionValue struct {
	Name string
	Code *string
}

// Measures are the cell's measures, in order.
func (f *Figure) Measures() []*MeasureValue {
	out := make([]*MeasureValue, len(f.cell.Measures))
	for i := range out {
		out[i] = &MeasureValue{f.of.Measures[i], f.cell.Measures[i]}
	}
	return out
}

// MeasureValue is a measure of a cell; nil is no information.
type MeasureValue struct {
	Name  string
	Value *float64
}

// Codebook says what figures mean: what has no method here is answered as it stands.
type Codebook struct{ *publication.Codebook }

// ReferenceDate is the day up to which things are known.
func (c *Codebook) ReferenceDate() string { return string(c.Codebook.ReferenceDate) }

// Columns are the columns, in order.
func (c *Codebook) Columns() []*Column {
	out := make([]*Column, len(c.Codebook.Columns))
	for i := range out {
		out[i] = &Column{&c.Codebook.Columns[i]}
	}
	return out
}

// Column is a column.
type Column struct{ *publication.Column }

// Role is DIMENSION or MEASURE.
func (c *Column) Role() string { return string(c.Column.Role) }

// Type is TEXT, COUNT or NUMBER.
func (c *Column) Type() string { return string(c.Column.Type) }

// Denominators are what measures are shares of.
func (c *Codebook) Denominators() []*Denominator {
	out := make([]*Denominator, len(c.Codebook.Denominators))
	for i := range out {
		out[i] = &Denominator{&c.Codebook.Denominators[i]}
	}
	return out
}

// Denominator is what a measure is a share of.
type Denominator struct{ *publication.Denominator }

// AsOf is the day of its value.
func (d *Denominator) AsOf() string { return string(d.Denominator.AsOf) }
