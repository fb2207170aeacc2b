package publication

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sala-exchange/sala/internal/errs"
)

// Format is the form of manifest and folder that this package writes and reads.
const Format = "sala release/1"

// What a manifest may hold.
const (
	MaxManifest = 1 << 20 // bytes
	MaxFiles    = 64      // files of one version
	MaxFile     = 4 << 30 // bytes of one file
	MaxColumns  = 200
	maxText     = 4000 // bytes of one text
)

// Kind says what a row of the table is.
type Kind string

// The kinds.
const (
	Figures Kind = "FIGURES" // a row is a cell: its dimensions and its measures
	Records Kind = "RECORDS" // a row is a record, generalised or synthetic
)

// Audience says whom a release is for.
type Audience string

// The audiences.
const (
	Public         Audience = "PUBLIC"
	Counterparts   Audience = "COUNTERPARTS"   // counterparts in the region
	Researchers    Audience = "RESEARCHERS"    // by agreement
	Administration Audience = "ADMINISTRATION" // totals prescribed for administration (J5)
)

// Parameter is one parameter of a method, as {"epsilon", "1.0"}.
type Parameter struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Meaning string `json:"meaning,omitempty"`
}

// Period is the time that a release is about, both days included.
type Period struct {
	From Day `json:"from"`
	To   Day `json:"to"`
}

// Corridor names the dimensions that hold where people came from and where they went.
type Corridor struct {
	Origin      string `json:"origin"`
	Destination string `json:"destination"`
}

// File is one file of a version.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // in hexadecimal
}

// Manifest says what a version is and which files belong to it.
type Manifest struct {
	Format     string      `json:"format"`
	ID         string      `json:"id"`
	Version    int         `json:"version"`
	Title      string      `json:"title"`
	Publisher  string      `json:"publisher"` // the authority that answers for it
	Country    string      `json:"country"`   // of the publisher, ISO 3166-1 alpha-2
	Kind       Kind        `json:"kind"`
	Population string      `json:"population"`
	Period     Period      `json:"period"`
	Dimensions []string    `json:"dimensions"`
	Measures   []string    `json:"measures"` // empty for records
	Corridor   *Corridor   `json:"corridor,omitempty"`
	Method     string      `json:"method"`
	Parameters []Parameter `json:"parameters"`
	Audience   Audience    `json:"audience"`
	Files      []File      `json:"files"`                // in order of their names
	Supersedes int         `json:"supersedes,omitempty"` // an earlier version of the same release
	IssuedOn   Day         `json:"issuedOn"`
}

// Ref names the version.
func (m *Manifest) Ref() Ref { return Ref{m.ID, m.Version} }

// File returns the entry of a name.
func (m *Manifest) File(name string) (File, bool) {
	i := slices.IndexFunc(m.Files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return File{}, false
	}
	return m.Files[i], true
}

// ParseManifest reads what a publication wrote and nothing else: there is one spelling,
// so that no two readers understand it differently. Unknown keys, names that could leave
// the folder and texts behind the object are refused. It checks no signature.
func ParseManifest(text []byte) (*Manifest, error) {
	m := &Manifest{}
	err := parse(text, m, "the manifest")
	if err != nil {
		return nil, err
	}
	return m, m.check()
}

// parse reads JSON that is spelt as encode spells it.
func parse(text []byte, into any, what string) error {
	if len(text) > MaxManifest {
		return errs.New(errs.Limited, "%s is longer than %d bytes", what, MaxManifest)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "%s cannot be read: it is no JSON of this form, or has a key that is not known here; get it again, or a newer program", what)
	}
	if _, err := d.Token(); err != io.EOF {
		return errs.New(errs.Invalid, "%s holds something behind its end", what)
	}
	again, err := encode(into)
	if err != nil || !bytes.Equal(again, text) {
		return errs.New(errs.Invalid, "%s is not spelt as it was written: get it again", what)
	}
	return nil
}

// encode is the one spelling: two blanks of indent, keys in the order of the type, a line
// break at the end, nothing escaped that need not be.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return out.Bytes(), err
}

// hash is the SHA-256 of a text in hexadecimal.
func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func (m *Manifest) check() error {
	err := m.Ref().check()
	if err != nil {
		return err
	}
	texts := []string{m.Title, m.Publisher, m.Population, m.Method}
	for _, p := range m.Parameters {
		texts = append(texts, p.Name, p.Value)
		if p.Meaning != "" {
			texts = append(texts, p.Meaning)
		}
	}
	switch {
	case m.Format != Format:
		return m.wrong("is of another format: get a newer program", "format")
	case slices.ContainsFunc(texts, func(s string) bool { return !sound(s) }):
		return m.wrong("needs title, publisher, population, method, and names and values of parameters, each in one line", "title", "publisher", "population", "method", "parameters")
	case !placeForm.MatchString(m.Country):
		return m.wrong("needs the publisher's country by its two letters (ISO 3166-1)", "country")
	case !m.Period.From.valid() || !m.Period.To.valid() || m.Period.To < m.Period.From:
		return m.wrong("needs a period from one day to a later one", "period")
	case !m.IssuedOn.valid():
		return m.wrong("needs the day on which it was issued", "issuedOn")
	case !slices.Contains([]Audience{Public, Counterparts, Researchers, Administration}, m.Audience):
		return m.wrong("needs an audience: PUBLIC, COUNTERPARTS, RESEARCHERS or ADMINISTRATION", "audience")
	case m.Supersedes < 0 || m.Supersedes >= m.Version:
		return m.wrong("can supersede an earlier version only", "supersedes")
	}
	err = m.checkColumns()
	if err != nil {
		return err
	}
	return m.checkFiles()
}

func (m *Manifest) wrong(what string, fields ...string) error {
	return errs.New(errs.Invalid, "the manifest %s", what).WithFields(fields...)
}

// checkColumns: what is described of the table hangs together.
func (m *Manifest) checkColumns() error {
	all := slices.Concat(m.Dimensions, m.Measures)
	switch {
	case m.Dimensions == nil || m.Measures == nil || m.Parameters == nil:
		return m.wrong("names dimensions, measures and parameters, as empty lists where there are none", "dimensions", "measures", "parameters")
	case m.Kind != Figures && m.Kind != Records, (m.Kind == Figures) == (len(m.Measures) == 0):
		return m.wrong("is of kind FIGURES with measures or of kind RECORDS without", "kind", "measures")
	case len(all) < 2 || len(all) > MaxColumns:
		return m.wrong("names fewer than two columns or too many", "dimensions", "measures")
	}
	for i, name := range all {
		if !columnForm.MatchString(name) || slices.Contains(all[:i], name) {
			return m.wrong("names a column twice, or by something else than a letter followed by letters, digits and underscores", "dimensions", "measures")
		}
	}
	if c := m.Corridor; c != nil && (c.Origin == c.Destination || !slices.Contains(m.Dimensions, c.Origin) || !slices.Contains(m.Dimensions, c.Destination)) {
		return m.wrong("needs two of its dimensions for a corridor", "corridor")
	}
	return nil
}

// checkFiles: every name is a plain one of this folder, once, in order.
func (m *Manifest) checkFiles() error {
	if len(m.Files) > MaxFiles {
		return m.wrong("names too many files", "files")
	}
	for i, f := range m.Files {
		switch {
		case !fileForm.MatchString(f.Name), slices.Contains([]string{ManifestFile, SignatureFile, WithdrawalFile}, f.Name):
			return m.wrong("names a file that is no plain file of its folder: do not trust it", "files")
		case i > 0 && m.Files[i-1].Name >= f.Name:
			return m.wrong("names a file twice, or files out of order", "files")
		case f.Size < 0 || f.Size > MaxFile || !hashForm.MatchString(f.SHA256):
			return m.wrong("gives a file no sound size or hash", "files")
		}
	}
	for _, name := range []string{CSVFile, ParquetFile, CodebookFile, CodebookPage} {
		if _, there := m.File(name); !there {
			return m.wrong("does not name "+name, "files")
		}
	}
	return nil
}

// sound reports whether a text is there, in one line and printable.
func sound(s string) bool {
	return s != "" && len(s) <= maxText && utf8.ValidString(s) && strings.TrimSpace(s) == s &&
		strings.IndexFunc(s, func(r rune) bool { return r != ' ' && !unicode.IsGraphic(r) }) < 0
}
