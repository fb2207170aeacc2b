package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"
)

// ToDecide is how long a decision about keeping a file may take, in microseconds: 30 days
// (H4).
const ToDecide = int64(30 * 24 * time.Hour / time.Microsecond)

// Kept is a case that has been closed for longer than its owner keeps such cases.
type Kept struct {
	Agency, Case, Reference string
	Closing                 string // the change by which it was closed last
}

// month is the month of a retention period, in microseconds: a twelfth of a mean year of
// 365.2425 days.
const month = 2_629_746_000_000

// kept selects the closings after which a case has been kept for its owner's period; of one
// that is to be erased none.
func (o *Op) kept() string {
	const closed = "('CLOSED', 'CLOSED_REFERRED')"
	return `FROM case_files f JOIN agencies a ON a.id = f.owner_id JOIN case_changes c ON c.case_id = f.id
		WHERE f.state IN ` + closed + ` AND c.to_state IN ` + closed + ` AND c.from_state NOT IN ` + closed + `
		AND c.recorded_on <= $1 - coalesce(a.closed_case_months, ` + strconv.Itoa(o.Deployment().ClosedCaseMonths) + `) * ` + strconv.Itoa(month) + `
		AND NOT EXISTS (SELECT 1 FROM case_changes l WHERE l.case_id = c.case_id AND l.version > c.version AND l.to_state IN ` + closed + ` AND l.from_state NOT IN ` + closed + `)
		AND NOT EXISTS (SELECT 1 FROM erasures e WHERE e.case_id = f.id AND e.suspect_id = '' AND e.stopped_on IS NULL)`
}

// KeptPastPeriod returns cases whose owner's period for closed cases has passed, and that
// are not noted as due (H4). At most limit of them.
func (o *Op) KeptPastPeriod(ctx context.Context, limit int) (out []Kept, err error) {
	err = o.scanned(ctx, `SELECT f.owner_id, f.id, f.reference, c.id `+o.kept()+`
		AND NOT EXISTS (SELECT 1 FROM retentions r WHERE r.cause = 'PERIOD_PASSED' AND r.agency_id = f.owner_id AND r.case_id = f.id AND r.row_id = c.id)
		ORDER BY f.owner_id, f.id LIMIT `+strconv.Itoa(limit), func(rows *sql.Rows) error {
		var k Kept
		if err := rows.Scan(&k.Agency, &k.Case, &k.Reference, &k.Closing); err != nil {
			return err
		}
		out = append(out, k)
		return nil
	}, o.Scope.Now)
	return out, err
}

// KeptNoMore returns what is noted as due by its owner's period and is not any more: the
// case was reopened, moved, is to be erased, or its owner keeps such cases for longer.
func (o *Op) KeptNoMore(ctx context.Context, limit int) (ids []string, err error) {
	err = o.scanned(ctx, `SELECT r.id FROM retentions r WHERE r.cause = 'PERIOD_PASSED' AND NOT EXISTS (SELECT 1 `+
		strings.Replace(o.kept(), "WHERE", "WHERE f.owner_id = r.agency_id AND f.id = r.case_id AND c.id = r.row_id AND", 1)+`)
		ORDER BY r.id LIMIT `+strconv.Itoa(limit), func(rows *sql.Rows) error {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		ids = append(ids, id)
		return nil
	}, o.Scope.Now)
	return ids, err
}
