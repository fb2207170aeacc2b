package scenario

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/test/world"
)

// TestCountryByManifest: an agency says itself under which country's law it works, everybody
// may know it, a manifest that says nothing of it leaves it, and what is no country is refused
// by its field.
func TestCountryByManifest(t *testing.T) {
	both(t, world.Options{}, func(t *testing.T, w *world.World) {
		s := w.Serve(false)
		head := "apiVersion: sala.exchange/v1alpha1\nkind: Agency\nmetadata: {name: ngo}\nspec: {displayName: ngo, kind: NGO"
		for _, step := range []struct{ more, by, subject, said string }{
			{", country: LA", "lwu", "platform", "waiting (country"},
			{", country: LA", "ngo", "admin", "change (country"},
			{", country: LA", "ngo", "admin", "unchanged"},
			{"", "ngo", "admin", "unchanged"},
			{", country: TH", "ngo", "admin", "change (country"},
		} {
			if said := applied(t, s, step.by, step.subject, head+step.more+"}\n"); !strings.Contains(said, step.said) {
				t.Errorf("%q by %s of %s: %s, want %s", step.more, step.subject, step.by, said, step.said)
			}
		}
		a := as(s, "lwu", "worker").ask(`{ agencies(first: 50) { edges { node { code country } } } }`, nil)
		if !strings.Contains(a.raw, `{"code":"ngo","country":"TH"}`) || !strings.Contains(a.raw, `{"code":"lwu","country":""}`) {
			t.Errorf("a case worker is shown %s", a.raw)
		}
		for _, wrong := range []string{"UK", "la", "LAO", "QQ", "150", "EU", "L"} {
			a := as(s, "ngo", "admin").ask(`mutation($id: ID!, $c: String) { updateAgency(agencyID: $id, input: {country: $c}) { userErrors { field message } } }`,
				map[string]any{"id": w.Agencies["ngo"].ID, "c": wrong})
			if !strings.Contains(a.raw, `"field":["country"]`) && !strings.Contains(a.raw, `country`) || strings.Contains(a.raw, `"userErrors":[]`) {
				t.Errorf("%s is answered %s", wrong, a.raw)
			}
		}
		a = as(s, "lwu", "admin").ask(`mutation($id: ID!) { updateAgency(agencyID: $id, input: {country: "VN"}) { userErrors { message } } }`, map[string]any{"id": w.Agencies["ngo"].ID})
		if strings.Contains(a.raw, `"userErrors":[]`) {
			t.Errorf("another agency's administrator changed it: %s", a.raw)
		}
	})
}
