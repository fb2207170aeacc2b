package attack

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/identityversion"
	"github.com/sala-exchange/sala/ent/migrate"
	"github.com/sala-exchange/sala/ent/profileversion"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// versions are the entities that hold what rows were before they were corrected.
var versions = []entity{
	entityOf("IDENTITY", "identity_versions", "case_id", "contributor_id", func(o *store.Op) *ent.IdentityVersionQuery { return o.IdentityVersion.Query() },
		func(o *store.Op) getter[ent.IdentityVersion] { return o.IdentityVersion }, func(r *ent.IdentityVersion) string { return r.ContributorID }),
	entityOf("CONTACT", "contact_versions", "case_id", "contributor_id", func(o *store.Op) *ent.ContactVersionQuery { return o.ContactVersion.Query() },
		func(o *store.Op) getter[ent.ContactVersion] { return o.ContactVersion }, func(r *ent.ContactVersion) string { return r.ContributorID }),
	entityOf("PROFILE", "profile_versions", "case_id", "contributor_id", func(o *store.Op) *ent.ProfileVersionQuery { return o.ProfileVersion.Query() },
		func(o *store.Op) getter[ent.ProfileVersion] { return o.ProfileVersion }, func(r *ent.ProfileVersion) string { return r.ContributorID }),
	entityOf("TRAFFICKING", "trafficking_versions", "case_id", "contributor_id", func(o *store.Op) *ent.TraffickingVersionQuery { return o.TraffickingVersion.Query() },
		func(o *store.Op) getter[ent.TraffickingVersion] { return o.TraffickingVersion }, func(r *ent.TraffickingVersion) string { return r.ContributorID }),
	entityOf("NARRATIVE", "narrative_versions", "case_id", "contributor_id", func(o *store.Op) *ent.NarrativeVersionQuery { return o.NarrativeVersion.Query() },
		func(o *store.Op) getter[ent.NarrativeVersion] { return o.NarrativeVersion }, func(r *ent.NarrativeVersion) string { return r.ContributorID }),
	entityOf("WHEREABOUTS", "whereabouts_versions", "case_id", "contributor_id", func(o *store.Op) *ent.WhereaboutsVersionQuery { return o.WhereaboutsVersion.Query() },
		func(o *store.Op) getter[ent.WhereaboutsVersion] { return o.WhereaboutsVersion }, func(r *ent.WhereaboutsVersion) string { return r.ContributorID }),
	entityOf("FAMILY", "family_versions", "case_id", "contributor_id", func(o *store.Op) *ent.FamilyVersionQuery { return o.FamilyVersion.Query() },
		func(o *store.Op) getter[ent.FamilyVersion] { return o.FamilyVersion }, func(r *ent.FamilyVersion) string { return r.ContributorID }),
	entityOf("PROTECTION", "protection_versions", "case_id", "contributor_id", func(o *store.Op) *ent.ProtectionVersionQuery { return o.ProtectionVersion.Query() },
		func(o *store.Op) getter[ent.ProtectionVersion] { return o.ProtectionVersion }, func(r *ent.ProtectionVersion) string { return r.ContributorID }),
	entityOf("HEALTH", "health_versions", "case_id", "contributor_id", func(o *store.Op) *ent.HealthVersionQuery { return o.HealthVersion.Query() },
		func(o *store.Op) getter[ent.HealthVersion] { return o.HealthVersion }, func(r *ent.HealthVersion) string { return r.ContributorID }),
	entityOf("HEALTH_RESTRICTED", "health_restricted_versions", "case_id", "contributor_id", func(o *store.Op) *ent.HealthRestrictedVersionQuery { return o.HealthRestrictedVersion.Query() },
		func(o *store.Op) getter[ent.HealthRestrictedVersion] { return o.HealthRestrictedVersion }, func(r *ent.HealthRestrictedVersion) string { return r.ContributorID }),
	entityOf("ASSISTANCE", "assistance_versions", "case_id", "contributor_id", func(o *store.Op) *ent.AssistanceVersionQuery { return o.AssistanceVersion.Query() },
		func(o *store.Op) getter[ent.AssistanceVersion] { return o.AssistanceVersion }, func(r *ent.AssistanceVersion) string { return r.ContributorID }),
	entityOf("JUSTICE", "proceeding_versions", "case_id", "contributor_id", func(o *store.Op) *ent.ProceedingVersionQuery { return o.ProceedingVersion.Query() },
		func(o *store.Op) getter[ent.ProceedingVersion] { return o.ProceedingVersion }, func(r *ent.ProceedingVersion) string { return r.ContributorID }),
	entityOf("SUSPECT", "suspect_versions", "case_id", "contributor_id", func(o *store.Op) *ent.SuspectVersionQuery { return o.SuspectVersion.Query() },
		func(o *store.Op) getter[ent.SuspectVersion] { return o.SuspectVersion }, func(r *ent.SuspectVersion) string { return r.ContributorID }),
}

// bare are corrections by Ent alone, which no verb has prepared: they raise no version
// and keep nothing by themselves. By the table of the part.
var bare = map[string]func(context.Context, *store.Op, int64) (int, error){
	"identities": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.Identity.Update().SetOccurredOn(at).Save(c)
	},
	"contacts": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.Contact.Update().SetOccurredOn(at).Save(c)
	},
	"profiles": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.Profile.Update().SetOccurredOn(at).Save(c)
	},
	"traffickings": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.Trafficking.Update().SetOccurredOn(at).Save(c)
	},
	"narratives": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.Narrative.Update().SetOccurredOn(at).Save(c)
	},
	"whereabouts": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.Whereabouts.Update().SetOccurredOn(at).Save(c)
	},
	"families": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.Family.Update().SetOccurredOn(at).Save(c)
	},
	"protections": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.Protection.Update().SetOccurredOn(at).Save(c)
	},
	"health": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.Health.Update().SetOccurredOn(at).Save(c)
	},
	"health_restricted": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.HealthRestricted.Update().SetOccurredOn(at).Save(c)
	},
	"assistances": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.Assistance.Update().SetOccurredOn(at).Save(c)
	},
	"proceedings": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.Proceeding.Update().SetOccurredOn(at).Save(c)
	},
	"suspects": func(c context.Context, o *store.Op, at int64) (int, error) {
		return o.Suspect.Update().SetOccurredOn(at).Save(c)
	},
}

// correctAll corrects every row that is open to lwu's case worker, once.
func correctAll(w *world.World, at int64) {
	w.T.Helper()
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		for table, correct := range bare {
			if n, err := correct(ctx, op, at); err != nil || n == 0 {
				return fmt.Errorf("%s: %d rows: %w", table, n, err)
			}
		}
		return nil
	})
}

// versionsOf lists what a scope sees of former versions through every door, and fails
// where two doors differ.
func versionsOf(t *testing.T, w *world.World, st *store.Store, s rule.Scope, caseID string) string {
	t.Helper()
	ctx, op, err := st.Begin(t.Context(), s, true)
	if err != nil {
		t.Fatal(err)
	}
	defer op.Rollback()
	var out []string
	for _, e := range versions {
		rows, err := e.query(ctx, op, caseID)
		filtered, err1 := e.filter(ctx, op, caseID)
		ids, err2 := e.ids(ctx, op, caseID)
		if err := errors.Join(err, err1, err2); err != nil {
			t.Fatalf("%s: %v (%v)", e.name, err, world.Cause(err))
		}
		count := 0
		for _, a := range w.Agencies {
			n, err := e.count(ctx, op, caseID, a.ID)
			if err != nil {
				t.Fatal(err)
			}
			count += n
		}
		stored := list(t, w, "SELECT id FROM "+e.table+" WHERE case_id = '"+caseID+"'")
		byID := 0
		for _, id := range stored {
			there, err := e.get(ctx, op, id)
			exists, err1 := e.exist(ctx, op, id)
			if err := errors.Join(err, err1); err != nil || there != exists {
				t.Errorf("%s by id: %v %v %v", e.name, there, exists, err)
			}
			if there {
				byID++
			}
		}
		if len(filtered) != len(rows) || len(ids) != len(rows) || count != len(rows) || byID != len(rows) {
			t.Errorf("%s: %d by query, %d by filter, %d ids, %d counted, %d by id", e.name, len(rows), len(filtered), len(ids), count, byID)
		}
		out = append(out, rows...)
	}
	return named(w, out)
}

// list reads one column, past all walls.
func list(t *testing.T, w *world.World, query string) []string {
	t.Helper()
	rows, err := w.Root().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	return out
}

const everyVersion = "ASSISTANCE by lwu, CONTACT by lwu, FAMILY by lwu, HEALTH by lwu, HEALTH_RESTRICTED by lwu, IDENTITY by lwu, JUSTICE by lwu, NARRATIVE by lwu, PROFILE by lwu, PROTECTION by lwu, SUSPECT by lwu, TRAFFICKING by lwu, WHEREABOUTS by lwu"

// Every part that can be corrected at all has former versions, and is in this test; a
// correction leaves one whoever writes it, with what was there before, and no part is
// deleted. I2.
func TestEveryCorrectionLeavesAVersion(t *testing.T) {
	var parts []string
	for _, table := range migrate.Tables {
		if slices.Contains(columnsOf(table.Name), "corrected_on") {
			parts = append(parts, table.Name)
		}
	}
	for _, name := range parts {
		if bare[name] == nil {
			t.Errorf("no test corrects %s", name)
		}
	}
	if len(parts) != len(bare) || len(versions) != len(bare) {
		t.Errorf("%d parts, %d with former versions, %d are corrected here", len(parts), len(versions), len(bare))
	}
	both(t, func(t *testing.T, w *world.World) {
		id := full(t, w, "Canary Former")
		lwu := w.Agencies["lwu"]
		if got := versionsOf(t, w, w.Store, as(w, "lwu"), id); got != "" {
			t.Errorf("before any correction: %q", got)
		}
		first := w.Store.Now()
		correctAll(w, first)
		if got := versionsOf(t, w, w.Store, as(w, "lwu"), id); got != everyVersion {
			t.Errorf("after one correction: %q", got)
		}
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			row, err := op.Identity.Query().Only(ctx)
			if err != nil {
				return err
			}
			reason := valueset.CorrectionReasonHerRequest
			return casework.CorrectIdentity(ctx, op, casework.CorrectInput{ID: row.ID, Version: 2, Reason: &reason}, *world.Adult("Canary Latter"))
		})
		w.Look(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			now, err := op.Identity.Query().Only(ctx)
			if err != nil {
				return err
			}
			was, err := op.IdentityVersion.Query().Order(ent.Asc(identityversion.FieldVersion)).All(ctx)
			if err != nil || len(was) != 2 {
				return fmt.Errorf("%d versions: %w", len(was), err)
			}
			for i, v := range was {
				if v.Version != i+1 || v.RowID != now.ID || v.SupersededBy != lwu.Worker || v.Names[0].Text != "Canary Former" {
					t.Errorf("version %d: %+v", i+1, v)
				}
			}
			if was[0].RecordedOn != now.RecordedOn || was[0].SupersededOn != was[1].RecordedOn || was[1].SupersededOn != *now.CorrectedOn ||
				was[0].OccurredOn != nil || *was[1].OccurredOn != first || was[0].Reason != nil || *was[1].Reason != valueset.CorrectionReasonHerRequest {
				t.Errorf("when and why: %+v, %+v, now %+v", was[0], was[1], now)
			}
			if now.Version != 3 || now.Names[0].Text != "Canary Latter" {
				t.Errorf("now: %+v", now)
			}
			p, err := op.ProfileVersion.Query().Where(profileversion.CaseID(id)).Only(ctx)
			if err != nil || *p.Sex != valueset.SexFemale || !slices.Equal(p.Citizenships, []string{"LA"}) {
				t.Errorf("the profile's: %+v %v", p, err)
			}
			return nil
		})
		_, err := within(t, w.Store, as(w, "lwu"), func(ctx context.Context, op *store.Op) (int, error) { return op.Profile.Delete().Exec(ctx) })
		wantKind(t, "deleting a part", err, errs.Internal)
		_, err = within(t, w.Store, as(w, "lwu"), nothing(func(ctx context.Context, op *store.Op) error {
			return op.ProfileVersion.Create().SetCaseID(id).SetContributorID(lwu.ID).SetRowID("profile_x").SetVersion(1).SetRecordedOn(1).
				SetRecordedBy(lwu.Worker).SetSupersededOn(2).SetSupersededBy(lwu.Worker).SetSealed([]byte("x")).Exec(ctx)
		}))
		wantKind(t, "a version without a correction", err, errs.Withheld)
		_, err = within(t, w.Store, as(w, "lwu"), func(ctx context.Context, op *store.Op) (int, error) {
			return op.IdentityVersion.Update().Save(ctx)
		})
		wantKind(t, "changing what was", err, errs.Internal)
		for _, e := range versions {
			for _, statement := range []string{"UPDATE " + e.table + " SET version = 7", "DELETE FROM " + e.table} {
				if _, err := w.Root().ExecContext(t.Context(), statement); err == nil {
					t.Errorf("%s: the owner of the database rewrote history unnoticed", statement)
				}
			}
		}
	})
}

// columnsOf lists the columns of a table.
func columnsOf(table string) []string {
	var out []string
	for _, t := range migrate.Tables {
		for _, c := range t.Columns {
			if t.Name == table {
				out = append(out, c.Name)
			}
		}
	}
	return out
}

// filled sets every field of a row that can be set.
func filled[R any](row *R) *R {
	v := reflect.ValueOf(row).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		if !f.CanSet() {
			continue
		}
		switch f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		}
	}
	return row
}

// fieldsOf lists what a content has, by its names in JSON, and which of it is set.
func fieldsOf(content any) (all, set []string) {
	v := reflect.ValueOf(content)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("json")
		all = append(all, name)
		if !v.Field(i).IsZero() {
			set = append(set, name)
		}
	}
	return all, set
}

// A former version keeps every column of a part that is not sealed: a new one cannot be
// forgotten.
func TestAVersionKeepsEveryColumn(t *testing.T) {
	own := []string{"id", "case_id", "contributor_id", "version", "occurred_on", "recorded_on", "recorded_by", "corrected_on", "corrected_by"}
	for table, kept := range map[string]any{
		"profiles": store.ProfileContent(filled(&ent.Profile{})), "traffickings": store.TraffickingContent(filled(&ent.Trafficking{})),
		"assistances": store.AssistanceContent(filled(&ent.Assistance{})),
	} {
		fields, set := fieldsOf(kept)
		for _, c := range columnsOf(table) {
			if slices.Contains(own, c) {
				continue
			}
			if !slices.Contains(fields, c) {
				t.Errorf("a former version of %s does not keep %s", table, c)
			}
			if !slices.Contains(set, c) {
				t.Errorf("a former version of %s leaves %s empty", table, c)
			}
		}
	}
}

// A foreign agency, a recipient, a former one and whoever of her own agency is not on the
// case see no former version, by no door; nor does one who reads the row itself. A4, C2,
// C8, D5.
func TestAVersionIsNoWayRound(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Round")
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordNarrative(ctx, op, s.Case, casework.NarrativeInput{Kind: "STATEMENT", Text: "Canary"})
			return err
		})
		w.Further("lwu", s.Case, "Canary")
		correctAll(w, w.Store.Now())
		see := func(step string, want looks) {
			t.Helper()
			for who, versions := range want {
				if got := versionsOf(t, w, w.Store, viewerOf(t, w, who), s.Case); got != versions {
					t.Errorf("%s: %s sees %q, want %q", step, who, got, versions)
				}
			}
		}
		if got := sees(t, w, as(w, "ngo"), s.Case); !strings.Contains(got, "IDENTITY by lwu") {
			t.Fatalf("the recipient reads no row: %q", got)
		}
		see("shared", looks{
			"lwu ASSISTANCE": everyVersion, "lwu JUSTICE": everyVersion, "lwu RETURN": "", "lwu ASSISTANCE as colleague": "",
			"lwu ASSISTANCE as supervisor": "ASSISTANCE by lwu, PROFILE by lwu, TRAFFICKING by lwu",
			"ngo ASSISTANCE":               "", "ngo ASSISTANCE as supervisor": "", "ngo JUSTICE": "", "atd JUSTICE": "", "mops ASSISTANCE": "",
		})
		w.Must(as(w, "lwu"), withdraw(w, s.Case, "ngo"))
		see("withdrawn", looks{"lwu ASSISTANCE": everyVersion, "ngo ASSISTANCE": "", "ngo ASSISTANCE as supervisor": ""})
		w.Must(as(w, "lwu"), unassign(s.Case, w.Agencies["lwu"].Worker))
		see("unassigned", looks{"lwu ASSISTANCE": ""})
		w.Shut("lwu")
		see("suspended", looks{"lwu ASSISTANCE as supervisor": ""})
		w.Open("lwu")
	})
}

// Each wall alone hides former versions, and the same look works with both down; no
// other role reads them. Threats 12 and 27.
func TestEachWallHidesVersions(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	s := share(w, "Canary Wall")
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RecordNarrative(ctx, op, s.Case, casework.NarrativeInput{Kind: "STATEMENT", Text: "Canary"})
		return err
	})
	w.Further("lwu", s.Case, "Canary")
	correctAll(w, w.Store.Now())
	database := behind(t, w, store.Options{Walls: store.Walls{WithoutApplication: true}})
	for _, m := range []rule.Mode{rule.Policy, rule.Ledger, rule.Onboarding, rule.Erasure} {
		for _, e := range versions {
			if _, err := within(t, w.Store, rule.Scope{Mode: m}, func(ctx context.Context, op *store.Op) ([]string, error) { return e.query(ctx, op, s.Case) }); err == nil {
				t.Errorf("%s read former versions of %s", m.Role(), e.name)
			}
		}
	}
	look := func(walls string, st *store.Store, want string) {
		t.Helper()
		for _, who := range []string{"ngo ASSISTANCE", "mops ASSISTANCE", "ngo ASSISTANCE as supervisor"} {
			if got := versionsOf(t, w, st, viewerOf(t, w, who), s.Case); got != want {
				t.Errorf("%s: %s sees %q, want %q", walls, who, got, want)
			}
		}
	}
	look("database alone", database, "")
	exec(t, root(t, w), one[string](t, root(t, w), `SELECT string_agg(format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', tablename), '; ') FROM pg_tables WHERE schemaname = 'public'`))
	look("application alone", w.Store, "")
	look("neither", database, everyVersion)
}

// By SQL nobody corrects a row without keeping what it was, keeps what never was, or
// rewrites it: neither the request's role nor the owner of the tables.
func TestNoCorrectionPastItsVersion(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	id := full(t, w, "Canary Past")
	correctAll(w, w.Store.Now())
	lwu, login := w.Agencies["lwu"], app(t, w)
	try := func(statements ...string) error {
		tx, err := login.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		settle(t, tx, w, lwu)
		for _, s := range statements {
			if _, err := tx.ExecContext(t.Context(), s); err != nil {
				return err
			}
		}
		return tx.Commit()
	}
	plant := func(version int, by, on string) string {
		return fmt.Sprintf(`INSERT INTO profile_versions (id, case_id, contributor_id, row_id, version, occurred_on, recorded_on, recorded_by, superseded_on, superseded_by, sealed)
			SELECT 'version_forged', case_id, contributor_id, id, %d, occurred_on, coalesce(corrected_on, recorded_on), coalesce(corrected_by, recorded_by), %s, '%s', 'x' FROM profiles`, version, on, by)
	}
	correct := "UPDATE profiles SET sex = 'MALE', version = version + 1, corrected_on = sala_now(), corrected_by = sala_member()"
	for name, c := range map[string]struct {
		state      string
		statements []string
	}{
		"in place":                    {checkViolated, []string{"UPDATE profiles SET sex = 'MALE'"}},
		"without what it was":         {checkViolated, []string{correct}},
		"under another's name":        {checkViolated, []string{plant(2, lwu.Worker, "sala_now()"), strings.Replace(correct, "sala_member()", "'member_x'", 1)}},
		"where it comes from":         {checkViolated, []string{plant(2, lwu.Worker, "sala_now()"), correct + ", recorded_on = 1"}},
		"a version that still stands": {checkViolated, []string{plant(2, lwu.Worker, "sala_now()")}},
		"a version that never was":    {notPrivileged, []string{plant(9, lwu.Worker, "sala_now()")}},
		"a version of another time":   {notPrivileged, []string{plant(2, lwu.Worker, "1")}},
		"a version of another's":      {notPrivileged, []string{plant(2, lwu.Colleague, "sala_now()")}},
		"history changed":             {notPrivileged, []string{"UPDATE profile_versions SET sealed = 'x'"}},
		"history deleted":             {notPrivileged, []string{"DELETE FROM profile_versions"}},
		"an owner's change changed":   {notPrivileged, []string{"DELETE FROM case_transfers"}},
		"an assignment begun earlier": {notPrivileged, []string{"UPDATE assignments SET since = 1"}},
		"an assignment ended twice":   {checkViolated, []string{"UPDATE assignments SET ended_on = 1", "UPDATE assignments SET ended_on = 2"}},
	} {
		if err := try(c.statements...); state(err) != c.state {
			t.Errorf("%s: %v, want %s", name, err, c.state)
		}
	}
	if err := try(plant(2, lwu.Worker, "sala_now()"), correct); err != nil {
		t.Errorf("a correction with what it was: %v", err)
	}
	for _, e := range versions {
		for part := range bare {
			if _, rest, _ := strings.Cut(one[string](t, root(t, w), "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = $1", part+"_kept"), "sala_part_kept"); !strings.Contains(rest, "'"+e.table+"'") {
				continue
			}
			statement := "UPDATE " + part + " SET version = version + 1 WHERE case_id = '" + id + "'"
			if _, err := root(t, w).ExecContext(t.Context(), statement); state(err) != checkViolated {
				t.Errorf("%s, by the superuser: %v", part, err)
			}
			// Without the guard the same correction leaves nothing.
			before := one[int](t, root(t, w), "SELECT count(*) FROM "+e.table)
			db := root(t, w)
			exec(t, db, "SET session_replication_role = replica", statement)
			if n := one[int](t, db, "SELECT count(*) FROM "+e.table); n != before {
				t.Errorf("%s: the attack does not work without the guard: it proves nothing", part)
			}
		}
	}
}

// A former version opens in its own place: neither is it shown as what stands, nor what
// stands as what was.
func TestAVersionOpensInItsPlaceOnly(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Canary Was")
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			row, err := op.Identity.Query().Only(ctx)
			if err != nil {
				return err
			}
			return casework.CorrectIdentity(ctx, op, casework.CorrectInput{ID: row.ID, Version: 1}, *world.Adult("Canary Is"))
		})
		now := one[[]byte](t, w.Root(), "SELECT sealed FROM identities WHERE case_id = '"+id+"'")
		was := one[[]byte](t, w.Root(), "SELECT sealed FROM identity_versions WHERE case_id = '"+id+"'")
		row, version := one[string](t, w.Root(), "SELECT id FROM identities WHERE case_id = '"+id+"'"), one[string](t, w.Root(), "SELECT id FROM identity_versions WHERE case_id = '"+id+"'")
		lwu := w.Agencies["lwu"].ID
		at := func(entity, id string) seal.Row {
			return seal.Row{Entity: entity, ID: id, Case: caseOf(t, w, row), Contributor: lwu}
		}
		for name, c := range map[string]struct {
			row    seal.Row
			sealed []byte
			opens  bool
		}{
			"what stands":              {at(ent.TypeIdentity, row), now, true},
			"what was":                 {at(ent.TypeIdentityVersion, version), was, true},
			"what was as what stands":  {at(ent.TypeIdentity, row), was, false},
			"what stands as what was":  {at(ent.TypeIdentityVersion, version), now, false},
			"what was in another's":    {at(ent.TypeContactVersion, version), was, false},
			"what was as another row":  {at(ent.TypeIdentityVersion, "version_other"), was, false},
			"what was of the row's id": {at(ent.TypeIdentityVersion, row), was, false},
		} {
			if _, err := w.Keys.Open(t.Context(), c.row, c.sealed); (err == nil) != c.opens {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func caseOf(t *testing.T, w *world.World, identity string) string {
	t.Helper()
	return one[string](t, w.Root(), "SELECT case_id FROM identities WHERE id = '"+identity+"'")
}

// The change of a case's owner is kept whoever makes it, and told to its owner and the
// two agencies alone; on PostgreSQL no owner changes without it. A4.
func TestAnOwnersChangeIsKept(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Owned")
		third := w.Agencies["mops"]
		w.Must(as(w, "ngo"), recording(s.Case))
		said := w.Transferable("lwu", s.Case, "ngo", assistance)
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			return casework.OfferTransfer(ctx, op, casework.OfferTransferInput{CaseID: s.Case, ToID: w.Agencies["ngo"].ID, ConsentID: said})
		})
		w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error { return casework.AcceptTransfer(ctx, op, s.Case) })
		seen := func(who string) (out string) {
			w.Look(viewerOf(t, w, who), func(ctx context.Context, op *store.Op) error {
				rows, err := op.CaseTransfer.Query().All(ctx)
				for _, r := range rows {
					out += r.FromID + " to " + r.ContributorID + " at " + fmt.Sprint(r.Version)
				}
				return err
			})
			return out
		}
		want := w.Agencies["lwu"].ID + " to " + w.Agencies["ngo"].ID + " at 2"
		for who, what := range map[string]string{
			"ngo ASSISTANCE": want, "ngo ASSISTANCE as supervisor": want, "lwu ASSISTANCE": want, "lwu ASSISTANCE as colleague": "", "lwu RETURN": "",
			"mops ASSISTANCE": "", "atd JUSTICE": "",
		} {
			if got := seen(who); got != what {
				t.Errorf("%s sees %q, want %q", who, got, what)
			}
		}
		_, err := within(t, w.Store, as(w, "mops"), nothing(func(ctx context.Context, op *store.Op) error {
			return op.CaseTransfer.Create().SetCaseID(s.Case).SetFromID(w.Agencies["ngo"].ID).SetContributorID(third.ID).SetRecordedBy(third.Worker).
				SetRecordedOn(1).SetVersion(9).Exec(ctx)
		}))
		wantKind(t, "a change that never was", err, errs.Withheld)
		kind := valueset.CaseKindOther
		w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			return casework.ChangeCase(ctx, op, casework.ChangeCaseInput{CaseID: s.Case, Version: 2, Kind: &kind})
		})
		for _, statement := range []string{"UPDATE case_transfers SET version = 7", "DELETE FROM case_transfers",
			"UPDATE case_changes SET version = 7", "DELETE FROM case_changes"} {
			if _, err := w.Root().ExecContext(t.Context(), statement); err == nil {
				t.Errorf("%s: the owner of the database rewrote history unnoticed", statement)
			}
		}
	})
}

// A person who is erased has no history either; before that its rows are deleted by
// nobody. H4.
func TestAnErasedPersonHasNoHistory(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		l, _ := listOf(t, w)
		id := full(t, w, "Canary Erased")
		kept := full(t, w, "Canary Kept")
		correctAll(w, w.Store.Now())
		asked(t, w, id)
		w.Advance(15 * 24 * time.Hour)
		if carry(t, w, l) != 1 {
			t.Fatal("it was not carried out")
		}
		for _, e := range versions {
			for caseID, want := range map[string]int{id: 0, kept: 1} {
				if n := one[int](t, w.Root(), "SELECT count(*) FROM "+e.table+" WHERE case_id = '"+caseID+"'"); n != want {
					t.Errorf("%s: %d former versions, want %d", e.name, n, want)
				}
			}
		}
	})
}

// looks are what viewers see, by who they are: agency, purpose, and "as colleague" or
// "as supervisor".
type looks map[string]string

func viewerOf(t *testing.T, w *world.World, who string) rule.Scope {
	t.Helper()
	var code, purpose, link, role string
	_, _ = fmt.Sscan(who, &code, &purpose, &link, &role)
	s, a := w.As(code, category.Purpose(purpose)), w.Agencies[code]
	switch role {
	case "":
	case "colleague":
		s.Member = a.Colleague
	case "supervisor":
		s.Member, s.Supervisor = a.Supervisor, true
	default:
		t.Fatalf("who is %q?", who)
	}
	return s
}
