package folder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// List implements seal.Store. It reads the names of all keys each time.
func (s *Store) List(_ context.Context, after string, n int) ([]string, error) {
	ids, err := s.ids(keyDir)
	if err != nil {
		return nil, err
	}
	from := sort.Search(len(ids), func(i int) bool { return ids[i] > after })
	var listed []string
	for _, id := range ids[from:] {
		if len(listed) >= n {
			break
		}
		gone, err := exists(s.at(goneDir, id))
		if err != nil {
			return nil, failed(err, "listing keys")
		}
		if !gone {
			listed = append(listed, id)
		}
	}
	return listed, nil
}

// ids returns those that have a file under part, in byte order.
func (s *Store) ids(part string) ([]string, error) {
	shards, err := os.ReadDir(s.at(part))
	if err != nil {
		return nil, failed(err, "listing keys")
	}
	var ids []string
	for _, dir := range shards {
		files, err := os.ReadDir(filepath.Join(s.at(part), dir.Name()))
		if err != nil {
			return nil, failed(err, "listing keys")
		}
		for _, f := range files {
			if id, ok := idOf(f.Name()); ok && shard(id) == dir.Name() {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// entryName is the file of an entry of the erasure list. A file an entry, so that none
// is ever half there and an entry that is there is never written again.
func entryName(at int) string { return filepath.Join(eraseDir, fmt.Sprintf("%012d", at)) }

// AppendErasure implements seal.Store.
func (s *Store) AppendErasure(_ context.Context, at int, entry []byte) error {
	if err := seal.ValidEntry(at, entry); err != nil {
		return err
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if at > 0 {
		before, err := exists(s.at(entryName(at - 1)))
		if err != nil {
			return failed(err, "adding to the erasure list")
		}
		if !before {
			return seal.ErrChanged
		}
	}
	err = s.put(entryName(at), entry)
	if errors.Is(err, seal.ErrExists) {
		return seal.ErrChanged
	}
	if err != nil {
		return failed(err, "adding to the erasure list")
	}
	return syncFolders(s.at(eraseDir))
}

// Erasures implements seal.Store. A list with a hole is refused: an entry was taken out
// of it.
func (s *Store) Erasures(_ context.Context, from int) ([][]byte, error) {
	var entries [][]byte
	for at := max(from, 0); ; at++ {
		entry, err := read(s.at(entryName(at)), seal.MaxEntry)
		if errors.Is(err, fs.ErrNotExist) {
			names, unread := os.ReadDir(s.at(eraseDir))
			if unread != nil {
				return nil, failed(unread, "reading the erasure list")
			}
			if len(names) <= at {
				return entries, nil
			}
			// Another process may have added it since. They are added in order: once one
			// of those that follow is seen, it is there or was taken out.
			entry, err = read(s.at(entryName(at)), seal.MaxEntry)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, errs.New(errs.Unavailable, "reading the erasure list: entry %d is missing and later ones are there; restore the key store's erasures folder from its backup", at)
		}
		if err != nil {
			return nil, failed(err, "reading the erasure list")
		}
		entries = append(entries, entry)
	}
}
