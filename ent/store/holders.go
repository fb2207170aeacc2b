package store

import (
	"context"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
)

// holdersSQLite is what the function sala_holders says on PostgreSQL (D5).
const holdersSQLite = `WITH me AS (SELECT m.id, m.agency_id, CASE WHEN EXISTS
    (SELECT 1 FROM json_each(CAST(m.roles AS TEXT)) r WHERE r.value = 'CASE_WORKER') THEN a.need_to_know END AS need_to_know
  FROM members m JOIN agencies a ON a.id = m.agency_id
  WHERE m.agency_id = ?1 AND m.id = ?2 AND m.active)
SELECT coalesce(group_concat(h.id), '') FROM (
  SELECT me.id FROM me
  UNION SELECT t.id FROM me JOIN memberships g ON g.member_id = me.id AND g.ended_on IS NULL
    JOIN teams t ON t.id = g.group_id AND t.agency_id = me.agency_id AND t.ended_on IS NULL
    WHERE me.need_to_know IN ('TEAM', 'UNIT', 'AGENCY')
  UNION SELECT u.id FROM me JOIN memberships g ON g.member_id = me.id AND g.ended_on IS NULL
    JOIN agency_units u ON u.id = g.group_id AND u.agency_id = me.agency_id
    WHERE me.need_to_know IN ('UNIT', 'AGENCY')
  UNION SELECT me.agency_id FROM me WHERE me.need_to_know = 'AGENCY') h`

// unitsSQLite is what the function sala_units says on PostgreSQL (A5).
const unitsSQLite = `SELECT coalesce(group_concat(DISTINCT u.id), '')
  FROM members m JOIN memberships g ON g.member_id = m.id AND g.ended_on IS NULL
  JOIN agency_units u ON u.id = g.group_id AND u.agency_id = m.agency_id
  WHERE m.agency_id = ?1 AND m.id = ?2 AND m.active`

// inside is where a member stands in the agency: the ids under which an access counts, and
// the units that the member belongs to.
type inside struct{ holders, units []string }

// to notes it in a scope.
func (i inside) to(s *rule.Scope) { s.Holders, s.Units = i.holders, i.units }

// inside reads it for the member now: a change of mode, team or unit is seen by the next
// operation, and rewrites no access.
func (o *Op) inside(ctx context.Context, agency, member string) (inside, error) {
	if agency == "" || member == "" {
		return inside{}, nil
	}
	query := "SELECT sala_units($1, $2), sala_holders($1, $2)"
	if o.store.dialect != dialect.Postgres {
		query = "SELECT (" + unitsSQLite + "), (" + holdersSQLite + ")"
	}
	return o.readInside(ctx, query, agency, member)
}

// readInside runs a query of one row, whose last two columns are the units and the holders.
func (o *Op) readInside(ctx context.Context, query string, args ...any) (inside, error) {
	o.driver.mu.Lock()
	defer o.driver.mu.Unlock()
	o.driver.control.Add(1)
	rows := &sql.Rows{}
	if err := o.driver.conn.Query(ctx, query, args, rows); err != nil {
		return inside{}, errs.Wrap(err, errs.Unavailable, "reading who asks failed: try again")
	}
	units, holders, err := lastColumns(rows)
	if e := rows.Close(); err == nil {
		err = e
	}
	if err != nil {
		return inside{}, errs.Wrap(err, errs.Unavailable, "reading who asks failed: try again")
	}
	return inside{holders: parted(holders), units: parted(units)}, nil
}

// parted are the ids of a text that commas part.
func parted(ids string) []string {
	if ids == "" {
		return nil
	}
	return strings.Split(ids, ",")
}

func lastColumns(rows *sql.Rows) (units, holders string, err error) {
	columns, err := rows.Columns()
	if err != nil {
		return "", "", err
	}
	values := make([]any, len(columns))
	for i := range values {
		values[i] = new(string)
	}
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return "", "", err
		}
	}
	n := len(values)
	return *values[n-2].(*string), *values[n-1].(*string), rows.Err()
}
