package present

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// TestInOrder: whatever order errors came in, they leave in one.
func TestInOrder(t *testing.T) {
	n, i := func(s string) ast.PathElement { return ast.PathName(s) }, func(n int) ast.PathElement { return ast.PathIndex(n) }
	want := gqlerror.List{
		{Message: "a"}, {Message: "b"},
		{Path: ast.Path{n("list")}}, {Path: ast.Path{n("list"), i(2), n("a")}}, {Path: ast.Path{n("list"), i(2), n("b")}},
		{Path: ast.Path{n("list"), i(10), n("a")}}, {Path: ast.Path{n("other")}},
	}
	for range 50 {
		got := slices.Clone(want)
		rand.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		InOrder(got)
		if !slices.Equal(got, want) {
			t.Fatalf("%v", got)
		}
	}
}
