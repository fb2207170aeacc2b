package devissuer

import (
	"context"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// request is a sign-in through the authorization code flow. What the provider gets
// is a copy, so that nothing changes under its hands.
type request struct {
	id            string
	made, coded   time.Time
	code          string
	asked         oidc.AuthRequest
	subject       string
	acr           string
	authenticated time.Time
}

func (r request) GetID() string                         { return r.id }
func (r request) GetACR() string                        { return r.acr }
func (r request) GetAMR() []string                      { return nil }
func (r request) GetAudience() []string                 { return []string{r.asked.ClientID} }
func (r request) GetAuthTime() time.Time                { return r.authenticated }
func (r request) GetClientID() string                   { return r.asked.ClientID }
func (r request) GetNonce() string                      { return r.asked.Nonce }
func (r request) GetRedirectURI() string                { return r.asked.RedirectURI }
func (r request) GetResponseType() oidc.ResponseType    { return r.asked.ResponseType }
func (r request) GetResponseMode() oidc.ResponseMode    { return r.asked.ResponseMode }
func (r request) GetScopes() []string                   { return r.asked.Scopes }
func (r request) GetState() string                      { return r.asked.State }
func (r request) GetSubject() string                    { return r.subject }
func (r request) Done() bool                            { return r.subject != "" }
func (r request) GetCodeChallenge() *oidc.CodeChallenge { return r.challenge() }

func (r request) challenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: r.asked.CodeChallenge, Method: oidc.CodeChallengeMethodS256}
}

// CreateAuthRequest starts a sign-in. It demands PKCE with S256, a state, and a
// nonce where an ID token is asked for (threats.md row 5).
func (s *store) CreateAuthRequest(_ context.Context, r *oidc.AuthRequest, _ string) (op.AuthRequest, error) {
	switch {
	case r.CodeChallengeMethod != oidc.CodeChallengeMethodS256 || len(r.CodeChallenge) != 43:
		return nil, oidc.ErrInvalidRequest().WithDescription("PKCE with S256 is required")
	case r.State == "":
		return nil, oidc.ErrInvalidRequest().WithDescription("state is required")
	case r.Nonce == "" && slices.Contains(r.Scopes, oidc.ScopeOpenID):
		return nil, oidc.ErrInvalidRequest().WithDescription("nonce is required with the scope openid")
	case slices.Contains(r.Prompt, oidc.PromptNone):
		return nil, oidc.ErrLoginRequired()
	case checkScopes(r.Scopes) != nil:
		return nil, oidc.ErrInvalidScope()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.sweep(); err != nil {
		return nil, err
	}
	n := &request{id: "ar_" + random(), made: s.now(), asked: *r}
	s.requests[n.id] = n
	return *n, nil
}

// AuthRequestByID returns a sign-in that is under way.
func (s *store) AuthRequestByID(_ context.Context, id string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.pending(id)
	if err != nil {
		return nil, err
	}
	return *r, nil
}

// pending returns a sign-in that is not over. The caller holds the lock.
func (s *store) pending(id string) (*request, error) {
	r := s.requests[id]
	if r == nil || s.now().Sub(r.made) > requestLife {
		return nil, errGone
	}
	return r, nil
}

// SaveAuthCode binds a code to a sign-in: one code each, ever.
func (s *store) SaveAuthCode(_ context.Context, id, code string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.pending(id)
	if err != nil || r.code != "" {
		return errGone
	}
	r.code, r.coded = code, s.now()
	s.codes[code] = id
	return nil
}

// AuthRequestByCode takes the code: whoever comes second, even at the same moment,
// finds nothing. A wrong verifier spends the code too.
func (s *store) AuthRequestByCode(_ context.Context, code string) (op.AuthRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.pending(s.codes[code])
	if err != nil {
		return nil, err
	}
	s.forget(r.id)
	if s.now().Sub(r.coded) > codeLife {
		return nil, errGone
	}
	return *r, nil
}

// DeleteAuthRequest forgets a sign-in.
func (s *store) DeleteAuthRequest(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(id)
	return nil
}

func (s *store) forget(id string) {
	if r := s.requests[id]; r != nil {
		delete(s.codes, r.code)
		delete(s.requests, id)
	}
}

// signIn says who signs in. A sign-in is decided once.
func (s *store) signIn(id, subject string) error {
	u, ok := s.user(subject)
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.pending(id)
	if err != nil || !ok || r.Done() {
		return errGone
	}
	r.subject, r.acr, r.authenticated = u.Subject, u.Assurance, s.now()
	return nil
}
