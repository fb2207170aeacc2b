package store

import (
	"context"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/casefile"
	"github.com/sala-exchange/sala/ent/fileimport"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/stagedrow"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
)

// forgottenAtOnce bounds how many cases one transaction holds locks of.
const forgottenAtOnce = 200

// Forget deletes what an agency that leaves has contributed, of some cases at a time,
// and returns of how many; 0 says that nothing is left. Her own statements stay: what
// others may see rests on them, and what she refused (C4). On PostgreSQL the database
// does it, as the owner of the tables, and only for a departure that has come so far.
func (o *Op) Forget(ctx context.Context, agencyID string) (int, error) {
	ctx = rule.InMode(ctx, rule.Erasure)
	if o.store.dialect != dialect.Postgres {
		return o.forgetEmbedded(ctx, agencyID)
	}
	rows := &sql.Rows{}
	if err := o.driver.Query(ctx, "SELECT sala_forget($1, $2)", []any{agencyID, forgottenAtOnce}, rows); err != nil {
		return 0, forgetting(err)
	}
	n, err := sql.ScanInt(rows)
	if e := rows.Close(); err == nil {
		err = e
	}
	if err != nil {
		return 0, forgetting(err)
	}
	return n, nil
}

func forgetting(err error) error {
	return errs.Wrap(err, errs.Unavailable, "deleting an agency's contributions failed; nothing of this step was deleted: call again")
}

// contributed are the tables that hold what agencies contributed; sala_contributed is
// the same on PostgreSQL.
const contributed = "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c JOIN pragma_table_info(m.name) k" +
	" WHERE m.type = 'table' AND c.name = 'contributor_id' AND k.name = 'case_id'" +
	" AND m.name NOT IN ('consents', 'provisions', 'guardianships', 'best_interests', 'incapacities', 'recovery_periods', 'legal_bases', 'break_glasses', 'permissions', 'external_referrals', 'case_changes', 'case_transfers', 'accesses', 'disclosures')"

// forgetEmbedded is sala_forget on the embedded database.
func (o *Op) forgetEmbedded(ctx context.Context, agencyID string) (int, error) {
	tables, err := o.words(ctx, contributed)
	if err != nil {
		return 0, err
	}
	ready, err := o.words(ctx, "SELECT agency_id FROM offboardings WHERE agency_id = ? AND exported_on IS NOT NULL AND keys_destroyed_on IS NULL AND deletion_due_on <= ?", agencyID, o.Scope.Now)
	if err != nil {
		return 0, err
	}
	if len(ready) == 0 {
		return 0, forgetting(errs.New(errs.Internal, "no departure of this agency has come so far"))
	}
	parts, args := make([]string, len(tables)), make([]any, len(tables))
	for i, t := range tables {
		parts[i], args[i] = "SELECT case_id FROM `"+t+"` WHERE contributor_id = ?", agencyID
	}
	cases, err := o.words(ctx, "SELECT DISTINCT case_id FROM ("+strings.Join(parts, " UNION ALL ")+") LIMIT ?", append(args, forgottenAtOnce)...)
	if err != nil {
		return 0, err
	}
	if err := o.driver.settings(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
		return 0, forgetting(err)
	}
	for _, id := range cases {
		if err := o.forgetCase(ctx, tables, id, agencyID); err != nil {
			return 0, forgetting(err)
		}
	}
	return len(cases), nil
}

func (o *Op) forgetCase(ctx context.Context, tables []string, caseID, agencyID string) error {
	type statement struct {
		query string
		args  []any
	}
	// The versions are kept beside: what others see does not rest on these rows.
	version, err := o.words(ctx, "SELECT facts_version FROM case_files WHERE id = ?", caseID)
	if err != nil || len(version) != 1 {
		return errs.Wrap(err, errs.Internal, "reading a case failed")
	}
	var all []statement
	for _, t := range tables {
		all = append(all, statement{"DELETE FROM `" + t + "` WHERE case_id = ? AND contributor_id = ?", []any{caseID, agencyID}})
	}
	all = append(all,
		statement{"DELETE FROM accesses WHERE case_id = ? AND grantee_id = ? AND contributor_id = ? AND action = 'READ'" +
			" AND EXISTS (SELECT 1 FROM case_files f WHERE f.id = accesses.case_id AND f.owner_id <> ?)", []any{caseID, agencyID, agencyID, agencyID}},
		statement{"UPDATE case_files SET facts_version = CAST(? AS INTEGER) WHERE id = ?", []any{version[0], caseID}})
	for _, s := range all {
		var res sql.Result
		if err := o.driver.Exec(ctx, s.query, s.args, &res); err != nil {
			return err
		}
	}
	return nil
}

// AbandonImports gives up every import that an agency has left open, with what it staged,
// and returns how many: an agency that leaves brings nothing in any more. Their keys are
// destroyed by the job that destroys those of imports that have ended.
func (o *Op) AbandonImports(ctx context.Context, agencyID string) (int, error) {
	ctx = rule.InMode(ctx, rule.Erasure)
	ids, err := o.FileImport.Query().Where(fileimport.AgencyID(agencyID), fileimport.StateEQ(valueset.ImportStateOpen)).IDs(ctx)
	if err != nil {
		return 0, failed(err, "reading the open imports")
	}
	if len(ids) == 0 {
		return 0, nil
	}
	// The import first: a batch that is being staged, and a commit, find it ended.
	n, err := o.FileImport.Update().Where(fileimport.IDIn(ids...), fileimport.StateEQ(valueset.ImportStateOpen)).
		SetState(valueset.ImportStateAbandoned).SetEndedOn(o.Scope.Now).AddVersion(1).Save(ctx)
	if err == nil {
		_, err = o.StagedRow.Delete().Where(stagedrow.ImportIDIn(ids...)).Exec(ctx)
	}
	if err != nil {
		return 0, failed(err, "giving up the open imports")
	}
	return n, nil
}

// Remembered returns those of the agencies of whose contributions something is left.
func (o *Op) Remembered(ctx context.Context, agencyIDs []string) ([]string, error) {
	ctx = rule.InMode(ctx, rule.Erasure)
	if len(agencyIDs) == 0 {
		return nil, nil
	}
	if o.store.dialect == dialect.Postgres {
		return o.words(ctx, "SELECT sala_remembered($1)", agencyIDs)
	}
	tables, err := o.words(ctx, contributed)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, id := range agencyIDs {
		for _, t := range tables {
			found, err := o.words(ctx, "SELECT contributor_id FROM `"+t+"` WHERE contributor_id = ? LIMIT 1", id)
			if err != nil {
				return nil, err
			}
			if len(found) > 0 {
				out = append(out, id)
				break
			}
		}
	}
	return out, nil
}

// References returns the references of cases that an agency which leaves has
// contributed to, by id.
func (o *Op) References(ctx context.Context, caseIDs []string) (map[string]string, error) {
	ctx = rule.InMode(ctx, rule.Departure)
	out := map[string]string{}
	if len(caseIDs) == 0 {
		return out, nil
	}
	list, args := "", make([]any, len(caseIDs))
	for i, id := range caseIDs {
		if i > 0 {
			list += ", "
		}
		list, args[i] = list+o.bind(i+1), id
	}
	lines, err := o.words(ctx, "SELECT id || ' ' || reference FROM case_files WHERE id IN ("+list+")", args...)
	for _, l := range lines {
		id, reference, _ := strings.Cut(l, " ")
		out[id] = reference
	}
	return out, err
}

// Owned counts the cases of an agency, and those of them that no transfer moves: of one
// who is or may be a child, or is dead (A4, E1, C7).
func (o *Op) Owned(ctx context.Context, agencyID string) (all, still int, err error) {
	ctx = rule.InMode(ctx, rule.Policy)
	for last := ""; ; {
		rows, err := o.CaseFile.Query().Where(casefile.OwnerID(agencyID), casefile.IDGT(last)).WithPerson().
			Order(ent.Asc(casefile.FieldID)).Limit(500).All(ctx)
		if err != nil {
			return 0, 0, failed(err, "counting the agency's cases")
		}
		if len(rows) == 0 {
			return all, still, nil
		}
		for _, c := range rows {
			p := c.Edges.Person
			from := int64(-1)
			if p != nil {
				from = adultFrom(p.AgeBounds, agencyID)
			}
			if from == -1 || from > o.Scope.Now || p.DeceasedOn != nil {
				still++
			}
			last = c.ID
		}
		all += len(rows)
	}
}

// Departed is a departure that was carried out, as the list outside the database knows it.
type Departed struct {
	Agency, Digest string
	At             int64 // UTC microseconds
}

// ForgetAgain deletes once more what an agency that left had contributed, from a
// restored database that does not know of it, and tells whether something was there.
// Where the database still has cases of the agency, its departure goes on from there.
// The store must be bound to the owner of the tables.
func (s *Store) ForgetAgain(ctx context.Context, d Departed) (there bool, err error) {
	for {
		n, err := s.forgetSome(ctx, d)
		if err != nil {
			return there, errs.Wrap(err, errs.Unavailable, "applying the erasure list failed: run it as the owner of the tables")
		}
		if n == 0 {
			return there, nil
		}
		there = true
	}
}

func (s *Store) forgetSome(ctx context.Context, d Departed) (int, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }()
	// No role is taken on: the owner's own rights are what it takes.
	scope := &rule.Scope{Mode: rule.Erasure, Now: s.Now()}
	o := &Op{store: s, tx: tx, Scope: scope, driver: &txDriver{conn: sql.Conn{ExecQuerier: tx}, dialect: s.dialect, mode: scope.Mode}}
	ctx = rule.WithScope(ctx, scope)
	exists, err := o.words(ctx, "SELECT id FROM agencies WHERE id = "+o.bind(1), d.Agency)
	if err != nil || len(exists) == 0 {
		return 0, err // a backup from before its time
	}
	known, err := o.words(ctx, "SELECT id FROM offboardings WHERE agency_id = "+o.bind(1), d.Agency)
	if err != nil {
		return 0, err
	}
	var res sql.Result
	exec := func(query string, args ...any) {
		if err == nil {
			err = o.driver.Exec(ctx, query, args, &res)
		}
	}
	if len(known) == 0 {
		exec("INSERT INTO offboardings (id, agency_id, frozen_on, export_parts) VALUES ("+o.bind(1)+", "+o.bind(2)+", "+o.bind(3)+", 0)", pubid.New("offboarding"), d.Agency, d.At)
		exec("UPDATE agencies SET state = 'OFFBOARDING' WHERE state = 'ACTIVE' AND id = "+o.bind(1), d.Agency)
	}
	exec("UPDATE offboardings SET exported_on = coalesce(exported_on, "+o.bind(1)+"), export_digest = "+o.bind(2)+", deletion_due_on = "+o.bind(3)+", keys_destroyed_on = NULL WHERE agency_id = "+o.bind(4), d.At, d.Digest, d.At, d.Agency)
	if err != nil {
		return 0, err
	}
	n, err := o.Forget(ctx, d.Agency)
	if err != nil {
		return 0, err
	}
	exec("UPDATE offboardings SET keys_destroyed_on = "+o.bind(1)+" WHERE agency_id = "+o.bind(2), d.At, d.Agency)
	if err != nil {
		return 0, err
	}
	return n, tx.Commit()
}
