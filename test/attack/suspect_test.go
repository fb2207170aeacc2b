package attack

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/retention"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/schema"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/test/world"
)

// tried is a case of lwu with a proceeding and its suspect, which ngo reads as far as her
// consent goes.
func tried(w *world.World, cs ...category.Category) (s shared, ids map[category.Category]string) {
	w.T.Helper()
	id := w.Register("lwu", "Canary Tried")
	ids = w.Further("lwu", id, "Canary Suspect")
	w.Share("lwu", id, "ngo", assistance, cs...)
	s = shared{id, w.Refer("lwu", id, "ngo", assistance, cs...)}
	w.Accept("ngo", assistance, s.Referral)
	return s, ids
}

func suspects(t *testing.T, w *world.World, st *store.Store, s rule.Scope) string {
	t.Helper()
	ctx, op, err := st.Begin(t.Context(), s, true)
	if err != nil {
		t.Fatal(err)
	}
	defer op.Rollback()
	rows, err := op.Suspect.Query().All(ctx)
	n, err1 := op.Suspect.Query().Count(ctx)
	if err != nil || err1 != nil || n != len(rows) {
		t.Fatalf("%d rows, %d counted: %v %v", len(rows), n, err, err1)
	}
	var out []string
	for _, r := range rows {
		out = append(out, "SUSPECT by "+r.ContributorID)
	}
	return named(w, out)
}

// A suspect is open to the agencies of its proceeding alone, and to these until it is
// cleared; her consent and a referral for SUSPECT do not do. B2.
func TestASuspectIsItsProceedings(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		_, ids := tried(w, category.Justice, category.Suspect)
		see := func(step string, want looks) {
			t.Helper()
			for who, rows := range want {
				if got := suspects(t, w, w.Store, viewerOf(t, w, who)); got != rows {
					t.Errorf("%s: %s sees %q, want %q", step, who, got, rows)
				}
			}
		}
		const one = "SUSPECT by lwu"
		see("shared, and not of the proceeding", looks{"lwu ASSISTANCE": one, "lwu ASSISTANCE as supervisor": "", "lwu ASSISTANCE as colleague": "",
			"ngo ASSISTANCE": "", "ngo ASSISTANCE as supervisor": "", "mops ASSISTANCE": ""})
		do := func(c change) { t.Helper(); w.Must(c.who, c.do) }
		do(sharingProceeding(w, ids[category.Justice], "ngo", "mops"))
		see("of the proceeding", looks{"lwu ASSISTANCE": one, "ngo ASSISTANCE": one, "ngo ASSISTANCE as supervisor": "", "ngo JUSTICE": "", "mops ASSISTANCE": "", "mops JUSTICE": ""})
		do(sharingProceeding(w, ids[category.Justice], "mops"))
		see("no longer", looks{"lwu ASSISTANCE": one, "ngo ASSISTANCE": ""})
		do(sharingProceeding(w, ids[category.Justice], "ngo"))
		do(clearing(w, ids[category.Suspect]))
		see("cleared", looks{"lwu ASSISTANCE": one, "ngo ASSISTANCE": "", "ngo ASSISTANCE as supervisor": ""})
		evaluated(t, w)
		due := func() (n int) {
			w.Look(as(w, "lwu"), func(ctx context.Context, op *store.Op) (err error) {
				n, err = op.Retention.Query().Where(retention.CauseEQ(retention.CauseSUSPECT_CLEARED), retention.RowID(ids[category.Suspect])).Count(ctx)
				return err
			})
			return n
		}
		if due() != 1 {
			t.Errorf("%d decisions about the cleared suspect are due", due())
		}
		// What was recorded by mistake is corrected; a decision that is due stays.
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			row, err := op.Suspect.Get(ctx, ids[category.Suspect])
			if err != nil {
				return err
			}
			if row.ClearedOn == nil || row.State != valueset.SuspectStateAcquitted {
				t.Errorf("the cleared suspect: %+v", row)
			}
			return casework.CorrectSuspect(ctx, op, casework.CorrectInput{ID: row.ID, Version: row.Version}, casework.SuspectInput{State: valueset.SuspectStateCharged})
		})
		see("not cleared after all", looks{"lwu ASSISTANCE": one, "ngo ASSISTANCE": one})
		do(clearing(w, ids[category.Suspect]))
		if due() != 1 {
			t.Errorf("%d decisions about the cleared suspect are due", due())
		}
		w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordSuspect(ctx, op, ids[category.Justice], casework.SuspectInput{State: valueset.SuspectStateDismissed})
			return err
		})
		see("recorded as dismissed", looks{"lwu ASSISTANCE": one + ", " + one, "ngo ASSISTANCE": ""})
		if n := one2(t, w); n != 2 {
			t.Errorf("%d decisions are due", n)
		}
	})
}

func one2(t *testing.T, w *world.World) int {
	t.Helper()
	return one[int](t, w.Root(), "SELECT count(*) FROM retentions WHERE cause = 'SUSPECT_CLEARED'")
}

// Whoever sees suspects and not their proceeding sees none; a statement about JUSTICE alone
// opens none either. B2.
func TestASuspectWithoutItsProceeding(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		for _, c := range []category.Category{category.Suspect, category.Justice} {
			_, ids := tried(w, c)
			p := sharingProceeding(w, ids[category.Justice], "ngo")
			w.Must(p.who, p.do)
		}
		if got := suspects(t, w, w.Store, as(w, "ngo")); got != "" {
			t.Errorf("ngo sees %q", got)
		}
	})
}

// Each wall alone keeps a suspect from who is not of its proceeding, and a cleared one; with
// both down the same look works.
func TestEachWallKeepsSuspects(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	_, others := tried(w, category.Justice, category.Suspect)
	_, ids := tried(w, category.Justice, category.Suspect)
	for _, c := range []change{sharingProceeding(w, ids[category.Justice], "ngo"), clearing(w, ids[category.Suspect]), sharingProceeding(w, others[category.Justice], "atd")} {
		w.Must(c.who, c.do)
	}
	database := behind(t, w, store.Options{Walls: store.Walls{WithoutApplication: true}})
	if got := suspects(t, w, database, as(w, "ngo")); got != "" {
		t.Errorf("database alone: %q", got)
	}
	exec(t, root(t, w), "ALTER TABLE suspects DISABLE ROW LEVEL SECURITY; ALTER TABLE proceedings DISABLE ROW LEVEL SECURITY")
	if got := suspects(t, w, w.Store, as(w, "ngo")); got != "" {
		t.Errorf("application alone: %q", got)
	}
	if got := suspects(t, w, database, as(w, "ngo")); strings.Count(got, "SUSPECT") != 2 {
		t.Errorf("neither: %q: the look does not work without walls: it proves nothing", got)
	}
}

// A suspect hangs on a proceeding of the same case and contributor, whoever writes it, and
// stays there. B2, A4.
func TestASuspectHangsOnItsOwnProceeding(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s, ids := tried(w, category.Justice, category.Suspect)
		w.Must(as(w, "ngo"), recording(s.Case))
		own := w.Further("ngo", s.Case, "Canary Other", assistance)
		_, other := tried(w, category.Justice)
		plant := func(code, proceeding string) error {
			_, err := within(t, w.Store, as(w, code), nothing(func(ctx context.Context, op *store.Op) error {
				return op.Suspect.Create().SetCaseID(s.Case).SetContributorID(w.Agencies[code].ID).SetProceedingID(proceeding).
					SetRecordedOn(1).SetRecordedBy("x").SetSealed([]byte("x")).Exec(ctx)
			}))
			return err
		}
		for what, c := range map[string]struct{ code, proceeding string }{
			"on another agency's proceeding": {"ngo", ids[category.Justice]}, "on another case's": {"lwu", other[category.Justice]}, "on none": {"lwu", "proceeding_x"},
		} {
			if plant(c.code, c.proceeding) == nil {
				t.Errorf("a suspect %s was stored", what)
			}
		}
		if err := plant("ngo", own[category.Justice]); err != nil {
			t.Errorf("on its own: %v (%v)", err, world.Cause(err))
		}
		wantKind(t, "the verb, on another agency's", w.Do(as(w, "ngo"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordSuspect(ctx, op, ids[category.Justice], casework.SuspectInput{State: valueset.SuspectStateCharged})
			return err
		}), errs.Withheld)
		if w.URL == "" {
			return
		}
		_, err := root(t, w).ExecContext(t.Context(), "ALTER TABLE suspects DISABLE TRIGGER suspects_kept")
		if err == nil {
			_, err = root(t, w).ExecContext(t.Context(), "UPDATE suspects SET proceeding_id = $1 WHERE id = $2", other[category.Justice], ids[category.Suspect])
		}
		if state(err) != checkViolated {
			t.Errorf("a suspect that moves to another proceeding: %v", err)
		}
	})
}

// An answer that was read before a suspect was cleared is not given after it: what decides
// who sees the row is a fact of the case.
func TestAClearedSuspectIsNotShownLate(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		_, ids := tried(w, category.Justice, category.Suspect)
		p, c := sharingProceeding(w, ids[category.Justice], "ngo"), clearing(w, ids[category.Suspect])
		w.Must(p.who, p.do)
		ctx, op, err := w.Store.Begin(t.Context(), as(w, "ngo"), true)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := op.Suspect.Query().All(ctx)
		if err != nil || len(rows) != 1 || rows[0].Names[0].Text != "Canary Suspect" {
			t.Fatalf("%+v %v", rows, err)
		}
		op.Rollback()
		w.Must(c.who, c.do)
		wantKind(t, "an answer from before", disclosure.Record(t.Context(), w.Store, op), errs.Changed)
	})
}

// Dates keep what was written (I3), and correcting clears what is left out.
func TestWrittenDates(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := w.Register("lwu", "Canary Dates")
		ids := w.Further("lwu", id, "Canary Dates")
		buddhist := valueset.CalendarBuddhist
		in := casework.AssistanceInput{StartedOn: &casework.WrittenDateInput{Text: "05/2569", Calendar: &buddhist}}
		correct := func(version int, in casework.AssistanceInput) {
			t.Helper()
			w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
				return casework.CorrectAssistance(ctx, op, casework.CorrectInput{ID: ids[category.Assistance], Version: version}, in)
			})
		}
		correct(1, in)
		w.Look(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			r, err := op.Assistance.Get(ctx, ids[category.Assistance])
			if err != nil {
				return err
			}
			if want := (schema.WrittenDate{Text: "05/2569", Calendar: buddhist, Precision: valueset.PrecisionMonth, Year: 2026, Month: 5}); *r.StartedOn != want {
				t.Errorf("%+v", r.StartedOn)
			}
			return nil
		})
		correct(2, casework.AssistanceInput{})
		w.Look(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			r, err := op.Assistance.Get(ctx, ids[category.Assistance])
			if err == nil && r.StartedOn != nil {
				err = fmt.Errorf("%+v", r.StartedOn)
			}
			return err
		})
		in.StartedOn = &casework.WrittenDateInput{Text: "2569-05-01"}
		wantKind(t, "a Buddhist year in another calendar", w.Do(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordAssistance(ctx, op, id, in)
			return err
		}), errs.Invalid)
	})
}
