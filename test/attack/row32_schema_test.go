package attack

import (
	"strings"
	"testing"
)

// Test32Schema: the plain server tells its whole schema and guesses what a mistyped name
// was meant to be; ours in production tells neither. Pages for people are served in
// development alone: TestGraphiQL.
func Test32Schema(t *testing.T) {
	t.Parallel()
	others := plain()
	for name, c := range map[string]struct{ text, tells string }{
		"the schema":        {"{ __schema { types { name } } }", `"Narrative"`},
		"one type":          {`{ __type(name: "Case") { fields { name } } }`, `"narratives"`},
		"within a fragment": {"{ ...f } fragment f on Query { __schema { queryType { name } } }", `"Query"`},
		"by another name":   {"{ typename: __schema { queryType { name } } }", `"Query"`},
		"a mistyped field":  {"{ meee { id } }", "Did you mean"},
		"a mistyped word":   {"query @purpose(of: ASSISTANC) { me { id } }", "Did you mean"},
	} {
		if got := posted(t.Context(), others, c.text); !strings.Contains(got, c.tells) {
			t.Errorf("%s: the plain server does not tell it, so that nothing is shown: %.300s", name, got)
		}
		got := posted(signedIn(t.Context()), guarded(t, nil), c.text)
		if code := codeOf(got); code != "FORBIDDEN" && code != "INVALID" || strings.Contains(got, c.tells) || strings.Contains(got, "Did you mean") {
			t.Errorf("%s: %.300s", name, got)
		}
	}
}
