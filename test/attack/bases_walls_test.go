package attack

import (
	"context"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/test/world"
)

// What a court's order and break-glass open, to whom and until when, each wall alone says as
// both do; with both down everybody sees all of it (F1, F3; threats 12, 25 and 27).
func TestEachWallStandsAloneForOrdersAndBrokenGlass(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	id := full(t, w, "Canary Bases")
	confirmed(t, w, "atd", order(t, w, id, "lwu"))
	comesTo(t, w, "breaking glass", glassScope(w, "ngo", assistance), glassInput(referenceOf(w, id), category.Identity, category.Contact), valueset.GlassOutcomeOpened)
	colleague := as(w, "ngo")
	colleague.Member = w.Agencies["ngo"].Colleague
	viewers := map[string]struct {
		scope       rule.Scope
		open, ended string
	}{
		"who entered the order":             {w.As("atd", justice), "CASE by lwu, IDENTITY by lwu, LEGAL_BASIS by atd, NARRATIVE by lwu", waitsFor},
		"the same, for another purpose":     {as(w, "atd"), waitsFor, waitsFor},
		"who broke glass":                   {glassScope(w, "ngo", assistance), "CASE by lwu, CONTACT by lwu, IDENTITY by lwu", ""},
		"the same, for another purpose too": {glassScope(w, "ngo", category.ForProtection), "", ""},
		"a colleague of who broke glass":    {colleague, "", ""},
		"a supervisor of who broke glass":   {supervisorOf(w, "ngo"), "", ""},
		"an agency that did neither":        {as(w, "mops"), "", ""},
	}
	looks := func(t *testing.T, st *store.Store, s rule.Scope) string {
		t.Helper()
		s.Now = 0
		rows, err := within(t, st, s, func(ctx context.Context, op *store.Op) ([]string, error) { return query(ctx, op, id) })
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		return named(w, rows)
	}
	database := behind(t, w, store.Options{Walls: store.Walls{WithoutApplication: true}})
	root, all := root(t, w), looks(t, w.Store, as(w, "lwu"))
	secured := func(word string) {
		exec(t, root, one[string](t, root, `SELECT string_agg(format('ALTER TABLE %I `+word+` ROW LEVEL SECURITY', tablename), '; ')
			FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version'`))
	}
	besieged := func(when string, ended bool) {
		for _, stands := range []struct {
			walls    string
			st       *store.Store
			security string
		}{{"both", w.Store, "ENABLE"}, {"the database's alone", database, "ENABLE"}, {"the application's alone", w.Store, "DISABLE"}, {"neither", database, "DISABLE"}} {
			secured(stands.security)
			for who, v := range viewers {
				want := v.open
				if ended {
					want = v.ended
				}
				got := looks(t, stands.st, v.scope)
				if stands.walls != "neither" && got != want {
					t.Errorf("%s, %s: %s sees %q, want %q", when, stands.walls, who, got, want)
				}
				if stands.walls == "neither" && len(got) < len(all) {
					t.Errorf("%s, with neither wall, %s sees only %q: the measure is blind", when, who, got)
				}
			}
		}
		secured("ENABLE")
	}
	besieged("while they stand", false)
	w.Shut("lwu")
	besieged("while the owner is suspended", true)
	w.Open("lwu")
	besieged("once it is not", false)
	w.Advance(31 * 24 * time.Hour)
	besieged("after their end", true)
}
