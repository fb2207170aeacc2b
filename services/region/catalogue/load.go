package catalogue

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/publication"
)

// Served are the audiences whose releases are served to counterparts; others' are not.
var Served = []publication.Audience{publication.Public, publication.Counterparts}

// Source is a store of one country's releases, with the keys that are trusted for that
// country and no other.
type Source struct {
	Country string // ISO 3166-1 alpha-2
	Store   publication.Store
	Keys    note.Verifiers
}

// Refused is a version that is not served, and why.
type Refused struct {
	Country string
	Ref     publication.Ref
	Err     error
}

// Loader reads sources into a catalogue, again and again. It is not safe for concurrent
// use.
type Loader struct {
	Sources []Source
	Most    int64 // bytes of all releases together

	loaded map[string]loaded // by Key
}

// loaded is a version as it was read, with what its files looked like then.
type loaded struct {
	files   []publication.Entry
	release *Release // nil: refused, or for another audience
	err     error
}

// Load looks at the sources. Versions whose files have not changed are kept; all others
// are verified anew, and one that does not verify is refused, whatever it was before. It
// reports whether anything changed. The error is a store that did not answer.
func (l *Loader) Load(ctx context.Context) (c *Catalogue, refused []Refused, changed bool, err error) {
	next := map[string]loaded{}
	var all []*Release
	size := int64(0)
	for _, s := range l.Sources {
		entries, refs, err := s.look(ctx)
		if err != nil {
			return nil, nil, false, err
		}
		for _, ref := range refs {
			k := key(s.Country, ref)
			one, same := l.loaded[k]
			if same = same && slices.Equal(one.files, entries[ref]); !same {
				one = loaded{files: entries[ref]}
				one.release, one.err = s.read(ctx, ref, l.Most-size)
				changed = true
			}
			next[k] = one
			switch {
			case one.err != nil:
				refused = append(refused, Refused{s.Country, ref, one.err})
			case one.release != nil:
				all, size = append(all, one.release), size+one.release.size
			}
		}
	}
	changed = changed || l.loaded == nil || len(next) != len(l.loaded)
	l.loaded = next
	return New(all), refused, changed, nil
}

// look lists a source's versions and the files of each.
func (s Source) look(ctx context.Context) (map[publication.Ref][]publication.Entry, []publication.Ref, error) {
	refs, err := publication.List(ctx, s.Store)
	if err != nil {
		return nil, nil, err
	}
	entries, err := s.Store.Entries(ctx)
	if err != nil {
		return nil, nil, errs.Wrap(err, errs.Unavailable, "reading a store of releases: it did not answer")
	}
	by := map[publication.Ref][]publication.Entry{}
	for _, e := range entries {
		if parts := strings.Split(e.Name, "/"); len(parts) >= 3 {
			if ref, err := publication.ParseRef(parts[0], parts[1]); err == nil {
				by[ref] = append(by[ref], e)
			}
		}
	}
	return by, refs, nil
}

// read verifies one version wholly and reads it into memory. It is nil where the version
// is for another audience.
func (s Source) read(ctx context.Context, ref publication.Ref, most int64) (*Release, error) {
	p, err := publication.Open(ctx, s.Store, ref, s.Keys)
	if err != nil {
		return nil, err
	}
	m := &p.Manifest
	if m.Country != s.Country {
		return nil, errs.New(errs.Invalid, "the release says it is of another country than its key is trusted for")
	}
	if !slices.Contains(Served, m.Audience) {
		return nil, nil //nolint:nilnil // not refused: for others
	}
	r := &Release{
		Country: s.Country, Manifest: *m, Withdrawal: p.Withdrawal, SignedBy: p.SignedBy, Hash: p.Hash,
		files: map[string][]byte{publication.ManifestFile: p.Text, publication.SignatureFile: p.Signature},
	}
	if p.Withdrawal != nil {
		r.files[publication.WithdrawalFile] = p.Notice
	}
	for _, f := range m.Files {
		r.size += f.Size
	}
	if r.size > most {
		return nil, errs.New(errs.Limited, "the releases together are larger than maxMemory: raise it, or take releases out")
	}
	err = p.Verify(ctx)
	if err != nil {
		return nil, err
	}
	return r, r.fill(ctx, p)
}

// fill reads every file, and what figures and codebook say.
func (r *Release) fill(ctx context.Context, p *publication.Release) error {
	for _, f := range r.Manifest.Files {
		content, err := p.Read(ctx, f.Name)
		if err != nil {
			return err
		}
		r.files[f.Name] = content
	}
	book, err := p.Codebook(ctx)
	if err != nil {
		return err
	}
	r.Codebook = *book
	if r.Manifest.Kind != publication.Figures {
		return nil
	}
	r.table, err = readTable(r.files[publication.CSVFile], &r.Manifest)
	return err
}
