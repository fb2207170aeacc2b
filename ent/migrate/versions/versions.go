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
	p, err := provider(db, driver)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return errs.Wrap(err, errs.Unavailable, "applying the migrations failed: run `sala migrate status` as the owner of the tables")
	}
	return nil
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
