package attack

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/casechange"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

// hers is what the owner's case worker sees of a registered case.
const hers = "CASE by lwu, CONSENT by lwu, CONTACT by lwu, IDENTITY by lwu, PROFILE by lwu, PROVISION by lwu, TRAFFICKING by lwu"

// consentedAndReferred is the same where she has agreed to one referral.
const consentedAndReferred = "CASE by lwu, CONSENT by lwu, CONSENT by lwu, CONTACT by lwu, IDENTITY by lwu, PREVIEW by lwu, PROFILE by lwu, PROVISION by lwu, PROVISION by lwu, REFERRAL by lwu, TRAFFICKING by lwu"

// office is an agency's inside: its administrator, a team, and two units side by side.
type office struct {
	w                   *world.World
	admin               rule.Scope
	team, unit, sibling string
}

func officeOf(t *testing.T, w *world.World) *office {
	t.Helper()
	db, o := w.Root(), &office{w: w, admin: as(w, "lwu"), unit: pubid.New("unit"), sibling: pubid.New("unit")}
	o.admin.Member = one[string](t, db, fmt.Sprintf("SELECT id FROM members WHERE agency_id = '%s' AND subject = 'admin'", o.admin.Agency))
	o.admin.Administers = true
	for i, u := range []string{o.unit, o.sibling} {
		exec(t, db, fmt.Sprintf("INSERT INTO agency_units (id, agency_id, code, name) VALUES ('%s', '%s', 'u%d', 'Unit')", u, o.admin.Agency, i))
	}
	o.team = run(t, w, o.admin, func(ctx context.Context, op *store.Op) (string, error) {
		return onboarding.AddTeam(ctx, op, onboarding.TeamInput{Code: "team", Name: "Team"})
	})
	return o
}

func (o *office) mode(m valueset.NeedToKnow) {
	o.w.Must(o.admin, func(ctx context.Context, op *store.Op) error {
		return onboarding.UpdateAgency(ctx, op, o.admin.Agency, onboarding.UpdateAgencyInput{Settings: &onboarding.SettingsInput{NeedToKnow: &m}})
	})
}

func (o *office) join(group string) {
	o.w.Must(o.admin, func(ctx context.Context, op *store.Op) error {
		return onboarding.JoinGroup(ctx, op, o.w.Agencies["lwu"].Colleague, group)
	})
}

func (o *office) leave(group string) {
	o.w.Must(o.admin, func(ctx context.Context, op *store.Op) error {
		return onboarding.LeaveGroup(ctx, op, o.w.Agencies["lwu"].Colleague, group)
	})
}

// A colleague who was not put on the case sees it only as a member of a team or unit
// that was, where the agency's mode counts those, or where it counts everybody (A5,
// D5). Each change counts at the next read and rewrites no access. On SQLite the
// application's wall stands alone; on PostgreSQL both do, and then the database's.
func TestNeedToKnow(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		o := officeOf(t, w)
		id := w.Register("lwu", "Canary Inside")
		supervisor := as(w, "lwu")
		supervisor.Member, supervisor.Supervisor = w.Agencies["lwu"].Supervisor, true
		for _, holder := range []string{o.team, o.unit} {
			w.Must(supervisor, func(ctx context.Context, op *store.Op) error { return casework.Assign(ctx, op, id, holder) })
		}
		before := accesses(t, w)
		for _, step := range []struct {
			name string
			do   func()
			want string
		}{
			{"nobody's", func() {}, ""},
			{"in the team, to persons only", func() { o.join(o.team) }, ""},
			{"in the team, by teams", func() { o.mode(valueset.NeedToKnowTeam) }, hers},
			{"out of the team", func() { o.leave(o.team) }, ""},
			{"in the unit, by teams", func() { o.join(o.unit) }, ""},
			{"in the unit, by units", func() { o.mode(valueset.NeedToKnowUnit) }, hers},
			{"in its sibling", func() { o.leave(o.unit); o.join(o.sibling) }, ""},
			{"by agency", func() { o.mode(valueset.NeedToKnowAgency) }, hers},
			{"to persons again", func() { o.mode(valueset.NeedToKnowAssignment) }, ""},
		} {
			step.do()
			colleague := as(w, "lwu")
			colleague.Member = w.Agencies["lwu"].Colleague
			for wall, st := range wallsOf(t, w) {
				if got := seesBy(t, w, st, colleague, id); got != step.want {
					t.Errorf("%s, %s: the colleague sees %q, want %q", step.name, wall, got, step.want)
				}
				if got := seesBy(t, w, st, supervisor, id); got != "CASE by lwu, CONSENT by lwu, PROFILE by lwu, PROVISION by lwu, TRAFFICKING by lwu" {
					t.Errorf("%s, %s: the supervisor sees %q", step.name, wall, got)
				}
				if got := seesBy(t, w, st, as(w, "lwu"), id); got != hers {
					t.Errorf("%s, %s: who is assigned sees %q", step.name, wall, got)
				}
				if got := seesBy(t, w, st, as(w, "ngo"), id); got != "" {
					t.Errorf("%s, %s: another agency sees %q", step.name, wall, got)
				}
			}
		}
		if after := accesses(t, w); after != before {
			t.Errorf("accesses were rewritten: %s, then %s", before, after)
		}
	})
}

// A team is dissolved, and an account closed: neither counts any more.
func TestWhatHasEndedDoesNotCount(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		o := officeOf(t, w)
		o.mode(valueset.NeedToKnowTeam)
		o.join(o.team)
		id := w.Register("lwu", "Canary Ended")
		supervisor, colleague := as(w, "lwu"), as(w, "lwu")
		supervisor.Member, supervisor.Supervisor = w.Agencies["lwu"].Supervisor, true
		colleague.Member = w.Agencies["lwu"].Colleague
		w.Must(supervisor, func(ctx context.Context, op *store.Op) error { return casework.Assign(ctx, op, id, o.team) })
		if got := sees(t, w, colleague, id); got != hers {
			t.Fatalf("the team sees %q", got)
		}
		w.Must(o.admin, func(ctx context.Context, op *store.Op) error { return onboarding.DissolveTeam(ctx, op, o.team) })
		if got := sees(t, w, colleague, id); got != "" {
			t.Errorf("a dissolved team sees %q", got)
		}
		w.Must(o.admin, func(ctx context.Context, op *store.Op) error {
			return onboarding.SetActive(ctx, op, w.Agencies["lwu"].Worker, false)
		})
		if got := sees(t, w, as(w, "lwu"), id); got != "" {
			t.Errorf("a closed account sees %q", got)
		}
	})
}

// Another agency's team, unit or member is not there, whoever names it.
func TestAnotherAgencysInsideIsNotThere(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		o := officeOf(t, w)
		id := w.Register("ngo", "Canary Foreign")
		for _, foreign := range []string{o.team, o.unit, w.Agencies["lwu"].Worker, pubid.New("team"), "agency_", w.Agencies["ngo"].ID} {
			err := w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error { return casework.Assign(ctx, op, id, foreign) })
			wantKind(t, "assigning "+pubid.Prefix(foreign), err, errs.Withheld)
			err = w.Do(o.admin, func(ctx context.Context, op *store.Op) error {
				return onboarding.JoinGroup(ctx, op, w.Agencies["ngo"].Worker, foreign)
			})
			wantKind(t, "joining "+pubid.Prefix(foreign), err, errs.Withheld)
		}
		wantKind(t, "a case worker makes a team", w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.AddTeam(ctx, op, onboarding.TeamInput{Code: "mine", Name: "Mine"})
			return err
		}), errs.Forbidden)
	})
}

// Closing ends what was shared, with one neutral notice, and nothing of the owner's;
// only the fixed order of states is taken (C8, I1).
func TestClosingACase(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Close")
		change := func(code string, version int, state valueset.CaseState, reason *valueset.ClosingReason) error {
			return w.Do(as(w, code), func(ctx context.Context, op *store.Op) error {
				return casework.ChangeCase(ctx, op, casework.ChangeCaseInput{CaseID: s.Case, Version: version, State: &state, ClosingReason: reason})
			})
		}
		withdrew := world.Ptr(valueset.ClosingReasonWithdrew)
		wantKind(t, "the receiver closes", change("ngo", 1, valueset.CaseStateClosed, withdrew), errs.Forbidden)
		wantKind(t, "a stranger closes", change("mops", 1, valueset.CaseStateClosed, withdrew), errs.Withheld)
		wantKind(t, "an older version", change("lwu", 0, valueset.CaseStateClosed, withdrew), errs.Stale)
		wantKind(t, "without a reason", change("lwu", 1, valueset.CaseStateClosed, nil), errs.Invalid)
		wantKind(t, "reopening what is open", change("lwu", 1, valueset.CaseStateReopened, nil), errs.Invalid)
		if err := change("lwu", 1, valueset.CaseStateClosed, withdrew); err != nil {
			t.Fatal(err, world.Cause(err))
		}
		if got := sees(t, w, as(w, "ngo"), s.Case); got != "REFERRAL by lwu" {
			t.Errorf("after the closing ngo sees %q", got)
		}
		if got := sees(t, w, as(w, "lwu"), s.Case); got != consentedAndReferred {
			t.Errorf("after the closing lwu sees %q", got)
		}
		db := w.Root()
		if n := one[int](t, db, fmt.Sprintf("SELECT count(*) FROM notices WHERE agency_id = '%s' AND kind = 'ACCESS_ENDED'", w.Agencies["ngo"].ID)); n != 1 {
			t.Errorf("ngo was told %d times", n)
		}
		wantKind(t, "work on what is closed", change("lwu", 2, valueset.CaseStateActive, nil), errs.Invalid)
		err := w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.OfferReferral(ctx, op, casework.OfferReferralInput{
				CaseID: s.Case, ToID: w.Agencies["ngo"].ID, Service: valueset.ServiceCounselling, Purpose: assistance,
				Categories: []category.Category{category.Identity}, Urgency: valueset.UrgencyRoutine, ReplyBy: op.Scope.Now + 1e9,
			})
			return err
		})
		wantKind(t, "referring what is closed", err, errs.Conflict)
		if err := change("lwu", 2, valueset.CaseStateReopened, nil); err != nil {
			t.Fatal(err, world.Cause(err))
		}
		wantKind(t, "referred on, and nobody has it", change("lwu", 3, valueset.CaseStateClosedReferred, withdrew), errs.Conflict)
		kind := valueset.CaseKindIdentifiedVictim
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			return casework.ChangeCase(ctx, op, casework.ChangeCaseInput{CaseID: s.Case, Version: 3, Kind: &kind})
		})
		for code, want := range map[string]int{"lwu": 3, "ngo": 0} {
			n := run(t, w, as(w, code), func(ctx context.Context, op *store.Op) (int, error) {
				return op.CaseChange.Query().Where(casechange.CaseID(s.Case)).Count(ctx)
			})
			if n != want {
				t.Errorf("%s sees %d changes, want %d", code, n, want)
			}
		}
	})
}

// accesses tells one set of stored accesses from another.
func accesses(t *testing.T, w *world.World) string {
	t.Helper()
	db := w.Root()
	return one[string](t, db, "SELECT min(id) FROM accesses") + one[string](t, db, "SELECT max(id) FROM accesses") +
		fmt.Sprint(one[int](t, db, "SELECT count(*) FROM accesses"))
}

func wallsOf(t *testing.T, w *world.World) map[string]*store.Store {
	t.Helper()
	if w.URL == "" {
		return map[string]*store.Store{"application alone": w.Store}
	}
	return map[string]*store.Store{"both": w.Store, "database alone": behind(t, w, store.Options{Walls: store.Walls{WithoutApplication: true}})}
}

func seesBy(t *testing.T, w *world.World, st *store.Store, s rule.Scope, caseID string) string {
	t.Helper()
	rows, err := within(t, st, s, func(ctx context.Context, op *store.Op) ([]string, error) { return query(ctx, op, caseID) })
	if err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	seen := named(w, rows)
	// A list of cases shows her case to the same viewers.
	s.Lists = true
	listed, err := within(t, st, s, func(ctx context.Context, op *store.Op) ([]string, error) { return op.CaseFile.Query().IDs(ctx) })
	if err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	if got := slices.Contains(listed, caseID); got != strings.Contains(seen, "CASE") {
		t.Errorf("in a list the case is shown: %v, by itself one sees %q", got, seen)
	}
	return seen
}
