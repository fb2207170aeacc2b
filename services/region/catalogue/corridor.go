package catalogue

import (
	"slices"
	"strings"

	"github.com/sala-exchange/sala/services/publication"
)

// Reading is what stands with every corridor.
const Reading = "each end is what one country's authorities published of the people they met; the ends count overlapping people by different rules, so they stand side by side and are never added up here: who adds them counts people twice"

// Corridor is a way from one place to another, with what each country published of it.
type Corridor struct {
	Origin, Destination string // two letters of ISO 3166-1, or the code as published
	Ends                []*End
}

// Side says which end of a corridor a country is.
type Side string

// The sides.
const (
	AtOrigin      Side = "ORIGIN"
	AtDestination Side = "DESTINATION"
	Elsewhere     Side = "ELSEWHERE"
)

// End is what one release says of a corridor.
type End struct {
	Release *Release
	Side    Side
	where   []Filter
}

// Figures returns a page of the end's cells.
func (e *End) Figures(after, first int) ([]Figure, bool, error) {
	return e.Release.Figures(e.where, after, first)
}

// Key orders corridors and names one.
func (c *Corridor) Key() string { return c.Origin + "/" + c.Destination }

// indexCorridors finds every corridor of the releases that stand.
func (c *Catalogue) indexCorridors() {
	c.corridor = map[[2]string]*Corridor{}
	for _, r := range c.releases {
		if r.Manifest.Corridor == nil || r.table == nil || r.SupersededBy != 0 || r.Withdrawal != nil {
			continue
		}
		c.addCorridors(r)
	}
	for _, one := range c.corridor {
		c.corridors = append(c.corridors, one)
	}
	slices.SortFunc(c.corridors, func(a, b *Corridor) int { return strings.Compare(a.Key(), b.Key()) })
}

func (c *Catalogue) addCorridors(r *Release) {
	dimensions := r.Manifest.Dimensions
	from := &r.table.dimensions[slices.Index(dimensions, r.Manifest.Corridor.Origin)]
	to := &r.table.dimensions[slices.Index(dimensions, r.Manifest.Corridor.Destination)]
	seen := map[[2]int32]bool{}
	for row := range r.table.rows {
		pair := [2]int32{from.cells[row], to.cells[row]}
		origin, destination := from.codes[pair[0]], to.codes[pair[1]]
		if seen[pair] || blank(origin) || blank(destination) {
			continue
		}
		seen[pair] = true
		at := [2]string{Place(origin), Place(destination)}
		if c.corridor[at] == nil {
			c.corridor[at] = &Corridor{Origin: at[0], Destination: at[1]}
		}
		c.corridor[at].Ends = append(c.corridor[at].Ends, &End{Release: r, Side: side(r.Country, at),
			where: []Filter{{from.name, []string{origin}}, {to.name, []string{destination}}}})
	}
}

// blank reports whether a code names no place.
func blank(code string) bool { return code == "" || code == publication.Total }

func side(country string, corridor [2]string) Side {
	switch country {
	case corridor[0]:
		return AtOrigin
	case corridor[1]:
		return AtDestination
	}
	return Elsewhere
}

// Corridors returns a page of corridors in order, behind a key, of an origin and a
// destination where they are given, and whether more follow.
func (c *Catalogue) Corridors(origin, destination, after string, first int) (page []*Corridor, more bool) {
	for _, one := range c.corridors {
		if origin != "" && one.Origin != Place(origin) || destination != "" && one.Destination != Place(destination) ||
			after != "" && one.Key() <= after {
			continue
		}
		if len(page) == first {
			return page, true
		}
		page = append(page, one)
	}
	return page, false
}
