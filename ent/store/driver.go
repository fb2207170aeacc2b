package store

import (
	"context"
	stdsql "database/sql"
	"strings"
	"sync"
	"sync/atomic"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/rule"
)

// txDriver is Ent's driver over exactly one transaction. GraphQL resolves
// siblings concurrently and a transaction cannot be used so: every statement
// holds the lock until its rows are closed.
type txDriver struct {
	conn    sql.Conn
	dialect string
	mu      sync.Mutex
	reads   atomic.Int64 // statements that read data
	writes  atomic.Int64 // statements that write data
	control atomic.Int64 // settings, roles, BEGIN and COMMIT
	mode    rule.Mode    // role in force; guarded by mu
	// home is the role that each statement of a read-only operation returns to, so
	// that an answer costs the same whatever order its fields were resolved in. None
	// in an operation that writes: there roles are switched when they are needed.
	home rule.Mode
}

func (d *txDriver) Dialect() string { return d.dialect }

func (d *txDriver) Close() error { return nil }

// Tx returns the driver itself: Ent's own transactions are part of the operation's.
func (d *txDriver) Tx(context.Context) (dialect.Tx, error) { return nopTx{d}, nil }

type nopTx struct{ *txDriver }

func (nopTx) Commit() error   { return nil }
func (nopTx) Rollback() error { return nil }

func (d *txDriver) Exec(ctx context.Context, query string, args, v any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.role(ctx); err != nil {
		return err
	}
	d.writes.Add(1)
	return d.conn.Exec(ctx, query, args, v)
}

func (d *txDriver) Query(ctx context.Context, query string, args, v any) error {
	d.mu.Lock()
	if err := d.role(ctx); err != nil {
		d.mu.Unlock()
		return err
	}
	if insert, ok := withoutReturning(query); ok {
		defer d.mu.Unlock()
		return d.insert(ctx, insert, args, v)
	}
	d.reads.Add(1)
	if err := d.conn.Query(ctx, query, args, v); err != nil {
		d.mu.Unlock()
		return err
	}
	rows, ok := v.(*sql.Rows)
	if !ok {
		d.mu.Unlock()
		return nil
	}
	rows.ColumnScanner = &heldRows{ColumnScanner: rows.ColumnScanner, release: sync.OnceFunc(func() {
		defer d.mu.Unlock()
		if d.home != rule.None {
			_ = d.role(rule.InMode(ctx, d.home)) // what fails here fails again at the next statement
		}
	})}
	return nil
}

// withoutReturning cuts the RETURNING clause of a bulk insert, in either dialect.
func withoutReturning(query string) (string, bool) {
	if !strings.HasPrefix(query, "INSERT ") {
		return "", false
	}
	for _, clause := range []string{` RETURNING "id"`, " RETURNING `id`"} {
		if insert, ok := strings.CutSuffix(query, clause); ok {
			return insert, true
		}
	}
	return "", false
}

// insert runs a bulk insert without its RETURNING clause: the ids are made by the
// client, and row-level security refuses to return a row that the writer cannot
// read yet. The caller holds mu.
func (d *txDriver) insert(ctx context.Context, query string, args, v any) error {
	d.writes.Add(1)
	var res stdsql.Result
	if err := d.conn.Exec(ctx, query, args, &res); err != nil {
		return err
	}
	if rows, ok := v.(*sql.Rows); ok {
		rows.ColumnScanner = noRows{}
	}
	return nil
}

// noRows is an empty result.
type noRows struct{}

func (noRows) Close() error                               { return nil }
func (noRows) ColumnTypes() ([]*stdsql.ColumnType, error) { return nil, nil }
func (noRows) Columns() ([]string, error)                 { return nil, nil }
func (noRows) Err() error                                 { return nil }
func (noRows) Next() bool                                 { return false }
func (noRows) NextResultSet() bool                        { return false }
func (noRows) Scan(...any) error                          { return stdsql.ErrNoRows }

// heldRows keeps the transaction to itself until it is closed or read to its end.
type heldRows struct {
	sql.ColumnScanner
	release func()
}

func (r *heldRows) Next() bool {
	if r.ColumnScanner.Next() {
		return true
	}
	if !r.ColumnScanner.NextResultSet() {
		_ = r.Close()
	}
	return false
}

func (r *heldRows) Close() error {
	defer r.release()
	return r.ColumnScanner.Close()
}

// role switches the PostgreSQL role to that of the context's scope. SQLite has no
// roles. The caller holds mu.
func (d *txDriver) role(ctx context.Context) error {
	s, err := rule.ScopeOf(ctx)
	if err != nil {
		return err
	}
	if d.dialect != dialect.Postgres || d.mode == s.Mode {
		return nil
	}
	d.control.Add(1)
	var res stdsql.Result
	if err := d.conn.Exec(ctx, "SET LOCAL ROLE "+s.Mode.Role(), []any{}, &res); err != nil {
		return err
	}
	d.mode = s.Mode
	return nil
}

// control runs a statement that is not counted as data.
func (d *txDriver) settings(ctx context.Context, query string, args ...any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.control.Add(1)
	var res stdsql.Result
	return d.conn.Exec(ctx, query, args, &res)
}
