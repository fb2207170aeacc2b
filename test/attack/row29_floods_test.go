package attack

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// flood repeats a text n times, with its number in the place of #.
func flood(n int, text string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(text, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// Test29Floods: names, fields, directives and tokens without number. How soon they are
// refused: TestCostlyDocuments.
func Test29Floods(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"10^4 names for one field": "{" + flood(10_000, " a#: __typename") + " }",
		"10^4 times one field":     "{" + strings.Repeat(" __typename", 10_000) + " }",
		"10^4 root fields":         forAssistance + "{" + flood(10_000, ` a#: node(id: "case_#") { id }`) + " }",
		"10^4 directives":          "{ __typename " + flood(10_000, "@include(if: true) ") + "}",
		"60 directives":            "{" + flood(60, " a#: __typename @include(if: true)") + " }",
		"200 names":                "{" + flood(200, " a#: __typename") + " }",
	} {
		costly(t, name, text, "LIMITED", "INVALID")
	}
}

// Test29FloodsCostNothing: a document of a megabyte costs the plain server many times its
// size before it answers; ours no more than reading it.
func Test29FloodsCostNothing(t *testing.T) {
	text := "{" + flood(60_000, " a#: __typename") + " }"
	measure := func(ask func()) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ask()
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / uint64(len(text))
	}
	ours, others := guarded(t, nil), plain()
	refused := measure(func() { posted(signedIn(t.Context()), ours, text) })
	answered := measure(func() { posted(t.Context(), others, text) })
	if t.Logf("of its size: refused %d times, answered %d times", refused, answered); refused > 20 || answered < 3*refused {
		t.Errorf("refusing %d bytes takes %d times as many, answering them %d times", len(text), refused, answered)
	}
}
