package attack

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// access is one access row as a forger writes it.
type access struct {
	Case, Grantee, Member, Contributor, Action, Purpose, Referral, Consent, Agreement string
	Referrer, ReferralAgreement                                                       string
	Categories                                                                        category.Set
	From, Until                                                                       int64
}

// insert writes the row as the policy role, which alone can, and commits.
func (a access) insert(t *testing.T, login *sql.DB) error {
	t.Helper()
	tx, err := login.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	exec(t, tx, "SET LOCAL ROLE sala_policy")
	_, err = tx.ExecContext(t.Context(), `INSERT INTO accesses (id, case_id, grantee_id, member_id, contributor_id, action, categories, purpose, basis,
		referral_id, consent_id, agreement_id, valid_from, valid_until, referrer_id, referral_agreement_id, facts_version, revision)
		SELECT $1, $2::varchar, $3, $4, $5, $6, $7, $8, 'CONSENT_REFERRAL', $9, $10, $11, $12, $13, $14, $15, facts_version, (SELECT revision FROM gates WHERE id = 'policy')
		FROM case_files WHERE id = $2::varchar`,
		pubid.New("access"), a.Case, a.Grantee, a.Member, a.Contributor, a.Action, int64(a.Categories), a.Purpose,
		a.Referral, a.Consent, a.Agreement, a.From, a.Until, a.Referrer, a.ReferralAgreement)
	if err != nil {
		return err
	}
	return tx.Commit()
}

// genuine reads the access that policy made for a referral, and takes it away.
func genuine(t *testing.T, w *world.World, db *sql.DB, referral, action string) access {
	t.Helper()
	var a access
	var set int64
	err := db.QueryRowContext(t.Context(), `SELECT case_id, grantee_id, member_id, contributor_id, action, categories, purpose, referral_id, consent_id,
		agreement_id, valid_from, valid_until, referrer_id, referral_agreement_id FROM accesses WHERE referral_id = $1 AND action = $2 ORDER BY member_id DESC LIMIT 1`, referral, action).
		Scan(&a.Case, &a.Grantee, &a.Member, &a.Contributor, &a.Action, &set, &a.Purpose, &a.Referral, &a.Consent, &a.Agreement, &a.From, &a.Until,
			&a.Referrer, &a.ReferralAgreement)
	if err != nil {
		t.Fatal(err)
	}
	a.Categories = category.Set(set)
	exec(t, db, "DELETE FROM accesses WHERE referral_id = '"+referral+"'")
	return a
}

// A forged access opens nothing: PostgreSQL refuses its commit, whoever wrote it.
// A2, A4, B5, C2, C8, D1, D2, D6.
func TestAForgedAccessIsRefusedAtCommit(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	db, login := root(t, w), app(t, w)
	id := full(t, w, "Canary Forged")
	w.Share("lwu", id, "ngo", assistance, category.Identity, category.Contact, category.Profile, category.Trafficking)
	// The referral asks for less than she agreed to, and soon for more.
	ref := w.Refer("lwu", id, "ngo", assistance, category.Identity, category.Contact, category.Profile)
	w.Accept("ngo", assistance, ref)
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.WithdrawConsent(ctx, op, casework.WithdrawConsentInput{CaseID: id, RecipientID: &w.Agencies["ngo"].ID,
			Categories: []category.Category{category.Profile}, Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace})
		return err
	})
	other := share(w, "Canary Forged Other")
	declined := decline(w, id)
	narrow := agree(t, w, "lwu", "ngo", category.Profile)
	unsigned := agree(t, w, "lwu", "ngo", category.Shareable()...)
	exec(t, db, "UPDATE agreements SET countersigned_on = NULL WHERE id = '"+unsigned+"'")

	good := genuine(t, w, db, ref, "READ")
	if sees(t, w, as(w, "ngo"), id) != "REFERRAL by lwu, REFERRAL by lwu" {
		t.Fatal("the case is not closed to begin with")
	}
	theirs := genuine(t, w, db, other.Referral, "READ")
	set := category.SetOf
	for name, change := range map[string]func(*access){
		"no referral":                    func(a *access) { a.Referral = "" },
		"a referral of another case":     func(a *access) { a.Referral = theirs.Referral },
		"a declined referral":            func(a *access) { a.Referral = declined },
		"another case":                   func(a *access) { a.Case = theirs.Case },
		"another grantee":                func(a *access) { a.Grantee, a.Member = w.Agencies["atd"].ID, w.Agencies["atd"].Worker },
		"beyond referral and consent":    func(a *access) { a.Categories |= set(category.Narrative) },
		"beyond the consent":             func(a *access) { a.Categories |= set(category.Profile) },
		"beyond the referral":            func(a *access) { a.Categories |= set(category.Trafficking) },
		"another purpose":                func(a *access) { a.Purpose = "JUSTICE" },
		"a purpose that opens no case":   func(a *access) { a.Purpose = "STATISTICS" },
		"before acceptance":              func(a *access) { a.From-- },
		"after the end":                  func(a *access) { a.Until++ },
		"for ever":                       func(a *access) { a.Until = rule.Forever },
		"no consent":                     func(a *access) { a.Consent = "" },
		"a consent of another case":      func(a *access) { a.Consent = theirs.Consent },
		"a statement about recording":    func(a *access) { a.Consent = recordingOf(t, db, id) },
		"no agreement":                   func(a *access) { a.Agreement = "" },
		"an agreement of others":         func(a *access) { a.Agreement = w.Agreements["atd+lwu"] },
		"an agreement about less":        func(a *access) { a.Agreement = narrow },
		"an agreement not countersigned": func(a *access) { a.Agreement = unsigned },
		"another contributor's rows":     func(a *access) { a.Contributor = w.Agencies["atd"].ID },
		"adding to another's rows":       func(a *access) { a.Action = "ADD" },
		"correcting another's rows":      func(a *access) { a.Action = "CORRECT" },
		"an unknown action":              func(a *access) { a.Action = "DELETE" },
		"a preview of what was accepted": func(a *access) { a.Action, a.Categories = "PREVIEW", 0 },
		"own rows without a recording":   func(a *access) { a.Contributor, a.Referral, a.Consent, a.Agreement = a.Grantee, "", "", "" },
	} {
		forged := good
		change(&forged)
		if err := forged.insert(t, login); state(err) != checkViolated {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := sees(t, w, as(w, "ngo"), id); got != "REFERRAL by lwu, REFERRAL by lwu" {
		t.Errorf("after the forgeries ngo sees %q", got)
	}
	if err := good.insert(t, login); err != nil {
		t.Errorf("the genuine access: %v", err)
	}
	// Without its trigger the same forgery opens her story.
	exec(t, db, "ALTER TABLE accesses DISABLE TRIGGER accesses_rest")
	forged := good
	forged.Categories |= set(category.Narrative)
	if err := forged.insert(t, login); err != nil {
		t.Error(err)
	}
	if got, want := sees(t, w, as(w, "ngo"), id), "CASE by lwu, CONTACT by lwu, IDENTITY by lwu, NARRATIVE by lwu, PROVISION by lwu, REFERRAL by lwu, REFERRAL by lwu"; got != want {
		t.Errorf("without the trigger ngo sees %q, want %q", got, want)
	}
	withdrawnFromForgers(t, w, db, login, other, theirs)
}

// TestAForgedAccessToAChildIsRefused: nor on a provisional statement, nor on another
// basis than her consent (E1, C6).
func TestAForgedAccessToAChildIsRefused(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	db, login := root(t, w), app(t, w)
	for name, facts := range map[string]string{
		"nothing else":                 "UPDATE persons SET created_on = created_on WHERE case_id = $1",
		"a child":                      `UPDATE persons SET age_bounds = (SELECT jsonb_object_agg(key, '{"earliest": 1, "latest": 9999999999999999}'::jsonb) FROM jsonb_each(age_bounds)) WHERE case_id = $1`,
		"one who may be a child":       "UPDATE persons SET age_bounds = NULL WHERE case_id = $1",
		"an unvetted interpreter":      "UPDATE consents SET interpretation = 'UNVETTED' WHERE case_id = $1",
		"a place of unknown safety":    "UPDATE consents SET setting = 'UNKNOWN' WHERE case_id = $1",
		"a legal basis":                "UPDATE consents SET basis = 'LEGAL_OBLIGATION' WHERE case_id = $1",
		"the word of somebody for her": "UPDATE consents SET voice = 'CAREGIVER' WHERE case_id = $1",
	} {
		s := share(w, "Canary Child")
		good := genuine(t, w, db, s.Referral, "READ")
		for _, table := range []string{"persons", "consents"} {
			exec(t, db, "ALTER TABLE "+table+" DISABLE TRIGGER ALL")
		}
		if _, err := db.ExecContext(t.Context(), facts, s.Case); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"persons", "consents"} {
			exec(t, db, "ALTER TABLE "+table+" ENABLE TRIGGER ALL")
		}
		if err := good.insert(t, login); (name == "nothing else") != (err == nil) || err != nil && state(err) != checkViolated {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// withdrawnFromForgers: what she has withdrawn is not to be forged back (C8), nor a
// preview of it (D2).
func withdrawnFromForgers(t *testing.T, w *world.World, db, login *sql.DB, other shared, read access) {
	t.Helper()
	exec(t, db, "ALTER TABLE accesses ENABLE TRIGGER accesses_rest")
	offered := w.Refer("lwu", other.Case, "ngo", assistance, category.Identity)
	preview := genuine(t, w, db, offered, "PREVIEW")
	for name, a := range map[string]access{"reading": read, "a preview": preview} {
		if err := a.insert(t, login); err != nil {
			t.Errorf("%s before she withdrew: %v", name, err)
		}
	}
	late, narrow := preview, preview
	narrow.Agreement = agree(t, w, "lwu", "ngo", category.Profile)
	if err := narrow.insert(t, login); state(err) != checkViolated {
		t.Errorf("a preview on an agreement about something else: %v", err)
	}
	late.Until++
	if err := late.insert(t, login); state(err) != checkViolated {
		t.Errorf("a preview beyond its reply-by time: %v", err)
	}
	w.Withdraw("lwu", other.Case, "ngo")
	for name, a := range map[string]access{"reading": read, "a preview": preview} {
		if err := a.insert(t, login); state(err) != checkViolated {
			t.Errorf("%s after she withdrew: %v", name, err)
		}
	}
}

func decline(w *world.World, caseID string) string {
	w.T.Helper()
	ref := w.Refer("lwu", caseID, "ngo", assistance, category.Identity)
	w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
		return casework.DeclineReferral(ctx, op, casework.DeclineReferralInput{ReferralID: ref, Reason: valueset.DeclineReasonNoCapacity})
	})
	return ref
}

// agree enters an agreement for assistance between two agencies.
func agree(t *testing.T, w *world.World, a, b string, cs ...category.Category) string {
	t.Helper()
	return w.InForce([]string{a, b}, []category.Purpose{assistance}, cs, 12*24*time.Hour, 3*365*24*time.Hour)
}

func recordingOf(t *testing.T, db *sql.DB, caseID string) string {
	t.Helper()
	return one[string](t, db, "SELECT id FROM consents WHERE case_id = $1 AND kind = 'RECORDING'", caseID)
}

// What policy grants by a caregiver's word beside hers must not fail at commit, nor
// the other way round: both databases decide alike (C4).
func TestBothDatabasesTakeTheSameStatements(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Voices")
		before := sees(t, w, as(w, "ngo"), s.Case)
		caregiver := valueset.VoiceCaregiver
		err := w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordConsent(ctx, op, casework.RecordConsentInput{
				CaseID: s.Case, Kind: valueset.ConsentKindSharing, Voice: &caregiver,
				Interpretation: valueset.InterpretationNoneNeeded, Setting: valueset.SettingSafePlace,
				Provisions: []*casework.ProvisionInput{{Decision: valueset.DecisionDeny, RecipientID: &w.Agencies["ngo"].ID,
					Purposes: []category.Purpose{assistance}, Categories: []category.Category{category.Identity}}},
			})
			return err
		})
		if err != nil {
			t.Errorf("recording a caregiver's no: %v (%v)", err, world.Cause(err))
		}
		if after := sees(t, w, as(w, "ngo"), s.Case); after != before {
			t.Errorf("an adult's own yes: ngo sees %q, want %q", after, before)
		}
	})
}

// A request writes no access, no record of what was read and no gate; the ledger
// takes nothing back.
func TestNoRoleWritesWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	share(w, "Canary Roles")
	login := app(t, w)
	as := func(role, statement string) error {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		exec(t, tx, "SET LOCAL ROLE "+role)
		_, err = tx.ExecContext(t.Context(), statement)
		return err
	}
	for role, tables := range map[string][]string{
		"sala_request":    {"accesses", "disclosures", "ledger_entries", "ledger_nodes", "gates", "notices", "agencies", "members", "agreements"},
		"sala_policy":     {"disclosures", "ledger_entries", "ledger_nodes", "consents", "provisions", "referrals", "agreements", "members"},
		"sala_ledger":     {"accesses", "gates", "consents", "case_files", "members", "ledger_entries", "ledger_nodes"},
		"sala_sequence":   {"accesses", "disclosures", "gates", "consents", "case_files", "members", "notices"},
		"sala_onboarding": {"accesses", "disclosures", "ledger_entries", "ledger_nodes", "consents", "referrals", "case_files", "notices"},
	} {
		for _, table := range tables {
			if err := as(role, "INSERT INTO "+table+" SELECT * FROM "+table+" WHERE false"); state(err) != notPrivileged {
				t.Errorf("%s inserts into %s: %v", role, table, err)
			}
		}
		for _, table := range append(tables, "disclosures", "ledger_entries", "ledger_nodes") {
			if role == "sala_policy" && table == "accesses" {
				continue
			}
			for _, statement := range []string{"DELETE FROM " + table, "TRUNCATE " + table, "ALTER TABLE " + table + " DISABLE ROW LEVEL SECURITY", "ALTER TABLE " + table + " DISABLE TRIGGER ALL"} {
				if err := as(role, statement); state(err) != notPrivileged {
					t.Errorf("%s: %s: %v", role, statement, err)
				}
			}
		}
	}
	for _, statement := range []string{"UPDATE disclosures SET verb = ''", "UPDATE ledger_entries SET at = 0", "UPDATE ledger_nodes SET hash = ''"} {
		if err := as("sala_ledger", statement); state(err) != notPrivileged {
			t.Errorf("%s: %v", statement, err)
		}
	}
	// Not even their owner changes the log while its triggers stand.
	if _, err := disclosureSequence(t, w); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"UPDATE ledger_entries SET at = 0", "DELETE FROM ledger_nodes"} {
		if _, err := root(t, w).ExecContext(t.Context(), statement); err == nil {
			t.Errorf("%s: the log was changed", statement)
		}
	}
}

// A fact that changed without an evaluation of policy is not committed; on SQLite it
// leaves the case closed to everybody.
func TestAFactChangesOnlyWithAnEvaluation(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Fact")
		touch := map[string]string{
			"consents":           "UPDATE consents SET language = 'lo' WHERE case_id = '" + s.Case + "'",
			"provisions":         "UPDATE provisions SET onward = true WHERE case_id = '" + s.Case + "'",
			"referrals":          "UPDATE referrals SET state = 'ACCEPTED' WHERE case_id = '" + s.Case + "'",
			"assignments":        "UPDATE assignments SET since = 1 WHERE case_id = '" + s.Case + "'",
			"persons":            "UPDATE persons SET adult_latest = 1 WHERE case_id = '" + s.Case + "'",
			"who speaks for her": "INSERT INTO guardianships (id, case_id, contributor_id, recorded_on, recorded_by, relation, capacity, sealed, valid_from, valid_until) VALUES ('raw', '" + s.Case + "', 'x', 1, 'x', 'MOTHER', 'PARENT', '', 1, 2)",
			"incapacity":         "INSERT INTO incapacities (id, case_id, contributor_id, recorded_on, recorded_by, kind, sealed, valid_from, valid_until) VALUES ('raw', '" + s.Case + "', 'x', 1, 'x', 'LASTING', '', 1, 2)",
			"a decision":         "INSERT INTO best_interests (id, case_id, contributor_id, recorded_on, recorded_by, kind, matter, stands_for, sealed, decided_on, review_on) VALUES ('raw', '" + s.Case + "', 'x', 1, 'x', 'ASSESSMENT', 'REFERRAL', '[]', '', 1, 2)",
			"a signature":        "INSERT INTO interests_signatures (id, case_id, interests_id, agency_id, member_id, capacity, signed_on) VALUES ('raw', '" + s.Case + "', 'x', 'x', 'x', 'PANEL', 1)",
			"recovery":           "INSERT INTO recovery_periods (id, case_id, contributor_id, recorded_on, recorded_by, valid_from, valid_until) VALUES ('raw', '" + s.Case + "', 'x', 1, 'x', 1, 2)",
			"a permission":       "INSERT INTO permissions (id, case_id, contributor_id, recorded_on, recorded_by, recipient_id, purpose, categories, state, valid_from, valid_until) VALUES ('raw', '" + s.Case + "', 'x', 1, 'x', 'x', 'ASSISTANCE', '[]', 'GRANTED', 1, 2)",
			"a lock":             "INSERT INTO case_locks (id, case_id, agency_id, locked_on, locked_by) VALUES ('raw', '" + s.Case + "', 'x', 1, 'x')",
			"owner":              "UPDATE case_files SET owner_id = '" + w.Agencies["ngo"].ID + "' WHERE id = '" + s.Case + "'",
		}
		before := sees(t, w, as(w, "lwu"), s.Case)
		for name, statement := range touch {
			if w.URL != "" {
				if _, err := root(t, w).ExecContext(t.Context(), statement); state(err) != checkViolated {
					t.Errorf("%s: %v", name, err)
				}
				if after := sees(t, w, as(w, "lwu"), s.Case); after != before {
					t.Errorf("%s: lwu sees %q, want %q", name, after, before)
				}
				continue
			}
			exec(t, w.Store.DB(), statement)
			for _, code := range []string{"lwu", "ngo"} {
				if got := sees(t, w, as(w, code), s.Case); got != "" && got != "REFERRAL by lwu" {
					t.Errorf("%s: %s sees %q of a case that was not evaluated", name, code, got)
				}
			}
			w.Must(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) error { return op.Evaluate(ctx, s.Case) })
		}
	})
}

// Raw SQL under the request's own role, and a process without a policy, are refused
// alike.
func TestNoEvaluatorNoChange(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	s := share(w, "Canary Evaluator")
	login := app(t, w)
	tx, err := login.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	exec(t, tx, "SET LOCAL ROLE sala_request", "SELECT set_config('sala.agency', '"+w.Agencies["lwu"].ID+"', true)")
	_, err = tx.ExecContext(t.Context(), `INSERT INTO provisions (id, case_id, consent_id, contributor_id, decision, recipient_id, purposes, categories, valid_from, valid_until)
		VALUES ('raw', $1, $2, $3, 'PERMIT', $4, '["ASSISTANCE"]', '["NARRATIVE"]', 0, 9)`,
		s.Case, recordingOf(t, root(t, w), s.Case), w.Agencies["lwu"].ID, w.Agencies["ngo"].ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); state(err) != checkViolated {
		t.Errorf("a statement without an evaluation: %v", err)
	}
	bare, err := store.OpenPostgres(w.AppURL, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	err = bare.Run(t.Context(), as(w, "lwu"), false, func(ctx context.Context, op *store.Op) error {
		return op.Assignment.Create().SetCaseID(s.Case).SetAgencyID(w.Agencies["lwu"].ID).SetMemberID(w.Agencies["lwu"].Colleague).SetSince(1).Exec(ctx)
	})
	wantKind(t, "a process without a policy", err, errs.Unavailable)
}
