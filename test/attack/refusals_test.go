package attack

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// refuser registers somebody who refuses to be recorded for assistance.
func refuser(t *testing.T, w *world.World, code string, sex valueset.Sex) string {
	t.Helper()
	id := w.Register(code, "Canary Refusing")
	run(t, w, as(w, code), func(ctx context.Context, op *store.Op) (string, error) {
		p, err := op.Profile.Query().All(ctx)
		if err != nil {
			return "", err
		}
		for _, r := range p {
			if r.CaseID == id {
				return id, casework.CorrectProfile(ctx, op, casework.CorrectInput{ID: r.ID, Version: r.Version}, casework.ProfileInput{Sex: &sex})
			}
		}
		return id, nil
	})
	in := world.Recording(assistance)
	in.CaseID, in.Provisions[0].Decision = id, valueset.DecisionDeny
	if err := record(w, code, in); err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	return id
}

// Refusals are counted where the deployment names the statute alone: whole months, by region
// and sex, none below the threshold and none that the total tells; without a date, a place
// or an officer. She is to be told, and what she refuses hinders nothing (F4, C1).
func TestRefusalsAreCountedWhereAStatuteSaysSo(t *testing.T) {
	counted := func(t *testing.T, w *world.World) {
		for range 12 {
			refuser(t, w, "lwu", valueset.SexFemale)
		}
		refuser(t, w, "lwu", valueset.SexMale)
		last := refuser(t, w, "ngo", valueset.SexFemale)
		read := func(month string) (c *casework.RefusalCounts, err error) {
			err = w.Do(w.AsFocal("lwu"), func(ctx context.Context, op *store.Op) error {
				c, err = casework.Refusals(ctx, op, month)
				return err
			})
			return c, err
		}
		_, err := read("2026-03")
		wantKind(t, "a month that is not over", err, errs.Invalid)
		_, err = read("03/2026")
		wantKind(t, "a malformed month", err, errs.Invalid)
		if told := one[int](t, w.Root(), "SELECT count(*) FROM notices WHERE kind = 'REFUSAL_COUNTED'"); told != 14 {
			t.Errorf("%d tasks to tell her, want 14", told)
		}
		w.Must(as(w, "ngo"), func(ctx context.Context, op *store.Op) error { // a service goes on (C1)
			_, err := casework.RecordConsent(ctx, op, statement(w, last, "lwu", assistance, category.Identity))
			return err
		})
		w.Advance(40 * 24 * time.Hour)
		c, err := read("2026-03")
		if err != nil {
			t.Fatalf("%v (%v)", err, world.Cause(err))
		}
		shown := 0
		for _, n := range c.Counts {
			if n.Persons != nil {
				shown++
			}
		}
		// One of 12 alone could stand beside two withheld ones of 2 together: it goes as well.
		if shown != 0 || c.Total == nil || *c.Total != 14 {
			t.Errorf("%d counts are shown beside the total %v", shown, c.Total)
		}
		raw, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, never := range []string{"lwu", "ngo", w.Agencies["lwu"].Worker, "case_", "2026-03-"} {
			if strings.Contains(string(raw), never) {
				t.Errorf("the counts tell %q: %s", never, raw)
			}
		}
		empty, err := read("2026-02")
		if err != nil || empty.Total != nil {
			t.Errorf("a month without refusals: %v, %v", empty, err)
		}
	}
	named := world.Options{Deployment: store.Deployment{RefusalStatute: "Act 12, article 7", RefusalRegions: map[string]string{"lwu": "NORTH", "ngo": "SOUTH"}}}
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); counted(t, world.OnSQLite(t, named)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); server.Need(t); counted(t, world.OnPostgres(t, server, named)) })
	t.Run("no statute", func(t *testing.T) {
		t.Parallel()
		w := world.OnSQLite(t, world.Options{})
		refuser(t, w, "lwu", valueset.SexFemale)
		w.Advance(40 * 24 * time.Hour)
		wantKind(t, "where no statute is named", w.Do(w.AsFocal("lwu"), func(ctx context.Context, op *store.Op) error {
			_, err := casework.Refusals(ctx, op, "2026-03")
			return err
		}), errs.Forbidden)
		if told := one[int](t, w.Root(), "SELECT count(*) FROM notices WHERE kind = 'REFUSAL_COUNTED'"); told != 0 {
			t.Errorf("%d tasks to tell of a count that nobody makes", told)
		}
	})
}
