package attack

import "testing"

// Test30Pages: a page as large as one likes, of none or of less than none, and pages
// within pages. Each wrong size and way to write it: TestCostlyDocuments.
func Test30Pages(t *testing.T) {
	t.Parallel()
	const rows = " { edges { node { id } } }"
	for name, text := range map[string]string{
		"a million":       "{ cases(first: 1000000)" + rows + " }",
		"none":            "{ cases(first: 0)" + rows + " }",
		"less than none":  "{ cases(first: -1)" + rows + " }",
		"one too many":    "{ cases(first: 51)" + rows + " }",
		"many full pages": "{" + flood(60, " a#: cases(first: 50) { edges { node { id kind state reference openedOn version } } }") + " }",
	} {
		costly(t, name, forAssistance+text, "INVALID", "LIMITED")
	}
	// Where the size can be left out the schema's own counts, and no other list is open.
	if got := posted(signedIn(t.Context()), guarded(t, nil), forAssistance+"{ cases"+rows+" }"); codeOf(got) != "INVALID" {
		t.Errorf("without a size: %s", got)
	}
}
