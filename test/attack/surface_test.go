package attack

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph"
	"github.com/sala-exchange/sala/graph/generated"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/graph/resolver"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/onboarding"
)

// unasked is a desk at which no operation may begin: what is refused is refused before
// anything is read.
type unasked struct{ t *testing.T }

func (u unasked) Permit(context.Context, *viewer.Viewer, category.Purpose) (operation.Permissions, error) {
	return operation.Permissions{ReadOwn: true, ReadCase: true}, nil
}

func (u unasked) Begin(context.Context, rule.Scope, bool) (context.Context, *store.Op, error) {
	u.t.Error("the operation began")
	return nil, nil, errs.New(errs.Unavailable, "nobody is here")
}

func (u unasked) Disclose(context.Context, *store.Op) error {
	return errs.New(errs.Unavailable, "nobody is here")
}

// guarded is Sala's handler over that desk; whoever asks is signed in.
func guarded(t *testing.T, registered func() *document.Set) http.Handler {
	t.Helper()
	h, err := graph.NewHandler(graph.Config{Desk: unasked{t}, CursorKey: make([]byte, 32), Registered: registered})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// plain is gqlgen's server over the same schema as its documentation sets one up, without
// anything that Sala puts around it. Its resolvers find no operation and fail: a field's
// path in an error says that it got that far.
func plain() http.Handler {
	s := handler.New(generated.NewExecutableSchema(generated.Config{Resolvers: resolver.New(onboarding.Departure{})}))
	s.AddTransport(transport.Websocket{})
	s.AddTransport(transport.Options{})
	s.AddTransport(transport.GET{})
	s.AddTransport(transport.POST{})
	s.AddTransport(transport.UrlEncodedForm{})
	s.AddTransport(transport.MultipartForm{})
	s.SetQueryCache(lru.New[*ast.QueryDocument](100))
	s.Use(extension.Introspection{})
	s.Use(extension.AutomaticPersistedQuery{Cache: lru.New[string](100)})
	s.SetRecoverFunc(func(context.Context, any) error { return errs.New(errs.Internal, "no operation") })
	return s
}

// costly sends a document to both: the plain server has to answer, or run it as far as a
// resolver; ours refuses it with one of the codes, in few words, and runs nothing.
func costly(t *testing.T, name, text string, codes ...string) {
	t.Helper()
	got := posted(t.Context(), plain(), text)
	if ran := strings.Contains(got, `"path":[`) || strings.Contains(got, `"data":{`) || len(got) > 100_000; !ran {
		t.Errorf("%s: the plain server refuses it too, so that nothing is shown: %.400s", name, got)
	}
	refused := posted(signedIn(t.Context()), guarded(t, nil), text)
	if code := codeOf(refused); !strings.Contains(" "+strings.Join(codes, " ")+" ", " "+code+" ") || code == "" || len(refused) > 1000 || strings.Contains(refused, "Did you mean") {
		t.Errorf("%s: %d bytes, %.400s", name, len(refused), refused)
	}
}

// signedIn is a context of somebody who may ask.
func signedIn(ctx context.Context) context.Context {
	return viewer.NewContext(ctx, &viewer.Viewer{Issuer: "https://idp.example", Subject: "somebody", Agency: "agency_1", AgencyActive: true, Member: "member_1",
		Roles: []viewer.Role{viewer.CaseWorker}})
}

const forAssistance = "query @purpose(of: ASSISTANCE) "
