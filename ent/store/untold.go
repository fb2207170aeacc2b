package store

import (
	"context"
	"strconv"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/rule"
)

// Untold is a referral, or an offered case, of whose end or change an agency has not been
// told.
type Untold struct {
	Agency, Subject string
	Unit            string // the one of its units that alone is concerned (A5), or empty
	On              int64  // when it ended, where that may lie ahead of this process's clock
}

// LockNotices lets one process tell of what ended at a time.
func (o *Op) LockNotices(ctx context.Context) error {
	if o.store.dialect != dialect.Postgres {
		return nil
	}
	const notices = 0x4e4f5445 // "NOTE"
	return o.driver.settings(ctx, "SELECT pg_advisory_xact_lock($1)", notices)
}

// LapsedUntold returns the referrals that nobody answered in time, and those accepted
// whose time ran out, after since, and of which their sender, who always learns the state
// (D3), has had no notice since then.
func (o *Op) LapsedUntold(ctx context.Context, since int64, limit int) ([]Untold, error) {
	const end = "CASE WHEN r.state IN ('ACCEPTED', 'ACCEPTED_IN_PART') THEN r.valid_until ELSE r.reply_by END"
	return o.untold(ctx, `SELECT r.from_id, r.id, coalesce((SELECT f.unit_id FROM referrals f WHERE f.id = r.onward_of), '') FROM referrals r
		WHERE (r.state IN ('ACCEPTED', 'ACCEPTED_IN_PART') AND r.valid_until <= $1 AND r.valid_until > $2
			OR r.state IN ('OFFERED', 'INFORMATION_ASKED', 'WAITING') AND r.reply_by <= $1 AND r.reply_by > $2)
		AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.agency_id = r.from_id AND n.kind = 'REFERRAL_CHANGED' AND n.subject_id = r.id
			AND n.created_on >= `+end+`)
		ORDER BY r.from_id, r.id LIMIT `+strconv.Itoa(limit), o.Scope.Now, since)
}

// TransfersUntold returns, for both sides, the cases whose offered transfer has lapsed
// because her statement's time ran out or no agreement of the two is left (A4), and of
// which the agency that it names has had no notice since it was offered. At most limit
// rows, an even number.
func (o *Op) TransfersUntold(ctx context.Context, limit int) ([]Untold, error) {
	side := func(agency string) string {
		return `SELECT ` + agency + ` AS agency, f.id AS subject FROM case_files f
		WHERE f.transfer_to_id > '' AND (
			NOT EXISTS (SELECT 1 FROM provisions p WHERE p.case_id = f.id AND p.consent_id = f.transfer_consent_id
				AND p.recipient_id = f.transfer_to_id AND p.decision = 'PERMIT' AND p.valid_until > $1)
			OR NOT EXISTS (SELECT 1 FROM agreements g JOIN agreement_parties a ON a.agreement_id = g.id AND a.agency_id = f.owner_id
				JOIN agreement_parties b ON b.agreement_id = g.id AND b.agency_id = f.transfer_to_id
				WHERE g.ended_on IS NULL AND g.valid_until > $1))
		AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.agency_id = f.transfer_to_id AND n.kind = 'TRANSFER_ENDED' AND n.subject_id = f.id
			AND n.created_on >= coalesce((SELECT MAX(m.created_on) FROM notices m
				WHERE m.agency_id = f.transfer_to_id AND m.kind = 'CASE_TRANSFER' AND m.subject_id = f.id), 0))`
	}
	return o.untold(ctx, "SELECT agency, subject, '' FROM ("+side("f.transfer_to_id")+" UNION ALL "+side("f.owner_id")+
		") t ORDER BY subject, agency LIMIT "+strconv.Itoa(limit-limit%2), o.Scope.Now)
}

// TurningAdult returns the cases of children who turn 18 within some time from now, and of
// which their owner has not been told yet (E6). At most limit of them.
func (o *Op) TurningAdult(ctx context.Context, within int64, limit int) ([]Untold, error) {
	return o.untold(ctx, `SELECT f.owner_id, f.id, '' FROM persons p JOIN case_files f ON f.id = p.case_id
		WHERE p.adult_latest > $1 AND p.adult_latest <= $2 AND p.deceased_on IS NULL AND f.state NOT IN ('CLOSED', 'CLOSED_REFERRED')
		AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.agency_id = f.owner_id AND n.kind = 'OWN_CONSENT_DUE' AND n.subject_id = f.id)
		ORDER BY f.owner_id, f.id LIMIT `+strconv.Itoa(limit), o.Scope.Now, o.Scope.Now+within)
}

// ExternalUntold returns the referrals to parties outside Sala whose reply or deletion was
// due after since and is not noted, or that she has taken back, and of which their agency
// has had no notice since then (D8). At most limit of them.
func (o *Op) ExternalUntold(ctx context.Context, since int64, limit int) ([]Untold, error) {
	const due = "CASE WHEN e.withdrawn_on IS NULL AND e.replied_on IS NULL AND e.reply_by > $2 AND e.delete_by > $1 THEN e.reply_by ELSE e.delete_by END"
	return o.untold(ctx, `SELECT f.owner_id, e.id, '' FROM external_referrals e JOIN case_files f ON f.id = e.case_id
		WHERE e.handed_over_on IS NOT NULL AND e.deleted_on IS NULL AND `+due+` <= $1 AND `+due+` > $2
		AND NOT EXISTS (SELECT 1 FROM notices n WHERE n.agency_id = f.owner_id AND n.kind = 'EXTERNAL_DUE' AND n.subject_id = e.id
			AND n.created_on >= `+due+`)
		ORDER BY f.owner_id, e.id LIMIT `+strconv.Itoa(limit), o.Scope.Now, since)
}

// DeparturesOverdue returns, for each agency whose departure is past its deadline and for
// each that administers the platform, the agency that leaves, where it has had no notice of
// that. At most limit of them.
func (o *Op) DeparturesOverdue(ctx context.Context, limit int) ([]Untold, error) {
	const overdue = "o.deadline <= $1 AND o.ended_on IS NULL"
	return o.untold(ctx, `SELECT t.agency, t.subject, '' FROM (
			SELECT o.agency_id AS agency, o.agency_id AS subject FROM offboardings o WHERE `+overdue+`
			UNION SELECT a.id, o.agency_id FROM offboardings o JOIN agencies a ON a.administers_platform AND a.state <> 'ENDED' WHERE `+overdue+`) t
		WHERE NOT EXISTS (SELECT 1 FROM notices n WHERE n.agency_id = t.agency AND n.kind = 'DEPARTURE_OVERDUE' AND n.subject_id = t.subject)
		ORDER BY t.subject, t.agency LIMIT `+strconv.Itoa(limit), o.Scope.Now)
}

func (o *Op) untold(ctx context.Context, query string, args ...any) (out []Untold, err error) {
	err = o.scanned(ctx, query, func(rows *sql.Rows) error {
		var u Untold
		if err := rows.Scan(&u.Agency, &u.Subject, &u.Unit); err != nil {
			return err
		}
		out = append(out, u)
		return nil
	}, args...)
	return out, err
}

// scanned runs a query under the policy role and hands over row by row. Its arguments are
// numbered as $1, and no other $ stands in it.
func (o *Op) scanned(ctx context.Context, query string, each func(*sql.Rows) error, args ...any) error {
	const doing = "looking for cases, or what is due"
	if o.store.dialect != dialect.Postgres {
		query = strings.ReplaceAll(query, "$", "?")
	}
	rows := &sql.Rows{}
	if err := o.driver.Query(rule.InMode(ctx, rule.Policy), query, args, rows); err != nil {
		return failed(err, doing)
	}
	for rows.Next() {
		if err := each(rows); err != nil {
			_ = rows.Close()
			return failed(err, doing)
		}
	}
	err := rows.Err()
	if e := rows.Close(); err == nil {
		err = e
	}
	if err != nil {
		return failed(err, doing)
	}
	return nil
}
