package store

import (
	"context"
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
)

// Refused is persons whose refusal an agency, or a unit of it, was the first to record: by
// the codes of both and by sex, each empty where not known. It is not for showing (F4).
type Refused struct {
	Agency, Unit, Sex string
	Persons           int
}

// countedRefusals are the purposes of a refusal that is counted.
var countedRefusals = []category.Purpose{category.Identification, category.ForProtection, category.ForAssistance}

// CountedRefusal reports whether a refusal to be recorded for the purpose is counted (F4).
func CountedRefusal(p category.Purpose) bool { return slices.Contains(countedRefusals, p) }

// Refusals counts the persons whose refusal to be identified, protected or assisted was
// recorded from one moment until another, in UTC microseconds. It goes by when it was
// recorded, so that a month that is over stays as it is. It runs under the policy role and
// returns nothing of a case.
func (o *Op) Refusals(ctx context.Context, from, until int64) ([]Refused, error) {
	query := "SELECT agency, unit, sex, persons FROM sala_refusals($1, $2)"
	if o.store.dialect != dialect.Postgres {
		query = embeddedRefusals
	}
	rows := &sql.Rows{}
	if err := o.driver.Query(rule.InMode(ctx, rule.Policy), query, []any{from, until}, rows); err != nil {
		return nil, failed(err, "counting refusals")
	}
	var out []Refused
	for rows.Next() {
		var r Refused
		if err := rows.Scan(&r.Agency, &r.Unit, &r.Sex, &r.Persons); err != nil {
			_ = rows.Close()
			return nil, failed(err, "counting refusals")
		}
		out = append(out, r)
	}
	err := rows.Err()
	if e := rows.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, failed(err, "counting refusals")
	}
	return out, nil
}

// embeddedRefusals is sala_refusals on the embedded database.
const embeddedRefusals = `SELECT g.code, coalesce((SELECT min(u.code) FROM memberships m JOIN agency_units u ON u.id = m.group_id
    WHERE m.member_id = r.recorded_by AND m.since <= r.recorded_on AND (m.ended_on IS NULL OR m.ended_on > r.recorded_on)), '') AS unit,
  coalesce((SELECT x.sex FROM profiles x WHERE x.case_id = r.case_id AND x.contributor_id = f.owner_id), '') AS sex, count(*)
  FROM (SELECT k.case_id, k.contributor_id, k.recorded_by, k.recorded_on,
      row_number() OVER (PARTITION BY k.case_id ORDER BY k.recorded_on, k.id) AS turn
    FROM consents k
    WHERE k.kind = 'RECORDING' AND k.voice = 'PERSON' AND k.recorded_on >= ?1 AND k.recorded_on < ?2
      AND EXISTS (SELECT 1 FROM provisions p, json_each(CAST(p.purposes AS TEXT)) j WHERE p.consent_id = k.id AND p.decision = 'DENY'
        AND j.value IN ('IDENTIFICATION', 'PROTECTION', 'ASSISTANCE'))) r
  JOIN case_files f ON f.id = r.case_id JOIN agencies g ON g.id = r.contributor_id
  WHERE r.turn = 1 GROUP BY 1, 2, 3`
