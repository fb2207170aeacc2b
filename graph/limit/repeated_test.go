package limit

import (
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// TestNodeOfEveryKindPasses: whoever asks for a row by its id may name every kind that
// it could be of, with the id in each and before them.
func TestNodeOfEveryKindPasses(t *testing.T) {
	raw, err := os.ReadFile("../schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(raw)})
	if err != nil {
		t.Fatal(err)
	}
	kinds := s.GetPossibleTypes(s.Types["Node"])
	ask := `{ node(id: "x") { id`
	for _, k := range kinds {
		ask += " ... on " + k.Name + " { id }"
	}
	if len(kinds) < 10 || repeated(ask+" } }") {
		t.Errorf("the limit of %d is too low for %d kinds", MaxSame, len(kinds))
	}
}

func TestRepeated(t *testing.T) {
	times := func(n int, s string) string { return strings.Repeat(s+" ", n) }
	for text, found := range map[string]bool{
		"{" + times(MaxSame, "me { id }") + "}":   false,
		"{" + times(MaxSame+1, "me { id }") + "}": true,
		"{ me {" + times(MaxSame+1, "id") + "} }": true,
		// By its alias, not by its name.
		"{" + times(MaxSame+1, "a: me { id }") + "}":               true,
		"{ a: me { id } " + times(MaxSame, "me { id }") + "}":      false,
		"{ ... { " + times(MaxSame, "me { id }") + "} me { id } }": true,
		// By way of fragments, which may go round in a circle.
		"{" + times(MaxSame+1, "...f") + "} fragment f on Query { me { id } }":                  true,
		"{ ...f me { id } } fragment f on Query { " + times(MaxSame, "me { id }") + "}":         true,
		"{ ...f } fragment f on Query { ...g } fragment g on Query { ...f me { id } }":          false,
		"{ me { id } } fragment unused on Query { " + times(MaxSame+1, "me { id }") + "}":       true,
		"query A { me { id } } query B {" + times(MaxSame+1, "me { id }") + "}":                 true,
		"{ case(id: 1) { referrals { case {" + times(MaxSame+1, "referrals { id }") + "} } } }": true,
		"not GraphQL {":                    false, // refused elsewhere
		"{" + times(MaxTokens, "me") + "}": false, // refused elsewhere
		"":                                 false,
	} {
		if repeated(text) != found {
			t.Errorf("%.80s: %v", text, !found)
		}
	}
}

// TestRepeatedEnds: fragments that double thirty times are left after maxSteps.
func TestRepeatedEnds(t *testing.T) {
	bomb := "{ ...a0 }"
	for i := range 30 {
		from, to := string(rune('a'+i%26))+string(rune('0'+i/26)), string(rune('a'+(i+1)%26))+string(rune('0'+(i+1)/26))
		bomb += " fragment " + from + " on Query { ..." + to + " ..." + to + " }"
	}
	if !repeated(bomb + " fragment e1 on Query { me { id } }") {
		t.Error("a bomb passes")
	}
}
