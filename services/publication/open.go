package publication

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
)

// Release is a published version whose manifest is signed by a trusted key. Its files are
// verified as they are read.
type Release struct {
	Manifest   Manifest
	Hash       string      // of the manifest, SHA-256 in hexadecimal
	SignedBy   string      // the key: its name and hash, as a verifier key begins
	Withdrawal *Withdrawal // nil while it stands
	// Signature, Text and Notice are the files manifest.note, manifest.json and
	// withdrawal.note as they are; the last is empty while the version stands.
	Signature, Text, Notice []byte

	store Store
}

// Open reads the manifest of a version and its signature by one of the keys. It refuses,
// with kind Invalid, what is not signed, altered, of another version or of another form;
// what is not there is of kind Withheld. It reads no other file: see Verify and Read.
func Open(ctx context.Context, s Store, ref Ref, keys note.Verifiers) (*Release, error) {
	err := ref.check()
	if err != nil {
		return nil, err
	}
	r := &Release{store: s}
	r.Signature, err = read(ctx, s, ref.file(SignatureFile), maxNote)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errs.Wrap(err, errs.Withheld, "there is no signed release of this name and version")
	}
	if err != nil {
		return nil, unread(err)
	}
	said, by, err := opened(r.Signature, keys)
	if err != nil {
		return nil, err
	}
	r.SignedBy = by
	r.Text, err = read(ctx, s, ref.file(ManifestFile), MaxManifest)
	if err != nil {
		return nil, unread(err)
	}
	r.Hash = hash(r.Text)
	if said != statement(ref, r.Hash) {
		return nil, errs.New(errs.Invalid, "the manifest is not the one that was signed for this version: do not use the release; get it again")
	}
	m, err := ParseManifest(r.Text)
	if err != nil {
		return nil, err
	}
	if m.Ref() != ref {
		return nil, errs.New(errs.Invalid, "the manifest is of another version than its folder: do not use the release; get it again")
	}
	r.Manifest = *m
	r.Withdrawal, err = r.notice(ctx, by, keys)
	return r, err
}

// notice reads the withdrawal, where there is one. Only the key that published withdraws.
func (r *Release) notice(ctx context.Context, by string, keys note.Verifiers) (*Withdrawal, error) {
	msg, err := read(ctx, r.store, r.Manifest.Ref().file(WithdrawalFile), maxNote)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // it stands
	}
	if err != nil {
		return nil, unread(err)
	}
	said, who, err := opened(msg, keys)
	if err != nil {
		return nil, err
	}
	if who != by {
		return nil, errs.New(errs.Invalid, "the withdrawal's notice is signed by another key than the release: get the release again")
	}
	r.Notice = msg
	return parseWithdrawal(said, r.Manifest.Ref(), r.Hash)
}

// Verify reads every file that the manifest names and refuses, with kind Invalid and by
// the file's name, one that is missing or differs in size or hash, and any file that the
// manifest does not name.
func (r *Release) Verify(ctx context.Context) error {
	for _, f := range r.Manifest.Files {
		err := r.copy(ctx, f, io.Discard)
		if err != nil {
			return err
		}
	}
	return r.nothingElse(ctx)
}

// VerifyFile compares one file as Verify does. One that the manifest does not name is of
// kind Withheld.
func (r *Release) VerifyFile(ctx context.Context, name string) error {
	f, named := r.Manifest.File(name)
	if !named {
		return errs.New(errs.Withheld, "the release has no file of this name")
	}
	return r.copy(ctx, f, io.Discard)
}

func (r *Release) nothingElse(ctx context.Context) error {
	entries, err := r.store.Entries(ctx, r.Manifest.Ref())
	if err != nil {
		return unread(err)
	}
	for _, e := range entries {
		name := strings.TrimPrefix(e.Name, r.Manifest.Ref().String()+"/")
		switch name {
		case ManifestFile, SignatureFile, WithdrawalFile:
			continue
		}
		if _, named := r.Manifest.File(name); !named {
			return errs.New(errs.Invalid, "the release's folder holds a file that its manifest does not name: take it out, and trust nothing in it")
		}
	}
	return nil
}

// Read returns a file's content once its size and hash are those of the manifest, so that
// what is used is what was verified. The file is held in memory: look at its size in the
// manifest first.
func (r *Release) Read(ctx context.Context, name string) ([]byte, error) {
	f, named := r.Manifest.File(name)
	if !named {
		return nil, errs.New(errs.Withheld, "the release has no file of this name")
	}
	var out bytes.Buffer
	err := r.copy(ctx, f, &out)
	return out.Bytes(), err
}

// Codebook reads the codebook, which must describe the columns that the manifest names.
func (r *Release) Codebook(ctx context.Context) (*Codebook, error) {
	text, err := r.Read(ctx, CodebookFile)
	if err != nil {
		return nil, err
	}
	b, err := ParseCodebook(text)
	if err != nil {
		return nil, err
	}
	return b, b.describes(&r.Manifest)
}

// copy reads a file to its end and compares it.
func (r *Release) copy(ctx context.Context, f File, to io.Writer) error {
	from, err := r.store.Open(ctx, r.Manifest.Ref().file(f.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return errs.Wrap(err, errs.Invalid, "the release's file %s is missing: get the release again", f.Name)
	}
	if err != nil {
		return unread(err)
	}
	defer func() { _ = from.Close() }()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(to, sum), io.LimitReader(from, f.Size+1))
	if err != nil {
		return unread(err)
	}
	if n != f.Size || hex.EncodeToString(sum.Sum(nil)) != f.SHA256 {
		return errs.New(errs.Invalid, "the release's file %s is not the one that was published: do not use it; get the release again", f.Name)
	}
	return nil
}
