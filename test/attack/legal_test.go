package attack

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/profile"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/test/world"
)

// order is a court's order for the identity and story in one agency's rows of a case.
func order(t *testing.T, w *world.World, caseID, of string) casework.EnterLegalBasisInput {
	t.Helper()
	return casework.EnterLegalBasisInput{
		Reference: one[string](t, w.Root(), "SELECT reference FROM case_files WHERE id = '"+caseID+"'"), Kind: valueset.LegalBasisKindCourtOrder,
		ContributorID: w.Agencies[of].ID, Purpose: justice, Categories: []category.Category{category.Identity, category.Narrative},
		Authority: "Canary Court", Number: world.Ptr("77/2026"), DocumentHash: world.Ptr(strings.Repeat("0a", 32)), Coverage: "Canary Coverage",
		ValidUntil: w.Store.Now() + (30 * 24 * time.Hour).Microseconds(),
	}
}

// danger is a vital interest of ngo in lwu's rows.
func danger(t *testing.T, w *world.World, caseID string, cs ...category.Category) casework.EnterLegalBasisInput {
	t.Helper()
	in := order(t, w, caseID, "lwu")
	in.Kind, in.Purpose, in.Categories = valueset.LegalBasisKindVitalInterest, category.ForProtection, cs
	in.Number, in.DocumentHash, in.ValidUntil = nil, nil, w.Store.Now()+(72*time.Hour).Microseconds()
	return in
}

// entered enters a legal basis as an agency's case worker.
func entered(t *testing.T, w *world.World, code string, in casework.EnterLegalBasisInput) string {
	t.Helper()
	return run(t, w, w.As(code, in.Purpose), func(ctx context.Context, op *store.Op) (string, error) { return casework.EnterLegalBasis(ctx, op, in) })
}

func check(w *world.World, by rule.Scope, id string, confirm bool) error {
	in := casework.CheckLegalBasisInput{LegalBasisID: id, Confirm: confirm}
	if !confirm {
		in.Refusal = world.Ptr(valueset.LegalBasisRefusalOther)
	}
	return w.Do(by, func(ctx context.Context, op *store.Op) error {
		_, err := casework.CheckLegalBasis(ctx, op, in)
		return err
	})
}

func confirmed(t *testing.T, w *world.World, code string, in casework.EnterLegalBasisInput) string {
	t.Helper()
	id := entered(t, w, code, in)
	if err := check(w, w.AsFocal("lwu"), id, true); err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	return id
}

const (
	byOrder  = "ACCESS by lwu, CASE by lwu, IDENTITY by lwu, LEGAL_BASIS by atd, NARRATIVE by lwu"
	waitsFor = "LEGAL_BASIS by atd"
)

// looked is sees, without the accesses, which are the viewer's own.
func looked(t *testing.T, w *world.World, s rule.Scope, caseID string) string {
	t.Helper()
	return strings.TrimPrefix(strings.ReplaceAll(sees(t, w, s, caseID), "ACCESS by lwu, ", ""), "ACCESS by lwu")
}

// A court's order opens what it names once a focal point of the agency whose rows they are
// has checked it: no approval of the agency that asks counts, nor of anybody else; and it
// ends at once when it is ended or either agency is suspended (F1, C9).
func TestACourtsOrderIsCheckedByWhoseRowsTheyAre(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id, other := full(t, w, "Canary Ordered"), full(t, w, "Canary Other")
		atd, want := w.As("atd", justice), strings.ReplaceAll(byOrder, "ACCESS by lwu, ", "")
		look := func(what, want string) {
			t.Helper()
			if got := looked(t, w, atd, id); got != want {
				t.Errorf("%s: atd sees %q, want %q", what, got, want)
			}
		}
		basis := entered(t, w, "atd", order(t, w, id, "lwu"))
		look("entered", waitsFor)
		boss := w.As("lwu", justice)
		boss.Supervisor, boss.Member = true, w.Agencies["lwu"].Supervisor
		for what, by := range map[string]rule.Scope{
			"its own focal point": w.AsFocal("atd"), "whoever entered it": atd, "a third agency's focal point": w.AsFocal("ngo"),
			"a case worker of the owner": w.As("lwu", justice), "a supervisor of the owner": boss, "its administrator": w.AsAdmin("lwu"),
		} {
			wantKind(t, "checked by "+what, check(w, by, basis, true), errs.Withheld)
		}
		wantKind(t, "refused without a reason", w.Do(w.AsFocal("lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.CheckLegalBasis(ctx, op, casework.CheckLegalBasisInput{LegalBasisID: basis})
			return err
		}), errs.Invalid)
		look("not checked", waitsFor)
		if err := check(w, w.AsFocal("lwu"), basis, true); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		look("checked", want)
		wantKind(t, "checked twice", check(w, w.AsFocal("lwu"), basis, false), errs.Conflict)
		if got := looked(t, w, atd, other); got != "" {
			t.Errorf("another case: %q", got)
		}
		if got := looked(t, w, as(w, "atd"), id); got != waitsFor {
			t.Errorf("for another purpose: %q", got)
		}
		for _, code := range []string{"lwu", "atd"} {
			w.Shut(code)
			look(code+" is suspended", waitsFor)
			w.Open(code)
		}
		w.Must(as(w, "lwu"), withdraw(w, id, "atd"))
		look("her no to the police", want)
		evaluated(t, w)
		w.Must(w.AsFocal("lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.EndLegalBasis(ctx, op, basis)
			return err
		})
		look("ended", waitsFor)
		if told := one[int](t, w.Root(), "SELECT count(*) FROM notices WHERE kind = 'ACCESS_ENDED' AND subject_id = '"+basis+"' AND agency_id = '"+w.Agencies["atd"].ID+"'"); told != 1 {
			t.Errorf("told of the end %d times", told)
		}
		again := confirmed(t, w, "atd", order(t, w, id, "lwu"))
		w.Advance(31 * 24 * time.Hour)
		look("its time is over", "LEGAL_BASIS by atd, LEGAL_BASIS by atd")
		if _, err := notify.Tell(t.Context(), w.Store); err != nil {
			t.Fatal(err)
		}
		if told := one[int](t, w.Root(), "SELECT count(*) FROM notices WHERE kind = 'ACCESS_ENDED' AND subject_id = '"+again+"'"); told != 1 {
			t.Errorf("told that its time is over %d times", told)
		}
		late := entered(t, w, "atd", order(t, w, id, "lwu"))
		w.Advance(31 * 24 * time.Hour)
		wantKind(t, "checked too late", check(w, w.AsFocal("lwu"), late, true), errs.Conflict)
		evaluated(t, w)
	})
}

// What is entered for a reference that stands for nothing, or for no rows of the agency
// that is asked, is answered, kept, passed on and refused like what is entered for a case
// that is there (F1, threats.md 58).
func TestALegalBasisTellsNothingOfACase(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := full(t, w, "Canary Hidden")
		known := order(t, w, id, "lwu")
		foreign := order(t, w, id, "ngo")
		absent := known
		absent.Reference = caseref.New()
		described := func(basis string) string {
			return one[string](t, w.Root(), "SELECT kind || ' ' || contributor_id || ' ' || state || ' ' || purpose FROM legal_bases WHERE id = '"+basis+"'") +
				one[string](t, w.Root(), "SELECT coalesce(max(kind), '') || count(*) || coalesce(max(agency_id), '') FROM notices WHERE kind <> 'LEGAL_BASIS_TO_CHECK' AND subject_id = '"+basis+"'") +
				one[string](t, w.Root(), "SELECT '' || count(*) FROM notices WHERE kind = 'LEGAL_BASIS_TO_CHECK' AND subject_id = '"+basis+"'")
		}
		before := one[int](t, w.Root(), "SELECT facts_version FROM case_files WHERE id = '"+id+"'")
		made := map[string]string{"known": entered(t, w, "atd", known), "foreign": entered(t, w, "atd", foreign), "absent": entered(t, w, "atd", absent)}
		if after := one[int](t, w.Root(), "SELECT facts_version FROM case_files WHERE id = '"+id+"'"); after != before {
			t.Error("entering a legal basis touches the case that is there, and so takes longer")
		}
		focal := map[string]string{"known": "lwu", "foreign": "ngo", "absent": "lwu"}
		for what, basis := range made {
			if got, want := described(basis), described(made["known"]); got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		for what, basis := range made {
			if what != "known" {
				wantKind(t, what+", confirmed", check(w, w.AsFocal(focal[what]), basis, true), errs.Conflict)
			}
			if err := check(w, w.AsFocal(focal[what]), basis, false); err != nil {
				t.Fatalf("%s: %v (%v)", what, err, world.Cause(err))
			}
		}
		for what, basis := range made {
			if got, want := described(basis), described(made["known"]); got != want {
				t.Errorf("%s, refused: %q, want %q", what, got, want)
			}
		}
		if kept := one[int](t, w.Root(), "SELECT count(*) FROM legal_bases WHERE case_id = '' AND length(sealed) > 0"); kept != 0 {
			t.Errorf("%d of no case keep what was entered", kept)
		}
	})
}

// A vital interest reaches for 72 hours from its check, never for JUSTICE, and never over
// what a capable adult refuses; a child, and one who is incapable, is helped (F2).
func TestAVitalInterest(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		ngo := w.As("ngo", category.ForProtection)
		open := func(caseID string) bool {
			return strings.Contains(sees(t, w, ngo, caseID), "CONTACT by lwu")
		}
		begin := func(canary string) string { return w.Register("lwu", canary) }
		id := begin("Canary Danger")
		in := danger(t, w, id, category.Contact, category.Identity)
		for what, change := range map[string]func(*casework.EnterLegalBasisInput){
			"for justice":                func(in *casework.EnterLegalBasisInput) { in.Purpose = justice },
			"for longer than 72 hours":   func(in *casework.EnterLegalBasisInput) { in.ValidUntil += 10 * time.Hour.Microseconds() },
			"where she is, among others": func(in *casework.EnterLegalBasisInput) { in.Categories = append(in.Categories, category.Whereabouts) },
			"that there is a case":       func(in *casework.EnterLegalBasisInput) { in.Categories = []category.Category{category.Case} },
			"exploitation, for tracing": func(in *casework.EnterLegalBasisInput) {
				in.Purpose, in.Categories = category.Tracing, []category.Category{category.Family, category.Trafficking}
			},
			"its own rows": func(in *casework.EnterLegalBasisInput) { in.ContributorID = w.Agencies["ngo"].ID },
		} {
			bad := in
			change(&bad)
			wantKind(t, what, w.Do(w.As("ngo", bad.Purpose), func(ctx context.Context, op *store.Op) error {
				_, err := casework.EnterLegalBasis(ctx, op, bad)
				return err
			}), errs.Invalid)
		}
		confirmed(t, w, "ngo", in)
		if !open(id) {
			t.Fatal("a vital interest opens nothing")
		}
		no := begin("Canary Refuses")
		w.Must(as(w, "lwu"), withdraw(w, no, "ngo"))
		confirmed(t, w, "ngo", danger(t, w, no, category.Contact))
		if open(no) {
			t.Error("a vital interest goes over her refusal")
		}
		girl := born(w, thirteen)
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordContact(ctx, op, girl, casework.ContactInput{Channel: valueset.ContactChannelMobilePhone, Address: world.Ptr("+99977")})
			return err
		})
		w.Must(as(w, "lwu"), withdraw(w, girl, "ngo"))
		confirmed(t, w, "ngo", danger(t, w, girl, category.Contact))
		if !open(girl) {
			t.Error("a child is not helped over what she refuses")
		}
		evaluated(t, w)
		w.Advance(time.Hour)
		w.Must(as(w, "lwu"), withdraw(w, id, "ngo"))
		if open(id) {
			t.Error("what she takes back meanwhile stays open")
		}
		w.Advance(72 * time.Hour)
		if open(girl) {
			t.Error("after 72 hours")
		}
		evaluated(t, w)
	})
}

// forgedBasis is an access by a legal basis, written as the policy role writes.
func forgedBasis(t *testing.T, login *sql.DB, columns map[string]any) error {
	t.Helper()
	tx, err := login.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	exec(t, tx, "SET LOCAL ROLE sala_policy")
	get := func(name string, otherwise any) any {
		if v, is := columns[name]; is {
			return v
		}
		return otherwise
	}
	_, err = tx.ExecContext(t.Context(), `INSERT INTO accesses (id, case_id, grantee_id, member_id, contributor_id, action, categories, purpose, basis, legal_basis_id,
		valid_from, valid_until, consent_id, facts_version, revision)
		SELECT $1, x.case_id, coalesce($2, x.grantee_id), coalesce($2, x.grantee_id), coalesce($3, x.contributor_id), $4, x.categories | $5, coalesce($6, x.purpose), 'LEGAL_BASIS', x.legal_basis_id,
		x.valid_from - $7::bigint, x.valid_until + $8::bigint, $9, x.facts_version, x.revision FROM accesses x WHERE x.legal_basis_id = $10 AND x.member_id = x.grantee_id LIMIT 1`,
		pubid.New("access"), get("grantee", nil), get("contributor", nil), get("action", "READ"), get("categories", int64(0)), get("purpose", nil), get("earlier", 0), get("later", 0),
		get("consent", ""), columns["basis"])
	if err != nil {
		return err
	}
	return tx.Commit()
}

// The second wall refuses, by itself, an access that no checked legal basis covers: another
// grantee, contributor, category, purpose, time; beyond 72 hours; over a refusal; by a basis
// that its own agency checked (F1, F2).
func TestAForgedLegalBasisIsRefusedAtCommit(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	db, login := root(t, w), app(t, w)
	id := full(t, w, "Canary Forged")
	basis := confirmed(t, w, "atd", order(t, w, id, "lwu"))
	if err := forgedBasis(t, login, map[string]any{"basis": basis}); err != nil {
		t.Fatalf("the genuine access is refused: %v", err)
	}
	hours := time.Hour.Microseconds()
	for what, change := range map[string]map[string]any{
		"another grantee":     {"grantee": w.Agencies["mops"].ID},
		"another contributor": {"contributor": w.Agencies["ngo"].ID},
		"to preview":          {"action": "PREVIEW"},
		"to add":              {"action": "ADD"},
		"where she is":        {"categories": int64(category.Whereabouts.Bit())},
		"her contact":         {"categories": int64(category.Contact.Bit())},
		"another purpose":     {"purpose": "ASSISTANCE"},
		"before its check":    {"earlier": hours},
		"after its end":       {"later": hours},
		"with a consent":      {"consent": "consent_x"},
	} {
		change["basis"] = basis
		if err := forgedBasis(t, login, change); state(err) != checkViolated {
			t.Errorf("%s: %v", what, err)
		}
	}
	vital := confirmed(t, w, "ngo", danger(t, w, id, category.Contact))
	spoilt := func(what, basis, change string) {
		t.Helper()
		exec(t, db, "ALTER TABLE legal_bases DISABLE TRIGGER ALL", change, "ALTER TABLE legal_bases ENABLE TRIGGER ALL")
		if err := forgedBasis(t, login, map[string]any{"basis": basis}); state(err) != checkViolated {
			t.Errorf("%s: %v", what, err)
		}
	}
	spoilt("beyond 72 hours", vital, "UPDATE legal_bases SET checked_on = checked_on - 3600000000 WHERE id = '"+vital+"'")
	spoilt("one that has ended", vital, "UPDATE legal_bases SET checked_on = checked_on + 3600000000, state = 'ENDED', ended_on = 1 WHERE id = '"+vital+"'")
	spoilt("checked by its own agency", basis, "UPDATE legal_bases SET checked_by = '"+w.Agencies["atd"].Focal+"' WHERE id = '"+basis+"'")
	spoilt("with two that stand alone", basis, "UPDATE legal_bases SET checked_by = '"+w.Agencies["lwu"].Focal+"', categories = '[\"IDENTITY\", \"NARRATIVE\", \"WHEREABOUTS\"]' WHERE id = '"+basis+"'")
	spoilt("a duty to what takes an order", basis, "UPDATE legal_bases SET kind = 'STATUTORY_DUTY', categories = '[\"IDENTITY\", \"NARRATIVE\"]' WHERE id = '"+basis+"'")

	refusing := w.Register("lwu", "Canary Forged No")
	again := confirmed(t, w, "ngo", danger(t, w, refusing, category.Contact))
	if err := forgedBasis(t, login, map[string]any{"basis": again}); err != nil {
		t.Fatalf("the genuine access is refused: %v", err)
	}
	exec(t, db, "CREATE TABLE kept AS SELECT * FROM accesses WHERE legal_basis_id = '"+again+"'")
	w.Must(as(w, "lwu"), withdraw(w, refusing, "ngo"))
	exec(t, db, "ALTER TABLE accesses DISABLE TRIGGER ALL", "INSERT INTO accesses SELECT * FROM kept", "ALTER TABLE accesses ENABLE TRIGGER ALL")
	if err := forgedBasis(t, login, map[string]any{"basis": again}); state(err) != checkViolated {
		t.Errorf("over her refusal: %v", err)
	}
}

// Nobody writes a check but who makes it: not by SQL either, on both databases (F1).
func TestACheckIsNotWrittenBySQL(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := full(t, w, "Canary Checked")
		basis := entered(t, w, "atd", order(t, w, id, "lwu"))
		set := func(state, by, agency string) string {
			return "UPDATE legal_bases SET state = '" + state + "', checked_on = recorded_on + 1, checked_by = '" + by + "', checked_agency = '" + agency + "' WHERE id = '" + basis + "'"
		}
		atd, lwu := w.Agencies["atd"], w.Agencies["lwu"]
		for what, statement := range map[string]string{
			"its own focal point":     set("CONFIRMED", atd.Focal, atd.ID),
			"its own, in lwu's name":  set("CONFIRMED", atd.Focal, lwu.ID),
			"whoever entered it":      set("CONFIRMED", atd.Worker, atd.ID),
			"a case worker of lwu":    set("CONFIRMED", lwu.Worker, lwu.ID),
			"nobody":                  set("CONFIRMED", "", ""),
			"lwu, without its reason": set("REFUSED", lwu.Focal, lwu.ID),
			"another agency's rows":   "UPDATE legal_bases SET source_id = '" + w.Agencies["ngo"].ID + "' WHERE id = '" + basis + "'",
			"more categories":         "UPDATE legal_bases SET categories = '[\"HEALTH\"]' WHERE id = '" + basis + "'",
			"a longer time":           "UPDATE legal_bases SET valid_until = valid_until + 1 WHERE id = '" + basis + "'",
			"one that begins checked": "INSERT INTO legal_bases (id, case_id, contributor_id, recorded_on, recorded_by, kind, reference, source_id, purpose, categories, sealed, valid_from, valid_until, state, checked_on, checked_by, checked_agency)" +
				" VALUES ('raw', '" + id + "', '" + atd.ID + "', 1, '" + atd.Worker + "', 'COURT_ORDER', 'x', '" + lwu.ID + "', 'JUSTICE', '[\"IDENTITY\"]', '', 1, 2, 'CONFIRMED', 1, '" + lwu.Focal + "', '" + lwu.ID + "')",
			"one for its own rows": "INSERT INTO legal_bases (id, case_id, contributor_id, recorded_on, recorded_by, kind, reference, source_id, purpose, categories, sealed, valid_from, valid_until)" +
				" VALUES ('raw', '" + id + "', '" + atd.ID + "', 1, '" + atd.Worker + "', 'COURT_ORDER', 'x', '" + atd.ID + "', 'JUSTICE', '[\"IDENTITY\"]', '', 1, 2)",
		} {
			if _, err := w.Root().ExecContext(t.Context(), statement); err == nil {
				t.Errorf("%s: written", what)
			}
		}
	})
}

// After her death a court's order is what sharing can still rest on; while she recovers a
// statutory duty begins nothing for JUSTICE, and a court's order stands (C7, D7).
func TestDeathAndRecoveryUnderALegalBasis(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		atd := w.As("atd", justice)
		reads := func(id string) bool { return strings.Contains(sees(t, w, atd, id), "IDENTITY by lwu") }
		duty := func(id string) casework.EnterLegalBasisInput {
			in := order(t, w, id, "lwu")
			in.Kind, in.Categories = valueset.LegalBasisKindStatutoryDuty, []category.Category{category.Identity}
			in.Number, in.Statute, in.Article = nil, world.Ptr("Act 1"), world.Ptr("7")
			return in
		}
		resting := w.Register("lwu", "Canary Rests")
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.StartRecovery(ctx, op, casework.StartRecoveryInput{CaseID: resting, ValidUntil: world.Ptr(op.Scope.Now + (5 * 24 * time.Hour).Microseconds())})
			return err
		})
		confirmed(t, w, "atd", duty(resting))
		if reads(resting) {
			t.Error("a duty begins while she recovers")
		}
		confirmed(t, w, "atd", order(t, w, resting, "lwu"))
		if !reads(resting) {
			t.Error("a court's order does not stand while she recovers")
		}
		dead := w.Register("lwu", "Canary Dead")
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			r, err := op.Profile.Query().Where(profile.CaseID(dead)).Only(ctx)
			if err != nil {
				return err
			}
			return casework.CorrectProfile(ctx, op, casework.CorrectInput{ID: r.ID, Version: r.Version}, casework.ProfileInput{Deceased: world.Ptr(true)})
		})
		confirmed(t, w, "atd", order(t, w, dead, "lwu"))
		if !reads(dead) {
			t.Error("after her death a court's order opens nothing")
		}
		confirmed(t, w, "ngo", danger(t, w, dead, category.Identity))
		if strings.Contains(sees(t, w, w.As("ngo", category.ForProtection), dead), "IDENTITY by lwu") {
			t.Error("a vital interest after her death")
		}
		evaluated(t, w)
		w.Advance(6 * 24 * time.Hour)
		if !reads(resting) {
			t.Error("after her time to recover the duty opens nothing")
		}
	})
}
