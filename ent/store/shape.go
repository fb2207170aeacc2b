package store

import (
	"context"
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
	Version int // of its facts
	// Known is whether what follows is of that version, and of what stands.
	Known    bool
	Digest   rule.Digest
	Instants []int64 // UTC microseconds, ascending
}

// keptShape is the shape of a case that is to be kept.
type keptShape struct {
	caseID  string
	version int
	*rule.Shape
}

// keepShapes puts down what the facts of cases were like when policy decided on them.
func (o *Op) keepShapes(ctx context.Context, all ...keptShape) error {
	const insert, update = "INSERT INTO case_shapes (id, case_id, facts_version, digest, instants) ",
		" ON CONFLICT (case_id) DO UPDATE SET facts_version = excluded.facts_version, digest = excluded.digest, instants = excluded.instants"
	if o.store.dialect == dialect.Postgres {
		ids, cases, versions, digests, instants := []string{}, []string{}, []int64{}, [][]byte{}, [][]byte{}
		for _, s := range all {
			ids, cases, versions = append(ids, pubid.New("shape")), append(cases, s.caseID), append(versions, int64(s.version))
			digests, instants = append(digests, s.Digest[:]), append(instants, rule.Packed(s.Instants))
		}
		var res sql.Result
		err := o.driver.Exec(ctx, insert+"SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::bytea[]) AS u(id, case_id, version, digest, instants) ORDER BY case_id"+update,
			[]any{ids, cases, versions, digests, instants}, &res)
		if err != nil {
			return failed(err, "writing the shape of a case")
		}
		return nil
	}
	for _, s := range all {
		var res sql.Result
		if err := o.driver.Exec(ctx, insert+"VALUES (?, ?, ?, ?, ?)"+update, []any{pubid.New("shape"), s.caseID, s.version, s.Digest[:], rule.Packed(s.Instants)}, &res); err != nil {
			return failed(err, "writing the shape of a case")
		}
	}
	return nil
}

// UndecidedShapes returns the next cases, by id, that were not decided under the target of a
// change, with their shapes; at most so many.
func (o *Op) UndecidedShapes(ctx context.Context, c Change, after string, limit int) ([]Shaped, error) {
	const doing = "looking for cases that are to be decided"
	query := `SELECT f.id, f.facts_version, s.digest, s.instants FROM case_files f LEFT JOIN case_shapes s ON s.case_id = f.id
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
		var digest, instants []byte
		if err := rows.Scan(&s.ID, &s.Version, &digest, &instants); err != nil {
			return nil, failed(err, doing)
		}
		if len(digest) == len(s.Digest) {
			s.Digest = rule.Digest(digest)
			var err error
			s.Instants, err = rule.Unpacked(instants)
			s.Known = err == nil // else its facts are read
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

// PrepareAlike lets what stands count under the target of a change too, for cases on whose
// shapes both revisions decide alike, and returns for how many. One that is not what it was,
// or that another transaction is changing, is left out.
func (o *Op) PrepareAlike(ctx context.Context, c Change, cases []Shaped) (int, error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	ctx = rule.InMode(ctx, rule.Policy)
	ids, versions := make([]string, len(cases)), make([]int64, len(cases))
	for i, s := range cases {
		ids[i], versions[i] = s.ID, int64(s.Version)
	}
	if o.store.dialect == dialect.Postgres {
		var err error
		if ids, err = o.words(ctx, `SELECT f.id FROM case_files f JOIN unnest($1::text[], $2::bigint[]) AS u(id, version) ON f.id = u.id
			WHERE f.facts_version = u.version AND f.evaluated_version = u.version AND f.first_sequence <= $3 AND f.last_sequence >= $3
			ORDER BY f.id FOR NO KEY UPDATE OF f SKIP LOCKED`, ids, versions, c.Live); err != nil {
			return 0, err
		}
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return len(ids), o.storePrepared(ctx, c, &prepared{alike: ids})
}
