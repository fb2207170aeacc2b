package store

import (
	"context"
	"strconv"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/rule"
)

// Untold is a referral of whose end or change an agency has not been told.
type Untold struct{ Agency, Referral string }

// LockNotices lets one process tell of what ended at a time.
func (o *Op) LockNotices(ctx context.Context) error {
	if o.store.dialect != dialect.Postgres {
		return nil
	}
	const notices = 0x4e4f5445 // "NOTE"
	return o.driver.settings(ctx, "SELECT pg_advisory_xact_lock($1)", notices)
}

// EndedUntold returns the referrals by which nothing is open any more to the agency that
// received them, because their time ran out or a gate was shut after since, and of which
// that agency has had no notice since then (C8). At most limit of them.
func (o *Op) EndedUntold(ctx context.Context, since int64, limit int) ([]Untold, error) {
	gates := func(a string) string {
		return "(" + a + ".agreement_id, " + a + ".referral_agreement_id, " + a + ".referrer_id, " + a + ".contributor_id)"
	}
	shut := func(a, what string) string {
		return "SELECT " + what + " FROM gates g WHERE NOT g.open AND g.id IN " + gates(a)
	}
	query := `SELECT DISTINCT a.grantee_id, a.referral_id FROM accesses a
		WHERE a.action IN ('READ', 'PREVIEW') AND a.referral_id <> '' AND a.grantee_id <> a.contributor_id AND a.valid_from <= $1
		AND (a.valid_until <= $1 AND a.valid_until > $2 OR EXISTS (` + shut("a", "1") + ` AND g.changed_on > $2))
		AND NOT EXISTS (SELECT 1 FROM accesses b WHERE b.case_id = a.case_id AND b.grantee_id = a.grantee_id AND b.referral_id = a.referral_id
			AND b.action IN ('READ', 'PREVIEW') AND b.grantee_id <> b.contributor_id AND b.valid_from <= $1 AND b.valid_until > $1
			AND NOT EXISTS (` + shut("b", "1") + `))
		AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.agency_id = a.grantee_id AND n.kind = 'ACCESS_ENDED' AND n.subject_id = a.referral_id
			AND n.created_on >= CASE WHEN a.valid_until <= $1 THEN a.valid_until ELSE (` + shut("a", "MIN(g.changed_on)") + `) END)
		ORDER BY a.grantee_id, a.referral_id LIMIT ` + strconv.Itoa(limit)
	return o.untold(ctx, query, o.Scope.Now, since)
}

// LapsedUntold returns the referrals that nobody answered in time, after since, and of
// which their sender, who always learns the state (D3), has had no notice since then.
func (o *Op) LapsedUntold(ctx context.Context, since int64, limit int) ([]Untold, error) {
	return o.untold(ctx, `SELECT r.from_id, r.id FROM referrals r
		WHERE r.state IN ('OFFERED', 'INFORMATION_ASKED', 'WAITING') AND r.reply_by <= $1 AND r.reply_by > $2
		AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.agency_id = r.from_id AND n.kind = 'REFERRAL_CHANGED' AND n.subject_id = r.id
			AND n.created_on >= r.reply_by)
		ORDER BY r.from_id, r.id LIMIT `+strconv.Itoa(limit), o.Scope.Now, since)
}

func (o *Op) untold(ctx context.Context, query string, now, since int64) ([]Untold, error) {
	rows := &sql.Rows{}
	if o.store.dialect != dialect.Postgres {
		query = numbered.Replace(query)
	}
	if err := o.driver.Query(rule.InMode(ctx, rule.Policy), query, []any{now, since}, rows); err != nil {
		return nil, failed(err, "looking for what has ended")
	}
	var out []Untold
	for rows.Next() {
		var u Untold
		if err := rows.Scan(&u.Agency, &u.Referral); err != nil {
			_ = rows.Close()
			return nil, failed(err, "looking for what has ended")
		}
		out = append(out, u)
	}
	err := rows.Err()
	if e := rows.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, failed(err, "looking for what has ended")
	}
	return out, nil
}

// numbered turns PostgreSQL's numbered arguments into SQLite's.
var numbered = strings.NewReplacer("$1", "?1", "$2", "?2")
