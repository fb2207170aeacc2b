package world

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/sala-exchange/sala/graph"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/departure"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/services/identity/devissuer"
	"github.com/sala-exchange/sala/services/onboarding"
)

// Near lets issuers on this machine be asked for their keys.
var Near = identity.Reach{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

// Audience is what the tokens of a served world are for.
const Audience = "https://sala.example/api"

// Connector is a client of every agency's issuer that signs in by a key.
const Connector = "connector"

// Server is a world behind real HTTP, with real tokens of an issuer an agency.
type Server struct {
	*World
	URL string // of the API
	// Verifier accepts the tokens of the world's issuers.
	Verifier *identity.Verifier
	issuer   atomic.Pointer[devissuer.Issuer]
	// Keys serves the public keys of agencies' clients, at /agencies/CODE/jwks.json; none
	// where nil.
	Keys atomic.Pointer[http.Handler]
}

// Serve puts the API before the world, and issuers for its members: each agency has
// the subjects worker, colleague, supervisor, dataprotection and admin.
func (w *World) Serve(development bool) *Server { return w.serve(development, nil) }

// ServeRegistered is Serve for registered documents alone; they are asked for at each
// request.
func (w *World) ServeRegistered(registered func() *document.Set) *Server {
	return w.serve(false, registered)
}

func (w *World) serve(development bool, registered func() *document.Set) *Server {
	w.T.Helper()
	var err error
	s := &Server{World: w, URL: w.base + "/graphql"}
	s.RotateIssuers()
	w.mux.HandleFunc("/issuer/", func(rw http.ResponseWriter, r *http.Request) { s.issuer.Load().Handler().ServeHTTP(rw, r) })
	w.mux.HandleFunc("/agencies/", func(rw http.ResponseWriter, r *http.Request) {
		if keys := s.Keys.Load(); keys != nil {
			(*keys).ServeHTTP(rw, r)
			return
		}
		http.NotFound(rw, r)
	})
	// The issuers come from the database, as agencies have registered them.
	s.Verifier, err = identity.New(w.T.Context(), nil, identity.WithSource(api.Registry{Store: w.Store, Audience: Audience}, Near))
	w.must(err)
	p, err := Policy()
	w.must(err)
	handler, err := api.New(api.Config{
		Store: w.Store, Policy: p, Verifier: s.Verifier, CursorKey: make([]byte, 32), Development: development, Registered: registered,
		Departure: onboarding.Departure{Export: departure.Export, Depart: w.erased.Depart},
		Streams:   &graph.Streams{Every: 50 * time.Millisecond, Within: time.Minute, Most: 20, OfMember: 3, Ending: w.T.Context().Done()},
	})
	w.must(err)
	w.mux.Handle("/", handler)
	return s
}

// RotateIssuers gives every agency's issuer a new key; tokens of the old one are good
// no longer, once a server has noticed.
func (s *Server) RotateIssuers() {
	s.T.Helper()
	issuer, err := devissuer.New(devissuer.Config{BaseURL: s.base, Audience: Audience, Agencies: s.accounts(), EmbeddedDatabase: true})
	s.must(err)
	s.issuer.Store(issuer)
}

// listen opens the port that issuers and API will answer on: the agencies' issuers
// are registered when the world is made, by their addresses. With a base it does not.
func (w *World) listen(base string) {
	w.mux = http.NewServeMux()
	if base != "" {
		w.base = base
		return
	}
	h := httptest.NewServer(w.mux)
	w.T.Cleanup(h.Close)
	w.base = h.URL
}

func (w *World) accounts() []devissuer.Agency {
	var out []devissuer.Agency
	for _, k := range w.kinds {
		a := devissuer.Agency{Code: k.code}
		for _, m := range staff {
			a.Users = append(a.Users, devissuer.User{Subject: m.subject, Name: m.subject})
		}
		a.Clients = []devissuer.Client{{ID: Connector, Keys: w.base + "/agencies/" + k.code + "/jwks.json"}}
		out = append(out, a)
	}
	return out
}

// Token is a fresh access token of a member; scopes narrow it.
func (s *Server) Token(code, subject string, scopes ...string) string {
	s.T.Helper()
	token, err := s.issuer.Load().Mint(code, subject, scopes...)
	s.must(err)
	return token
}

// Issuer is the URL of an agency's issuer.
func (s *Server) Issuer(code string) string { return s.issuer.Load().IssuerURL(code) }

// Client asks as a member of an agency.
func (s *Server) Client(code, subject string) *client.Client {
	s.T.Helper()
	return &client.Client{Endpoint: s.URL, Token: s.Token(code, subject)}
}

// staff of every agency, by subject.
var staff = []struct {
	subject string
	role    viewer.Role
}{
	{"worker", viewer.CaseWorker}, {"colleague", viewer.CaseWorker}, {"supervisor", viewer.Supervisor},
	{"dataprotection", viewer.DataProtection}, {"admin", viewer.AgencyAdministrator}, {"analyst", viewer.Analyst},
	{"auditor", viewer.Auditor}, {"platform", viewer.PlatformAdministrator},
}
