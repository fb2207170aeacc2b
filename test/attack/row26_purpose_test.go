package attack

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/test/world"
)

// Test26PurposeSwap: a token for one purpose asks for another, an operation declares none,
// and what was shared for one purpose is asked for by another.
func Test26PurposeSwap(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s, id := serviceOf(t, w, nil), w.Register("lwu", "Canary Twenty-six")
		w.Share("lwu", id, "atd", justice, category.Identity)
		w.Accept("atd", justice, w.Refer("lwu", id, "atd", justice, category.Identity))
		document := func(purpose string) string {
			return `query ` + purpose + ` { case(id: "` + id + `") { identities { names { text } } } }`
		}
		wide := s.viewer("atd", "worker")
		for name, c := range map[string]struct {
			of            []category.Purpose
			purpose, code string
			shown         bool
		}{
			"a token that is not narrowed":           {nil, "@purpose(of: JUSTICE)", "", true},
			"a token for the same purpose":           {[]category.Purpose{justice}, "@purpose(of: JUSTICE)", "", true},
			"a token for another purpose":            {[]category.Purpose{assistance}, "@purpose(of: JUSTICE)", "FORBIDDEN", false},
			"a token for none":                       {[]category.Purpose{}, "@purpose(of: JUSTICE)", "FORBIDDEN", false},
			"no purpose":                             {nil, "", "INVALID", false},
			"another purpose than it was shared for": {nil, "@purpose(of: PROTECTION)", "", false},
		} {
			v := *wide
			v.Purposes = c.of
			got := s.askAs(&v, document(c.purpose))
			if codeOf(got) != c.code || strings.Contains(got, "Canary") != c.shown {
				t.Errorf("%s: %s", name, got)
			}
		}
	})
}
