package database

import (
	"context"
	"maps"
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

func asBytes(ids []string) [][]byte {
	list := make([][]byte, len(ids))
	for i, id := range ids {
		list[i] = []byte(id)
	}
	return list
}

// Get implements seal.Store.
func (s *Store) Get(ctx context.Context, ids ...string) (map[string][]byte, error) {
	if err := seal.ValidID(ids...); err != nil {
		return nil, err
	}
	found := make(map[string][]byte, len(ids))
	rows, err := s.db.QueryContext(ctx, s.say.get, s.list(asBytes(ids)))
	if err != nil {
		return nil, seal.Unavailable(err, "reading keys")
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, wrapped []byte
		if err := rows.Scan(&id, &wrapped); err != nil {
			return nil, seal.Unavailable(err, "reading keys")
		}
		found[string(id)] = wrapped
	}
	if err := rows.Err(); err != nil {
		return nil, seal.Unavailable(err, "reading keys")
	}
	return found, nil
}

// Create implements seal.Store. The ids are stored in order, so that two who store some
// of the same wait for each other in one direction only.
func (s *Store) Create(ctx context.Context, keys map[string][]byte) error {
	if err := seal.ValidKeys(keys); err != nil || len(keys) == 0 {
		return err
	}
	ids := slices.Sorted(maps.Keys(keys))
	wrapped := make([][]byte, len(ids))
	for i, id := range ids {
		wrapped[i] = keys[id]
	}
	stored, err := s.exec(ctx, "storing keys", s.say.create, s.pairs(asBytes(ids), wrapped)...)
	if err != nil || stored == len(ids) {
		return err
	}
	var destroyed int
	if err := s.db.QueryRowContext(ctx, s.say.destroyed, s.list(asBytes(ids))).Scan(&destroyed); err != nil {
		return seal.Unavailable(err, "storing keys")
	}
	if destroyed > 0 {
		return seal.ErrDestroyed
	}
	return seal.ErrExists
}

// exec returns how many rows a statement touched.
func (s *Store) exec(ctx context.Context, doing, statement string, args ...any) (int, error) {
	done, err := s.db.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, seal.Unavailable(err, doing)
	}
	n, err := done.RowsAffected()
	if err != nil {
		return 0, seal.Unavailable(err, doing)
	}
	return int(n), nil
}

// Replace implements seal.Store.
func (s *Store) Replace(ctx context.Context, id string, old, renewed []byte) error {
	if err := seal.ValidKeys(map[string][]byte{id: renewed}); err != nil {
		return err
	}
	n, err := s.exec(ctx, "replacing a key", s.say.replace, []byte(id), old, renewed)
	if err == nil && n == 0 {
		err = seal.ErrChanged
	}
	return err
}

// Destroy implements seal.Store. On SQLite the log in front of the file, which still
// holds the key, is emptied too, unless somebody reads at that moment: then the next
// destruction does it, or the last to close the store.
func (s *Store) Destroy(ctx context.Context, id string) error {
	if err := seal.ValidID(id); err != nil {
		return err
	}
	if _, err := s.exec(ctx, "destroying a key", s.say.destroy, []byte(id)); err != nil || !s.lite {
		return err
	}
	_, err := s.exec(ctx, "destroying a key", "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// List implements seal.Store.
func (s *Store) List(ctx context.Context, after string, n int) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, s.say.list, []byte(after), n)
	if err != nil {
		return nil, seal.Unavailable(err, "listing keys")
	}
	defer func() { _ = rows.Close() }()
	var ids []string
	for rows.Next() {
		var id []byte
		if err := rows.Scan(&id); err != nil {
			return nil, seal.Unavailable(err, "listing keys")
		}
		ids = append(ids, string(id))
	}
	if err := rows.Err(); err != nil {
		return nil, seal.Unavailable(err, "listing keys")
	}
	return ids, nil
}

// AppendErasure implements seal.Store.
func (s *Store) AppendErasure(ctx context.Context, at int, entry []byte) error {
	if err := seal.ValidEntry(at, entry); err != nil {
		return err
	}
	n, err := s.exec(ctx, "adding to the erasure list", s.say.erase, at, entry)
	if err == nil && n == 0 {
		err = seal.ErrChanged
	}
	return err
}

// Erasures implements seal.Store.
func (s *Store) Erasures(ctx context.Context, from int) ([][]byte, error) {
	from = max(from, 0)
	rows, err := s.db.QueryContext(ctx, s.say.erasures, from)
	if err != nil {
		return nil, seal.Unavailable(err, "reading the erasure list")
	}
	defer func() { _ = rows.Close() }()
	var entries [][]byte
	for rows.Next() {
		var at int
		var entry []byte
		if err := rows.Scan(&at, &entry); err != nil {
			return nil, seal.Unavailable(err, "reading the erasure list")
		}
		if at != from+len(entries) {
			return nil, errs.New(errs.Unavailable, "reading the erasure list: entry %d is missing and later ones are there; restore the key store from its backup", from+len(entries))
		}
		entries = append(entries, entry)
	}
	if err := rows.Err(); err != nil {
		return nil, seal.Unavailable(err, "reading the erasure list")
	}
	return entries, nil
}
