// Package store opens the database and runs operations in it: one transaction an
// operation, settings first, statements serialised, both walls up.
//
// It promises that a query outside an operation fails, that a transaction which
// changes a fact of a case commits only after policy has been evaluated on it
// under the case's lock, and that a failure stores nothing. It decides nothing
// about who may see what: ent/rule and policy do.
package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	stdsql "database/sql"
	"encoding/binary"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the embedded database

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	dialect   string
	write     *stdsql.DB
	read      *stdsql.DB
	evaluator rule.Evaluator
	clock     func() time.Time
	walls     Walls
	keys      *seal.Keyring
	secret    []byte

	deployment Deployment

	clocks *clocks
}

// Walls says which walls stand. Both are up unless a test takes one down.
type Walls struct {
	// WithoutApplication leaves the application's predicate out.
	WithoutApplication bool
	// WithoutLock leaves out the case lock before facts are changed.
	WithoutLock bool
}

// Options for opening a store.
type Options struct {
	// Evaluator decides; without one no fact can be changed.
	Evaluator rule.Evaluator
	// Clock gives the transaction's time; time.Now where nil.
	Clock func() time.Time
	// ClockApart is how far the clock may be from PostgreSQL's; where it is 0, a minute without
	// a Clock, and with one they are not compared.
	ClockApart time.Duration
	// Existing refuses the file of an embedded database that is not there.
	Existing bool
	// MaxConns bounds the pool of a PostgreSQL store; 8 where 0.
	MaxConns int
	// Keys seals and opens what could hurt a person; without them nothing of that is
	// stored or shown.
	Keys *seal.Keyring
	// Secret authenticates digests of what people typed, so that a stolen database
	// does not confirm a guess; 32 bytes, kept outside the database.
	Secret []byte
	// MaxIdleTime and MaxLifetime bound how long a connection is kept unused, and at
	// all; for ever where 0.
	MaxIdleTime, MaxLifetime time.Duration
	// StatementTimeout, LockTimeout and IdleInTransactionTimeout are PostgreSQL's
	// settings of these names on each connection; the database's own where 0.
	StatementTimeout, LockTimeout, IdleInTransactionTimeout time.Duration
	// Password gives the login's password at each new connection; nil where the login
	// needs none, or the URL has it.
	Password func() (string, error)
	// Deployment is what rules.md leaves to a deployment.
	Deployment Deployment
	// Walls is for tests that show what each wall does.
	Walls Walls
}

func (o Options) store(d string) *Store {
	clocks := o.clocks(d)
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Store{clocks: clocks, dialect: d, evaluator: o.Evaluator, clock: o.Clock, walls: o.Walls, keys: o.Keys, secret: o.Secret, deployment: o.Deployment.whole()}
}

// OpenSQLite opens the embedded database in the file at path. It has no row-level
// security: it is for trying Sala out and for tests on one machine.
func OpenSQLite(path string, o Options) (*Store, error) {
	s := o.store(dialect.SQLite)
	if o.Existing {
		if _, err := os.Stat(path); err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "there is no database in that file: `sala migrate up` makes one")
		}
	}
	open := func(extra string) (*stdsql.DB, error) {
		dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
			"?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)&_time_format=sqlite" + extra
		return stdsql.Open("sqlite", dsn)
	}
	var err error
	if s.write, err = open("&_txlock=immediate"); err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "cannot open the embedded database: check its folder")
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = open("&_pragma=query_only(1)"); err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "cannot open the embedded database: check its folder")
	}
	s.read.SetMaxOpenConns(4)
	return s, nil
}

// OpenPostgres opens a PostgreSQL database as the login role of the URL, which
// must be a member of the roles that migrations make and own nothing itself.
func OpenPostgres(dsn string, o Options) (*Store, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errs.New(errs.Invalid, "the database URL is malformed: see the README for its form")
	}
	for name, d := range map[string]time.Duration{
		"statement_timeout": o.StatementTimeout, "lock_timeout": o.LockTimeout,
		"idle_in_transaction_session_timeout": o.IdleInTransactionTimeout,
	} {
		if d > 0 {
			cfg.RuntimeParams[name] = strconv.FormatInt(d.Milliseconds(), 10)
		}
	}
	// What is asked about a case is read by that case's index. PostgreSQL's default, for
	// disks that turn, has it read an index of all that an agency has rather than a few rows.
	cfg.RuntimeParams["random_page_cost"] = "1.1"
	// Statements are short: to start workers for one takes longer than what they save, and
	// takes the processors from other requests.
	cfg.RuntimeParams["max_parallel_workers_per_gather"] = "0"
	cfg.RuntimeParams["jit"] = "off" // nor is any worth being compiled
	s := o.store(dialect.Postgres)
	s.write = stdlib.OpenDB(*cfg, stdlib.OptionBeforeConnect(func(_ context.Context, c *pgx.ConnConfig) error {
		if o.Password == nil {
			return nil
		}
		var err error
		c.Password, err = o.Password()
		return err
	}))
	n := o.MaxConns
	if n == 0 {
		n = 8
	}
	s.write.SetMaxOpenConns(n)
	s.write.SetMaxIdleConns(n)
	s.write.SetConnMaxIdleTime(o.MaxIdleTime)
	s.write.SetConnMaxLifetime(o.MaxLifetime)
	s.read = s.write
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.read != s.write {
		if e := s.read.Close(); err == nil {
			err = e
		}
	}
	return err
}

// DB gives the raw pool to migrations and tests. It is bound by no scope.
func (s *Store) DB() *stdsql.DB { return s.write }

// Dialect is "postgres" or "sqlite3".
func (s *Store) Dialect() string { return s.dialect }

// Now is the present time in UTC microseconds.
func (s *Store) Now() int64 { return s.clock().UTC().UnixMicro() }

// Revision is the revision of the policy that this process evaluates with.
func (s *Store) Revision() string {
	if s.evaluator == nil {
		return ""
	}
	return s.evaluator.Revision()
}

// Digest returns a keyed digest of what somebody typed: HMAC-SHA-256 (RFC 2104).
func (o *Op) Digest(parts ...[]byte) ([]byte, error) {
	if len(o.store.secret) < 32 {
		return nil, errs.New(errs.Unavailable, "no secret of 32 bytes is configured: a repetition cannot be recognised")
	}
	m := hmac.New(sha256.New, o.store.secret)
	for _, p := range parts {
		_ = binary.Write(m, binary.BigEndian, uint64(len(p)))
		m.Write(p)
	}
	return m.Sum(nil), nil
}

func failed(err error, doing string) error {
	return errs.Wrap(err, errs.Internal, "%s failed", doing)
}

func quoteSetting(kv ...any) (string, []any) {
	q := "SELECT "
	for i := 0; i < len(kv); i += 2 {
		if i > 0 {
			q += ", "
		}
		q += fmt.Sprintf("set_config($%d, $%d, true)", i+1, i+2)
	}
	return q, kv
}
