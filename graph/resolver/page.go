package resolver

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
)

// MaxPage is the greatest value of an argument `first`.
const MaxPage = 50

// page checks `first` again, which graph/limit has checked before execution, and
// returns the context in which a list is paged.
func page(ctx context.Context, first int) (context.Context, *store.Op, error) {
	if first < 1 || first > MaxPage {
		return ctx, nil, errs.New(errs.Invalid, "ask for 1 to %d rows a page", MaxPage).WithFields("first")
	}
	op, err := store.OpOf(ctx)
	return uncounted(ctx), op, err
}

// uncounted returns ctx in which the paged field asks for its edges and for nothing
// else. entgql counts the whole list where pageInfo is asked for, which costs a
// statement and would tell of rows off the page (threats.md 16); and it reads no row
// where edges are not asked for, and then knows no next page.
func uncounted(ctx context.Context) context.Context {
	fc := graphql.GetFieldContext(ctx)
	edges := &ast.Field{Name: "edges", Alias: "edges"}
	for _, f := range graphql.CollectFields(graphql.GetOperationContext(ctx), fc.Field.Selections, nil) {
		if f.Name == edges.Name {
			copied := *f.Field
			copied.SelectionSet = append(edges.SelectionSet, f.Selections...)
			edges = &copied
		}
	}
	alone := *fc
	alone.Field.Selections = ast.SelectionSet{edges}
	return graphql.WithFieldContext(ctx, &alone)
}
