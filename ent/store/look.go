package store

import (
	"context"
	stdsql "database/sql"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"github.com/jackc/pgx/v5"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
)

// Look runs one statement that reads, under a role and in a transaction of its own, and
// calls row for each row. Arguments are numbered as $1, and no other $ stands in it. It
// is for what every request asks before it has an operation: on PostgreSQL the
// transaction, its role and the statement are one round trip. No wall of the application
// stands before it: it is refused to the roles that read cases.
func (s *Store) Look(ctx context.Context, m rule.Mode, query string, args []any, row func(scan func(...any) error) error) error {
	if m != rule.Onboarding {
		return errs.New(errs.Internal, "a look outside an operation under a role that reads cases")
	}
	tally, _ := ctx.Value(tallyKey{}).(*Tally)
	begun, control := time.Now(), int64(3) // BEGIN, role, COMMIT
	defer func() { tally.look(m, Count{Reads: 1, Control: control, Time: time.Since(begun)}) }()
	if s.dialect != dialect.Postgres {
		control = 0
		rows, err := s.read.QueryContext(ctx, strings.ReplaceAll(query, "$", "?"), args...)
		if err != nil {
			return unreachable(err)
		}
		return each(rows, row)
	}
	c, err := s.read.Conn(ctx)
	if err != nil {
		return unreachable(err)
	}
	defer func() {
		_ = idle(ctx, c)
		_ = c.Close()
	}()
	err = pipelined(ctx, c, func(ctx context.Context, c *pgx.Conn) error {
		if err := readied(ctx, c, m, query); err != nil {
			return err
		}
		b := &pgx.Batch{}
		b.Queue("BEGIN READ ONLY")
		b.Queue("SET LOCAL ROLE " + m.Role())
		b.Queue(query, args...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				if err := row(rows.Scan); err != nil {
					return err
				}
			}
			return rows.Err()
		})
		b.Queue("COMMIT")
		return c.SendBatch(ctx, b).Close()
	})
	if err != nil {
		return unreachable(err)
	}
	return nil
}

// readied prepares the statement where this connection has not, under the role: the
// login itself may not so much as name a table.
func readied(ctx context.Context, c *pgx.Conn, m rule.Mode, query string) error {
	if _, done := c.PgConn().CustomData()[query]; done {
		return nil
	}
	for _, control := range []string{"BEGIN READ ONLY", "SET LOCAL ROLE " + m.Role()} {
		if _, err := c.Exec(ctx, control); err != nil {
			return err
		}
	}
	if _, err := c.Prepare(ctx, query, query); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, "COMMIT"); err != nil {
		return err
	}
	c.PgConn().CustomData()[query] = true
	return nil
}

func each(rows *stdsql.Rows, row func(scan func(...any) error) error) error {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return unreachable(err)
	}
	return nil
}
