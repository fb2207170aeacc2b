package attack

import (
	"testing"

	"github.com/sala-exchange/sala/internal/pubid"
)

// Test13Node: a hidden row, one that does not exist, one of a kind that is never shown and
// what is no id at all: four answers, byte for byte the same.
func Test13Node(t *testing.T) {
	siege(t, func(t *testing.T, s *service, g guard) {
		id := full(t, s.w, "Canary Thirteen")
		ask := func(id string) string {
			return s.ask("mops", "worker", `query @purpose(of: ASSISTANCE) { node(id: "`+id+`") { __typename id ... on Narrative { text } ... on Identity { names { text } } } }`)
		}
		absent := ask(pubid.New("case"))
		if absent != `{"data":{"node":null}}`+"\n" && absent != `{"data":{"node":null}}` {
			t.Fatalf("what is not there: %s", absent)
		}
		db := raw(t, s.w)
		for kind, table := range map[string]string{"case": "case_files", "narrative": "narratives", "identity": "identities", "consent": "consents"} {
			row := one[string](t, db, "SELECT id FROM "+table+" LIMIT 1")
			g.alike(t, "a hidden "+kind, ask(row), absent)
			if g == nothingStands {
				continue
			}
			for _, other := range []string{pubid.New(kind), kind + "_", pubid.New("access"), "' OR 1=1 --", id + "x"} {
				if got := ask(other); got != absent {
					t.Errorf("%s: %s", other, got)
				}
			}
		}
	})
}
