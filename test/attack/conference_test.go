package attack

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/conferencetask"
	"github.com/sala-exchange/sala/ent/notice"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

func bits(cs ...category.Category) string { return strconv.FormatInt(int64(category.SetOf(cs...)), 10) }

func sits(w *world.World, codes ...string) (out []*casework.PanelMemberInput) {
	for _, c := range codes {
		out = append(out, &casework.PanelMemberInput{AgencyID: w.Agencies[c].ID, MemberID: w.Agencies[c].Worker})
	}
	return out
}

// A conference is of agencies that may read the case already and that she names; it opens
// nothing, each sees it while the case is open to it, and what it decided is somebody's to
// do (D9).
func TestACaseConferenceOpensNothing(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := share(w, "Canary Conference")
		hers := sharing(t, w, s.Case)
		w.Share("lwu", s.Case, "mops", assistance, category.Identity)
		call := func(by string, change func(*casework.CallConferenceInput)) (id string, err error) {
			in := casework.CallConferenceInput{CaseID: s.Case, Purpose: assistance, ConsentID: hers, Participants: sits(w, "lwu", "ngo"),
				Subject: "Canary Subject", HeldOn: w.Store.Now() + 1000}
			if change != nil {
				change(&in)
			}
			err = w.Do(as(w, by), func(ctx context.Context, op *store.Op) error {
				id, err = casework.CallConference(ctx, op, in)
				return err
			})
			return id, err
		}
		_, err := call("ngo", nil)
		wantKind(t, "by a receiver", err, errs.Forbidden)
		_, err = call("mops", nil)
		wantKind(t, "by a stranger", err, errs.Withheld)
		_, err = call("lwu", func(in *casework.CallConferenceInput) { in.Participants = sits(w, "lwu") })
		wantKind(t, "of one agency", err, errs.Invalid)
		_, err = call("lwu", func(in *casework.CallConferenceInput) { in.Participants = sits(w, "lwu", "ngo", "mops") })
		wantKind(t, "with one that may not read it", err, errs.Conflict)
		_, err = call("lwu", func(in *casework.CallConferenceInput) {
			in.ConsentID = one[string](t, w.Root(), "SELECT id FROM consents WHERE case_id = '"+s.Case+"' AND kind = 'RECORDING'")
		})
		wantKind(t, "on a statement that names nobody", err, errs.Conflict)
		before := sees(t, w, as(w, "ngo"), s.Case)
		id, err := call("lwu", nil)
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		if got, want := sees(t, w, as(w, "ngo"), s.Case), strings.Replace(before, "CASE by lwu, ", "CASE by lwu, CONFERENCE by lwu, ", 1); got != want {
			t.Errorf("a conference opens to ngo %q, want %q", got, want)
		}
		told := func(code string, kind valueset.NoticeKind) int {
			return run(t, w, heldBy(w, code), func(ctx context.Context, op *store.Op) (int, error) {
				return op.Notice.Query().Where(notice.KindEQ(kind)).Count(ctx)
			})
		}
		if told("ngo", valueset.NoticeKindConferenceCalled) != 1 || told("mops", valueset.NoticeKindConferenceCalled) != 0 {
			t.Error("who takes part is not told, or somebody else is")
		}
		subject := func(s rule.Scope) string {
			t.Helper()
			return run(t, w, s, func(ctx context.Context, op *store.Op) (string, error) {
				rows, err := op.Conference.Query().All(ctx)
				if err != nil || len(rows) == 0 {
					return "", err
				}
				return rows[0].Subject + rows[0].Decisions, nil
			})
		}
		conclude := func(by string, change func(*casework.ConcludeConferenceInput)) error {
			in := casework.ConcludeConferenceInput{ConferenceID: id, Decisions: " Canary Decisions",
				Tasks: []*casework.ConferenceTaskInput{{MemberID: w.Agencies["ngo"].Worker, Task: "Canary Task", DueOn: w.Store.Now() + inAWeek}}}
			if change != nil {
				change(&in)
			}
			return w.Do(as(w, by), func(ctx context.Context, op *store.Op) error {
				_, err := casework.ConcludeConference(ctx, op, in)
				return err
			})
		}
		w.Advance(time.Second)
		wantKind(t, "concluded by a receiver", conclude("ngo", nil), errs.Forbidden)
		wantKind(t, "a task of a stranger", conclude("lwu", func(in *casework.ConcludeConferenceInput) { in.Tasks[0].MemberID = w.Agencies["mops"].Worker }), errs.Invalid)
		if err := conclude("lwu", nil); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		wantKind(t, "concluded twice", conclude("lwu", nil), errs.Conflict)
		const all = "Canary Subject Canary Decisions"
		for what, look := range map[string]struct {
			who  rule.Scope
			want string
		}{
			"its caller": {as(w, "lwu"), all}, "who takes part": {as(w, "ngo"), all}, "a stranger": {as(w, "mops"), ""},
			"another purpose": {w.As("lwu", justice), ""}, "a supervisor": {supervises(w, "ngo"), ""},
		} {
			if got := subject(look.who); got != look.want {
				t.Errorf("%s sees %q, want %q", what, got, look.want)
			}
		}
		task := run(t, w, as(w, "ngo"), func(ctx context.Context, op *store.Op) (string, error) {
			row, err := op.ConferenceTask.Query().Where(conferencetask.ConferenceID(id)).Only(ctx)
			if err != nil || row.Task != "Canary Task" {
				t.Errorf("the task: %v, %v", row, err)
			}
			return row.ID, err
		})
		if told("ngo", valueset.NoticeKindConferenceTask) != 1 {
			t.Error("who has something to do is not told")
		}
		done := func(by string) error {
			return w.Do(as(w, by), func(ctx context.Context, op *store.Op) error {
				_, err := casework.CompleteConferenceTask(ctx, op, task)
				return err
			})
		}
		wantKind(t, "done by a stranger", done("mops"), errs.Withheld)
		if err := done("ngo"); err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		wantKind(t, "done twice", done("ngo"), errs.Conflict)
		w.Withdraw("lwu", s.Case, "ngo")
		if got := subject(as(w, "ngo")); got != "" {
			t.Errorf("once the case is shut ngo sees %q", got)
		}
		if w.URL == "" {
			return
		}
		db := root(t, w)
		for what, agency := range map[string]string{"one that may not read it": "mops", "one whose access has ended": "ngo"} {
			_, err := db.ExecContext(t.Context(), `INSERT INTO conferences SELECT (jsonb_populate_record(c, jsonb_build_object('id', 'raw', 'agency_ids', jsonb_build_array($1::text)))).*
				FROM conferences c WHERE c.id = $2`, w.Agencies[agency].ID, id)
			if state(err) != checkViolated {
				t.Errorf("with %s, by SQL: %v", what, err)
			}
		}
		if n := one[int](t, db, "SELECT count(*) FROM conferences WHERE position('Canary' in encode(sealed, 'escape')) > 0"); n != 0 {
			t.Error("a conference is not sealed")
		}
	})
}

// heldBy is a case worker's scope as reading notices has it: for the member.
func heldBy(w *world.World, code string) rule.Scope {
	s := as(w, code)
	s.CaseNotices = true
	return s
}

// supervises is a supervisor who is assigned to nothing.
func supervises(w *world.World, code string) rule.Scope {
	s := as(w, code)
	s.Member, s.CaseWork, s.Supervisor = w.Agencies[code].Supervisor, false, true
	return s
}
