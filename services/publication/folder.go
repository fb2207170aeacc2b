package publication

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/sala-exchange/sala/internal/errs"
)

// Folder is a store in a folder of this machine. A version appears by one rename, once all
// of it is on the disk. Links that lead out of the folder are not followed.
type Folder struct {
	path string
	root *os.Root
}

// staging begins the names of folders that are not published; an id cannot.
const staging = ".staging-"

// OpenFolder opens the store in a folder that is there.
func OpenFolder(path string) (*Folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "opening the store of releases: the folder is not there or may not be read: make it, or name another")
	}
	return &Folder{path, root}, nil
}

// Entries implements Store.
func (f *Folder) Entries(_ context.Context, of ...Ref) ([]Entry, error) {
	under := "."
	if len(of) == 1 {
		under = of[0].String()
	}
	var out []Entry
	err := fs.WalkDir(f.root.FS(), under, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), staging):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		i, err := d.Info()
		if err != nil {
			return err
		}
		out = append(out, Entry{name, i.Size(), i.ModTime()})
		return nil
	})
	return out, err
}

// Open implements Store.
func (f *Folder) Open(_ context.Context, name string) (io.ReadCloser, error) {
	file, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	i, err := file.Stat()
	if err == nil && !i.Mode().IsRegular() { // a pipe would never end
		err = errs.New(errs.Invalid, "a file of the release is no plain file")
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// Create implements Store: whole or not at all, and on the disk.
func (f *Folder) Create(_ context.Context, name string, content []byte) error {
	dir, err := f.stage()
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	whole := filepath.Join(dir, "file")
	err = writeSynced(whole, content)
	if err != nil {
		return err
	}
	to := filepath.Join(f.path, filepath.FromSlash(name))
	err = os.Link(whole, to) // unlike a rename it replaces nothing
	if err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

func (f *Folder) stage() (string, error) {
	dir, err := os.MkdirTemp(f.path, staging)
	if err != nil {
		return "", errs.Wrap(err, errs.Unavailable, "writing to the store of releases: the folder cannot be written to")
	}
	return dir, nil
}

func (f *Folder) commit(_ context.Context, staged string, names []string, to Ref) error {
	defer func() { _ = os.RemoveAll(staged) }()
	for _, n := range names {
		err := syncFile(filepath.Join(staged, n))
		if err != nil {
			return err
		}
	}
	err := os.Chmod(staged, 0o755) //nolint:gosec // published: whoever reads the store may
	if err != nil {
		return err
	}
	err = syncFolder(staged)
	if err != nil {
		return err
	}
	release := filepath.Join(f.path, to.ID)
	err = os.Mkdir(release, 0o755) //nolint:gosec // as above
	if err != nil && !there(err) {
		return err
	}
	err = os.Rename(staged, filepath.Join(release, strconv.Itoa(to.Version)))
	if errors.Is(err, syscall.ENOTEMPTY) {
		err = fs.ErrExist
	}
	if err != nil {
		return err
	}
	return errors.Join(syncFolder(release), syncFolder(f.path))
}

func writeSynced(path string, content []byte) error {
	err := os.WriteFile(path, content, 0o644) //nolint:gosec // published
	if err != nil {
		return err
	}
	return syncFile(path)
}

func syncFile(path string) error { return synced(path, os.O_RDWR) }

func syncFolder(path string) error { return synced(path, os.O_RDONLY) }

func synced(path string, how int) error {
	f, err := os.OpenFile(path, how, 0) //nolint:gosec // a path of the store
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
