package folder

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/lockedfile"
	"golang.org/x/sync/errgroup"

	"github.com/sala-exchange/sala/internal/seal"
)

// atOnce is how many files are made durable side by side: the disk does several in the
// time of one.
const atOnce = 16

// lock makes this process the only writer, among all, and clears away what a writer
// that was cut off left. The lock ends with its process.
func (s *Store) lock() (unlock func(), err error) {
	unlock, err = lockedfile.MutexAt(s.at(lockFile)).Lock()
	if err != nil {
		return nil, failed(err, "locking the key store")
	}
	left, err := os.ReadDir(s.at(newDir))
	for _, e := range left {
		// A readiness check may be removing its file at the same time.
		if gone := os.Remove(filepath.Join(s.at(newDir), e.Name())); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	if err != nil {
		unlock()
		return nil, failed(err, "clearing the key store")
	}
	return unlock, nil
}

// Create implements seal.Store.
func (s *Store) Create(ctx context.Context, keys map[string][]byte) error {
	if err := seal.ValidKeys(keys); err != nil {
		return err
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.refuseKnown(keys); err != nil {
		return err
	}
	var files []string
	for id := range keys {
		files = append(files, s.at(keyDir, id))
	}
	folders, err := s.foldersOf(files)
	if err != nil {
		return failed(err, "storing keys")
	}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for id, wrapped := range keys {
		work.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return s.put(filepath.Join(keyDir, shard(id), fileName(id)), wrapped)
		})
	}
	if err := work.Wait(); err != nil {
		return failed(err, "storing keys")
	}
	return syncFolders(folders...)
}

// refuseKnown refuses ids that have or had a key.
func (s *Store) refuseKnown(keys map[string][]byte) error {
	for id := range keys {
		gone, err := exists(s.at(goneDir, id))
		if err != nil {
			return failed(err, "storing keys")
		}
		if gone {
			return seal.ErrDestroyed
		}
		is, err := exists(s.at(keyDir, id))
		if err != nil {
			return failed(err, "storing keys")
		}
		if is {
			return seal.ErrExists
		}
	}
	return nil
}

// put makes a file that is not there, as a whole and durably but for its name, which
// lasts when its folder was made durable.
func (s *Store) put(name string, content []byte) error {
	temporary, err := s.write(content)
	if err != nil {
		return err
	}
	// A link replaces nothing, even where the lock did not hold.
	err = os.Link(temporary, s.at(name))
	if errors.Is(err, fs.ErrExist) {
		err = seal.ErrExists
	}
	return errors.Join(err, os.Remove(temporary))
}

// write makes a temporary file, durably.
func (s *Store) write(content []byte) (string, error) {
	f, err := os.CreateTemp(s.at(newDir), "file-*") // of mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	return f.Name(), errors.Join(err, f.Sync(), f.Close())
}

// Replace implements seal.Store.
func (s *Store) Replace(_ context.Context, id string, old, renewed []byte) error {
	if err := seal.ValidKeys(map[string][]byte{id: renewed}); err != nil {
		return err
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	is, err := s.get(id)
	if err != nil {
		return err
	}
	if is == nil || !bytes.Equal(is, old) {
		return seal.ErrChanged
	}
	temporary, err := s.write(renewed)
	if err == nil {
		err = os.Rename(temporary, s.at(keyDir, id))
	}
	if err != nil {
		return failed(err, "replacing a key")
	}
	return syncFolders(filepath.Dir(s.at(keyDir, id)))
}

// Destroy implements seal.Store: first the mark, which is what counts, then the key.
func (s *Store) Destroy(_ context.Context, id string) error {
	if err := seal.ValidID(id); err != nil {
		return err
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	folders, err := s.foldersOf([]string{s.at(goneDir, id)})
	if err != nil {
		return failed(err, "destroying a key")
	}
	err = s.put(filepath.Join(goneDir, shard(id), fileName(id)), nil)
	if err != nil && !errors.Is(err, seal.ErrExists) {
		return failed(err, "destroying a key")
	}
	if err := syncFolders(folders...); err != nil {
		return err
	}
	return s.wipe(id)
}

// wipe overwrites and removes the key of an id that is marked as destroyed.
func (s *Store) wipe(id string) error {
	path := s.at(keyDir, id)
	f, err := os.OpenFile(path, os.O_WRONLY, 0) //nolint:gosec // G304: the name is made from an id by coding it
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return failed(err, "destroying a key")
	}
	info, err := f.Stat()
	if err == nil {
		noise := make([]byte, info.Size())
		_, _ = rand.Read(noise) // never fails
		_, err = f.WriteAt(noise, 0)
	}
	if err := errors.Join(err, f.Sync(), f.Close(), os.Remove(path)); err != nil {
		return failed(err, "destroying a key")
	}
	return syncFolders(filepath.Dir(path))
}

// finishDestroying removes keys whose destroyer was cut off after the mark.
func (s *Store) finishDestroying() error {
	ids, err := s.ids(goneDir)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.wipe(id); err != nil {
			return err
		}
	}
	return nil
}

// foldersOf makes the folders of files, where they are not there, and returns them.
func (s *Store) foldersOf(files []string) ([]string, error) {
	unique := map[string]bool{}
	for _, f := range files {
		unique[filepath.Dir(f)] = true
	}
	folders := slices.Sorted(maps.Keys(unique))
	made := map[string]bool{}
	for _, dir := range folders {
		err := os.Mkdir(dir, 0o700)
		if err == nil {
			made[filepath.Dir(dir)] = true
		} else if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return folders, syncFolders(slices.Sorted(maps.Keys(made))...)
}

// syncFolders makes durable which files are in the folders.
func syncFolders(folders ...string) error {
	work := errgroup.Group{}
	work.SetLimit(atOnce)
	for _, path := range folders {
		work.Go(func() error {
			d, err := os.Open(path) //nolint:gosec // G304: a folder of the store
			if err != nil {
				return err
			}
			return errors.Join(d.Sync(), d.Close())
		})
	}
	if err := work.Wait(); err != nil {
		return failed(err, "writing the key store")
	}
	return nil
}
