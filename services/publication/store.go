package publication

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
)

// Store is where versions lie: a folder or a bucket. Names are RELEASE/VERSION/FILE.
type Store interface {
	// Entries lists the files of all versions, or of one where it is named, in order.
	Entries(ctx context.Context, of ...Ref) ([]Entry, error)
	// Open reads a file. One that is not there is an error that is fs.ErrNotExist.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// Create adds a file that is not there yet; fs.ErrExist where it is.
	Create(ctx context.Context, name string, content []byte) error

	// stage gives an empty folder for a version's files.
	stage() (string, error)
	// commit makes the staged files a version, the signature last; fs.ErrExist where the
	// version is there. The folder is gone afterwards.
	commit(ctx context.Context, staged string, names []string, to Ref) error
}

// Entry is one stored file.
type Entry struct {
	Name     string
	Size     int64
	Modified time.Time
}

// Forms are the addresses of stores that OpenStore understands.
const Forms = "the path of a folder, or s3://BUCKET?region=…&endpoint=…"

// OpenStore opens the store at an address of one of the Forms; close ends it. The
// credentials of a bucket come from the environment, as AWS's programs read them.
func OpenStore(ctx context.Context, address string) (s Store, closing func() error, err error) {
	switch {
	case strings.HasPrefix(address, "s3://"):
		return openBucket(ctx, address)
	case address == "" || strings.Contains(address, "://"):
		return nil, nil, errs.New(errs.Invalid, "the store of releases is %s", Forms)
	}
	f, err := OpenFolder(address)
	if err != nil {
		return nil, nil, err
	}
	return f, f.root.Close, nil
}

// List returns the versions in a store, in order. What has no signature is none: it may
// be on its way.
func List(ctx context.Context, s Store) ([]Ref, error) {
	entries, err := s.Entries(ctx)
	if err != nil {
		return nil, unread(err)
	}
	var refs []Ref
	for _, e := range entries {
		parts := strings.Split(e.Name, "/")
		if len(parts) != 3 || parts[2] != SignatureFile {
			continue
		}
		if r, err := ParseRef(parts[0], parts[1]); err == nil {
			refs = append(refs, r)
		}
	}
	slices.SortFunc(refs, func(a, b Ref) int {
		if c := strings.Compare(a.ID, b.ID); c != 0 {
			return c
		}
		return a.Version - b.Version
	})
	return refs, nil
}

func unread(err error) error {
	if e := (*errs.Error)(nil); errors.As(err, &e) {
		return err
	}
	return errs.Wrap(err, errs.Unavailable, "reading the store of releases: it did not answer; is it there, and may this program read it?")
}

// read reads a file of at most a size.
func read(ctx context.Context, s Store, name string, most int64) ([]byte, error) {
	f, err := s.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = errs.New(errs.Limited, "a file of the release is longer than it may be")
	}
	return text, err
}

// there reports whether an error says that something exists already.
func there(err error) bool { return errors.Is(err, fs.ErrExist) }
