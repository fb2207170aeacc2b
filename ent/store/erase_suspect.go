package store

import (
	"context"
	"fmt"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
)

// SuspectDue holds the case until the transaction ends and reports whether the erasure of a
// suspect's row is to be carried out now: decided by two, due, not stopped, and of a row
// that has been cleared since before it was asked for, or that is gone already (B2, H4).
func (o *Op) SuspectDue(ctx context.Context, e *ent.Erasure) (bool, error) {
	ctx = rule.InMode(ctx, rule.Erasure)
	query, args := "SELECT CAST(sala_suspect_due($1, $2) AS text)", []any{e.ID, o.Scope.Now}
	if o.store.dialect != dialect.Postgres {
		query = `SELECT 'true' FROM erasures e LEFT JOIN suspects s ON s.id = e.suspect_id
			WHERE e.id = ?1 AND e.suspect_id <> '' AND e.confirmed_by IS NOT NULL AND e.confirmed_by <> e.asked_by
			AND e.stopped_on IS NULL AND e.done_on IS NULL AND e.due_on <= ?2
			AND (s.id IS NULL OR (s.case_id = e.case_id AND s.contributor_id = e.agency_id AND s.cleared_on <= e.asked_on))`
	}
	due, err := o.words(ctx, query, args...)
	return len(due) == 1 && due[0] == "true", err
}

// EraseSuspect deletes the row of one suspect, what it was before, and whatever names it. On
// PostgreSQL the database does it, and only where SuspectDue says so too.
func (o *Op) EraseSuspect(ctx context.Context, e *ent.Erasure) error {
	ctx = rule.InMode(ctx, rule.Erasure)
	if o.store.dialect != dialect.Postgres {
		return o.removeSuspect(ctx, e.CaseID, e.SuspectID)
	}
	var res sql.Result
	if err := o.driver.Exec(ctx, "SELECT sala_erase_suspect($1, $2)", []any{e.ID, o.Scope.Now}, &res); err != nil {
		return errs.Wrap(err, errs.Unavailable, "erasing a suspect's row failed; nothing of it was deleted: it is tried again")
	}
	return nil
}

// ShownSuspect returns the agencies that were shown the suspect's row, in order.
func (o *Op) ShownSuspect(ctx context.Context, caseID, suspectID string) ([]string, error) {
	named := "jsonb_exists(row_ids, $2)"
	if o.store.dialect != dialect.Postgres {
		named = "EXISTS (SELECT 1 FROM json_each(CAST(row_ids AS TEXT)) j WHERE j.value = ?)"
	}
	return o.words(rule.InMode(ctx, rule.Ledger),
		"SELECT DISTINCT agency_id FROM disclosures WHERE case_id = "+o.bind(1)+" AND kind = 'READ' AND "+named+" ORDER BY agency_id", caseID, suspectID)
}

// RemainingSuspects returns those of the suspects whose row is still in the database.
func (o *Op) RemainingSuspects(ctx context.Context, ids []string) ([]string, error) {
	return o.remaining(ctx, "suspects", ids)
}

// removeSuspect deletes without asking: as the owner of the tables, or embedded.
func (o *Op) removeSuspect(ctx context.Context, caseID, suspectID string) error {
	var res sql.Result
	if o.store.dialect == dialect.Postgres {
		return o.driver.Exec(ctx, "SELECT sala_remove_suspect($1, $2)", []any{caseID, suspectID}, &res)
	}
	const (
		rows  = "SELECT ?2 UNION SELECT id FROM suspect_versions WHERE case_id = ?1 AND row_id = ?2"
		due   = "SELECT id FROM retentions WHERE case_id = ?1 AND row_id = ?2"
		other = "SELECT id FROM suspects WHERE case_id = ?1 AND id <> ?2 UNION SELECT id FROM suspect_versions WHERE case_id = ?1 AND row_id <> ?2"
		named = "EXISTS (SELECT 1 FROM json_each(CAST(%s AS TEXT)) j WHERE j.value IN (%s))"
	)
	// A look at her other rows beside it stays on record: it is hers (H2).
	looks := fmt.Sprintf("FROM disclosures WHERE case_id = ?1 AND categories = %d AND ", category.Suspect.Bit()) +
		fmt.Sprintf(named, "row_ids", rows) + " AND NOT " + fmt.Sprintf(named, "row_ids", other)
	for _, s := range []string{
		"INSERT OR IGNORE INTO erased_details SELECT lower(hex(commitment)) " + looks,
		"DELETE " + looks,
		"DELETE FROM notice_marks WHERE notice_id IN (SELECT n.id FROM notices n WHERE n.subject_id IN (" + rows + " UNION " + due + "))",
		"DELETE FROM notices WHERE subject_id IN (" + rows + " UNION " + due + ")",
		"DELETE FROM idempotency_keys WHERE " + fmt.Sprintf(named, "result_ids", rows+" UNION "+due),
		"DELETE FROM retentions WHERE case_id = ?1 AND row_id = ?2",
		"DELETE FROM suspect_versions WHERE case_id = ?1 AND row_id = ?2",
		"DELETE FROM suspects WHERE case_id = ?1 AND id = ?2",
	} {
		if err := o.driver.Exec(ctx, s, []any{caseID, suspectID}, &res); err != nil {
			return failed(err, "erasing a suspect's row")
		}
	}
	return nil
}
