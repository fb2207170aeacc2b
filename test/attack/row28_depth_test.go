package attack

import (
	"strings"
	"testing"
)

// Test28Depth: what is nested without end is refused before anything runs. A cycle of
// fragments is no document for either server (TestCostlyDocuments), a cycle through the
// schema has none to go through (row 32).
func Test28Depth(t *testing.T) {
	t.Parallel()
	for name, levels := range map[string]int{"just too deep": 6, "50 deep": 25} {
		costly(t, name, forAssistance+"{ cases(first: 1) { edges { node "+strings.Repeat("{ referrals { case ", levels)+"{ id }"+strings.Repeat(" } }", levels)+" } } }", "LIMITED")
	}
	bomb := forAssistance + "{ cases(first: 1) { edges { node { ...f0 } } } } "
	for _, f := range []string{"0 1", "1 2", "2 3", "3 4", "4 5", "5 6", "6 7", "7 8", "8 9", "9 10", "10 11", "11 12"} {
		name, next, _ := strings.Cut(f, " ")
		bomb += "fragment f" + name + " on Case { ...f" + next + " ...f" + next + " } "
	}
	costly(t, "fragments that double", bomb+"fragment f12 on Case { id }", "LIMITED")
	costly(t, "a cycle through the schema", "{ __schema { types { fields { type { ofType { ofType { ofType { ofType { ofType { ofType { ofType { name } } } } } } } } } } } }", "FORBIDDEN")
}
