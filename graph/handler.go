// Package graph is the GraphQL API: one handler over schema, resolvers, limits and
// the run of an operation.
//
// It promises that only POST with JSON is answered, that nothing runs beyond the
// limits or that is not registered where documents are, and that a refused request is
// not repeated to its sender. It authenticates
// nobody: the viewer must be in the request's context.
package graph

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph/cursor"
	"github.com/sala-exchange/sala/graph/generated"
	"github.com/sala-exchange/sala/graph/limit"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/graph/present"
	"github.com/sala-exchange/sala/graph/resolver"
	"github.com/sala-exchange/sala/graph/transport"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/services/onboarding"
)

// Config is what the handler needs. Desk and CursorKey are required.
type Config struct {
	Desk operation.Desk
	// CursorKey seals cursors; at least 32 random bytes, the same in every process
	// of a deployment.
	CursorKey []byte
	// Departure is what an agency's offboarding needs of other parts.
	Departure onboarding.Departure
	// Development lets the schema be asked for and offers names for mistyped ones.
	Development bool
	// Registered are the documents that are answered, asked for at each request; nil
	// answers any document, and none by its id.
	Registered func() *document.Set
	// Streams answers subscriptions; nil: there are none.
	Streams *Streams
	// Admit takes one operation in, whose request has arrived wholly, or says that
	// there are too many; release is called at its end. Nil takes in all.
	Admit func() (release func(), admitted bool)
}

// parsed is how many documents are kept parsed.
const parsed = 200

// NewHandler returns the API's handler. The error is INVALID where the configuration
// is incomplete.
func NewHandler(c Config) (http.Handler, error) {
	cursors, err := cursor.NewCursors(c.CursorKey)
	if err != nil {
		return nil, err
	}
	run := &operation.Extension{
		Desk: c.Desk, Introspection: c.Development,
		Prepare: func(ctx context.Context, op *store.Op) context.Context {
			return resolver.Prepare(cursor.WithCursors(ctx, cursors), op)
		},
	}
	schema := generated.NewExecutableSchema(generated.Config{Resolvers: resolver.New(c.Departure)})
	if err := run.Validate(schema); err != nil {
		return nil, err // as an error, before the server would panic
	}
	s := handler.New(schema)
	s.AddTransport(transport.Post{
		Admit: c.Admit, Registered: c.Registered,
		Events: events{c.Streams, c.Admit}.answer,
	})
	s.SetQueryCache(lru.New[*ast.QueryDocument](parsed))
	s.SetParserTokenLimit(limit.MaxTokens)
	s.SetDisableSuggestion(!c.Development)
	s.SetErrorPresenter(present.Error)
	s.SetRecoverFunc(present.Recover)
	s.Use(limit.Extension{})
	if c.Development {
		s.Use(extension.Introspection{})
	}
	s.Use(run)
	return s, nil
}
