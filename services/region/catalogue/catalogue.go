// Package catalogue holds published releases in memory, verified, so that an answer is a
// look-up.
//
// It promises that nothing is in it that is not signed by a key of the country that it
// says it comes from, that a version whose files have changed leaves it at the next look,
// and that what it gives is the very bytes whose hashes were compared. It computes no
// figure: it neither adds up nor divides.
package catalogue

import (
	"slices"
	"strings"

	"golang.org/x/text/language"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/publication"
)

// Release is one verified version. It never changes.
type Release struct {
	Country      string // the trust anchor's, ISO 3166-1 alpha-2; the manifest names the same
	Manifest     publication.Manifest
	Codebook     publication.Codebook
	Withdrawal   *publication.Withdrawal // nil while it stands
	SupersededBy int                     // a later version that stands; 0: none
	SignedBy     string                  // name and hash of the key
	Hash         string                  // of the manifest

	files map[string][]byte
	table *table // nil for records
	size  int64
}

// Key orders releases and names one: COUNTRY/ID/VERSION.
func (r *Release) Key() string { return key(r.Country, r.Manifest.Ref()) }

func key(country string, ref publication.Ref) string { return country + "/" + ref.String() }

// Withdrawn is what is answered instead of figures and files of a version that was
// withdrawn, nil while it stands. Its kind is Conflict.
func (r *Release) Withdrawn() error {
	if r.Withdrawal == nil {
		return nil
	}
	return errs.New(errs.Conflict, "this version is withdrawn: read its withdrawal's reason, and take its successor where there is one")
}

// File returns a file of the release as it was published, manifest and signature
// included. Of a withdrawn version only manifest, signature and notice are given.
func (r *Release) File(name string) ([]byte, error) {
	content, there := r.files[name]
	if !there {
		return nil, errs.NotHere()
	}
	switch name {
	case publication.ManifestFile, publication.SignatureFile, publication.WithdrawalFile:
		return content, nil
	}
	return content, r.Withdrawn()
}

// Catalogue is all releases at one moment. It never changes and may be read by many.
type Catalogue struct {
	releases  []*Release // by country, id, version
	corridors []*Corridor
	by        map[string]*Release
	corridor  map[[2]string]*Corridor
}

// New makes a catalogue of releases.
func New(all []*Release) *Catalogue {
	c := &Catalogue{releases: slices.Clone(all), by: map[string]*Release{}}
	slices.SortFunc(c.releases, compare)
	standing := map[string]int{} // the latest version that stands, by country and id
	for i, r := range c.releases {
		copied := *r
		copied.SupersededBy = 0
		c.releases[i], c.by[r.Key()] = &copied, &copied
		if r.Withdrawal == nil {
			standing[r.Country+"/"+r.Manifest.ID] = r.Manifest.Version
		}
	}
	for _, r := range c.releases {
		if latest := standing[r.Country+"/"+r.Manifest.ID]; latest > r.Manifest.Version {
			r.SupersededBy = latest
		}
	}
	c.indexCorridors()
	return c
}

func compare(a, b *Release) int {
	if n := strings.Compare(a.Country, b.Country); n != 0 {
		return n
	}
	if n := strings.Compare(a.Manifest.ID, b.Manifest.ID); n != 0 {
		return n
	}
	return a.Manifest.Version - b.Manifest.Version
}

// Query says which releases are asked for.
type Query struct {
	Country string // empty: all
	ID      string // empty: all
	All     bool   // superseded and withdrawn versions too
}

// Releases returns a page of releases in order, behind a key, and whether more follow.
func (c *Catalogue) Releases(q Query, after string, first int) (page []*Release, more bool) {
	for _, r := range c.releases {
		if q.Country != "" && r.Country != q.Country || q.ID != "" && r.Manifest.ID != q.ID ||
			!q.All && (r.SupersededBy != 0 || r.Withdrawal != nil) || !r.follows(after) {
			continue
		}
		if len(page) == first {
			return page, true
		}
		page = append(page, r)
	}
	return page, false
}

// follows reports whether r stands behind a key.
func (r *Release) follows(after string) bool {
	if after == "" {
		return true
	}
	parts := strings.Split(after, "/")
	if len(parts) != 3 {
		return false
	}
	ref, err := publication.ParseRef(parts[1], parts[2])
	return err == nil && compare(r, &Release{Country: parts[0], Manifest: publication.Manifest{ID: ref.ID, Version: ref.Version}}) > 0
}

// Release returns one version; version 0 is the latest that stands. What is not there is
// of kind Withheld.
func (c *Catalogue) Release(country, id string, version int) (*Release, error) {
	if version != 0 {
		if r, there := c.by[key(country, publication.Ref{ID: id, Version: version})]; there {
			return r, nil
		}
		return nil, errs.NotHere()
	}
	for _, r := range slices.Backward(c.releases) {
		if r.Country == country && r.Manifest.ID == id && r.Withdrawal == nil {
			return r, nil
		}
	}
	return nil, errs.NotHere()
}

// Len is how many versions there are.
func (c *Catalogue) Len() int { return len(c.releases) }

// Place is a country's code as corridors are kept by: two letters for a code of two or
// three letters of ISO 3166-1, any other code as it is.
func Place(code string) string {
	if len(code) != 2 && len(code) != 3 || strings.ToUpper(code) != code {
		return code
	}
	r, err := language.ParseRegion(code)
	if err != nil || !r.IsCountry() {
		return code
	}
	return r.String()
}
