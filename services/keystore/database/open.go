// Package database is a key store in a PostgreSQL or SQLite database of its own.
//
// It promises what seal.Store does, by single statements: a page of keys is read in one,
// a batch of new ones stored in one. Tables that it alone uses refuse by trigger to make
// a destroyed key again and to change or shorten the erasure list.
//
// The database must be another one than the cases', with other backups, and its owner
// another one than theirs: nothing here can see to that beyond refusing a database that
// holds cases. Destroying removes a key from its row; PostgreSQL keeps the old row until
// the table is vacuumed, and its write-ahead log, archives and backups longer. What they
// keep is a wrapped key, which is worthless once the key-encryption key was rotated and
// the old one retired. Of SQLite's file the old bytes are overwritten.
package database

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the embedded database

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// version is the one that the migrations lead to.
const version = 1

// connections of one process at most. Each question is one short statement.
const connections = 4

// Store is a seal.Store.
type Store struct {
	db   *sql.DB
	lite bool
	say  statements
}

// Open opens a key store that Init made: postgres://… or sqlite:PATH.
func Open(ctx context.Context, at string) (*Store, error) {
	s, err := connect(at)
	if err != nil {
		return nil, err
	}
	if err := s.sound(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Init makes the tables in a database that has none. On SQLite it makes the file too.
func Init(ctx context.Context, at string) error {
	if path, ok := strings.CutPrefix(at, "sqlite:"); ok {
		f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return errs.New(errs.Conflict, "making a key store: there is a file of that name; name another one")
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			return seal.Unavailable(err, "making a key store")
		}
	}
	s, err := connect(at)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if err := s.vacant(ctx); err != nil {
		return err
	}
	return s.migrate(ctx)
}

func connect(at string) (*Store, error) {
	if path, ok := strings.CutPrefix(at, "sqlite:"); ok {
		return connectSQLite(path)
	}
	cfg, err := pgx.ParseConfig(at)
	if err != nil {
		return nil, errs.New(errs.Invalid, "opening the key store: its URL is malformed; it is postgres://USER@HOST:PORT/DATABASE or sqlite:PATH")
	}
	return with(stdlib.OpenDB(*cfg), false), nil
}

func connectSQLite(path string) (*Store, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, notMade(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, errs.New(errs.Unavailable, "opening the key store: others than its owner may read its file; chmod 600 it, and rotate the key-encryption key if anybody could have read it")
	}
	// A key that was stored outlives a power failure: synchronous FULL. What was deleted
	// is overwritten: secure_delete.
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+
		"?mode=rw&_txlock=immediate&_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)")
	if err != nil {
		return nil, seal.Unavailable(err, "opening the key store")
	}
	return with(db, true), nil
}

func with(db *sql.DB, lite bool) *Store {
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	s := &Store{db: db, lite: lite, say: onPostgres}
	if lite {
		s.say = onSQLite
	}
	return s
}

// sound says whether the database is a key store of this version.
func (s *Store) sound(ctx context.Context) error {
	var is int
	err := s.db.QueryRowContext(ctx, "SELECT version FROM sala_key_store").Scan(&is)
	if err != nil {
		return notMade(err)
	}
	if is != version {
		return errs.New(errs.Unavailable, "opening the key store: it was made by another version of sala")
	}
	return nil
}

func notMade(cause error) error {
	return errs.Wrap(cause, errs.Unavailable, "opening the key store: it does not answer, or is no key store; check its address; `sala keys init` makes a new one")
}

// vacant refuses a database that is a key store already, or that holds cases.
func (s *Store) vacant(ctx context.Context) error {
	var n int
	if err := s.db.QueryRowContext(ctx, s.say.taken).Scan(&n); err != nil {
		return seal.Unavailable(err, "making a key store")
	}
	if n > 0 {
		return errs.New(errs.Conflict, "making a key store: the database is one already, or holds cases; name one of its own, with backups of its own")
	}
	return nil
}

func (s *Store) migrate(ctx context.Context) error {
	folder, dialect := "postgres", goose.DialectPostgres
	if s.lite {
		folder, dialect = "sqlite", goose.DialectSQLite3
	}
	sub, err := fs.Sub(files, folder)
	if err != nil {
		return errs.Wrap(err, errs.Internal, "reading the key store's migrations")
	}
	p, err := goose.NewProvider(dialect, s.db, sub, goose.WithTableName("sala_key_store_version"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return errs.Wrap(err, errs.Internal, "reading the key store's migrations")
	}
	if _, err := p.Up(ctx); err != nil {
		return seal.Unavailable(err, "making a key store")
	}
	return nil
}

// Check implements seal.Store: it writes a row, and takes that back.
func (s *Store) Check(ctx context.Context) error {
	if err := s.sound(ctx); err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return seal.Unavailable(err, "checking the key store")
	}
	_, err = tx.ExecContext(ctx, "UPDATE sala_key_store SET version = version")
	if err := errors.Join(err, tx.Rollback()); err != nil {
		return seal.Unavailable(err, "checking the key store")
	}
	return nil
}

// Close implements seal.Store.
func (s *Store) Close() error { return s.db.Close() }
