// Package folder is a key store in a folder: a file a key.
//
// It promises that a key is stored as a whole or not at all and is on the disk when
// Create returns; that what exists is never replaced by a new key; that a destroyed key
// stays destroyed, whatever is cut off half-way; that several processes of one or more
// machines may use it side by side where the file system has locks that span them; that
// it uses no folder or file that others than its owner may read.
//
// Destroying overwrites the file before it is removed. That is the best a program can
// do, and not enough on a disk or file system that writes elsewhere (SSD, copy on write,
// snapshots): what they keep is a wrapped key, which is worthless once the
// key-encryption key was rotated and the old one retired. It does not make backups.
package folder

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// The parts of the folder.
const (
	marker   = "sala-key-store" // says that this folder is one, and of which version
	version  = "sala key store 1\n"
	keyDir   = "keys"     // keyDir/SHARD/NAME holds a wrapped key
	goneDir  = "gone"     // goneDir/SHARD/NAME says that this key was destroyed
	eraseDir = "erasures" // eraseDir/NUMBER holds an entry of the erasure list
	newDir   = "new"      // what is being written; whoever locks the store clears it
	lockFile = "lock"     // held by whoever writes
)

// Store is a seal.Store.
type Store struct{ root string }

// Make makes an empty store. The folder must not exist or must be empty.
func Make(root string) error {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return failed(err, "making a key store")
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return failed(err, "making a key store")
	}
	if len(entries) > 0 {
		return errs.New(errs.Conflict, "making a key store: the folder is not empty; name another one")
	}
	if err := private(root); err != nil {
		return err
	}
	for _, dir := range []string{keyDir, goneDir, eraseDir, newDir} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
			return failed(err, "making a key store")
		}
	}
	if err := os.WriteFile(filepath.Join(root, lockFile), nil, 0o600); err != nil {
		return failed(err, "making a key store")
	}
	// The marker last: a store that was made half is none.
	s := &Store{root}
	if err := s.put(marker, []byte(version)); err != nil {
		return failed(err, "making a key store")
	}
	return syncFolders(root, filepath.Dir(root))
}

// Open opens a store that was made. A folder that is none is refused, so that a disk
// which is not mounted does not look like a store whose keys were all destroyed.
func Open(root string) (*Store, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, failed(err, "opening the key store")
	}
	s := &Store{root}
	if err := s.sound(); err != nil {
		return nil, err
	}
	// What a destroyer that was cut off left is finished now.
	unlock, err := s.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	return s, s.finishDestroying()
}

// sound says whether the folder is a store, for its owner only.
func (s *Store) sound() error {
	is, err := os.ReadFile(s.at(marker))
	if errors.Is(err, fs.ErrNotExist) {
		return errs.New(errs.Unavailable, "opening the key store: the folder is no key store; is its disk mounted? `sala keys init` makes a new one")
	}
	if err != nil {
		return failed(err, "opening the key store")
	}
	if string(is) != version {
		return errs.New(errs.Unavailable, "opening the key store: it was made by another version of sala")
	}
	for _, dir := range []string{"", keyDir, goneDir, eraseDir, newDir} {
		if err := private(s.at(dir)); err != nil {
			return err
		}
	}
	return nil
}

// private refuses a folder that others may enter.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return failed(err, "opening the key store")
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return errs.New(errs.Unavailable, "opening the key store: others than its owner may enter a folder of it; chmod 700 it and everything in it")
	}
	return nil
}

// Get implements seal.Store.
func (s *Store) Get(ctx context.Context, ids ...string) (map[string][]byte, error) {
	if err := seal.ValidID(ids...); err != nil {
		return nil, err
	}
	found := make(map[string][]byte, len(ids))
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, seal.Unavailable(err, "reading keys")
		}
		wrapped, err := s.get(id)
		if err != nil {
			return nil, err
		}
		if wrapped != nil {
			found[id] = wrapped
		}
	}
	if len(found) < len(ids) {
		// An absent key means an erased person: be sure that the disk is there.
		if _, err := os.Stat(s.at(marker)); err != nil {
			return nil, failed(err, "reading keys")
		}
	}
	return found, nil
}

// get returns nil where there is no key.
func (s *Store) get(id string) ([]byte, error) {
	wrapped, err := read(s.at(keyDir, id), seal.MaxWrapped)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, failed(err, "reading keys")
	}
	// Looked at after the key: a destroyer leaves its mark before it overwrites.
	gone, err := exists(s.at(goneDir, id))
	if err != nil {
		return nil, failed(err, "reading keys")
	}
	if gone {
		return nil, nil
	}
	return wrapped, nil
}

func read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // G304: the name is made from an id by coding it
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, errs.New(errs.Unavailable, "reading the key store: others than its owner may read a file of it; chmod 600 all its files, and rotate the key-encryption key if anybody could have read them")
	}
	return io.ReadAll(io.LimitReader(f, limit+1))
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Check implements seal.Store: it writes a file, makes it durable and removes it.
func (s *Store) Check(_ context.Context) error {
	if err := s.sound(); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.at(newDir), "check-*")
	if err != nil {
		return failed(err, "checking the key store")
	}
	_, err = f.WriteString("probe")
	err = errors.Join(err, f.Sync(), f.Close())
	// A writer may have cleared it away already.
	if gone := os.Remove(f.Name()); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	if err != nil {
		return failed(err, "checking the key store")
	}
	return nil
}

// Close implements seal.Store.
func (s *Store) Close() error { return nil }

// at is a path within the store. A second part under keyDir or goneDir is a case's id.
func (s *Store) at(part string, id ...string) string {
	if len(id) == 0 {
		return filepath.Join(s.root, part)
	}
	return filepath.Join(s.root, part, shard(id[0]), fileName(id[0]))
}

// failed hides the path, which holds an id, and leaves what says more as it is.
func failed(cause error, doing string) error {
	var e *errs.Error
	if errors.As(cause, &e) {
		return e
	}
	return seal.Unavailable(cause, doing)
}
