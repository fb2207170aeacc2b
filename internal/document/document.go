// Package document holds which GraphQL documents a server answers: those of Sala's own
// programs, and those that the operator has registered in a file.
//
// It promises that a document is known by the SHA-256 of its bytes alone, and that a file
// whose hashes are not those of its texts is refused whole. It parses no GraphQL.
package document

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"

	"github.com/sala-exchange/sala/internal/errs"
)

// ID names a document: "sha256:" and the hash of its text in hexadecimal, as the draft of
// persisted documents of GraphQL over HTTP has it.
func ID(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Set is some documents by their id. The zero value holds none; it is not safe for
// changes by several.
type Set struct{ texts map[string]string }

// Of returns the set of some texts.
func Of(texts ...string) *Set {
	s := &Set{}
	for _, t := range texts {
		s.Add(t)
	}
	return s
}

// Add adds a text and returns its id, and whether it is new.
func (s *Set) Add(text string) (id string, added bool) {
	if s.texts == nil {
		s.texts = map[string]string{}
	}
	id = ID(text)
	_, there := s.texts[id]
	s.texts[id] = text
	return id, !there
}

// Text returns the document of an id.
func (s *Set) Text(id string) (string, bool) {
	t, ok := s.texts[id]
	return t, ok
}

// Has reports whether exactly this text is in the set.
func (s *Set) Has(text string) bool {
	_, ok := s.texts[ID(text)]
	return ok
}

// IDs returns the ids in order.
func (s *Set) IDs() []string {
	out := make([]string, 0, len(s.texts))
	for id := range s.texts {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// Remove takes a document out and reports whether it was there.
func (s *Set) Remove(id string) bool {
	_, there := s.texts[id]
	delete(s.texts, id)
	return there
}

// Join returns the documents of both.
func (s *Set) Join(other *Set) *Set {
	out := &Set{texts: make(map[string]string, len(s.texts)+len(other.texts))}
	for _, from := range []*Set{s, other} {
		for id, text := range from.texts {
			out.texts[id] = text
		}
	}
	return out
}

// maxFile bounds a file of documents: 16 MiB.
const maxFile = 16 << 20

// file is how a set is written.
type file struct {
	Documents map[string]string `json:"documents"`
}

// Read reads a file of registered documents. The error is INVALID where it cannot be
// read, is none, or names a text by another's hash.
func Read(path string) (*Set, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the file of registered documents cannot be read: check documents")
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(raw) > maxFile {
		return nil, errs.New(errs.Invalid, "the file of registered documents cannot be read, or is longer than %d bytes", maxFile)
	}
	return Parse(raw)
}

// Parse is Read of a file's content.
func Parse(raw []byte) (*Set, error) {
	var in file
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "the file of registered documents is not what `sala documents register` writes: make it anew")
	}
	s := &Set{}
	for id, text := range in.Documents {
		if got, _ := s.Add(text); got != id {
			return nil, errs.New(errs.Invalid, "the file of registered documents was altered: a text is not that of its hash: register it anew")
		}
	}
	return s, nil
}

// ReadOrNone is Read, and an empty set where there is no such file.
func ReadOrNone(path string) (*Set, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return &Set{}, nil
	}
	return Read(path)
}

// Write writes the set to a file, whole or not at all.
func (s *Set) Write(path string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(file{s.texts})
	if err == nil {
		err = replace(path, b.Bytes())
	}
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "the file of registered documents cannot be written: check its folder")
	}
	return nil
}

// replace puts a whole file in the place of another: a server may be reading it.
func replace(path string, content []byte) error {
	next := path + ".new"
	if err := os.WriteFile(next, content, 0o644); err != nil { //nolint:gosec // no secret: servers read it
		return err
	}
	return os.Rename(next, path)
}

var own struct {
	sync.Mutex
	Set
}

// Own declares a document of one of Sala's own programs and returns it. It is called
// where a package's variables are made.
func Own(text string) string {
	own.Lock()
	defer own.Unlock()
	own.Add(text)
	return text
}

// Owned returns the documents that the packages of this program have declared.
func Owned() *Set {
	own.Lock()
	defer own.Unlock()
	return own.Join(&Set{})
}
