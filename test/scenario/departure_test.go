package scenario

import (
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/test/world"
)

const departureShown = `{ agencies(first: 50) { edges { node { code departure { handOverTo { code } deadline overdue endedOn } } } } }`

// TestDepartureByManifest: whom cases are offered to and until when are proposed and
// approved with the departure by a manifest, are no other's than those, and are shown to the
// agency's own case workers and administrator, and to who administers the platform.
func TestDepartureByManifest(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		by := time.UnixMicro(w.Store.Now()).UTC().Add(30 * 24 * time.Hour)
		manifest := func(more string) string {
			return "apiVersion: sala.exchange/v1alpha1\nkind: Agency\nmetadata: {name: ngo}\nspec: {displayName: ngo, kind: NGO, state: OFFBOARDING" + more + "}\n"
		}
		terms := func(to string) string {
			return manifest(", offboarding: {handOverTo: " + to + ", deadline: " + by.Format(time.DateOnly) + "}")
		}
		until := by.Truncate(24*time.Hour).AddDate(0, 0, 1).Format(time.RFC3339)
		for _, step := range []struct{ by, manifest, said string }{
			{"atd", manifest(", offboarding: {deadline: 2026-02-30}"), "refused (offboarding: a deadline is a date"},
			{"atd", terms("iom"), "cases are offered to iom, deadline " + by.Format(time.DateOnly)},
			{"lwu", terms("mops"), "refused (offboarding: another departure is proposed, whose handOverTo is iom: refuse it first"},
			{"lwu", terms("iom"), "cases are offered to iom, deadline " + until}, // as the proposal has it
			{"lwu", terms("mops"), "refused (offboarding: the departure has begun and its terms never change: its handOverTo is iom"},
			{"lwu", terms("iom"), "unchanged"},
			{"lwu", manifest(""), "unchanged"},
		} {
			if said := applied(t, s, step.by, "platform", step.manifest); !strings.Contains(said, step.said) {
				t.Errorf("%s: %s, want %s", step.manifest, said, step.said)
			}
		}
		shown := func(code, subject string) string {
			a := as(s, code, subject).ask(departureShown, nil)
			if a.code() != "" {
				t.Fatalf("%s of %s: %s", subject, code, a.raw)
			}
			return a.raw
		}
		for _, who := range [][2]string{{"ngo", "worker"}, {"ngo", "supervisor"}, {"ngo", "admin"}, {"lwu", "platform"}} {
			got := shown(who[0], who[1])
			if !strings.Contains(got, `"departure":{"handOverTo":{"code":"iom"},"deadline":"`+until[:19]) || !strings.Contains(got, `"overdue":false`) || strings.Count(got, `"departure":{`) != 1 {
				t.Errorf("the %s of %s is shown %s", who[1], who[0], got)
			}
		}
		for _, who := range [][2]string{{"iom", "worker"}, {"iom", "admin"}, {"lwu", "worker"}, {"ngo", "analyst"}} {
			if got := shown(who[0], who[1]); strings.Contains(got, `"departure":{`) {
				t.Errorf("the %s of %s is shown %s", who[1], who[0], got)
			}
		}
		w.Advance(32 * 24 * time.Hour)
		if got := shown("ngo", "worker"); !strings.Contains(got, `"overdue":true`) {
			t.Errorf("past its deadline: %s", got)
		}
	})
}
