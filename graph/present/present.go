// Package present is the outward form of what an API says: errors, times, numbers, ids.
//
// It promises that an error shows only what internal/errs made for showing, and that
// nothing a client sent is repeated to it. It decides nothing, and serves every API of
// Sala: it reaches no stored model.
package present

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/internal/request"
)

// named are the rules of GraphQL's validation whose messages name parts of the
// schema and the document only, never a value.
var named = []string{
	"FieldsOnCorrectType", "FieldsOnCorrectTypeWithoutSuggestions", "FragmentsOnCompositeTypes",
	"KnownDirectives", "KnownFragmentNames", "LoneAnonymousOperation", "NoFragmentCycles",
	"NoUndefinedVariables", "NoUnusedFragments", "NoUnusedVariables", "PossibleFragmentSpreads",
	"ProvidedRequiredArguments", "ScalarLeafs", "ScalarLeafsWithoutSuggestions", "UniqueArgumentNames",
	"UniqueDirectivesPerLocation", "UniqueFragmentNames", "UniqueInputFieldNames", "UniqueOperationNames",
	"UniqueVariableNames", "VariablesAreInputTypes", "VariablesInAllowedPosition",
}

// notProvided is the one message about a value that names parts of the schema only.
var notProvided = regexp.MustCompile(`^Field "[A-Za-z]+\.[A-Za-z]+" of required type "[A-Za-z!\[\]]+" was not provided\.$`)

// Error is gqlgen's error presenter: the message, extensions.code and
// extensions.fields of an *errs.Error, the message of a validation that holds no
// value, and for everything else one sentence without its text.
//
// One of kind INTERNAL has the request's id in extensions.requestId, by which whoever
// runs the server finds it in the log.
func Error(ctx context.Context, err error) *gqlerror.Error {
	e := outward(err)
	if id := request.From(ctx).ID(); id != "" && e.Extensions["code"] == errs.Internal.Code() {
		e.Extensions["requestId"] = id
	}
	return e
}

func outward(err error) *gqlerror.Error {
	var g *gqlerror.Error
	if !errors.As(err, &g) {
		g = &gqlerror.Error{Err: err}
	}
	var ours *errs.Error
	switch {
	case errors.As(err, &ours):
		return show(errs.Public(err), g)
	case g.Rule == "" && g.Err != nil:
		return show(errs.Public(err), g)
	case slices.Contains(named, g.Rule):
		return show(errs.New(errs.Invalid, "%s", g.Message), g)
	case notProvided.MatchString(g.Message):
		return show(errs.New(errs.Invalid, "%s", g.Message), g)
	case g.Extensions["code"] == "GRAPHQL_VALIDATION_FAILED":
		return show(errs.New(errs.Invalid, "a value or variable of the document does not fit its type: compare it with the schema").WithFields(variable(g)...), &gqlerror.Error{Locations: g.Locations})
	case g.Extensions["code"] == "GRAPHQL_PARSE_FAILED":
		return show(errs.New(errs.Invalid, "the document is not GraphQL"), &gqlerror.Error{Locations: g.Locations})
	}
	return show(errs.Public(nil), g)
}

// variable names the place in the variables that was refused, as far as the schema
// knows it: a field that it does not know could be named anything.
func variable(g *gqlerror.Error) []string {
	if len(g.Path) < 2 || g.Path[0] != ast.PathName("variable") {
		return nil
	}
	path := g.Path[1:]
	if g.Message == "unknown field" {
		path = path[:len(path)-1]
	}
	return []string{path.String()}
}

func show(e *errs.Error, at *gqlerror.Error) *gqlerror.Error {
	out := &gqlerror.Error{
		Err: e, Message: e.Message, Path: at.Path, Locations: at.Locations,
		Extensions: map[string]any{"code": e.Kind.Code()},
	}
	if len(e.Fields) > 0 {
		out.Extensions["fields"] = e.Fields
	}
	return out
}

// Request wraps an error that is found before execution, for gqlgen's hooks.
func Request(err error) *gqlerror.Error {
	return &gqlerror.Error{Err: err, Message: errs.Public(err).Message}
}

// Recover turns a panic into INTERNAL. The panic's value may hold personal data and
// goes nowhere; that there was one is logged, with the functions that it came through.
func Recover(ctx context.Context, _ any) error {
	slog.LogAttrs(ctx, slog.LevelError, "graph: a resolver panicked",
		slog.String("request", request.From(ctx).ID()), slog.Any("stack", logline.Stack()))
	return errs.New(errs.Internal, "a resolver panicked")
}

// Refusal is the whole answer to an operation that is refused: an error and no data.
func Refusal(ctx context.Context, err error) *graphql.Response {
	return &graphql.Response{Errors: gqlerror.List{Error(ctx, err)}}
}
