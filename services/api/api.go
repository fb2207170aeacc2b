// Package api assembles the server of the identified zone: tokens in front, the
// graph behind, the store and the ledger under it.
//
// It promises that no request reaches the graph without a verified token, that
// nothing is cached, and that only POST with JSON is answered. It holds no rule of
// its own.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/identity"
)

// Config is what a server needs. All but Development and Log are required.
type Config struct {
	Store    *store.Store
	Policy   *policy.Policy
	Verifier *identity.Verifier
	// CursorKey authenticates cursors; 32 bytes, the same in every process of a
	// deployment.
	CursorKey []byte
	// Development serves GraphiQL and introspection.
	Development bool
	// Examples are the operations that GraphiQL opens with.
	Examples []Example
	Log      *slog.Logger
}

// New returns the server's handler. It refuses an incomplete configuration.
func New(c Config) (http.Handler, error) {
	if c.Store == nil || c.Policy == nil || c.Verifier == nil || len(c.CursorKey) != 32 {
		return nil, errs.New(errs.Invalid, "the server needs a store, a policy, issuers and a cursor key of 32 bytes")
	}
	d := NewDesk(c.Store, c.Policy)
	g, err := graph.NewHandler(graph.Config{Desk: d, CursorKey: c.CursorKey, Development: c.Development})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /graphql", identity.Authenticate(c.Verifier, d)(g))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	if c.Development {
		mux.Handle("GET /", graphiql(c.Examples))
	}
	return secure(mux), nil
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

// Sequence gives new records of the ledger their places, at once and then every
// interval, until ctx ends. It tells log of a failure, without details of any row.
func Sequence(ctx context.Context, st *store.Store, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if _, err := disclosure.Sequence(ctx, st); err != nil && ctx.Err() == nil {
			log.LogAttrs(ctx, slog.LevelError, "the ledger could not be sequenced", slog.String("error", err.Error()))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
