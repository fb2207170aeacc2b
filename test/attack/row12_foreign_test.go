package attack

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/pubid"
)

// Test12ForeignIds: whoever has another agency's id has nothing: not by a query and not by
// a mutation. Every field and every id: test/scenario/foreign_test.go and
// api_position_test.go; here the same with nothing in the way.
func Test12ForeignIds(t *testing.T) {
	siege(t, func(t *testing.T, s *service, g guard) {
		id, absent := full(t, s.w, "Canary Twelve"), pubid.New("case")
		for name, document := range map[string]string{
			"its names": `query @purpose(of: ASSISTANCE) { case(id: "#") { identities { names { text } } } }`,
			"its story": `query @purpose(of: ASSISTANCE) { case(id: "#") { narratives { text } } }`,
			"an addition": `mutation @purpose(of: ASSISTANCE) { recordNarrative(caseID: "#", input: {kind: COMMENT, text: "Canary Twelve"}) {
			  narrative { text } userErrors { code field message } } }`,
		} {
			got := s.ask("mops", "worker", strings.ReplaceAll(document, "#", id))
			g.shows(t, name, got, "Canary Twelve")
			g.alike(t, name, got, s.ask("mops", "worker", strings.ReplaceAll(document, "#", absent)))
		}
	})
}
