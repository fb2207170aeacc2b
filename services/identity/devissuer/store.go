package devissuer

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// How long and how many unfinished sign-ins are kept.
const (
	requestLife = 10 * time.Minute
	codeLife    = time.Minute
	maxPending  = 1000
)

var errGone = errors.New("looking up a sign-in: it is over or never was: start again")

// store is the memory of one issuer, as zitadel's provider wants it (op.Storage,
// op.ClientCredentialsStorage, op.DeviceAuthorizationStorage).
type store struct {
	issuer, audience string
	now              func() time.Time
	key              signingKey
	users            []User
	clients          map[string]*client

	mu       sync.Mutex
	requests map[string]*request    // by id
	codes    map[string]string      // authorization code → id of the request
	devices  map[string]*deviceCode // by device code
	grants   map[string]grant       // by token id, between the grant and its token
}

func newStore(issuer string, a Agency, audience string, now func() time.Time) (*store, error) {
	key, err := newKey()
	if err != nil {
		return nil, errors.New("making a key: no randomness")
	}
	s := &store{
		issuer: issuer, audience: audience, now: now, key: key, users: a.Users,
		clients:  map[string]*client{CLI: {id: CLI, issuer: issuer}},
		requests: map[string]*request{}, codes: map[string]string{},
		devices: map[string]*deviceCode{}, grants: map[string]grant{},
	}
	taken := map[string]bool{CLI: true}
	for _, u := range a.Users {
		if u.Subject == "" || taken[u.Subject] {
			return nil, errors.New("user: give each a subject of its own")
		}
		taken[u.Subject] = true
	}
	for _, c := range a.Clients {
		if c.ID == "" || (c.Secret == "") == (c.Keys == "") || taken[c.ID] {
			return nil, errors.New("client: give each an id of its own, and a secret or the URL of its keys")
		}
		taken[c.ID] = true
		s.clients[c.ID] = &client{id: c.ID, secret: c.Secret, keys: c.Keys, issuer: issuer, audience: c.Audience}
	}
	return s, nil
}

func (s *store) user(subject string) (User, bool) {
	for _, u := range s.users {
		if u.Subject == subject {
			return u, true
		}
	}
	return User{}, false
}

// sweep forgets what is over, and refuses more where too much is pending. The
// caller holds the lock.
func (s *store) sweep() error {
	for id, r := range s.requests {
		if s.now().Sub(r.made) > requestLife {
			s.forget(id)
		}
	}
	for code, d := range s.devices {
		if s.now().Sub(d.made) > requestLife {
			delete(s.devices, code)
		}
	}
	if len(s.requests)+len(s.devices) >= maxPending {
		return errors.New("starting a sign-in: too many are unfinished: wait ten minutes")
	}
	return nil
}

// GetClientByClientID returns a client of this issuer.
func (s *store) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if c := s.clients[id]; c != nil {
		return c, nil
	}
	return nil, errors.New("looking up a client: not known to this issuer")
}

// AuthorizeClientIDSecret checks the secret of a confidential client.
func (s *store) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	c := s.clients[id]
	if c == nil || c.secret == "" {
		return errors.New("checking a client: it has no secret here")
	}
	want, got := sha256.Sum256([]byte(c.secret)), sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
		return errors.New("checking a client: wrong secret")
	}
	return nil
}

// ClientCredentials authenticates a client for the client credentials grant.
func (s *store) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	if err := s.AuthorizeClientIDSecret(ctx, id, secret); err != nil {
		return nil, err
	}
	return s.GetClientByClientID(ctx, id)
}

// ClientCredentialsTokenRequest grants a client a token for itself.
func (s *store) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	if checkScopes(scopes) != nil {
		return nil, oidc.ErrInvalidScope()
	}
	return clientRequest{id, scopes}, nil
}

// clientRequest is a client's own request for a token.
type clientRequest struct {
	id     string
	scopes []string
}

func (r clientRequest) GetSubject() string    { return r.id }
func (r clientRequest) GetAudience() []string { return nil }
func (r clientRequest) GetScopes() []string   { return r.scopes }
func (r clientRequest) GetClientID() string   { return r.id }

// CreateAccessToken notes what is granted; tokens.Encrypt makes the token of it.
func (s *store) CreateAccessToken(_ context.Context, r op.TokenRequest) (string, time.Time, error) {
	by, ok := r.(interface{ GetClientID() string })
	if !ok || r.GetSubject() == "" {
		return "", time.Time{}, oidc.ErrUnsupportedGrantType()
	}
	g := grant{id: tokenID + random(), subject: r.GetSubject(), client: by.GetClientID(), scopes: r.GetScopes()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grants[g.id] = g
	return g.id, s.now().Add(tokenLife), nil
}

func (s *store) takeGrant(id string) (grant, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, ok := s.grants[id]
	delete(s.grants, id)
	return g, ok
}

// SigningKey returns the key that signs ID tokens.
func (s *store) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }

// SignatureAlgorithms names the one algorithm in use.
func (s *store) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.ES256}, nil
}

// KeySet returns the public keys.
func (s *store) KeySet(context.Context) ([]op.Key, error) { return []op.Key{publicKey{s.key}}, nil }

// Health is always well: there is nothing that could be away.
func (s *store) Health(context.Context) error { return nil }

// SetUserinfoFromScopes adds nothing; SetUserinfoFromRequest does.
func (s *store) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SetUserinfoFromRequest adds the fictional name to an ID token with the scope
// profile.
func (s *store) SetUserinfoFromRequest(_ context.Context, info *oidc.UserInfo, r op.IDTokenRequest, scopes []string) error {
	for _, scope := range scopes {
		if u, ok := s.user(r.GetSubject()); ok && scope == oidc.ScopeProfile {
			info.Name = u.Name
		}
	}
	return nil
}
