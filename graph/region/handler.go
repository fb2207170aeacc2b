// Package region is the GraphQL API of published releases, for counterparts: a schema of
// its own over a catalogue, within the limits and registered documents of the main API.
//
// It promises that an answer is a look-up over what was published and verified, and that
// it reaches no case: it links neither the stored model nor policy. It authenticates
// nobody.
package region

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/sala-exchange/sala/graph/limit"
	"github.com/sala-exchange/sala/graph/present"
	"github.com/sala-exchange/sala/graph/region/generated"
	"github.com/sala-exchange/sala/graph/region/model"
	"github.com/sala-exchange/sala/graph/transport"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/region/catalogue"
)

// Config is what the handler needs.
type Config struct {
	// Catalogue gives the releases at this moment. Required.
	Catalogue func() *catalogue.Catalogue
	// Registered are the documents that are answered, asked for at each request; nil
	// answers any document within the limits.
	Registered func() *document.Set
	// Introspection lets the schema be asked for.
	Introspection bool
	// Admit bounds the operations under way; nil takes in all.
	Admit func() (release func(), admitted bool)
}

// parsed is how many documents are kept parsed.
const parsed = 200

// NewHandler returns the API's handler.
func NewHandler(c Config) http.Handler {
	s := handler.New(generated.NewExecutableSchema(generated.Config{Resolvers: root{c.Catalogue}}))
	s.AddTransport(transport.Post{Admit: c.Admit, Registered: c.Registered})
	s.SetQueryCache(lru.New[*ast.QueryDocument](parsed))
	s.SetParserTokenLimit(limit.MaxTokens)
	s.SetDisableSuggestion(!c.Introspection)
	s.SetErrorPresenter(present.Error)
	s.SetRecoverFunc(present.Recover)
	s.Use(limit.Extension{})
	s.Use(newAnswers(c.Catalogue))
	if c.Introspection {
		s.Use(extension.Introspection{})
	}
	return s
}

// CheckDocument says what is wrong with a document that is to be registered. The text is
// its author's, so the error names places in it.
func CheckDocument(text string) error {
	if err := limit.Document(text); err != nil {
		return errs.New(errs.Invalid, "%s", err.Message)
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, limit.MaxTokens)
	if err != nil {
		return errs.New(errs.Invalid, "the document is not GraphQL: %s", err)
	}
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	if list := validator.ValidateWithRules(schema, doc, nil); len(list) > 0 {
		return errs.New(errs.Invalid, "the schema does not answer the document: %s", list[0])
	}
	if len(doc.Operations) != 1 {
		return errs.New(errs.Invalid, "the document has %d operations: give each a document of its own", len(doc.Operations))
	}
	if err := limit.Operation(doc.Operations[0]); err != nil {
		return errs.New(errs.Invalid, "%s", err.Message)
	}
	return nil
}

// root resolves the roots of queries; everything below is the model's methods.
type root struct {
	catalogue func() *catalogue.Catalogue
}

// Query implements gqlgen's interface.
func (r root) Query() generated.QueryResolver { return r }

// Releases implements gqlgen's interface.
func (r root) Releases(_ context.Context, country, id *string, all bool, first int, after *string) (*model.ReleaseConnection, error) {
	return model.Releases(r.catalogue(), catalogue.Query{Country: given(country), ID: given(id), All: all}, first, after)
}

// Release implements gqlgen's interface.
func (r root) Release(_ context.Context, country, id string, version *int) (*model.Release, error) {
	n := 0
	if version != nil {
		if n = *version; n < 1 {
			return nil, errs.NotHere()
		}
	}
	found, err := r.catalogue().Release(country, id, n)
	if err != nil {
		return nil, err
	}
	return model.Of(found), nil
}

// Corridors implements gqlgen's interface.
func (r root) Corridors(_ context.Context, origin, destination *string, first int, after *string) (*model.CorridorConnection, error) {
	return model.Corridors(r.catalogue(), given(origin), given(destination), first, after)
}

func given(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
