package database

import (
	"encoding/hex"
	"encoding/json"
)

// statements are what differs between the databases. The arguments of get, create and
// destroyed are what the functions below make.
type statements struct {
	taken, get, create, destroyed, replace, destroy, list, erase, erasures string
}

var onPostgres = statements{
	taken: `SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
		AND tablename IN ('sala_keys', 'sala_key_store', 'sala_erasures', 'case_files')`,
	get: `SELECT id, wrapped FROM sala_keys WHERE id = ANY($1::bytea[]) AND wrapped IS NOT NULL`,
	create: `INSERT INTO sala_keys (id, wrapped) SELECT * FROM unnest($1::bytea[], $2::bytea[])
		ON CONFLICT DO NOTHING`,
	destroyed: `SELECT count(*) FROM sala_keys WHERE id = ANY($1::bytea[]) AND wrapped IS NULL`,
	replace:   `UPDATE sala_keys SET wrapped = $3 WHERE id = $1 AND wrapped = $2`,
	destroy:   `INSERT INTO sala_keys (id, wrapped) VALUES ($1, NULL) ON CONFLICT (id) DO UPDATE SET wrapped = NULL`,
	list:      `SELECT id FROM sala_keys WHERE id > $1 AND wrapped IS NOT NULL ORDER BY id LIMIT $2`,
	erase: `INSERT INTO sala_erasures (position, entry)
		SELECT $1::bigint, $2::bytea WHERE $1::bigint = (SELECT coalesce(max(position) + 1, 0) FROM sala_erasures)
		ON CONFLICT DO NOTHING`,
	erasures: `SELECT position, entry FROM sala_erasures WHERE position >= $1 ORDER BY position`,
}

var onSQLite = statements{
	taken: `SELECT count(*) FROM sqlite_schema WHERE name IN ('sala_keys', 'sala_key_store', 'sala_erasures', 'case_files')`,
	get:   `SELECT id, wrapped FROM sala_keys WHERE id IN (SELECT unhex(value) FROM json_each(?)) AND wrapped IS NOT NULL`,
	create: `INSERT INTO sala_keys (id, wrapped)
		SELECT unhex(key), unhex(value) FROM json_each(?) WHERE TRUE
		ON CONFLICT DO NOTHING`,
	destroyed: `SELECT count(*) FROM sala_keys WHERE id IN (SELECT unhex(value) FROM json_each(?)) AND wrapped IS NULL`,
	replace:   `UPDATE sala_keys SET wrapped = ?3 WHERE id = ?1 AND wrapped = ?2`,
	destroy:   `INSERT INTO sala_keys (id, wrapped) VALUES (?, NULL) ON CONFLICT (id) DO UPDATE SET wrapped = NULL`,
	list:      `SELECT id FROM sala_keys WHERE id > ? AND wrapped IS NOT NULL ORDER BY id LIMIT ?`,
	erase: `INSERT INTO sala_erasures (position, entry)
		SELECT ?1, ?2 WHERE ?1 = (SELECT coalesce(max(position) + 1, 0) FROM sala_erasures)
		ON CONFLICT DO NOTHING`,
	erasures: `SELECT position, entry FROM sala_erasures WHERE position >= ? ORDER BY position`,
}

// list is byte strings as one argument: an array on PostgreSQL, JSON of hexadecimal
// words on SQLite, whose JSON cannot hold bytes.
func (s *Store) list(of [][]byte) any {
	if !s.lite {
		return of
	}
	words := make([]string, len(of))
	for i, b := range of {
		words[i] = hex.EncodeToString(b)
	}
	return asJSON(words)
}

// pairs are ids with their keys as the arguments of create: two arrays on PostgreSQL,
// one JSON object on SQLite.
func (s *Store) pairs(ids, keys [][]byte) []any {
	if !s.lite {
		return []any{ids, keys}
	}
	words := make(map[string]string, len(ids))
	for i, id := range ids {
		words[hex.EncodeToString(id)] = hex.EncodeToString(keys[i])
	}
	return []any{asJSON(words)}
}

func asJSON(words any) string {
	raw, _ := json.Marshal(words) // words cannot fail
	return string(raw)
}
