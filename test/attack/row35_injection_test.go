package attack

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/test/world"
)

// Test35Injection: text that is SQL, put into a statement as text, finds every case; as an
// argument of the API it finds none. Every argument with hostile text:
// TestHostileTextIsRefused; logs: TestNothingTypedIsLogged; terminals: TestNothingIsObeyed;
// headers: TestRequestIDs.
func Test35Injection(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := serviceOf(t, w, nil)
		w.Register("lwu", "Canary Thirty-five")
		for _, text := range []string{"' OR '1'='1", "' OR 1=1 --", "x' UNION SELECT count(*) FROM case_files --", "' OR reference LIKE '%"} {
			if n := one[int](t, raw(t, w), "SELECT count(*) FROM case_files WHERE reference = '"+text+"'"); n == 0 && !strings.Contains(text, "UNION") {
				t.Errorf("%s: as a part of the statement it finds nothing, so that nothing is shown", text)
			}
			for name, document := range map[string]string{
				"an id":       `query @purpose(of: ASSISTANCE) { case(id: "` + text + `") { kind } node(id: "` + text + `") { id } }`,
				"a reference": `query @purpose(of: ASSISTANCE) { cases(first: 5, filter: {reference: "` + text + `"}) { edges { node { kind } } } }`,
			} {
				if got := s.ask("lwu", "worker", document); strings.Contains(got, "PRESUMED_VICTIM") || codeOf(got) == "INTERNAL" || codeOf(got) == "UNAVAILABLE" {
					t.Errorf("%s as %s: %s", text, name, got)
				}
			}
		}
		for _, text := range []string{"%", "_", "___-___-___"} {
			got := s.ask("lwu", "worker", `query @purpose(of: ASSISTANCE) { cases(first: 5, filter: {reference: "`+text+`"}) { edges { node { kind } } } }`)
			if strings.Contains(got, "PRESUMED_VICTIM") {
				t.Errorf("%s is a pattern: %s", text, got)
			}
		}
	})
}
