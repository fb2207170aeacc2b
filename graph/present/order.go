package present

import (
	"cmp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// InOrder brings an answer's errors into the order of their places. As they come they stand
// in the order in which parts of the answer happened to be done, which is another at every
// time and tells how long each took.
func InOrder(all gqlerror.List) {
	slices.SortStableFunc(all, func(a, b *gqlerror.Error) int {
		return cmp.Or(slices.CompareFunc(a.Path, b.Path, step), cmp.Compare(a.Message, b.Message))
	})
}

// step compares two steps of a path: rows by number, and before fields, those by name.
func step(a, b ast.PathElement) int {
	i, rowA := a.(ast.PathIndex)
	j, rowB := b.(ast.PathIndex)
	switch {
	case rowA && rowB:
		return cmp.Compare(i, j)
	case rowA:
		return -1
	case rowB:
		return 1
	}
	name, _ := a.(ast.PathName)
	other, _ := b.(ast.PathName)
	return cmp.Compare(name, other)
}
