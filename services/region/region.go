// Package region is the counterpart's door: published releases over GraphQL and HTTP, as
// a service of its own.
//
// It promises that nothing is served that is not signed by a key that is trusted for its
// country; that a version which does not verify any more is served no more; that the
// program reaches no case: it links neither the stored model nor policy and holds no
// credential of a database; and that nothing a client typed reaches a log or a metric.
package region

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	api "github.com/sala-exchange/sala/graph/region"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/services/listen"
	"github.com/sala-exchange/sala/services/region/catalogue"
)

// Server is the door, assembled; nothing listens yet.
type Server struct {
	configuration *Configuration
	log           *slog.Logger
	metrics       *metrics
	ready         *listen.Readiness
	certificate   *listen.Certificate // nil without TLS
	documents     *listen.Documents   // nil where any document is answered
	loader        *catalogue.Loader
	looking       sync.Mutex // one look at a time
	current       atomic.Pointer[catalogue.Catalogue]
	looked        atomic.Int64 // when the stores answered last, UTC seconds
	handler       http.Handler
	closing       func()
}

// Run serves until ctx ends. An error is of a configuration that is not sound, a store
// that does not answer at the start, or an address that is taken.
func Run(ctx context.Context, c *Configuration, to io.Writer) error {
	log := logline.New(to, slog.LevelInfo)
	flush, err := Traces(c).Start(ctx, log)
	if err != nil {
		return err
	}
	defer func() {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		flush(bounded)
	}()
	s, err := New(ctx, c, log)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.run(ctx)
}

// Traces are those that a configuration asks for.
func Traces(c *Configuration) listen.Traces {
	return listen.Traces{Endpoint: c.TraceEndpoint, Share: c.TraceShare, Service: "sala-region"}
}

// New assembles the server and reads every release once.
func New(ctx context.Context, c *Configuration, log *slog.Logger) (*Server, error) {
	sources, closing, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{
		configuration: c, log: log, metrics: newMetrics(), closing: closing,
		loader: &catalogue.Loader{Sources: sources, Most: int64(c.MaxMemoryMiB) << 20},
	}
	err = s.assemble(ctx)
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) assemble(ctx context.Context) error {
	err := s.Look(ctx)
	if err != nil {
		return err
	}
	if s.configuration.TLSCertificateFile != "" {
		s.certificate, err = listen.NewCertificate(s.configuration.TLSCertificateFile, s.configuration.TLSKeyFile, s.log)
		if err != nil {
			return err
		}
		s.certificate.AskClients = s.configuration.ClientCertificates
	}
	if !s.configuration.AnyDocument {
		s.documents = &listen.Documents{Path: s.configuration.Documents, Log: s.log}
		err = s.documents.Look()
		if err != nil {
			return err
		}
	}
	s.ready = listen.NewReadiness(s.log, listen.Check{Name: "stores of releases", Func: s.fresh})
	return s.answer(ctx)
}

// answer makes the handler: GraphQL and downloads, both behind the same token.
func (s *Server) answer(ctx context.Context) error {
	verifier, err := identity.New(ctx, s.configuration.issuers(), identity.WithRefusals(func(_ context.Context, err error) {
		s.metrics.refusals.WithLabelValues(identity.ReasonOf(err)).Inc()
	}), identity.WithProofs(identity.Proofs{URL: s.configuration.PublicURL, Paths: true, Once: (&proofs{}).Once}))
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "the issuers of tokens cannot be used: each url is https, without query, fragment or user")
	}
	c := api.Config{Catalogue: s.current.Load, Introspection: s.configuration.AnyDocument}
	if s.documents != nil {
		c.Registered = s.documents.Current
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", api.NewHandler(c))
	mux.HandleFunc("GET /releases/{country}/{id}/{version}/{file}", s.download)
	s.handler = &listen.Front{
		Next: s.admit(identity.Authenticate(verifier, counterparts(s.configuration.Issuers))(mux)), Log: s.log, Within: downloadTime,
		OverTLS: s.certificate != nil, Draining: s.ready.Drains, Served: s.metrics.served, Panicked: s.metrics.panics.Inc,
	}
	return nil
}

// ServeHTTP answers as the API's address does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close frees what the server stands on.
func (s *Server) Close() { s.closing() }

// Look takes up what has changed in the stores. What does not verify is logged by country,
// name and version, and not served. Where a store does not answer, what was verified
// before is served on.
func (s *Server) Look(ctx context.Context) error {
	s.looking.Lock()
	defer s.looking.Unlock()
	next, refused, changed, err := s.loader.Load(ctx)
	if err != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "a store of releases does not answer; what was verified before is served", slog.Any("error", err))
		return err
	}
	s.looked.Store(time.Now().Unix())
	s.metrics.releases.Set(float64(next.Len()))
	s.metrics.unverified.Set(float64(len(refused)))
	if !changed {
		return nil
	}
	for _, r := range refused {
		s.log.LogAttrs(ctx, slog.LevelError, "a release is not served: it does not verify", slog.Any("error", errs.Wrap(r.Err, errs.KindOf(r.Err), "%s %s: %s", r.Country, r.Ref, errs.Public(r.Err).Message)))
	}
	s.current.Store(next)
	s.log.LogAttrs(ctx, slog.LevelInfo, "the releases were taken up", slog.Int("count", next.Len()))
	return nil
}

// staleAfter is how long the stores may not answer before the server says that it is not
// ready: a withdrawal would not be seen.
const staleAfter = 15 * time.Minute

func (s *Server) fresh(context.Context) error {
	if time.Since(time.Unix(s.looked.Load(), 0)) > staleAfter {
		return errs.New(errs.Unavailable, "a store of releases has not answered for a quarter of an hour: withdrawals would not be seen")
	}
	return nil
}

// counterparts says who stands behind a token: the counterpart of its issuer.
type counterparts []Issuer

// Member implements identity.Directory.
func (c counterparts) Member(_ context.Context, issuer, subject, _ string, _ origin.Address) (identity.Membership, error) {
	for _, i := range c {
		if i.URL == issuer {
			return identity.Membership{Agency: i.Counterpart, Member: subject, AgencyKind: "REGIONAL_COUNTERPART", AgencyActive: true}, nil
		}
	}
	return identity.Membership{}, errs.NotHere()
}
