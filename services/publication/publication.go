// Package publication is what a published release is on disk: a folder RELEASE/VERSION
// with the table as csv and Parquet, its codebook, the reports on its use, a manifest
// that names every file with its hash, and the manifest's signature.
//
// It promises that a version is never changed once it is published, that it is there
// wholly or not at all, and that nothing is read from it that is not signed by a key that
// the reader trusts, or whose hash differs, or that the manifest does not name. It looks
// at no figure: whether a table may be published is decided before (services/release).
package publication

import (
	"regexp"
	"strconv"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
)

// The files that every version holds. Reports lie beside them under names of their own.
const (
	CSVFile        = "data.csv"        // RFC 4180, UTF-8, a header, a blank cell is no information
	ParquetFile    = "data.parquet"    // the same rows
	CodebookFile   = "codebook.json"   // a Codebook
	CodebookPage   = "codebook.html"   // the same for people
	ManifestFile   = "manifest.json"   // a Manifest
	SignatureFile  = "manifest.note"   // the manifest's hash, signed
	WithdrawalFile = "withdrawal.note" // present once the version is withdrawn, signed
)

// Total stands in a dimension that a figure is not broken down by (SDMX's code for a
// total). A blank is another thing: no information.
const Total = "_T"

// Ref names one version of a release.
type Ref struct {
	ID      string // lower-case letters, digits and hyphens, as "key-figures"
	Version int    // from 1
}

// String is the folder of the version.
func (r Ref) String() string { return r.ID + "/" + strconv.Itoa(r.Version) }

func (r Ref) file(name string) string { return r.String() + "/" + name }

// MaxVersion bounds a version's number.
const MaxVersion = 9999

var (
	idForm     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`)
	fileForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,60}(\.[a-z0-9]{1,10}){1,2}$`)
	columnForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,62}$`)
	hashForm   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	// placeForm is a code of ISO 3166-1 alpha-2.
	placeForm = regexp.MustCompile(`^[A-Z]{2}$`)
)

func (r Ref) check() error {
	if !idForm.MatchString(r.ID) || r.Version < 1 || r.Version > MaxVersion {
		return errs.New(errs.Invalid, "a release is named by lower-case letters, digits and hyphens, and a version from 1 to %d", MaxVersion)
	}
	return nil
}

// ParseRef reads what String wrote, and no other spelling.
func ParseRef(id, version string) (Ref, error) {
	n, err := strconv.Atoi(version)
	r := Ref{ID: id, Version: n}
	if err != nil || strconv.Itoa(n) != version {
		r.Version = 0
	}
	return r, r.check()
}

// Day is a calendar date, as "2026-03-31".
type Day string

func (d Day) valid() bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}
