// Package api assembles the server of the identified zone: tokens in front, the
// graph behind, the store and the ledger under it.
//
// It promises that no request reaches the graph without a verified token, nor beyond
// what its member and agency may ask for at a time; that no answer is cached; and that only POST
// with JSON is answered. It holds no rule of its own.
package api

import (
	"context"
	"net/http"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/request"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/services/onboarding"
)

// Config is what a server needs. Store, Verifier, CursorKey, and Policy or Policies are
// required.
type Config struct {
	Store *store.Store
	// Policy is the one that decides where Policies is nil.
	Policy *policy.Policy
	// Policies returns the policy of a revision; an error where this process has none.
	Policies func(ctx context.Context, revision string) (*policy.Policy, error)
	Verifier *identity.Verifier
	// CursorKey authenticates cursors; 32 bytes, the same in every process of a
	// deployment.
	CursorKey []byte
	// Departure is what an agency's offboarding needs of other parts; what it lacks, an
	// offboarding waits for.
	Departure onboarding.Departure
	// Development serves GraphiQL and introspection.
	Development bool
	// Registered are the documents that are answered; nil answers any.
	Registered func() *document.Set
	// Examples are the operations that GraphiQL opens with.
	Examples []Example
	// Streams bounds the event streams and ends them; what it needs of the server is filled
	// in here. Nil: there are no subscriptions.
	Streams *Streams
	// Member bounds what each member asks for.
	Member MemberLimits
	// Admit bounds the operations under way; see graph.Config.
	Admit func() (release func(), admitted bool)
}

// Streams bounds the event streams.
type Streams = graph.Streams

// New returns the server's handler. It refuses an incomplete configuration.
func New(c Config) (http.Handler, error) {
	if c.Store == nil || c.Policy == nil && c.Policies == nil || c.Verifier == nil || len(c.CursorKey) != 32 {
		return nil, errs.New(errs.Invalid, "the server needs a store, a policy, issuers and a cursor key of 32 bytes")
	}
	d := NewDesk(c.Store, c.Policy)
	if c.Policies != nil {
		d.policies = c.Policies
	}
	if s := c.Streams; s != nil {
		s.Again = func(ctx context.Context, r *http.Request) (context.Context, error) {
			return identity.Again(ctx, r, c.Verifier, d)
		}
		s.Leave, s.Now = leave, c.Store.Now
	}
	g, err := graph.NewHandler(graph.Config{Desk: d, CursorKey: c.CursorKey, Departure: c.Departure, Development: c.Development,
		Registered: c.Registered, Streams: c.Streams, Admit: c.Admit})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /graphql", identity.Authenticate(c.Verifier, d)(noted(newLimits(c.Member).handler(g))))
	if c.Development {
		mux.Handle("GET /", graphiql(c.Examples))
	}
	return secure(mux), nil
}

// noted tells the request's note which kind of agency asks.
func noted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if v, err := viewer.FromContext(r.Context()); err == nil {
			request.From(r.Context()).SetAgencyKind(v.AgencyKind)
		}
		next.ServeHTTP(w, r)
	})
}

// secure sets what every answer carries.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		next.ServeHTTP(w, r)
	})
}
