package attack

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/breakglass"
	"github.com/sala-exchange/sala/ent/glassattempt"
	"github.com/sala-exchange/sala/ent/glassreview"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/caseref"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// glassScope is the scope of an agency's case worker who may try break-glass.
func glassScope(w *world.World, code string, p category.Purpose) rule.Scope {
	s := w.As(code, p)
	s.BreakGlass = true
	return s
}

func supervisorOf(w *world.World, code string) rule.Scope {
	s := as(w, code)
	s.Member, s.Supervisor = w.Agencies[code].Supervisor, true
	return s
}

// referenceOf is a case's spoken reference, as the caller on the phone has it.
func referenceOf(w *world.World, caseID string) (reference string) {
	w.T.Helper()
	w.Must(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) error {
		c, err := op.CaseFile.Get(ctx, caseID)
		if err == nil {
			reference = c.Reference
		}
		return err
	})
	return reference
}

func glassInput(reference string, cs ...category.Category) casework.BreakGlassInput {
	return casework.BreakGlassInput{Reference: reference, Ground: valueset.GlassGroundMedicalEmergency, Reason: "Canary reason", Categories: cs}
}

// tries is one attempt: what it came to, and its id.
func tries(t *testing.T, w *world.World, s rule.Scope, in casework.BreakGlassInput) (valueset.GlassOutcome, string, error) {
	t.Helper()
	var id string
	var outcome valueset.GlassOutcome
	err := w.Do(s, func(ctx context.Context, op *store.Op) (err error) {
		if id, err = casework.BreakGlass(ctx, op, in); err != nil {
			return err
		}
		row, err := op.GlassAttempt.Query().Where(glassattempt.ID(id)).Only(ctx)
		if err == nil {
			outcome = row.Outcome
		}
		return err
	})
	return outcome, id, err
}

func comesTo(t *testing.T, w *world.World, what string, s rule.Scope, in casework.BreakGlassInput, want valueset.GlassOutcome) string {
	t.Helper()
	got, id, err := tries(t, w, s, in)
	if err != nil || got != want {
		t.Errorf("%s: %s, want %s: %v (%v)", what, got, want, err, world.Cause(err))
	}
	return id
}

func locks(t *testing.T, w *world.World, caseID string) {
	t.Helper()
	w.Must(supervisorOf(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.LockCase(ctx, op, caseID) })
}

func counted(t *testing.T, w *world.World, query string) int64 {
	t.Helper()
	return one[int64](t, raw(t, w), query)
}

// Test25GlassOpensToOneMemberForHours: what break-glass opens, to whom and how long; alert
// and review are there before the first byte; its start and its stop are on record.
func Test25GlassOpensToOneMemberForHours(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := full(t, w, "Canary Glass")
		reference, nok := referenceOf(w, id), glassScope(w, "ngo", assistance)
		colleague := as(w, "ngo")
		colleague.Member = w.Agencies["ngo"].Colleague
		if got := sees(t, w, nok, id); got != "" {
			t.Fatalf("before: %q", got)
		}
		comesTo(t, w, "breaking glass", nok, glassInput(reference, category.Identity, category.Contact, category.Health, category.Protection), valueset.GlassOutcomeOpened)
		const want = "CASE by lwu, CONTACT by lwu, HEALTH by lwu, IDENTITY by lwu, PROTECTION by lwu"
		if got := sees(t, w, nok, id); got != want {
			t.Errorf("who broke glass sees %q, want %q", got, want)
		}
		for what, s := range map[string]rule.Scope{"a colleague": colleague, "the supervisor": supervisorOf(w, "ngo"), "for another purpose": w.As("ngo", category.ForProtection), "the police": as(w, "atd")} {
			if got := sees(t, w, s, id); got != "" {
				t.Errorf("%s sees %q", what, got)
			}
		}
		for what, n := range map[string]int64{
			"the alert":     counted(t, w, "SELECT count(*) FROM notices WHERE kind = 'GLASS_BROKEN' AND agency_id = '"+w.Agencies["lwu"].ID+"'"),
			"the review":    counted(t, w, "SELECT count(*) FROM glass_reviews WHERE case_id = '"+id+"' AND reviewed_on IS NULL AND told_on IS NULL"),
			"the start":     counted(t, w, "SELECT count(*) FROM disclosures WHERE verb = 'break glass' AND case_id = '"+id+"' AND contributor_id = '"+w.Agencies["lwu"].ID+"'"),
			"to one member": counted(t, w, "SELECT count(*) FROM accesses WHERE basis = 'BREAK_GLASS' AND case_id = '"+id+"'"),
		} {
			if n != 1 {
				t.Errorf("%s: %d, want 1", what, n)
			}
		}
		_, _, err := tries(t, w, nok, glassInput(reference, category.Identity))
		wantKind(t, "once more while it is open", err, errs.Conflict)
		w.Shut("lwu")
		if got := sees(t, w, nok, id); got != "" {
			t.Errorf("while the owner is suspended: %q", got)
		}
		w.Open("lwu")
		// Somebody else's change in between rewrites the accesses, and keeps this one.
		w.Share("lwu", id, "atd", category.ForJustice, category.Profile)
		w.Advance(4*time.Hour - time.Minute)
		if got := sees(t, w, nok, id); got != want {
			t.Errorf("a minute before its end: %q", got)
		}
		w.Advance(time.Minute)
		if got := sees(t, w, nok, id); got != "" {
			t.Errorf("after its end: %q", got)
		}
		for range 2 {
			if _, err := notify.Tell(t.Context(), w.Store); err != nil {
				t.Fatalf("%v (%v)", err, world.Cause(err))
			}
		}
		if n := counted(t, w, "SELECT count(*) FROM disclosures WHERE verb = 'break-glass ran out' AND case_id = '"+id+"'"); n != 1 {
			t.Errorf("its end is on record %d times", n)
		}
		evaluated(t, w)
	})
}

// Test25GlassInput: without a reason, too long, for more than it may, by an account that
// may not: refused, and nothing is stored.
func Test25GlassInput(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Canary Input")
		good := glassInput(referenceOf(w, id), category.Identity)
		for what, change := range map[string]func(*casework.BreakGlassInput){
			"without a reason": func(in *casework.BreakGlassInput) { in.Reason = "" },
			"without a ground": func(in *casework.BreakGlassInput) { in.Ground = "" },
			"of nothing":       func(in *casework.BreakGlassInput) { in.Categories = nil },
			"of where she is":  func(in *casework.BreakGlassInput) { in.Categories = []category.Category{category.Whereabouts} },
			"of her story": func(in *casework.BreakGlassInput) {
				in.Categories = []category.Category{category.Identity, category.Narrative}
			},
			"of her restricted health": func(in *casework.BreakGlassInput) { in.Categories = []category.Category{category.HealthRestricted} },
			"of suspects":              func(in *casework.BreakGlassInput) { in.Categories = []category.Category{category.Suspect} },
			"for five hours": func(in *casework.BreakGlassInput) {
				in.ValidUntil = world.Ptr(w.Store.Now() + (5 * time.Hour).Microseconds())
			},
			"until before": func(in *casework.BreakGlassInput) { in.ValidUntil = world.Ptr(w.Store.Now() - 1) },
			"by her name":  func(in *casework.BreakGlassInput) { in.Reference = "Canary Input" },
			"by an id":     func(in *casework.BreakGlassInput) { in.Reference = id },
			"with a made confirmation": func(in *casework.BreakGlassInput) {
				in.Confirmation, in.AgainstRefusal = world.Ptr(pubid.New("attempt")), world.Ptr("because")
			},
		} {
			in := good
			change(&in)
			_, _, err := tries(t, w, glassScope(w, "ngo", assistance), in)
			wantKind(t, what, err, errs.Invalid)
		}
		_, _, err := tries(t, w, as(w, "ngo"), good)
		wantKind(t, "by an account that may not", err, errs.Forbidden)
		if n := counted(t, w, "SELECT (SELECT count(*) FROM glass_attempts) + (SELECT count(*) FROM break_glasses)"); n != 0 {
			t.Errorf("%d rows were stored", n)
		}
	})
}

// Test25AttemptsAlike: a reference of no case, of a locked one, of one's own agency's, of
// an international organisation's and of one who is dead come to the same, and leave the
// same behind; and there are only three in a day. That an unlocked one is told apart shows
// that the comparison sees.
func Test25AttemptsAlike(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		locked, open := w.Register("lwu", "Canary Locked"), w.Register("lwu", "Canary Open")
		dead := run(t, w, as(w, "lwu"), func(ctx context.Context, op *store.Op) (string, error) {
			return casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: valueset.CaseKindPresumedVictim, Recording: world.Recording(assistance),
				Identity: world.Adult("Canary Dead"), Profile: &casework.ProfileInput{Deceased: world.Ptr(true)}})
		})
		locks(t, w, locked)
		nok := glassScope(w, "ngo", assistance)
		traces := map[string]string{}
		for _, c := range [][2]string{
			{"no case", caseref.New()}, {"locked", referenceOf(w, locked)}, {"of an international organisation", referenceOf(w, w.Register("iom", "Canary IOM"))},
			{"of one's own agency", referenceOf(w, w.Register("ngo", "Canary Own"))}, {"dead", referenceOf(w, dead)},
		} {
			id := comesTo(t, w, c[0], nok, glassInput(c[1], category.Identity), valueset.GlassOutcomeNotOpened)
			traces[c[0]] = traceOf(t, w, id)
			w.Advance(9 * time.Hour)
		}
		for what, trace := range traces {
			if trace != traces["no case"] {
				t.Errorf("%s leaves %q, no case %q", what, trace, traces["no case"])
			}
		}
		w.Advance(24 * time.Hour)
		id := comesTo(t, w, "an open one", nok, glassInput(referenceOf(w, open), category.Identity), valueset.GlassOutcomeOpened)
		if traceOf(t, w, id) == traces["no case"] {
			t.Error("the comparison sees no difference where there is one")
		}
		comesTo(t, w, "the second", nok, glassInput(caseref.New(), category.Identity), valueset.GlassOutcomeNotOpened)
		comesTo(t, w, "the third", nok, glassInput(caseref.New(), category.Identity), valueset.GlassOutcomeNotOpened)
		for _, reference := range []string{caseref.New(), referenceOf(w, open), referenceOf(w, locked)} {
			comesTo(t, w, "the fourth", nok, glassInput(reference, category.Identity), valueset.GlassOutcomeTooMany)
		}
		if n := counted(t, w, "SELECT count(*) FROM notices WHERE kind = 'GLASS_TRIED' AND agency_id = '"+w.Agencies["ngo"].ID+"'"); n != 1 {
			t.Errorf("its own agency is told %d times", n)
		}
	})
}

// traceOf is what an attempt left in the database, but for ids and times.
func traceOf(t *testing.T, w *world.World, id string) string {
	t.Helper()
	db := raw(t, w)
	row := one[string](t, db, "SELECT agency_id || member_id || outcome || '/' || case_id || '/' || glass_id || '/' || confirms_id FROM glass_attempts WHERE id = '"+id+"'")
	at := one[int64](t, db, "SELECT attempted_on FROM glass_attempts WHERE id = '"+id+"'")
	record := one[string](t, db, fmt.Sprintf("SELECT coalesce(min(kind || agency_id || member_id || purpose || verb || case_id || contributor_id), '') || count(*) FROM disclosures WHERE at = %d", at))
	notices := counted(t, w, fmt.Sprintf("SELECT count(*) FROM notices WHERE created_on = %d", at))
	return fmt.Sprint(row, record, notices)
}

// Test25RefusalIsShownFirst: where she has refused the agency, that is shown first; a
// second call with its own reason goes on, once, by the same member, within 15 minutes.
func Test25RefusalIsShownFirst(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id, other := w.Register("lwu", "Canary Refusal"), w.Register("lwu", "Canary Other")
		w.Share("lwu", id, "ngo", assistance, category.Identity)
		w.Must(as(w, "lwu"), withdraw(w, id, "ngo"))
		nok, in := glassScope(w, "ngo", assistance), glassInput(referenceOf(w, id), category.Identity)
		shown := comesTo(t, w, "a refusal stands", nok, in, valueset.GlassOutcomeRefusalStands)
		if got := sees(t, w, nok, id); strings.Contains(got, "IDENTITY") {
			t.Errorf("what was refused is open already: %q", got)
		}
		if n := counted(t, w, "SELECT count(*) FROM disclosures WHERE verb = 'show refusal' AND case_id = '"+id+"'"); n != 1 {
			t.Errorf("that it was shown is on record %d times", n)
		}
		in.Confirmation = &shown
		_, _, err := tries(t, w, nok, in)
		wantKind(t, "confirmed without a reason", err, errs.Invalid)
		in.AgainstRefusal = world.Ptr("Canary although")
		another := nok
		another.Member = w.Agencies["ngo"].Colleague
		_, _, err = tries(t, w, another, in)
		wantKind(t, "confirmed by another", err, errs.Invalid)
		elsewhere := in
		elsewhere.Reference = referenceOf(w, other)
		comesTo(t, w, "confirmed for another case", nok, elsewhere, valueset.GlassOutcomeNotOpened)
		_, _, err = tries(t, w, nok, in)
		wantKind(t, "confirmed a second time", err, errs.Invalid)

		in.Confirmation, in.AgainstRefusal = nil, nil
		late := comesTo(t, w, "once more", nok, in, valueset.GlassOutcomeRefusalStands)
		w.Advance(16 * time.Minute)
		in.Confirmation, in.AgainstRefusal = &late, world.Ptr("Canary although")
		_, _, err = tries(t, w, nok, in)
		wantKind(t, "confirmed too late", err, errs.Invalid)
		in.Confirmation, in.AgainstRefusal = nil, nil
		again := comesTo(t, w, "a third time", nok, in, valueset.GlassOutcomeRefusalStands)
		in.Confirmation, in.AgainstRefusal = &again, world.Ptr("Canary although")
		comesTo(t, w, "confirmed", nok, in, valueset.GlassOutcomeOpened)
		if got := sees(t, w, nok, id); !strings.Contains(got, "IDENTITY by lwu") {
			t.Errorf("after the confirmation: %q", got)
		}
		w.Look(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			row, err := op.BreakGlass.Query().Where(breakglass.CaseID(id)).Only(ctx)
			if err == nil && (!row.RefusalStood || row.AgainstRefusal != "Canary although" || row.Reason != "Canary reason") {
				t.Errorf("the owner reads %v %q %q", row.RefusalStood, row.AgainstRefusal, row.Reason)
			}
			return err
		})
		evaluated(t, w)
	})
}

// Test25GlassEndsAndIsReviewed: its user ends it; a lock ends it; it is reviewed by
// somebody of the owner, once; the person is told; what is overdue goes to the panel.
func Test25GlassEndsAndIsReviewed(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Canary Review")
		nok, in := glassScope(w, "ngo", assistance), glassInput(referenceOf(w, id), category.Identity)
		end := func(s rule.Scope, glass string) error {
			return w.Do(s, func(ctx context.Context, op *store.Op) error {
				_, err := casework.EndBreakGlass(ctx, op, glass)
				return err
			})
		}
		latest := func() (glass, review string) {
			db := raw(t, w)
			glass = one[string](t, db, "SELECT id FROM break_glasses WHERE case_id = '"+id+"' ORDER BY valid_from DESC LIMIT 1")
			return glass, one[string](t, db, "SELECT id FROM glass_reviews WHERE glass_id = '"+glass+"'")
		}
		comesTo(t, w, "the first", nok, in, valueset.GlassOutcomeOpened)
		glass, review := latest()
		wantKind(t, "ended by the owner", end(as(w, "lwu"), glass), errs.Withheld)
		wantKind(t, "ended by another", end(as(w, "mops"), glass), errs.Withheld)
		if err := end(nok, glass); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		if got := sees(t, w, nok, id); got != "" {
			t.Errorf("ended by its user: %q", got)
		}
		comesTo(t, w, "the second", nok, in, valueset.GlassOutcomeOpened)
		_, overdue := latest()
		locks(t, w, id)
		if got := sees(t, w, nok, id); got != "" {
			t.Errorf("locked: %q", got)
		}
		w.Must(supervisorOf(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.UnlockCase(ctx, op, id) })
		if got := sees(t, w, nok, id); got != "" {
			t.Errorf("unlocked again: %q", got)
		}
		wantKind(t, "locked by a case worker", w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error { return casework.LockCase(ctx, op, id) }), errs.Forbidden)
		wantKind(t, "locked by another agency", w.Do(supervisorOf(w, "ngo"), func(ctx context.Context, op *store.Op) error { return casework.LockCase(ctx, op, id) }), errs.Withheld)

		reviews := func(s rule.Scope) error {
			return w.Do(s, func(ctx context.Context, op *store.Op) error {
				_, err := casework.ReviewBreakGlass(ctx, op, casework.ReviewBreakGlassInput{ReviewID: review, Verdict: valueset.GlassVerdictJustified})
				return err
			})
		}
		tells := func(s rule.Scope) error {
			return w.Do(s, func(ctx context.Context, op *store.Op) error {
				_, err := casework.TellOfBreakGlass(ctx, op, review)
				return err
			})
		}
		wantKind(t, "reviewed by its user", reviews(nok), errs.Withheld)
		wantKind(t, "told by its user", tells(nok), errs.Withheld)
		for what, act := range map[string]func(rule.Scope) error{"reviewed": reviews, "told": tells} {
			if err := act(supervisorOf(w, "lwu")); err != nil {
				t.Errorf("%s: %v (%v)", what, err, world.Cause(err))
			}
			wantKind(t, what+" twice", act(supervisorOf(w, "lwu")), errs.Conflict)
		}
		overseen(t, w, id, overdue)
		evaluated(t, w)
	})
}

// overseen: an overdue review is told to the owner and the panel, which sees a pseudonym
// and counts; whoever does not sit on it sees nothing (F5).
func overseen(t *testing.T, w *world.World, caseID, review string) {
	t.Helper()
	member := run(t, w, w.AsAdmin("ngo"), func(ctx context.Context, op *store.Op) (string, error) {
		return onboarding.EnterMember(ctx, op, onboarding.EnterMemberInput{Issuer: w.IssuerURL("ngo"), Subject: "panel", Roles: []viewer.Role{viewer.OversightPanelMember}})
	})
	sits := rule.Scope{Mode: rule.Request, Agency: w.Agencies["ngo"].ID, Member: member}
	look := func(s rule.Scope) (out *casework.Oversight, err error) {
		err = w.Do(s, func(ctx context.Context, op *store.Op) error {
			out, err = casework.Oversee(ctx, op)
			return err
		})
		return out, err
	}
	_, err := look(sits)
	wantKind(t, "without a panel", err, errs.Withheld)
	for what, codes := range map[string][]string{"of one": {"ngo"}, "of law enforcement": {"atd", "mops"}, "with a counterpart": {"ngo", "thailand"}, "of one, twice": {"ngo", "ngo"}} {
		ids := make([]string, len(codes))
		for i, c := range codes {
			ids[i] = w.Agencies[c].ID
		}
		err := w.Do(w.AsPlatform("lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.ProposeOversightPanel(ctx, op, ids)
			return err
		})
		wantKind(t, "a panel "+what, err, errs.Invalid)
	}
	proposal := run(t, w, w.AsPlatform("lwu"), func(ctx context.Context, op *store.Op) (string, error) {
		return onboarding.ProposeOversightPanel(ctx, op, []string{w.Agencies["ngo"].ID, w.Agencies["atd"].ID})
	})
	approve := func(code string) {
		w.Must(w.AsPlatform(code), func(ctx context.Context, op *store.Op) error { return onboarding.Approve(ctx, op, proposal) })
	}
	approve("lwu")
	_, err = look(sits)
	wantKind(t, "approved by one", err, errs.Withheld)
	approve("atd")
	w.Advance(73 * time.Hour)
	for range 2 {
		if _, err := notify.Tell(t.Context(), w.Store); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
	}
	for what, where := range map[string]string{
		"the owner": "agency_id = '" + w.Agencies["lwu"].ID + "' AND subject_id = '" + review + "'",
		"the panel": "holder_id = '" + member + "' AND subject_id LIKE 'panel%'",
	} {
		if n := counted(t, w, "SELECT count(*) FROM notices WHERE kind = 'GLASS_REVIEW_OVERDUE' AND "+where); n != 1 {
			t.Errorf("%s is told of what is overdue %d times", what, n)
		}
	}
	got, err := look(sits)
	if err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	if len(got.Panel) != 2 || len(got.Overdue) != 1 || len(got.Uses) != 1 || got.Uses[0].Count != 2 || got.Uses[0].Kind != valueset.AgencyKindNGO {
		t.Errorf("the panel sees %d agencies, %d overdue, uses %+v", len(got.Panel), len(got.Overdue), got.Uses)
	}
	if p := got.Overdue[0].Pseudonym; len(p) != 32 || strings.Contains(caseID, p) || p == referenceOf(w, caseID) {
		t.Errorf("the pseudonym is %q", p)
	}
	_, err = look(rule.Scope{Mode: rule.Request, Agency: w.Agencies["mops"].ID, Member: w.Agencies["mops"].Worker})
	wantKind(t, "who does not sit on it", err, errs.Withheld)
	if got := sees(t, w, sits, caseID); got != "" {
		t.Errorf("the panel sees %q of the case", got)
	}
}

// Test25ForgedGlass: whoever can write accesses makes none that rests on break-glass where
// there is none, beyond what was opened, or to another: PostgreSQL refuses the commit.
// Without its trigger the same row opens her identity to a colleague.
func Test25ForgedGlass(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	id, other := full(t, w, "Canary Forged Glass"), w.Register("lwu", "Canary Forged Other")
	nok := glassScope(w, "ngo", assistance)
	comesTo(t, w, "breaking glass", nok, glassInput(referenceOf(w, id), category.Identity, category.Contact), valueset.GlassOutcomeOpened)
	db, login := root(t, w), app(t, w)
	glass := one[string](t, db, "SELECT id FROM break_glasses")
	columns := map[string]string{}
	for _, c := range []string{"case_id", "grantee_id", "member_id", "contributor_id", "action", "categories", "purpose", "basis", "referral_id", "consent_id", "agreement_id",
		"referrer_id", "referral_agreement_id", "break_glass_id", "valid_from", "valid_until"} {
		columns[c] = one[string](t, db, "SELECT "+c+"::text FROM accesses WHERE break_glass_id = '"+glass+"'")
	}
	exec(t, db, "DELETE FROM accesses WHERE break_glass_id = '"+glass+"'")
	insert := func(changes map[string]string) error { return insertGlass(t, login, columns, changes) }
	later := one[string](t, db, "SELECT (valid_until + 1)::text FROM break_glasses")
	sooner := one[string](t, db, "SELECT (valid_from - 1)::text FROM break_glasses")
	forged := map[string]map[string]string{
		"to a colleague":          {"member_id": w.Agencies["ngo"].Colleague},
		"to the agency":           {"member_id": w.Agencies["ngo"].ID},
		"to its supervisors":      {"member_id": ""},
		"to the police":           {"grantee_id": w.Agencies["atd"].ID, "member_id": w.Agencies["atd"].Worker},
		"of another case":         {"case_id": other},
		"of her health":           {"categories": fmt.Sprint(int64(category.Case.Bit() | category.Health.Bit()))},
		"of where she is":         {"categories": fmt.Sprint(int64(category.Identity.Bit() | category.Whereabouts.Bit()))},
		"of nothing":              {"categories": fmt.Sprint(int64(category.Case.Bit()))},
		"for justice":             {"purpose": "JUSTICE"},
		"for another purpose":     {"purpose": "PROTECTION"},
		"to add":                  {"action": "ADD"},
		"a preview":               {"action": "PREVIEW"},
		"after its end":           {"valid_until": later},
		"before it was broken":    {"valid_from": sooner},
		"on no break-glass":       {"break_glass_id": "glass_x"},
		"on consent, by its name": {"basis": "CONSENT_REFERRAL"},
		"on a referral too":       {"referral_id": "referral_x"},
		"of another's rows":       {"contributor_id": w.Agencies["iom"].ID},
	}
	for what, changes := range forged {
		if err := insert(changes); state(err) != checkViolated {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := insert(nil); err != nil {
		t.Errorf("the genuine one: %v", err)
	}
	exec(t, db, "DELETE FROM accesses WHERE break_glass_id = '"+glass+"'")
	for what, spoilt := range map[string]string{
		"locked":              "INSERT INTO case_locks (id, case_id, agency_id, locked_on, locked_by) VALUES ('lock_x', '" + id + "', '" + w.Agencies["lwu"].ID + "', 1, 'x')",
		"without its review":  "DELETE FROM glass_reviews",
		"reviewed too late":   "UPDATE glass_reviews SET due_on = due_on + 1",
		"ended":               "UPDATE break_glasses SET ended_on = valid_from + 1",
		"for 25 hours":        "UPDATE break_glasses SET valid_until = valid_from + 90000000000",
		"of another's member": "UPDATE break_glasses SET recorded_by = '" + w.Agencies["ngo"].Colleague + "'",
		"after her death":     "UPDATE persons SET deceased_on = 1 WHERE case_id = '" + id + "'",
		"of another owner":    "UPDATE break_glasses SET owner_id = '" + w.Agencies["atd"].ID + "'",
	} {
		changes := map[string]string{}
		if what == "for 25 hours" {
			changes["valid_until"] = one[string](t, db, "SELECT (valid_from + 90000000000)::text FROM break_glasses")
		}
		if err := spoiltGlass(t, w, columns, changes, spoilt); state(err) != checkViolated {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Without the second wall's judgment the forged row opens.
	exec(t, db, "ALTER TABLE accesses DISABLE TRIGGER accesses_rest", "ALTER TABLE accesses DISABLE TRIGGER accesses_held")
	if err := insert(forged["to a colleague"]); err != nil {
		t.Fatal(err)
	}
	colleague := as(w, "ngo")
	colleague.Member = w.Agencies["ngo"].Colleague
	if got := sees(t, w, colleague, id); !strings.Contains(got, "IDENTITY by lwu") {
		t.Errorf("nothing is opened where nothing stands, so that nothing is shown: %q", got)
	}
}

const glassColumns = `case_id, grantee_id, member_id, contributor_id, action, categories, purpose, basis, referral_id, consent_id, agreement_id,
	referrer_id, referral_agreement_id, break_glass_id, valid_from, valid_until`

// insertGlass writes an access with some columns changed, as the policy role, and commits.
func insertGlass(t *testing.T, login *sql.DB, columns, changes map[string]string) error {
	t.Helper()
	tx, err := login.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	exec(t, tx, "SET LOCAL ROLE sala_policy")
	if _, err = tx.ExecContext(t.Context(), glassInsert(columns, changes)); err != nil {
		return err
	}
	return tx.Commit()
}

func glassInsert(columns, changes map[string]string) string {
	values, caseID := []string{}, ""
	for _, c := range strings.Split(glassColumns, ",") {
		c = strings.TrimSpace(c)
		v, changed := changes[c]
		if !changed {
			v = columns[c]
		}
		if c == "case_id" {
			caseID = v
		}
		if c != "categories" && c != "valid_from" && c != "valid_until" {
			v = "'" + v + "'"
		}
		values = append(values, v)
	}
	return "INSERT INTO accesses (id, " + glassColumns + ", facts_version, revision) SELECT '" + pubid.New("access") + "', " + strings.Join(values, ", ") +
		", facts_version, (SELECT revision FROM gates WHERE id = 'policy') FROM case_files WHERE id = '" + caseID + "'"
}

// spoiltGlass spoils what the access rests on and writes it, in one transaction of the
// owner of the tables whose triggers on what is spoilt are off; the access is judged, and
// nothing stays.
func spoiltGlass(t *testing.T, w *world.World, columns, changes map[string]string, spoilt string) error {
	t.Helper()
	tx, err := root(t, w).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	exec(t, tx, "SET LOCAL session_replication_role = replica", spoilt, "SET LOCAL session_replication_role = origin")
	if _, err = tx.ExecContext(t.Context(), glassInsert(columns, changes)); err != nil {
		return err
	}
	_, err = tx.ExecContext(t.Context(), "SET CONSTRAINTS ALL IMMEDIATE")
	return err
}

// Test25GlassBySQL: whoever writes the break-glass itself is held to the same: who, where,
// for what and how long; and a review is not given by its user.
func Test25GlassBySQL(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	id := w.Register("lwu", "Canary Glass SQL")
	db := root(t, w)
	write := func(changes map[string]string) error {
		values := map[string]string{"id": pubid.New("glass"), "case_id": id, "contributor_id": w.Agencies["ngo"].ID, "recorded_on": "10", "recorded_by": w.Agencies["ngo"].Worker,
			"owner_id": w.Agencies["lwu"].ID, "purpose": "PROTECTION", "ground": "SAFETY_THREAT", "sealed": "x", "categories": `["IDENTITY"]`, "valid_from": "10", "valid_until": "20"}
		for k, v := range changes {
			values[k] = v
		}
		var names, list []string
		for k, v := range values {
			names, list = append(names, k), append(list, "'"+v+"'")
		}
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		_, err = tx.ExecContext(t.Context(), "INSERT INTO break_glasses ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(list, ", ")+")")
		return err
	}
	if err := write(nil); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for what, changes := range map[string]map[string]string{
		"by the police":     {"contributor_id": w.Agencies["atd"].ID, "recorded_by": w.Agencies["atd"].Worker},
		"by a supervisor":   {"recorded_by": w.Agencies["ngo"].Supervisor},
		"by another's":      {"recorded_by": w.Agencies["lwu"].Worker},
		"for justice":       {"purpose": "JUSTICE"},
		"of her story":      {"categories": `["NARRATIVE"]`},
		"of nothing":        {"categories": `[]`},
		"for 25 hours":      {"valid_until": "90000000010"},
		"in advance":        {"valid_from": "11"},
		"of no case":        {"case_id": pubid.New("case")},
		"of another owner":  {"owner_id": w.Agencies["atd"].ID},
		"of its own agency": {"contributor_id": w.Agencies["lwu"].ID, "recorded_by": w.Agencies["lwu"].Worker},
	} {
		if err := write(changes); state(err) != checkViolated {
			t.Errorf("%s: %v", what, err)
		}
	}
	locks(t, w, id)
	if err := write(nil); state(err) != checkViolated {
		t.Errorf("of a locked case: %v", err)
	}
}

// Test25WhoMayTry: over the API break-glass is refused to every account that may not try
// it, about a case as about none, before anything is read or stored; to who may, its
// answer shows what it opened and is on record as break-glass.
func Test25WhoMayTry(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := serviceOf(t, w, nil)
		id := full(t, w, "Canary Served")
		reference := referenceOf(w, id)
		ask := func(code, subject string, strong bool, purpose, reference string) string {
			v := s.viewer(code, subject)
			v.SecondFactor = strong
			return s.askAs(v, `mutation @purpose(of: `+purpose+`) { breakGlass(input: {reference: "`+reference+`", ground: DANGER_TO_LIFE, reason: "x", categories: [IDENTITY, HEALTH]}) {
			  outcome confirmation breakGlass { reason categories } case { identities { names { text } } health { id } whereabouts { id } narratives { id } locked breakGlass { memberID } glassReviews { id } } userErrors { code } } }`)
		}
		for _, c := range []struct {
			what, code, subject string
			strong              bool
			purpose             string
		}{
			{"without a second factor", "ngo", "worker", false, "PROTECTION"}, {"the police", "atd", "worker", true, "PROTECTION"},
			{"an international organisation", "iom", "worker", true, "PROTECTION"}, {"a supervisor", "ngo", "supervisor", true, "PROTECTION"},
			{"for justice", "ngo", "worker", true, "JUSTICE"}, {"an administrator", "ngo", "admin", true, "PROTECTION"},
		} {
			about, none := ask(c.code, c.subject, c.strong, c.purpose, reference), ask(c.code, c.subject, c.strong, c.purpose, caseref.New())
			if about != none || codeOf(about) != "FORBIDDEN" {
				t.Errorf("%s: %s, about nobody %s", c.what, about, none)
			}
		}
		if n := counted(t, w, "SELECT count(*) FROM glass_attempts"); n != 0 {
			t.Errorf("%d attempts are stored", n)
		}
		got := ask("ngo", "worker", true, "PROTECTION", reference)
		for _, want := range []string{`"outcome":"OPENED"`, "Canary Served", `"whereabouts":[]`, `"narratives":[]`, `"locked":null`, `"glassReviews":[]`, `"memberID":"` + w.Agencies["ngo"].Worker} {
			if !strings.Contains(got, want) {
				t.Errorf("the answer lacks %s: %.900s", want, got)
			}
		}
		if n := counted(t, w, "SELECT count(*) FROM disclosures WHERE basis = 'BREAK_GLASS' AND kind = 'READ' AND case_id = '"+id+"' AND contributor_id = '"+w.Agencies["lwu"].ID+"'"); n != 1 {
			t.Errorf("the answer is on record as break-glass %d times", n)
		}
		// Its owner sees and reviews it.
		list := s.ask("lwu", "supervisor", `query @purpose(of: ASSISTANCE) { glassReviews { id dueOn breakGlass { reason agency { code } } } }`)
		if !strings.Contains(list, `"reason":"x"`) || !strings.Contains(list, `"code":"ngo"`) {
			t.Errorf("the owner's list: %s", list)
		}
		var review string
		w.Must(rule.Scope{Mode: rule.Policy}, func(ctx context.Context, op *store.Op) (err error) {
			review, err = op.GlassReview.Query().Where(glassreview.CaseID(id)).OnlyID(ctx)
			return err
		})
		done := s.ask("lwu", "supervisor", `mutation @purpose(of: ASSISTANCE) { reviewBreakGlass(input: {reviewID: "`+review+`", verdict: JUSTIFIED}) { case { glassReviews { verdict } locked } userErrors { message } } }`)
		if !strings.Contains(done, `"verdict":"JUSTIFIED"`) || !strings.Contains(done, `"locked":false`) {
			t.Errorf("the review: %s", done)
		}
		if ended := ask("ngo", "worker", true, "PROTECTION", reference); !strings.Contains(ended, `"CONFLICT"`) {
			t.Errorf("once more: %s", ended)
		}
	})
}
