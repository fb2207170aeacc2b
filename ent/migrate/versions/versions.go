// Package versions holds the versioned migrations of both databases and applies
// them: the tables, and on PostgreSQL the roles, row-level security and triggers
// of the second wall.
//
// It promises that a migration is applied whole or not at all, and it never goes
// back: a mistake is mended by a later version.
package versions

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"entgo.io/ent/dialect"
	"github.com/pressly/goose/v3"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// Status is one migration and whether it has been applied.
type Status struct {
	Version int64
	Name    string
	Applied bool
}

// Up applies what is missing. db must be bound to the role that owns the tables.
func Up(ctx context.Context, db *sql.DB, driver string) error {
	_, _, err := Apply(ctx, db, driver)
	return err
}

// Apply is Up, and says how many migrations it applied and at which version the database
// is now.
func Apply(ctx context.Context, db *sql.DB, driver string) (applied int, at int64, err error) {
	p, err := provider(db, driver)
	if err != nil {
		return 0, 0, err
	}
	const failing = "applying the migrations failed: run `sala migrate status` as the owner of the tables"
	done, err := p.Up(ctx)
	if err != nil {
		return 0, 0, errs.Wrap(err, errs.Unavailable, failing)
	}
	if at, err = p.GetDBVersion(ctx); err != nil {
		return 0, 0, errs.Wrap(err, errs.Unavailable, failing)
	}
	if err := letRecord(ctx, db, driver); err != nil {
		return 0, 0, err
	}
	return len(done), at, letRead(ctx, db, driver)
}

// UpTo applies what is missing up to a version, as an older program would have: for
// tests of upgrades.
func UpTo(ctx context.Context, db *sql.DB, driver string, version int64) error {
	p, err := provider(db, driver)
	if err != nil {
		return err
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return errs.Wrap(err, errs.Unavailable, "applying the migrations up to %d failed", version)
	}
	return letRead(ctx, db, driver)
}

// letRecord lets the owner of the tables put on record that it backed the database up, and
// give records their places before a checkpoint: it owns the ledger and acts as its roles
// like everybody else.
func letRecord(ctx context.Context, db *sql.DB, driver string) error {
	if driver != dialect.Postgres {
		return nil
	}
	for _, role := range []string{rule.Ledger.Role(), rule.Sequence.Role()} {
		if actsAs(ctx, db, role) == nil {
			continue
		}
		_, err := db.ExecContext(ctx, "GRANT "+role+" TO CURRENT_USER")
		if err == nil {
			err = actsAs(ctx, db, role)
		}
		if err != nil {
			return errs.Wrap(err, errs.Unavailable, "letting the owner of the tables write to the ledger failed: as a superuser, GRANT %s to it", role)
		}
	}
	return nil
}

// actsAs tries to take on a role. Who made one since PostgreSQL 16 is a member that may not.
func actsAs(ctx context.Context, db *sql.DB, role string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	_, err = tx.ExecContext(ctx, "SET LOCAL ROLE "+role)
	return err
}

// letRead lets servers compare, under the role that reads no case.
func letRead(ctx context.Context, db *sql.DB, driver string) error {
	if driver != dialect.Postgres {
		return nil
	}
	if _, err := db.ExecContext(ctx, "GRANT SELECT ON goose_db_version TO "+rule.Onboarding.Role()); err != nil { //nolint:gosec // a constant of the program
		return errs.Wrap(err, errs.Unavailable, "letting servers read which migrations are applied failed: run as the owner of the tables")
	}
	return nil
}

// Current checks that exactly this program's migrations are applied. db may be bound
// to the servers' login. The error is UNAVAILABLE where the database cannot be asked,
// CONFLICT where it has other migrations.
func Current(ctx context.Context, db *sql.DB, driver string) error {
	return CurrentAs(ctx, db, driver, rule.Onboarding)
}

// CurrentAs is Current under another mode's role, Sequence: for a login that may act as no
// other.
func CurrentAs(ctx context.Context, db *sql.DB, driver string, as rule.Mode) error {
	p, err := provider(db, driver)
	if err != nil {
		return err
	}
	applied, err := applied(ctx, db, driver, as)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "reading the migrations failed: is the database reachable, and was `sala migrate up` run by its owner?")
	}
	for _, s := range p.ListSources() {
		if !applied[s.Version] {
			return errs.New(errs.Conflict, "the database lacks migration %d: run `sala migrate up` as its owner", s.Version)
		}
		delete(applied, s.Version)
	}
	if len(applied) > 0 {
		return errs.New(errs.Conflict, "the database has migrations that this program does not know: run the program that it was migrated by")
	}
	return nil
}

// applied reads the versions that are applied; later rows of goose's table go before
// earlier ones.
func applied(ctx context.Context, db *sql.DB, driver string, as rule.Mode) (map[int64]bool, error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: driver == dialect.Postgres})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	if driver == dialect.Postgres {
		if _, err := tx.ExecContext(ctx, "SET LOCAL ROLE "+as.Role()); err != nil {
			return nil, err
		}
	}
	rows, err := tx.QueryContext(ctx, "SELECT version_id, is_applied FROM goose_db_version WHERE version_id > 0 ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[int64]bool{}
	for rows.Next() {
		var version int64
		var is bool
		if err := rows.Scan(&version, &is); err != nil {
			return nil, err
		}
		if delete(out, version); is {
			out[version] = true
		}
	}
	return out, rows.Err()
}

// List returns every migration in order.
func List(ctx context.Context, db *sql.DB, driver string) ([]Status, error) {
	p, err := provider(db, driver)
	if err != nil {
		return nil, err
	}
	rows, err := p.Status(ctx)
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "reading the migrations failed: is the database reachable?")
	}
	out := make([]Status, len(rows))
	for i, r := range rows {
		out[i] = Status{Version: r.Source.Version, Name: r.Source.Path, Applied: r.State == goose.StateApplied}
	}
	return out, nil
}

func provider(db *sql.DB, driver string) (*goose.Provider, error) {
	folder, kind := "sqlite", goose.DialectSQLite3
	if driver == dialect.Postgres {
		folder, kind = "postgres", goose.DialectPostgres
	}
	sub, err := fs.Sub(files, folder)
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "reading the embedded migrations failed")
	}
	p, err := goose.NewProvider(kind, db, sub)
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "reading the embedded migrations failed")
	}
	return p, nil
}
