package scenario

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/test/world"
)

// TestRetentionByManifest: for how long an agency keeps closed cases its own administrator
// changes, by manifest too; everybody may know it, and whoever has not chosen has the
// deployment's period.
func TestRetentionByManifest(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		manifest := "apiVersion: sala.exchange/v1alpha1\nkind: Agency\nmetadata: {name: ngo}\nspec: {displayName: ngo, kind: NGO, retention: {closedCases: 24}}\n"
		for _, step := range []struct{ by, subject, said string }{
			{"lwu", "platform", "waiting (retention.closedCases"},
			{"ngo", "admin", "change (retention.closedCases"},
			{"ngo", "admin", "unchanged"},
			{"lwu", "platform", "unchanged"},
		} {
			if said := applied(t, s, step.by, step.subject, manifest); !strings.Contains(said, step.said) {
				t.Errorf("%s of %s: %s, want %s", step.subject, step.by, said, step.said)
			}
		}
		a := as(s, "lwu", "worker").ask(`{ agencies(first: 50) { edges { node { code retention { closedCases } } } } }`, nil)
		if !strings.Contains(a.raw, `{"code":"ngo","retention":{"closedCases":24}}`) || !strings.Contains(a.raw, `{"code":"lwu","retention":{"closedCases":120}}`) {
			t.Errorf("a case worker is shown %s", a.raw)
		}
	})
}
