package store

import (
	"context"
	"strconv"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
)

// LockErasures lets one process carry erasures out at a time.
func (o *Op) LockErasures(ctx context.Context) error {
	if o.store.dialect != dialect.Postgres {
		return nil
	}
	const erasures = 0x45524153 // "ERAS"
	return o.driver.settings(ctx, "SELECT pg_advisory_xact_lock($1)", erasures)
}

// partTables are the tables of what agencies contribute about a person.
var partTables = []string{"identities", "contacts", "profiles", "traffickings", "narratives", "consents",
	"whereabouts", "families", "protections", "health", "health_restricted", "assistances", "proceedings", "suspects"}

// Contributors returns the agencies that recorded something about the person of the
// case, in order.
func (o *Op) Contributors(ctx context.Context, caseID string) ([]string, error) {
	var parts string
	var args []any
	for i, table := range partTables {
		if i > 0 {
			parts += " UNION "
		}
		parts += "SELECT contributor_id FROM " + table + " WHERE case_id = " + o.bind(len(args)+1)
		args = append(args, caseID)
	}
	return o.words(rule.InMode(ctx, rule.Erasure), "SELECT contributor_id FROM ("+parts+") AS c ORDER BY contributor_id", args...)
}

// ShownTo returns the agencies that were shown rows of the case, from the ledger's
// readable details, in order.
func (o *Op) ShownTo(ctx context.Context, caseID string) ([]string, error) {
	return o.words(rule.InMode(ctx, rule.Ledger),
		"SELECT DISTINCT agency_id FROM disclosures WHERE case_id = "+o.bind(1)+" AND kind = 'READ' ORDER BY agency_id", caseID)
}

// Remaining returns those of the cases that are still in the database.
func (o *Op) Remaining(ctx context.Context, caseIDs []string) ([]string, error) {
	return o.remaining(ctx, "case_files", caseIDs)
}

func (o *Op) remaining(ctx context.Context, table string, ids []string) ([]string, error) {
	var out []string
	const batch = 500
	for len(ids) > 0 {
		n := min(batch, len(ids))
		list, args := "", make([]any, n)
		for i, id := range ids[:n] {
			if i > 0 {
				list += ", "
			}
			list, args[i] = list+o.bind(i+1), id
		}
		found, err := o.words(rule.InMode(ctx, rule.Erasure), "SELECT id FROM "+table+" WHERE id IN ("+list+") ORDER BY id", args...)
		if err != nil {
			return nil, err
		}
		out, ids = append(out, found...), ids[n:]
	}
	return out, nil
}

// Erase deletes every row that names the case. On PostgreSQL the database does it, as
// the owner of the tables, and only for a decision of two people that is due.
func (o *Op) Erase(ctx context.Context, caseID string) error {
	ctx = rule.InMode(ctx, rule.Erasure)
	if o.store.dialect == dialect.Postgres {
		var res sql.Result
		if err := o.driver.Exec(ctx, "SELECT sala_erase($1, $2)", []any{caseID, o.Scope.Now}, &res); err != nil {
			return errs.Wrap(err, errs.Unavailable, "erasing a case failed; nothing of it was deleted: it is tried again")
		}
		return nil
	}
	return o.eraseEmbedded(ctx, caseID)
}

// SweepKeys forgets what mutations resulted in once it is not remembered any more.
func (o *Op) SweepKeys(ctx context.Context) error {
	var res sql.Result
	err := o.driver.Exec(rule.InMode(ctx, rule.Erasure), "DELETE FROM idempotency_keys WHERE expires_on <= "+o.bind(1), []any{o.Scope.Now}, &res)
	if err != nil {
		return failed(err, "sweeping the idempotency keys")
	}
	return nil
}

// DeclineTransfer takes back an offer that names the scope's agency; nothing else of a
// case that is another's is changed by it (A4).
func (o *Op) DeclineTransfer(ctx context.Context, caseID string) error {
	if o.store.dialect != dialect.Postgres {
		return o.CaseFile.Update().Where(casefile.ID(caseID)).SetTransferToID("").SetTransferConsentID("").Exec(ctx)
	}
	var res sql.Result
	return o.driver.Exec(ctx, "SELECT sala_decline_transfer($1)", []any{caseID}, &res)
}

// eraseEmbedded is sala_erase on the embedded database.
func (o *Op) eraseEmbedded(ctx context.Context, caseID string) error {
	tables, err := o.words(ctx, "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'case_id' AND m.name NOT IN ('erasures', 'imported_rows')")
	if err != nil {
		return err
	}
	// Whatever names the case, or a row of it, without a column of the case.
	hers := "SELECT ?1"
	named, err := o.words(ctx, "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c JOIN pragma_table_info(m.name) i WHERE m.type = 'table' AND c.name = 'case_id' AND i.name = 'id' AND m.name NOT IN ('erasures', 'imported_rows')")
	if err != nil {
		return err
	}
	for _, t := range named {
		hers += " UNION SELECT id FROM `" + t + "` WHERE case_id = ?1"
	}
	statements := []string{"INSERT OR IGNORE INTO erased_details SELECT lower(hex(commitment)) FROM disclosures WHERE case_id = ?",
		"DELETE FROM notice_marks WHERE notice_id IN (SELECT n.id FROM notices n WHERE n.subject_id IN (" + hers + "))",
		"DELETE FROM notices WHERE subject_id IN (" + hers + ")",
		"DELETE FROM idempotency_keys WHERE EXISTS (SELECT 1 FROM json_each(CAST(result_ids AS TEXT)) r WHERE r.value IN (" + hers + "))"}
	for _, t := range tables {
		statements = append(statements, "DELETE FROM `"+t+"` WHERE case_id = ?")
	}
	if err := o.driver.settings(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
		return failed(err, "erasing a case")
	}
	for _, s := range append(statements, "DELETE FROM case_files WHERE id = ?") {
		var res sql.Result
		if err := o.driver.Exec(ctx, s, []any{caseID}, &res); err != nil {
			return failed(err, "erasing a case")
		}
	}
	return nil
}

func (o *Op) bind(n int) string {
	if o.store.dialect == dialect.Postgres {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}

// words reads one column of text.
func (o *Op) words(ctx context.Context, query string, args ...any) ([]string, error) {
	rows := &sql.Rows{}
	if err := o.driver.Query(ctx, query, args, rows); err != nil {
		return nil, failed(err, "reading what a case is made of")
	}
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			_ = rows.Close()
			return nil, failed(err, "reading what a case is made of")
		}
		out = append(out, s)
	}
	err := rows.Err()
	if e := rows.Close(); err == nil {
		err = e
	}
	if err != nil {
		return nil, failed(err, "reading what a case is made of")
	}
	return out, nil
}

// Erased is an erasure that was carried out, as the list outside the database knows it: of
// a case, or of one suspect's row of it.
type Erased struct {
	Case, Suspect, Agency, AskedBy, ConfirmedBy string
	AskedOn, ConfirmedOn, At                    int64 // UTC microseconds
}

// EraseAgain carries out once more an erasure that a restored database does not know
// of, and tells whether the case was there. The store must be bound to the owner of the
// tables.
func (s *Store) EraseAgain(ctx context.Context, e Erased) (there bool, err error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return false, errs.Wrap(err, errs.Unavailable, "the database cannot be reached: try again")
	}
	defer func() { _ = tx.Rollback() }()
	// No role is taken on: the owner's own rights are what it takes.
	scope := &rule.Scope{Mode: rule.Erasure, Now: s.Now()}
	o := &Op{store: s, tx: tx, Scope: scope, driver: &txDriver{conn: sql.Conn{ExecQuerier: tx}, dialect: s.dialect, mode: scope.Mode}}
	ctx = rule.WithScope(ctx, scope)
	table, id := "case_files", e.Case
	if e.Suspect != "" {
		table, id = "suspects", e.Suspect
	}
	found, err := o.remaining(ctx, table, []string{id})
	if err != nil {
		return false, err
	}
	known, err := o.words(ctx, "SELECT id FROM erasures WHERE case_id = "+o.bind(1)+" AND suspect_id = "+o.bind(2)+" AND done_on IS NOT NULL", e.Case, e.Suspect)
	if err != nil || len(found) == 0 && len(known) > 0 {
		return false, err
	}
	if err := o.decided(ctx, e); err != nil {
		return false, errs.Wrap(err, errs.Unavailable, "applying the erasure list failed: run it as the owner of the tables")
	}
	if err := tx.Commit(); err != nil {
		return false, errs.Wrap(err, errs.Unavailable, "applying the erasure list failed: run it as the owner of the tables")
	}
	return len(found) > 0, nil
}

// decided puts the decision into the database as the list has it, and carries it out. What
// waited there about the same row, or about any row of an erased case, is done with it.
func (o *Op) decided(ctx context.Context, e Erased) error {
	var res sql.Result
	due := min(e.ConfirmedOn+14*24*3600*1_000_000, e.At)
	values := ""
	for i := range 9 {
		values += o.bind(i+1) + ", "
	}
	args := []any{pubid.New("erasure"), e.Agency, e.Case, e.Suspect, e.AskedBy, e.AskedOn, e.ConfirmedBy, e.ConfirmedOn, due}
	err := o.driver.Exec(ctx, "INSERT INTO erasures (id, agency_id, case_id, suspect_id, asked_by, asked_on, confirmed_by, confirmed_on, due_on, reference) VALUES ("+
		values+"'')", args, &res)
	if err != nil {
		return err
	}
	if e.Suspect != "" {
		if err := o.removeSuspect(ctx, e.Case, e.Suspect); err != nil {
			return err
		}
		done := "UPDATE erasures SET done_on = " + o.bind(1) + ", reference = '' WHERE suspect_id = " + o.bind(2) + " AND done_on IS NULL AND stopped_on IS NULL"
		return o.driver.Exec(ctx, done, []any{e.At, e.Suspect}, &res)
	}
	if o.store.dialect == dialect.Postgres {
		err = o.driver.Exec(ctx, "SELECT sala_erase($1, $2)", []any{e.Case, o.Scope.Now}, &res)
	} else {
		err = o.eraseEmbedded(ctx, e.Case)
	}
	if err != nil {
		return err
	}
	done := "UPDATE erasures SET done_on = " + o.bind(1) + ", reference = '' WHERE case_id = " + o.bind(2) + " AND done_on IS NULL AND stopped_on IS NULL"
	return o.driver.Exec(ctx, done, []any{e.At, e.Case}, &res)
}
