package devissuer

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// token answers the token endpoint: a client that signs in by an assertion here, since the
// provider knows that with other grants only, and every other request by the provider.
func (s *site) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.PostForm.Get("client_assertion") == "" {
		s.provider.ServeHTTP(w, r)
		return
	}
	answer, err := s.asserted(op.ContextWithIssuer(r.Context(), s.issuer), r)
	if err != nil {
		op.RequestError(w, r, err, nil)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) //nolint:gosec // a token endpoint answers with the token
}

// asserted grants a client a token for itself that signs in by an assertion, and in no
// other way beside (RFC 7523, section 2.2; OpenID Connect Core 1.0, section 9).
func (s *site) asserted(ctx context.Context, r *http.Request) (*oidc.AccessTokenResponse, error) {
	form := r.PostForm
	if _, _, basic := r.BasicAuth(); basic || form.Get("client_secret") != "" || form.Get("client_assertion_type") != oidc.ClientAssertionTypeJWTAssertion {
		return nil, oidc.ErrInvalidClient()
	}
	if form.Get("grant_type") != string(oidc.GrantTypeClientCredentials) {
		return nil, oidc.ErrUnsupportedGrantType()
	}
	by, err := op.VerifyJWTAssertion(ctx, form.Get("client_assertion"), s.provider.JWTProfileVerifier(ctx))
	if err != nil {
		return nil, oidc.ErrInvalidClient().WithParent(err)
	}
	c := s.clients[by.Issuer]
	if c == nil || c.keys == "" || form.Get("client_id") != "" && form.Get("client_id") != c.id {
		return nil, oidc.ErrInvalidClient()
	}
	request, err := s.ClientCredentialsTokenRequest(ctx, c.id, strings.Fields(form.Get("scope")))
	if err != nil {
		return nil, err
	}
	return op.CreateClientCredentialsTokenResponse(ctx, request, s.provider, c)
}

var errNoKey = errors.New("checking an assertion: its key is none of the client's")

// GetKeyByIDAndClientID reads the client's keys anew each time, so that one that was
// withdrawn is good no longer.
func (s *store) GetKeyByIDAndClientID(ctx context.Context, id, clientID string) (*jose.JSONWebKey, error) {
	c := s.clients[clientID]
	if c == nil || c.keys == "" || id == "" {
		return nil, errNoKey
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.keys, nil)
	if err != nil {
		return nil, errNoKey
	}
	res, err := (&http.Client{Timeout: 5 * time.Second}).Do(req)
	if err != nil {
		return nil, errNoKey
	}
	defer func() { _ = res.Body.Close() }()
	var set jose.JSONWebKeySet
	if res.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&set) != nil {
		return nil, errNoKey
	}
	found := set.Key(id)
	if len(found) != 1 || !found[0].IsPublic() {
		return nil, errNoKey
	}
	return &found[0], nil
}
