package publication

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
)

// Content is what one version is made of.
type Content struct {
	// Manifest without Format, Files, Dimensions and Measures, which are filled in.
	Manifest Manifest
	// Codebook without Blank, which is filled in. Its columns are the table's.
	Codebook Codebook
	// Rows are the table's, in the order of the codebook's columns; an empty cell is no
	// information. It is run once.
	Rows iter.Seq2[[]string, error]
	// Reports are further files by their names, as "utility.html".
	Reports map[string][]byte
}

// Staged is a version that is complete and not published. Either Publish or Discard ends
// it.
type Staged struct {
	Manifest Manifest
	Hash     string // of the manifest, SHA-256 in hexadecimal

	store Store
	dir   string
	names []string // the signature last
}

// Write publishes a version: Stage and Publish in one.
func Write(ctx context.Context, s Store, c Content, signer note.Signer) (*Manifest, error) {
	staged, err := Stage(ctx, s, c, signer)
	if err != nil {
		return nil, err
	}
	err = staged.Publish(ctx)
	if err != nil {
		return nil, err
	}
	return &staged.Manifest, nil
}

// Stage writes a version beside the store's versions, where nobody reads it, so that what
// must be true at the same time (a budget that is spent, an entry in a ledger) can be
// settled before Publish. Errors about the content are of kind Invalid and name row and
// column, never a value; a version that is there is of kind Conflict.
func Stage(ctx context.Context, s Store, c Content, signer note.Signer) (staged *Staged, err error) {
	m := c.prepare()
	err = c.check(m)
	if err != nil {
		return nil, err
	}
	already, err := s.Entries(ctx, m.Ref())
	if err == nil && slices.ContainsFunc(already, func(e Entry) bool { return e.Name == m.Ref().file(SignatureFile) }) {
		return nil, published()
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, unread(err)
	}
	dir, err := s.stage()
	if err != nil {
		return nil, err
	}
	staged = &Staged{store: s, dir: dir}
	err = staged.fill(ctx, m, c, signer)
	if err != nil {
		staged.Discard()
		return nil, err
	}
	return staged, nil
}

func published() error {
	return errs.New(errs.Conflict, "publishing: this version is published and never changes: publish the next version, or withdraw this one")
}

// Publish makes the version readable, wholly or not at all. One that was published
// meanwhile is of kind Conflict.
func (p *Staged) Publish(ctx context.Context) error {
	err := p.store.commit(ctx, p.dir, p.names, p.Manifest.Ref())
	switch {
	case there(err):
		return published()
	case err != nil:
		return unwritten(err)
	}
	return nil
}

// Discard removes what was staged. After Publish it does nothing.
func (p *Staged) Discard() { _ = os.RemoveAll(p.dir) }

func unwritten(err error) error {
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		return err
	}
	return errs.Wrap(err, errs.Unavailable, "writing to the store of releases: it did not take the files; nothing was published")
}

// prepare returns the manifest as it will be, but for its files.
func (c *Content) prepare() *Manifest {
	c.Codebook.Blank = Blank
	c.Codebook.fill()
	m := c.Manifest
	m.Format, m.Files = Format, nil
	m.Dimensions, m.Measures = []string{}, []string{}
	for _, col := range c.Codebook.Columns {
		if col.Role == Measure {
			m.Measures = append(m.Measures, col.Name)
		} else {
			m.Dimensions = append(m.Dimensions, col.Name)
		}
	}
	if m.Parameters == nil {
		m.Parameters = []Parameter{}
	}
	return &m
}

// fill makes empty lists of those that are not there, so that there is one spelling.
func (b *Codebook) fill() {
	filled(&b.Columns)
	filled(&b.Denominators)
	filled(&b.Methods)
	filled(&b.Privacy)
	filled(&b.LeftOut)
	filled(&b.Sources)
	filled(&b.Notes)
}

func filled[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}

// check refuses content before a byte is written. Files are checked once they are there.
func (c *Content) check(m *Manifest) error {
	err := c.Codebook.check()
	if err != nil {
		return err
	}
	unfinished := *m
	for _, name := range slices.Sorted(maps.Keys(c.files())) {
		unfinished.Files = append(unfinished.Files, File{Name: name, SHA256: hash(nil)})
	}
	return unfinished.check()
}

// files are the names of all files but manifest and signature.
func (c *Content) files() map[string][]byte {
	all := map[string][]byte{CSVFile: nil, ParquetFile: nil, CodebookFile: nil, CodebookPage: nil}
	maps.Copy(all, c.Reports)
	return all
}

// fill writes all files into the staging folder.
func (p *Staged) fill(ctx context.Context, m *Manifest, c Content, signer note.Signer) error {
	err := p.table(ctx, m.Kind, c)
	if err != nil {
		return err
	}
	err = p.codebook(m, &c.Codebook)
	if err != nil {
		return err
	}
	for name, text := range c.Reports {
		switch name {
		case CSVFile, ParquetFile, CodebookFile, CodebookPage:
			return errs.New(errs.Invalid, "a report has the name of a file that every release holds")
		}
		err := os.WriteFile(filepath.Join(p.dir, name), text, 0o644) //nolint:gosec // published
		if err != nil {
			return unwritten(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.files())) {
		f, err := hashed(filepath.Join(p.dir, name), name)
		if err != nil {
			return unwritten(err)
		}
		m.Files = append(m.Files, f)
		p.names = append(p.names, name)
	}
	return p.sign(m, signer)
}

func (p *Staged) table(ctx context.Context, kind Kind, c Content) error {
	asCSV, err := os.Create(filepath.Join(p.dir, CSVFile))
	if err != nil {
		return unwritten(err)
	}
	defer func() { _ = asCSV.Close() }()
	asParquet, err := os.Create(filepath.Join(p.dir, ParquetFile))
	if err != nil {
		return unwritten(err)
	}
	defer func() { _ = asParquet.Close() }()
	w, err := newWriters(kind, c.Codebook.Columns, asCSV, asParquet)
	if err != nil {
		return unwritten(err)
	}
	err = w.all(ctx, c.Rows)
	if err != nil {
		return unwritten(err)
	}
	return errors.Join(asCSV.Close(), asParquet.Close())
}

func (p *Staged) codebook(m *Manifest, b *Codebook) error {
	text, err := encode(b)
	if err != nil {
		return err
	}
	_, err = ParseCodebook(text)
	if err != nil {
		return err
	}
	page, err := b.page(m)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(p.dir, CodebookFile), text, 0o644), //nolint:gosec // published
		os.WriteFile(filepath.Join(p.dir, CodebookPage), page, 0o644), //nolint:gosec // published
	)
}

// sign writes manifest and signature, which stand last.
func (p *Staged) sign(m *Manifest, signer note.Signer) error {
	text, err := encode(m)
	if err != nil {
		return err
	}
	_, err = ParseManifest(text)
	if err != nil {
		return err
	}
	p.Manifest, p.Hash = *m, hash(text)
	signed, err := note.Sign(&note.Note{Text: statement(m.Ref(), p.Hash)}, signer)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "signing the release: the key cannot sign")
	}
	p.names = append(p.names, ManifestFile, SignatureFile)
	return errors.Join(
		os.WriteFile(filepath.Join(p.dir, ManifestFile), text, 0o644),    //nolint:gosec // published
		os.WriteFile(filepath.Join(p.dir, SignatureFile), signed, 0o644), //nolint:gosec // published
	)
}

func hashed(path, name string) (File, error) {
	f, err := os.Open(path) //nolint:gosec // a staged file
	if err != nil {
		return File{}, err
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return File{name, n, hex.EncodeToString(sum.Sum(nil))}, err
}
