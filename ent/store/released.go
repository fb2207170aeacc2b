package store

import (
	"context"
	stdsql "database/sql"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
)

// Releasable are rows of the view release_rows, which holds what of a case may go into a
// release at all. Subject numbers the persons of this reading; LeftOut says why a row is not
// to be counted, and is empty where it is. Values are by Columns; "" is no information.
type Releasable struct {
	Columns []string
	Subject []int64
	LeftOut []string
	Values  [][]string
}

// Releasable reads the rows of a unit, CASE or REFERRAL, under the role that reads nothing
// else. SQLite has no roles, and so no releases.
func (o *Op) Releasable(ctx context.Context, unit string) (*Releasable, error) {
	const doing = "reading what may be released"
	if o.store.dialect != dialect.Postgres {
		return nil, errs.New(errs.Conflict, "releases are built from PostgreSQL alone, under a role of their own, which the embedded database does not have")
	}
	rows := &sql.Rows{}
	// The order is that of the numbers, which are drawn anew, so that it tells nothing.
	if err := o.driver.Query(rule.InMode(ctx, rule.Release), "SELECT * FROM release_rows WHERE unit = $1 ORDER BY subject", []any{unit}, rows); err != nil {
		return nil, failed(err, doing)
	}
	out, err := scanReleasable(rows)
	if e := rows.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, failed(err, doing)
	}
	return out, nil
}

// fixed are the columns of the view that are no values: unit, reason and number.
const fixed = 3

func scanReleasable(rows *sql.Rows) (*Releasable, error) {
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	out := &Releasable{Columns: names[fixed:]}
	for rows.Next() {
		var unit string
		var leftOut stdsql.NullString
		var subject int64
		cells := make([]stdsql.NullString, len(out.Columns))
		into := []any{&unit, &leftOut, &subject}
		for i := range cells {
			into = append(into, &cells[i])
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		values := make([]string, len(cells))
		for i, c := range cells {
			values[i] = c.String
		}
		out.Subject, out.LeftOut, out.Values = append(out.Subject, subject), append(out.LeftOut, leftOut.String), append(out.Values, values)
	}
	return out, rows.Err()
}

// LockReleases holds publications until the end of the transaction: each is compared with
// all before it.
func (o *Op) LockReleases(ctx context.Context) error {
	if o.store.dialect != dialect.Postgres {
		return nil
	}
	rows := &sql.Rows{}
	if err := o.driver.Query(ctx, "SELECT sala_lock_releases()", []any{}, rows); err != nil {
		return failed(err, "waiting for other publications")
	}
	if err := drain(rows); err != nil {
		return failed(err, "waiting for other publications")
	}
	return nil
}
