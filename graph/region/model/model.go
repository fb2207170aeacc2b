// Package model is what the region's API answers with, over the catalogue: each field a
// look-up.
//
// It promises that nothing is added up: a field is a part of a signed manifest, codebook
// or table, or says how to read it. It knows no network.
package model

import (
	"encoding/base64"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/publication"
	"github.com/sala-exchange/sala/services/region/catalogue"
)

// PageInfo says whether more follows a page, and from where.
type PageInfo struct {
	HasNextPage bool
	EndCursor   *string
}

// cursor writes a place of a list of some kind. It hides nothing: all that it names is
// published.
func cursor(list, place string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(list + ":" + place))
}

// place reads what cursor wrote for the same list, "" where there is none.
func place(list string, after *string) (string, error) {
	if after == nil {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(*after)
	at, ok := strings.CutPrefix(string(raw), list+":")
	if err != nil || !ok || at == "" || len(at) > 200 {
		return "", errs.New(errs.Invalid, "the cursor is not one of this list: take it from pageInfo of the same list").WithFields("after")
	}
	return at, nil
}

// info makes the PageInfo of a page that ends at a place.
func info(list, last string, more bool) *PageInfo {
	p := &PageInfo{HasNextPage: more}
	if last != "" {
		c := cursor(list, last)
		p.EndCursor = &c
	}
	return p
}

// ReleaseConnection is a page of releases.
type ReleaseConnection struct {
	Nodes    []*Release
	PageInfo *PageInfo
}

// Releases reads a page of releases.
func Releases(c *catalogue.Catalogue, q catalogue.Query, first int, after *string) (*ReleaseConnection, error) {
	const list = "releases"
	at, err := place(list, after)
	if err != nil {
		return nil, err
	}
	page, more := c.Releases(q, at, first)
	out, last := &ReleaseConnection{}, ""
	for _, r := range page {
		out.Nodes, last = append(out.Nodes, Of(r)), r.Key()
	}
	out.PageInfo = info(list, last, more)
	return out, nil
}

// CorridorConnection is a page of corridors.
type CorridorConnection struct {
	Nodes    []*Corridor
	PageInfo *PageInfo
}

// Corridors reads a page of corridors.
func Corridors(c *catalogue.Catalogue, origin, destination string, first int, after *string) (*CorridorConnection, error) {
	const list = "corridors"
	at, err := place(list, after)
	if err != nil {
		return nil, err
	}
	page, more := c.Corridors(origin, destination, at, first)
	out, last := &CorridorConnection{}, ""
	for _, one := range page {
		out.Nodes, last = append(out.Nodes, &Corridor{one}), one.Key()
	}
	out.PageInfo = info(list, last, more)
	return out, nil
}

// Corridor is a way from one place to another.
type Corridor struct{ *catalogue.Corridor }

// Reading says how to read the ends.
func (c *Corridor) Reading() string { return catalogue.Reading }

// Ends are what each country published, side by side.
func (c *Corridor) Ends() []*CorridorEnd {
	out := make([]*CorridorEnd, len(c.Corridor.Ends))
	for i, e := range c.Corridor.Ends {
		out[i] = &CorridorEnd{e}
	}
	return out
}

// CorridorEnd is what one release says of a corridor.
type CorridorEnd struct{ of *catalogue.End }

// Country is whose release it is.
func (e *CorridorEnd) Country() string { return e.of.Release.Country }

// Side is which end of the corridor that country is.
func (e *CorridorEnd) Side() string { return string(e.of.Side) }

// Release is the release.
func (e *CorridorEnd) Release() *Release { return Of(e.of.Release) }

// Figures reads a page of the end's cells.
func (e *CorridorEnd) Figures(first int, after *string) (*FigureConnection, error) {
	return figures(e.of.Release, first, after, func(row int) ([]catalogue.Figure, bool, error) { return e.of.Figures(row, first) })
}

// DimensionFilter keeps cells whose dimension has one of the codes; nil is no information.
type DimensionFilter struct {
	Dimension string
	In        []*string
}

// Parameter is a parameter of a method.
type Parameter = publication.Parameter
