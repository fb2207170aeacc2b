// Package limit refuses operations that cost too much, before anything runs
// (threats.md 28 to 33).
//
// It promises that its own work is bounded by the limits too: a walk stops at the
// first one that is passed. It looks at the document and its variables only and
// knows no viewer.
package limit

import (
	"context"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/sala-exchange/sala/graph/present"
	"github.com/sala-exchange/sala/internal/errs"
)

// The limits of one operation. Documents are bounded apart from variables, since a
// file is imported in one variable.
const (
	MaxBody       = 16 << 20 // bytes of a request
	MaxDocument   = 64 << 10 // bytes of GraphQL text
	MaxTokens     = 4000     // tokens of GraphQL text
	MaxDepth      = 12       // fields one in another
	MaxRoots      = 120      // root fields
	MaxAliases    = 150
	MaxDirectives = 50
	MaxFields     = 3000  // fields once fragments are spread
	MaxCost       = 20000 // fields, each times the sizes of the pages around it
	MaxPage       = 50    // argument first
)

// explaining is what one explanation of a case costs, in fields: it asks policy some
// twenty times.
const explaining = 1000

// Extension is gqlgen's hook.
type Extension struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
	graphql.OperationContextMutator
} = Extension{}

// ExtensionName implements gqlgen's interface.
func (Extension) ExtensionName() string { return "SalaLimit" }

// Validate implements gqlgen's interface.
func (Extension) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters refuses a document that is too long to be parsed, or too
// costly to be validated.
func (Extension) MutateOperationParameters(_ context.Context, p *graphql.RawParams) *gqlerror.Error {
	return Document(p.Query)
}

// Document refuses a text that is too long to be parsed, or too costly to be validated.
func Document(text string) *gqlerror.Error {
	if len(text) > MaxDocument {
		return limited("the document is longer than %d bytes: put values into variables", MaxDocument)
	}
	if repeated(text) {
		return limited("the document asks for one field more than %d times in one place: ask once", MaxSame)
	}
	return nil
}

// MutateOperationContext refuses an operation beyond the limits.
func (Extension) MutateOperationContext(_ context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	return looked(oc.Operation, oc.Variables)
}

// Operation refuses an operation that is beyond the limits whatever its variables are:
// a page whose size is a variable counts as one row.
func Operation(o *ast.OperationDefinition) *gqlerror.Error {
	vars := map[string]any{}
	for _, v := range o.VariableDefinitions {
		vars[v.Variable] = int64(1)
	}
	return looked(o, vars)
}

func looked(o *ast.OperationDefinition, vars map[string]any) *gqlerror.Error {
	w := walk{vars: vars}
	w.directives(o.Directives)
	w.set(o.SelectionSet, 1, 1)
	return w.err
}

func limited(format string, args ...any) *gqlerror.Error {
	return present.Request(errs.New(errs.Limited, format, args...))
}

// walk counts what an operation asks for. It stops at the first error.
type walk struct {
	vars                               map[string]any
	fields, roots, aliases, used, cost int
	err                                *gqlerror.Error
}

func (w *walk) fail(err *gqlerror.Error) {
	if w.err == nil {
		w.err = err
	}
}

// set walks a selection set at a depth; pages is how many rows it may be read for.
func (w *walk) set(set ast.SelectionSet, depth, pages int) {
	for _, s := range set {
		if w.err != nil {
			return
		}
		switch s := s.(type) {
		case *ast.Field:
			w.field(s, depth, pages)
		case *ast.InlineFragment:
			w.directives(s.Directives)
			w.set(s.SelectionSet, depth, pages)
		case *ast.FragmentSpread:
			w.fields++ // an empty spread costs too
			w.directives(s.Directives)
			w.directives(s.Definition.Directives)
			w.set(s.Definition.SelectionSet, depth, pages)
		}
	}
}

func (w *walk) field(f *ast.Field, depth, pages int) {
	w.fields++
	if f.Alias != f.Name {
		w.aliases++
	}
	if depth == 1 {
		w.roots++
	}
	// Introspection is deep by nature, reads no row and is limited by the parser.
	if f.Name == "__schema" || f.Name == "__type" {
		return
	}
	w.directives(f.Directives)
	pages *= w.page(f)
	w.cost += pages
	if f.Name == "explain" {
		w.cost += pages * explaining
	}
	switch {
	case depth > MaxDepth:
		w.fail(limited("the operation is nested more than %d deep: ask in several", MaxDepth))
	case w.fields > MaxFields:
		w.fail(limited("the operation asks for more than %d fields: ask in several", MaxFields))
	case w.roots > MaxRoots, w.aliases > MaxAliases:
		w.fail(limited("the operation has more than %d root fields or %d aliases: ask in several", MaxRoots, MaxAliases))
	case w.cost > MaxCost:
		w.fail(limited("the operation costs more than %d fields times rows: ask for a smaller page or fewer fields", MaxCost))
	default:
		w.set(f.SelectionSet, depth+1, pages)
	}
}

// page is the size of the page that a field asks for, 1 where it is none.
func (w *walk) page(f *ast.Field) int {
	if f.Definition == nil || f.Definition.Arguments.ForName("first") == nil {
		return 1
	}
	n, ok := number(f.ArgumentMap(w.vars)["first"])
	if !ok || n < 1 || n > MaxPage {
		w.fail(present.Request(errs.New(errs.Invalid, "ask for 1 to %d rows a page", MaxPage).WithFields("first")))
		return 1
	}
	return n
}

// number reads an Int as the parser or a JSON variable gives it.
func number(v any) (int, bool) {
	switch v := v.(type) {
	case int64:
		return int(v), true
	case int:
		return v, true
	case interface{ String() string }: // json.Number
		n, err := strconv.Atoi(v.String())
		return n, err == nil
	}
	return 0, false
}

// directives counts, and lets through only those that mean something here: neither
// @defer nor @stream, which would let part of an answer leave before its record.
func (w *walk) directives(list ast.DirectiveList) {
	w.used += len(list)
	if w.used > MaxDirectives {
		w.fail(limited("the operation has more than %d directives: remove some", MaxDirectives))
	}
	for _, d := range list {
		switch d.Name {
		case "purpose", "skip", "include":
		default:
			w.fail(present.Request(errs.New(errs.Invalid, "a directive is not offered here: only @purpose, @skip and @include are")))
		}
	}
}
