package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/specs"
)

// keyServer serves the public keys of agencies' clients, for the jwks_uri of issuers: from
// every copy of the operator, whether it leads or not.
type keyServer struct {
	address, namespace string
	keys               client.Reader
}

// NeedLeaderElection says no.
func (*keyServer) NeedLeaderElection() bool { return false }

// Start serves until ctx ends.
func (s *keyServer) Start(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.address)
	if err != nil {
		return fmt.Errorf("serving the keys of clients: %w: choose another -keys-address", err)
	}
	h := &http.Server{Handler: s.routes(), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving the keys of clients: %w", err)
	case <-ctx.Done():
	}
	last, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	if err := h.Shutdown(last); err != nil {
		return fmt.Errorf("ending the service of clients' keys: %w", err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the keys of clients: %w", err)
	}
	return nil
}

var agencyCode = regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`)

func (s *keyServer) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /agencies/{code}/jwks.json", func(w http.ResponseWriter, r *http.Request) {
		var set string
		if code := r.PathValue("code"); agencyCode.MatchString(code) {
			kept := &corev1.ConfigMap{}
			err := s.keys.Get(r.Context(), client.ObjectKey{Namespace: s.namespace, Name: specs.KeysName(code)}, kept)
			if client.IgnoreNotFound(err) != nil {
				http.Error(w, "the keys cannot be read: try again", http.StatusServiceUnavailable)
				return
			}
			set = kept.Data[specs.KeySet]
		}
		if set == "" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/jwk-set+json")
		w.Header().Set("Cache-Control", "max-age=60")
		_, _ = w.Write([]byte(set))
	})
	return mux
}
