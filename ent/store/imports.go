package store

import (
	"context"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
)

// ToUndo is for how long after an import its cases can be taken back, in microseconds:
// 72 hours.
const ToUndo = int64(72 * 3600 * 1_000_000)

// MostUndone is how many rows of an import are taken back at once.
const MostUndone = 500

// LockImport holds an import alone until the operation ends, and reports whether it
// could: it does not wait for whoever else holds it.
func (o *Op) LockImport(ctx context.Context, id string) (bool, error) {
	if o.store.dialect != dialect.Postgres {
		return true, nil
	}
	rows := &sql.Rows{}
	if err := o.driver.Query(ctx, "SELECT sala_lock_import($1)", []any{id}, rows); err != nil {
		return false, failed(err, "holding an import")
	}
	var held bool
	for rows.Next() {
		if err := rows.Scan(&held); err != nil {
			_ = rows.Close()
			return false, failed(err, "holding an import")
		}
	}
	if err := rows.Close(); err != nil {
		return false, failed(err, "holding an import")
	}
	return held, nil
}

// untouchedSQLite is what the function sala_untouched says on PostgreSQL. The rows
// follow in place of %ROWS%.
const untouchedSQLite = `SELECT r.row, f.id FROM imported_rows r
  JOIN file_imports i ON i.id = r.import_id AND i.agency_id = r.agency_id AND i.state IN ('COMMITTED', 'UNDONE')
    AND r.imported_on = i.ended_on AND ?1 < i.ended_on + 259200000000
  JOIN case_files f ON f.id = r.case_id AND f.owner_id = r.agency_id AND f.opened_on = i.ended_on AND f.version = 1 AND f.transfer_to_id = ''
  WHERE r.import_id = ?2 AND r.agency_id = ?3 AND r.row IN (%ROWS%)
  AND EXISTS (SELECT 1 FROM disclosures d WHERE d.case_id = f.id AND d.verb = 'import' AND d.at <= f.opened_on)
  AND NOT EXISTS (SELECT 1 FROM disclosures d WHERE d.case_id = f.id AND d.verb = 'register')
  AND NOT EXISTS (SELECT 1 FROM case_parts x WHERE x.case_id = f.id AND (x.version <> 1 OR x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
  AND NOT EXISTS (SELECT 1 FROM consents x WHERE x.case_id = f.id AND (x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
  AND NOT EXISTS (SELECT 1 FROM assignments x WHERE x.case_id = f.id AND (x.agency_id <> f.owner_id OR x.since <> f.opened_on OR x.ended_on IS NOT NULL))
  AND NOT EXISTS (SELECT 1 FROM case_changes x WHERE x.case_id = f.id AND (x.contributor_id <> f.owner_id OR x.recorded_on <> f.opened_on))
  AND NOT EXISTS (SELECT 1 FROM guardianships x WHERE x.case_id = f.id)
  AND NOT EXISTS (SELECT 1 FROM best_interests x WHERE x.case_id = f.id)
  AND NOT EXISTS (SELECT 1 FROM incapacities x WHERE x.case_id = f.id)
  AND NOT EXISTS (SELECT 1 FROM recovery_periods x WHERE x.case_id = f.id)
  AND NOT EXISTS (SELECT 1 FROM legal_bases x WHERE x.case_id = f.id)
  AND NOT EXISTS (SELECT 1 FROM permissions x WHERE x.case_id = f.id)
  AND NOT EXISTS (SELECT 1 FROM external_referrals x WHERE x.case_id = f.id)
  AND NOT EXISTS (SELECT 1 FROM conferences x WHERE x.case_id = f.id)
  AND NOT EXISTS (SELECT 1 FROM referrals x WHERE x.case_id = f.id)
  AND NOT EXISTS (SELECT 1 FROM erasures x WHERE x.case_id = f.id)
  AND NOT EXISTS (SELECT 1 FROM disclosures x WHERE x.case_id = f.id AND x.agency_id <> f.owner_id)`

// Untouched returns, of the rows named of an import of the scope's agency, those whose
// case can be taken back, with the case.
func (o *Op) Untouched(ctx context.Context, importID string, rows []int) (map[int]string, error) {
	if len(rows) == 0 || !o.Scope.CaseWork {
		return nil, nil
	}
	query, args := "SELECT u.row, u.case_id FROM sala_untouched($1, $2) u", []any{importID, rows}
	if o.store.dialect != dialect.Postgres {
		query = strings.Replace(untouchedSQLite, "%ROWS%", "?"+strings.Repeat(", ?", len(rows)-1), 1)
		args = []any{o.Scope.Now, importID, o.Scope.Agency}
		for _, r := range rows {
			args = append(args, r)
		}
	}
	found := &sql.Rows{}
	if err := o.driver.Query(ctx, query, args, found); err != nil {
		return nil, failed(err, "looking for what was touched since")
	}
	defer func() { _ = found.Close() }()
	out := map[int]string{}
	for found.Next() {
		var row int
		var id string
		if err := found.Scan(&row, &id); err != nil {
			return nil, failed(err, "looking for what was touched since")
		}
		out[row] = id
	}
	return out, found.Err()
}

// UndoImport takes back those of an import's rows whose case nobody has touched, and
// returns their numbers. On PostgreSQL the database does it, as the owner of the
// tables, after it has looked itself. The keys are to be destroyed still.
func (o *Op) UndoImport(ctx context.Context, importID string, rows []int) ([]int, error) {
	if len(rows) > MostUndone {
		return nil, errs.New(errs.Invalid, "at most %d rows of an import are taken back at once", MostUndone)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	if o.store.dialect != dialect.Postgres {
		return o.undoEmbedded(ctx, importID, rows)
	}
	found := &sql.Rows{}
	if err := o.driver.Query(ctx, "SELECT sala_undo_import($1, $2)", []any{importID, rows}, found); err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "taking cases back failed; none was: try again")
	}
	defer func() { _ = found.Close() }()
	var out []int
	for found.Next() {
		var row int
		if err := found.Scan(&row); err != nil {
			return nil, failed(err, "taking cases back")
		}
		out = append(out, row)
	}
	if err := found.Err(); err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "taking cases back failed; none was: try again")
	}
	return out, nil
}

// undoEmbedded is sala_undo_import on the embedded database.
func (o *Op) undoEmbedded(ctx context.Context, importID string, rows []int) ([]int, error) {
	untouched, err := o.Untouched(ctx, importID, rows)
	if err != nil || len(untouched) == 0 {
		return nil, err
	}
	ctx = rule.InMode(ctx, rule.Erasure)
	var out []int
	for row, id := range untouched {
		var res sql.Result
		err := o.driver.Exec(ctx, "INSERT INTO undone_cases (id, import_id, agency_id, member_id, case_id, undone_on) VALUES ('undone' || substr(?1, 5), ?2, ?3, ?4, ?1, ?5)",
			[]any{id, importID, o.Scope.Agency, o.Scope.Member, o.Scope.Now}, &res)
		if err != nil {
			return nil, failed(err, "taking cases back")
		}
		if err := o.takeBackEmbedded(ctx, id); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	var res sql.Result
	err = o.driver.Exec(ctx, "UPDATE file_imports SET state = 'UNDONE', undone = undone + ?1, undone_on = coalesce(undone_on, ?2), version = version + 1 WHERE id = ?3",
		[]any{len(out), o.Scope.Now, importID}, &res)
	if err != nil {
		return nil, failed(err, "taking cases back")
	}
	return out, nil
}

// takeBackEmbedded is sala_remove_cases on the embedded database, for one case.
func (o *Op) takeBackEmbedded(ctx context.Context, caseID string) error {
	tables, err := o.words(ctx, "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'case_id' AND m.name NOT IN ('erasures', 'disclosures', 'undone_cases')")
	if err != nil {
		return err
	}
	if err := o.driver.settings(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
		return failed(err, "taking a case back")
	}
	statements := []string{"DELETE FROM notices WHERE subject_id IN (SELECT id FROM referrals WHERE case_id = ?)"}
	for _, t := range tables {
		statements = append(statements, "DELETE FROM `"+t+"` WHERE case_id = ?")
	}
	for _, s := range append(statements, "DELETE FROM case_files WHERE id = ?") {
		var res sql.Result
		if err := o.driver.Exec(ctx, s, []any{caseID}, &res); err != nil {
			return failed(err, "taking a case back")
		}
	}
	return nil
}

// TakeBackAgain deletes once more cases that were taken back with their import and that
// a restored database holds again, and returns how many were there. The store must be
// bound to the owner of the tables.
func (s *Store) TakeBackAgain(ctx context.Context, caseIDs []string) (int, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, errs.Wrap(err, errs.Unavailable, "the database cannot be reached: try again")
	}
	defer func() { _ = tx.Rollback() }()
	scope := &rule.Scope{Mode: rule.Erasure, Now: s.Now()}
	o := &Op{store: s, tx: tx, Scope: scope, driver: &txDriver{conn: sql.Conn{ExecQuerier: tx}, dialect: s.dialect, mode: scope.Mode}}
	ctx = rule.WithScope(ctx, scope)
	there, err := o.Remaining(ctx, caseIDs)
	if err != nil || len(there) == 0 {
		return 0, err
	}
	if err = o.marked(ctx, there, func() error { return o.removeCases(ctx, there) }); err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return 0, errs.Wrap(err, errs.Unavailable, "applying the erasure list failed: run it as the owner of the tables")
	}
	return len(there), nil
}

func (o *Op) removeCases(ctx context.Context, ids []string) error {
	if o.store.dialect == dialect.Postgres {
		var res sql.Result
		return o.driver.Exec(ctx, "SELECT sala_remove_cases($1)", []any{ids}, &res)
	}
	for _, id := range ids {
		if err := o.takeBackEmbedded(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// marked does something while the cases are marked as taken back: by that their history
// may go with them. The list has them already, so no mark stays.
func (o *Op) marked(ctx context.Context, ids []string, do func() error) error {
	mark := func(query string, args ...any) error {
		var res sql.Result
		return o.driver.Exec(ctx, query, args, &res)
	}
	for _, id := range ids {
		err := mark("INSERT INTO undone_cases (id, import_id, agency_id, member_id, case_id, undone_on)"+
			" SELECT 'undone' || substr(f.id, 5), '', f.owner_id, '', f.id, $1 FROM case_files f WHERE f.id = $2", o.Scope.Now, id)
		if err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	for _, id := range ids {
		if err := mark("DELETE FROM undone_cases WHERE case_id = $1", id); err != nil {
			return err
		}
	}
	return nil
}
