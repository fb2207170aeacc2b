package store

import (
	"context"
	"encoding/json"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
)

// Shaped is a case as a change of policy sees it without its facts.
type Shaped struct {
	ID      string
	Version int         // of its facts
	Shape   *rule.Shape // of that version, and of what stands; nil where it is not known
}

// keptShape is the shape of a case that is to be kept.
type keptShape struct {
	caseID  string
	version int
	*rule.Shape
}

// keepShapes puts down what the facts of cases were like when policy decided on them.
func (o *Op) keepShapes(ctx context.Context, all ...keptShape) error {
	const insert, update = "INSERT INTO case_shapes (id, case_id, facts_version, digest, instants, ids) ",
		" ON CONFLICT (case_id) DO UPDATE SET facts_version = excluded.facts_version, digest = excluded.digest, instants = excluded.instants, ids = excluded.ids"
	if o.store.dialect == dialect.Postgres {
		ids, cases, versions, digests, instants, of := []string{}, []string{}, []int64{}, [][]byte{}, [][]byte{}, [][]byte{}
		for _, s := range all {
			ids, cases, versions = append(ids, pubid.New("shape")), append(cases, s.caseID), append(versions, int64(s.version))
			k := s.Kept()
			digests, instants, of = append(digests, k.Digest[:]), append(instants, k.Instants), append(of, k.IDs)
		}
		var res sql.Result
		err := o.driver.Exec(ctx, insert+"SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[]) AS u(id, case_id, version, digest, instants, ids) ORDER BY case_id"+update,
			[]any{ids, cases, versions, digests, instants, of}, &res)
		if err != nil {
			return failed(err, "writing the shape of a case")
		}
		return nil
	}
	for _, s := range all {
		k := s.Kept()
		var res sql.Result
		if err := o.driver.Exec(ctx, insert+"VALUES (?, ?, ?, ?, ?, ?)"+update, []any{pubid.New("shape"), s.caseID, s.version, k.Digest[:], k.Instants, k.IDs}, &res); err != nil {
			return failed(err, "writing the shape of a case")
		}
	}
	return nil
}

// UndecidedShapes returns the next cases, by id, that were not decided under the target of a
// change, with their shapes; at most so many.
func (o *Op) UndecidedShapes(ctx context.Context, c Change, after string, limit int) ([]Shaped, error) {
	const doing = "looking for cases that are to be decided"
	query := `SELECT f.id, f.facts_version, s.digest, s.instants, s.ids FROM case_files f LEFT JOIN case_shapes s ON s.case_id = f.id
		AND s.facts_version = f.facts_version AND f.evaluated_version = f.facts_version AND f.first_sequence <= $3 AND f.last_sequence >= $3
		WHERE f.id > $1 AND (f.first_sequence > $2 OR f.last_sequence < $2) ORDER BY f.id LIMIT $4`
	if o.store.dialect != dialect.Postgres {
		query = strings.ReplaceAll(query, "$", "?")
	}
	rows := &sql.Rows{}
	if err := o.driver.Query(rule.InMode(ctx, rule.Policy), query, []any{after, c.Target, c.Live, limit}, rows); err != nil {
		return nil, failed(err, doing)
	}
	defer func() { _ = rows.Close() }()
	var out []Shaped
	for rows.Next() {
		var s Shaped
		var digest []byte
		var k rule.Kept
		if err := rows.Scan(&s.ID, &s.Version, &digest, &k.Instants, &k.IDs); err != nil {
			return nil, failed(err, doing)
		}
		if copy(k.Digest[:], digest) == len(k.Digest) {
			s.Shape, _ = k.Shape() // where it is broken the facts are read
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		return nil, failed(err, doing)
	}
	return out, nil
}

// Learn compares what a change decides on cases, for the sake of others of their shapes. It
// holds and writes nothing.
func (o *Op) Learn(ctx context.Context, c Change, ids []string) error {
	facts, err := o.FactsOf(ctx, ids)
	if err != nil {
		return err
	}
	for _, v := range facts {
		if _, err := c.By.Compare(ctx, v.Facts); err != nil {
			return errs.Wrap(err, errs.Unavailable, "policy gave no decision on a case: nothing of it was stored")
		}
	}
	return nil
}

// PrepareShaped is Prepare for cases on whose shapes it is known what both revisions decide.
// A case that is not what it was is left out as well.
func (o *Op) PrepareShaped(ctx context.Context, c Change, cases []Shaped) (differ int, err error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	ctx = rule.InMode(ctx, rule.Policy)
	if err := o.goesOn(ctx, c); err != nil {
		return 0, err
	}
	ids, of := make([]string, len(cases)), make(map[string]Shaped, len(cases))
	for i, s := range cases {
		ids[i], of[s.ID] = s.ID, s
	}
	if ids, err = o.stillAs(ctx, c, ids, of); err != nil {
		return 0, err
	}
	p := &prepared{decided: map[string]decided{}}
	for _, id := range ids {
		switch d, known := c.By.Known(of[id].Shape); {
		case !known: // forgotten since: it is found again
		case d.Alike:
			p.alike = append(p.alike, id)
		default:
			p.differ, p.decided[id] = append(p.differ, id), decided{of[id].Version, d}
		}
	}
	if len(p.alike)+len(p.differ) == 0 {
		return 0, nil
	}
	return len(p.differ), o.storePrepared(ctx, c, p)
}

// stillAs holds the cases whose facts are still what they were, and that nobody else has
// prepared, as far as nobody else
// holds them. It looks them up by their ids alone: what the planner believes of versions
// and sequences is out of date while all cases are being changed.
func (o *Op) stillAs(ctx context.Context, c Change, ids []string, of map[string]Shaped) ([]string, error) {
	list, args, hold := "= ANY ($3)", []any{c.Live, c.Target, ids}, " FOR NO KEY UPDATE SKIP LOCKED"
	if o.store.dialect != dialect.Postgres {
		text, err := json.Marshal(ids)
		if err != nil {
			return nil, err
		}
		list, args, hold = "IN (SELECT value FROM json_each(?3))", []any{c.Live, c.Target, string(text)}, ""
	}
	query := "SELECT id, facts_version FROM case_files WHERE evaluated_version = facts_version AND $1 BETWEEN first_sequence AND last_sequence AND $2 NOT BETWEEN first_sequence AND last_sequence AND id " + list + " ORDER BY id" + hold
	var still []string
	err := o.scanned(ctx, query, func(rows *sql.Rows) error {
		var id string
		var version int
		if err := rows.Scan(&id, &version); err != nil {
			return err
		}
		if version == of[id].Version {
			still = append(still, id)
		}
		return nil
	}, args...)
	return still, err
}
