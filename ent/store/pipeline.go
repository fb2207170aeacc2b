package store

import (
	"context"
	stdsql "database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sala-exchange/sala/internal/errs"
)

// pipelined gives fn the PostgreSQL connection under c, for statements that go in one
// round trip.
func pipelined(ctx context.Context, c *stdsql.Conn, fn func(context.Context, *pgx.Conn) error) error {
	return c.Raw(func(raw any) error {
		sc, ok := raw.(*stdlib.Conn)
		if !ok {
			return errs.New(errs.Internal, "the connection is none of PostgreSQL")
		}
		return fn(ctx, sc.Conn())
	})
}

// idle ends what transaction is left on the connection, or the connection itself: the
// next operation must not find itself in another's.
func idle(ctx context.Context, c *stdsql.Conn) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return pipelined(ctx, c, func(ctx context.Context, c *pgx.Conn) error {
		if c.IsClosed() {
			return driver.ErrBadConn
		}
		if c.PgConn().TxStatus() == 'I' {
			return nil
		}
		if _, err := c.Exec(ctx, "ROLLBACK"); err != nil || c.PgConn().TxStatus() != 'I' {
			return errors.Join(driver.ErrBadConn, err)
		}
		return nil
	})
}
