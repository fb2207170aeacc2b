// Package devissuer is the OpenID provider that comes with Sala for development
// and demonstration: one issuer for each fictional agency, each under its own path
// /issuer/<code> with its own metadata and its own keys, in one handler.
//
// It promises that it runs only beside the embedded database, that its access
// tokens pass the same strict checks as those of any other issuer (RFC 9068), that
// the authorization code flow needs PKCE with S256, and that codes and device
// codes work once. It is zitadel/oidc's provider over a store in memory.
//
// It will not check a password: whoever reaches its sign-in page may be any of the
// fictional users. It issues no refresh tokens, and it forgets keys, requests and
// tokens when it stops. It must never know a real agency.
package devissuer

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/op"
)

// CLI is the public client of the `sala` command, known to every issuer: device
// grant, and authorization code with PKCE and a redirect to
// http://127.0.0.1:<any port>/callback.
const CLI = "sala-cli"

// Config says what the issuers are.
type Config struct {
	// EmbeddedDatabase must be true: it is the server's word that it uses the
	// embedded database and so holds no real case.
	EmbeddedDatabase bool
	BaseURL          string // where Handler is served, without a slash at the end; http only on loopback
	Audience         string // the audience of the access tokens: Sala's own
	Agencies         []Agency
	Clock            func() time.Time // the time in access tokens; nil means time.Now
}

// Agency is one fictional agency and so one issuer.
type Agency struct {
	Code    string // 1 to 40 letters, digits, hyphens; part of the issuer's URL
	Users   []User
	Clients []Client
}

// User is a fictional person who may sign in by a click.
type User struct {
	Subject   string
	Name      string
	Assurance string // acr of the user's tokens; may be empty
}

// Client is a confidential client for the client credentials grant. Its tokens
// have its ID as their subject, and its own audience where it has one. It signs in by a
// secret or, where Keys is set, by assertions that a key of the set at that URL signed
// (private_key_jwt: OpenID Connect Core 1.0, section 9).
type Client struct{ ID, Secret, Audience, Keys string }

// Issuer serves all issuers of a Config. It is safe for concurrent use.
type Issuer struct {
	base  *url.URL
	sites map[string]*site // by agency code
}

var code = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,39}$`)

// New makes the issuers and their keys. It fails where the database is not the
// embedded one, and where the configuration is not complete and unambiguous.
func New(c Config) (*Issuer, error) {
	if !c.EmbeddedDatabase {
		return nil, errors.New("the development issuer runs only beside the embedded database")
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || base.RawQuery != "" || base.Fragment != "" || base.User != nil ||
		strings.HasSuffix(c.BaseURL, "/") || base.Scheme != "https" && (base.Scheme != "http" || !loopback(base.Hostname())) {
		return nil, errors.New("setting up the development issuer: base URL: give https, or http on loopback, without a slash at the end")
	}
	if c.Audience == "" || len(c.Agencies) == 0 {
		return nil, errors.New("setting up the development issuer: give an audience and at least one agency")
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	i := &Issuer{base: base, sites: map[string]*site{}}
	taken := map[string]bool{}
	for n, a := range c.Agencies {
		if !code.MatchString(a.Code) || taken[strings.ToLower(a.Code)] {
			return nil, fmt.Errorf("setting up the development issuer: agency %d: code: use letters, digits and hyphens, once", n+1)
		}
		taken[strings.ToLower(a.Code)] = true
		s, err := newSite(i.IssuerURL(a.Code), a, c.Audience, c.Clock)
		if err != nil {
			return nil, fmt.Errorf("setting up the development issuer: agency %d: %w", n+1, err)
		}
		i.sites[a.Code] = s
	}
	return i, nil
}

// IssuerURL is the issuer of the agency with this code, as in the iss claim.
func (i *Issuer) IssuerURL(code string) string {
	return strings.TrimSuffix(i.base.String(), "/") + "/issuer/" + code
}

// Mint returns an access token for a user or a confidential client of the agency,
// as the flows would; for tests and for what a demonstration prints. A user's token
// names the client sala-cli. Unknown codes, subjects and scopes are errors.
func (i *Issuer) Mint(code, subject string, scopes ...string) (string, error) {
	s := i.sites[code]
	if s == nil {
		return "", errors.New("minting a token: no such agency: give one of the configured codes")
	}
	client := CLI
	if _, ok := s.clients[subject]; ok && subject != CLI {
		client = subject
	} else if _, ok := s.user(subject); !ok {
		return "", errors.New("minting a token: no such user or client at this agency: give a configured one")
	}
	if err := checkScopes(scopes); err != nil {
		return "", fmt.Errorf("minting a token: scope: %w", err)
	}
	return s.sign(grant{subject: subject, client: client, scopes: scopes, id: random()})
}

// Handler serves the issuers under the path of BaseURL + /issuer/<code>/. A
// request under another host name is refused, so that a page that makes its own
// name point to loopback cannot reach the sign-in page.
func (i *Issuer) Handler() http.Handler {
	prefix := i.base.Path + "/issuer/"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != i.base.Host {
			http.Error(w, "this issuer is not served under this host name", http.StatusMisdirectedRequest)
			return
		}
		rest, ok := strings.CutPrefix(r.URL.Path, prefix)
		code, _, _ := strings.Cut(rest, "/")
		s := i.sites[code]
		if !ok || s == nil {
			http.NotFound(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		w.Header().Set("Cache-Control", "no-store")
		http.StripPrefix(prefix+code, s.handler).ServeHTTP(w, r)
	})
}

// site is the issuer of one agency.
type site struct {
	*store
	provider *op.Provider
	handler  http.Handler
}

func newSite(issuer string, a Agency, audience string, now func() time.Time) (*site, error) {
	st, err := newStore(issuer, a, audience, now)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(issuer)
	if err != nil {
		return nil, errors.New("the issuer's URL does not parse: correct the base URL")
	}
	config := &op.Config{
		CodeMethodS256:  true,
		SupportedScopes: supportedScopes(),
		DeviceAuthorization: op.DeviceAuthorizationConfig{
			Lifetime: requestLife, PollInterval: pollInterval,
			UserFormPath: u.Path + "/device", UserCode: op.UserCodeBase20,
		},
	}
	opts := []op.Option{op.WithCrypto(tokens{st}), op.WithCORSOptions(nil)}
	if u.Scheme == "http" {
		opts = append(opts, op.WithAllowInsecure())
	}
	p, err := op.NewProvider(config, st, op.StaticIssuer(issuer), opts...)
	if err != nil {
		return nil, fmt.Errorf("making the provider: %w", err)
	}
	s := &site{store: st, provider: p}
	s.handler = s.routes()
	return s, nil
}

// routes opens what the three flows need and nothing else of the provider.
func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", s.discovery)
	mux.Handle("GET /keys", s.provider)
	mux.Handle("GET /authorize", s.provider)
	mux.Handle("GET /authorize/callback", s.provider)
	mux.HandleFunc("POST /oauth/token", s.token)
	mux.Handle("POST /device_authorization", s.provider)
	own := http.NewCrossOriginProtection()
	mux.Handle("/login", own.Handler(page(s.login)))
	mux.Handle("/device", own.Handler(page(s.device)))
	return mux
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}
