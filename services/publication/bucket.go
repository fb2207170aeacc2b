package publication

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"gocloud.dev/blob"
	_ "gocloud.dev/blob/s3blob" // the scheme s3
	"gocloud.dev/gcerrors"

	"github.com/sala-exchange/sala/internal/errs"
)

// Bucket is a store in a bucket of an S3-compatible service. A bucket has no rename: files
// are created one by one, none is ever replaced, and a version is there once its
// signature is, which is created last.
type Bucket struct{ b *blob.Bucket }

// NewBucket makes a store of an open bucket.
func NewBucket(b *blob.Bucket) *Bucket { return &Bucket{b} }

func openBucket(ctx context.Context, address string) (Store, func() error, error) {
	b, err := blob.OpenBucket(ctx, address)
	if err != nil {
		return nil, nil, errs.Wrap(err, errs.Invalid, "opening the store of releases: the bucket's address is not %s", Forms)
	}
	return NewBucket(b), b.Close, nil
}

// Entries implements Store.
func (b *Bucket) Entries(ctx context.Context, of ...Ref) ([]Entry, error) {
	opts := &blob.ListOptions{}
	if len(of) == 1 {
		opts.Prefix = of[0].String() + "/"
	}
	var out []Entry
	for i := b.b.List(opts); ; {
		o, err := i.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Entry{o.Key, o.Size, o.ModTime})
	}
}

// Open implements Store.
func (b *Bucket) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	r, err := b.b.NewReader(ctx, name, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return r, err
}

// Create implements Store.
func (b *Bucket) Create(ctx context.Context, name string, content []byte) error {
	return b.create(ctx, name, bytes.NewReader(content))
}

func (b *Bucket) create(ctx context.Context, name string, content io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before the close, so that a half file is given up
	w, err := b.b.NewWriter(ctx, name, &blob.WriterOptions{IfNotExist: true})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, content)
	if err != nil {
		cancel()
		return errors.Join(err, w.Close())
	}
	err = w.Close()
	if gcerrors.Code(err) == gcerrors.FailedPrecondition {
		return fmt.Errorf("%w: %w", fs.ErrExist, err)
	}
	return err
}

func (b *Bucket) stage() (string, error) { return os.MkdirTemp("", "sala-release-") }

// commit creates the files; names ends with the signature. A file that an interrupted run
// has left is taken where it is the same, and refused where it is another.
func (b *Bucket) commit(ctx context.Context, staged string, names []string, to Ref) error {
	defer func() { _ = os.RemoveAll(staged) }()
	is, err := b.b.Exists(ctx, to.file(SignatureFile))
	if err != nil {
		return err
	}
	if is {
		return fs.ErrExist
	}
	for _, n := range names {
		err := b.copy(ctx, filepath.Join(staged, n), to.file(n))
		if there(err) && n != SignatureFile {
			err = b.same(ctx, filepath.Join(staged, n), to.file(n))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Bucket) copy(ctx context.Context, from, to string) error {
	f, err := os.Open(from) //nolint:gosec // a staged file
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return b.create(ctx, to, f)
}

func (b *Bucket) same(ctx context.Context, file, name string) error {
	here, err := os.Open(file) //nolint:gosec // a staged file
	if err != nil {
		return err
	}
	defer func() { _ = here.Close() }()
	stored, err := b.Open(ctx, name)
	if err != nil {
		return err
	}
	defer func() { _ = stored.Close() }()
	one, other := sha256.New(), sha256.New()
	_, err = io.Copy(one, here)
	if err != nil {
		return err
	}
	_, err = io.Copy(other, stored)
	if err != nil {
		return err
	}
	if !bytes.Equal(one.Sum(nil), other.Sum(nil)) {
		return errs.New(errs.Conflict, "publishing: an interrupted run has left another file of this version in the bucket: publish under the next version, or remove the version's unsigned files")
	}
	return nil
}
