// Package identity turns a bearer token into a viewer: it checks access tokens
// of several OpenID issuers strictly (RFC 9068, RFC 8725; threats.md rows 1 to 9
// and finding 8) and asks a Directory which member of which agency stands behind
// them.
//
// It promises that a token is accepted only if every check passed, that issuer
// and subject are never joined across issuers, that an issuer that is not
// registered never causes a request, and that no error holds any part of a token.
// A token that its issuer bound to a key or to a TLS certificate (cnf: RFC 9449, 8705) is
// taken only from whoever holds it, never as a plain bearer. It will not read an ID token,
// a cookie or a header that says who asks, and will not grant roles. Of where a request
// comes from it takes a trusted proxy's word alone (internal/origin).
package identity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
)

// Limits on tokens and their times.
const (
	maxToken     = 16 << 10         // bytes, before anything is parsed
	maxWord      = 255              // bytes of a subject, client, id or agency
	leewayIssued = 60 * time.Second // how far ahead an issuer's clock may be (iat, nbf)
	leewayExpiry = 30 * time.Second // how long a token outlives its exp
	longestLife  = 24 * time.Hour   // the highest lifetime that may be configured
)

// Issuer is one registered issuer of access tokens.
type Issuer struct {
	URL      string // exactly as in the iss claim; https, or http on loopback
	Audience string // the one audience that a token must name
	// Discriminator tells access tokens from other tokens. The zero value
	// demands the header typ at+jwt of RFC 9068.
	Discriminator Discriminator
	// AgencyClaim names the claim that holds the agency, for an issuer that
	// several agencies share. Empty for an issuer of exactly one agency.
	AgencyClaim string
	// AgencyValue is the one value of AgencyClaim that counts; empty: any.
	AgencyValue string
	// Client is the one client_id that counts; empty: any of the issuer.
	Client string
	// Assurance are the acr values of which a token names one; empty: any or none.
	Assurance []string
	// SecondFactor are the acr values that say that a second factor was used; empty: none
	// does, and nobody breaks glass by this issuer (F3).
	SecondFactor []string
	// From and Until bound when it counts, Until exclusive; zero is no bound.
	From, Until time.Time
	// Discovered says that its metadata have been fetched before and named itself, as
	// a Source remembers it.
	Discovered bool
}

// Discriminator is a registered claim and value that mark the access tokens of an
// issuer that does not set typ at+jwt, such as token_use = access.
type Discriminator struct{ Claim, Value string }

// Verifier checks access tokens. It is safe for concurrent use.
type Verifier struct {
	fixed    []Issuer
	source   Source
	guarded  *http.Client // asks the issuers of the source
	register registry
	now      func() time.Time
	client   *http.Client
	lifetime time.Duration
	proofs   Proofs
	proxies  origin.Proxies
	refused  func(context.Context, error)
}

// Option changes how a Verifier works.
type Option func(*Verifier)

// WithClock sets the clock; the default is time.Now.
func WithClock(now func() time.Time) Option { return func(v *Verifier) { v.now = now } }

// WithHTTPClient sets the client that fetches metadata and keys. Its redirect
// policy is replaced by one that follows none, and its answers are cut at 1 MiB.
func WithHTTPClient(c *http.Client) Option { return func(v *Verifier) { v.client = c } }

// WithMaxLifetime sets the longest lifetime (exp - iat) that a token may have:
// more than nothing, at most 24 hours; the default is one hour.
func WithMaxLifetime(d time.Duration) Option { return func(v *Verifier) { v.lifetime = d } }

// WithProxies has the word of these proxies taken on whom they forward for
// (X-Forwarded-For); without it whoever connects is who asks.
func WithProxies(p origin.Proxies) Option { return func(v *Verifier) { v.proxies = p } }

// WithRefusals has f called with every refused request, for the audit record.
// The error unwraps to the check that failed and holds no part of the token.
func WithRefusals(f func(context.Context, error)) Option {
	return func(v *Verifier) { v.refused = f }
}

// New returns a Verifier for the issuers. It fails where there is none, or where
// one has no URL or no audience (threats.md row 4): a server without them must not
// start. It makes no request; metadata and keys are fetched when the first token of
// an issuer arrives, so that one unreachable issuer does not stop the others.
// Discover fetches them at once.
func New(_ context.Context, issuers []Issuer, opts ...Option) (*Verifier, error) {
	v := &Verifier{
		now: time.Now, lifetime: time.Hour,
		client: &http.Client{Timeout: fetchTimeout}, refused: func(context.Context, error) {},
	}
	for _, o := range opts {
		o(v)
	}
	switch {
	case len(issuers) == 0 && v.source == nil:
		return nil, errors.New("setting up identity: no issuer: register at least one")
	case v.now == nil || v.client == nil || v.refused == nil:
		return nil, errors.New("setting up identity: a nil clock, client or refusal function: leave the option out")
	case v.proofs.URL != "" && (!fetchable(v.proofs.URL) || v.proofs.Once == nil):
		return nil, errors.New("setting up identity: the address of proofs: use https (http only on loopback), without query, fragment or user")
	case v.lifetime <= 0 || v.lifetime > longestLife:
		return nil, errors.New("setting up identity: the longest token lifetime must be above 0 and at most 24h")
	}
	for i, is := range issuers {
		if err := is.check(); err != nil {
			return nil, fmt.Errorf("setting up identity: issuer %d: %w", i+1, err)
		}
		for _, other := range issuers[:i] {
			if other.URL == is.URL {
				return nil, fmt.Errorf("setting up identity: issuer %d: registered twice: remove one", i+1)
			}
		}
	}
	v.fixed = slices.Clone(issuers)
	v.put(nil)
	return v, nil
}

// Claims that carry a meaning of their own and so cannot tell token types apart
// or name an agency.
var reserved = []string{
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "acr",
	"cnf", "azp", "nonce", "at_hash", "c_hash", "events",
}

func (is Issuer) check() error {
	switch {
	case is.URL == "":
		return errors.New("no URL: give the issuer's URL")
	case !fetchable(is.URL):
		return errors.New("URL: use https (http only on loopback), without query, fragment or user")
	case !sound(is.Audience):
		return errors.New("no sound audience: give the audience that its tokens must name")
	case (is.Discriminator.Claim == "") != (is.Discriminator.Value == ""):
		return errors.New("discriminator: give both claim and value, or neither")
	case slices.Contains(reserved, is.Discriminator.Claim), slices.Contains(reserved, is.AgencyClaim):
		return errors.New("discriminator or agency claim: that claim has a meaning of its own: name another")
	case is.AgencyClaim != "" && is.AgencyClaim == is.Discriminator.Claim:
		return errors.New("agency claim: it is the discriminator too: name another")
	}
	return nil
}

// fetchable reports whether raw is an absolute URL that may be asked for keys.
func fetchable(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery ||
		u.Fragment != "" || u.Opaque != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

// Discover fetches metadata and keys of every issuer and reports those that do
// not answer, or whose metadata name another issuer.
func (v *Verifier) Discover(ctx context.Context) error {
	var all []error
	for u, keys := range v.keyrings() {
		if err := keys.refresh(ctx, true); err != nil {
			all = append(all, fmt.Errorf("discovering issuer %s: %w", u, err))
		}
	}
	return errors.Join(all...)
}

// Verify checks one raw access token and returns what it says; whether its sender holds
// what it is bound to is for Authenticate to check. Every failure is an
// errs.Unauthenticated with one message; its hidden cause names the check.
func (v *Verifier) Verify(ctx context.Context, raw string) (*Token, error) {
	t, err := v.verify(ctx, raw)
	if err != nil {
		return nil, notAccepted(err)
	}
	return t, nil
}

func notAccepted(cause error) *errs.Error {
	return errs.Wrap(cause, errs.Unauthenticated, "the access token was not accepted: sign in again")
}

// verify does all that needs no key first, so that nothing is fetched for a token
// that would be refused anyway. The signature comes last and covers the very bytes
// that were read: nothing is returned unless it holds.
func (v *Verifier) verify(ctx context.Context, raw string) (*Token, error) {
	c, err := splitCompact(raw)
	if err != nil {
		return nil, err
	}
	is, err := v.issuerOf(ctx, c)
	if err != nil {
		return nil, err
	}
	t, err := is.read(c, v.now(), v.lifetime)
	if err != nil {
		return nil, err
	}
	payload, err := is.keys.verify(ctx, raw, c)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(payload, c.payload) {
		return nil, refuse("signature: it covers other bytes")
	}
	return t, nil
}

// refusal is the hidden cause of a refused token: a fixed text that names the
// check, so that no part of a token can reach it.
type refusal string

func (r refusal) Error() string { return "checking the access token: " + string(r) }

func refuse(check string) error { return refusal(check) }

// ReasonOf names the class of check that refused a request, for counting: one word or
// a few, of a small fixed set. What the directory refused or could not answer is
// "member" or "directory".
func ReasonOf(err error) string {
	var r refusal
	switch {
	case errors.As(err, &r):
		class, _, _ := strings.Cut(string(r), ":")
		return class
	case errs.KindOf(err) == errs.Unavailable:
		return "directory"
	}
	return "member"
}
