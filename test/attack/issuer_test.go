package attack

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/test/world"
)

// issuer is an agency's OpenID issuer over real HTTP whose key the test holds, so that it
// can sign what an honest one never would.
type issuer struct {
	*httptest.Server
	key *ecdsa.PrivateKey
	now func() time.Time
}

func ownIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key, now: time.Now}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/keys") {
			_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys"})
	}))
	t.Cleanup(i.Close)
	return i
}

// verifier is Sala's own for this issuer.
func (i *issuer) verifier(t *testing.T, more ...identity.Option) *identity.Verifier {
	t.Helper()
	v, err := identity.New(t.Context(), []identity.Issuer{{URL: i.URL, Audience: world.Audience}},
		append(more, identity.WithClock(func() time.Time { return i.now() }))...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// claims are those of a sound access token, changed.
func (i *issuer) claims(changes map[string]any) map[string]any {
	now := i.now()
	c := map[string]any{"iss": i.URL, "sub": "worker", "aud": world.Audience, "client_id": "client", "jti": "j", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	maps.Copy(c, changes)
	return c
}

// sign signs claims as an access token.
func (i *issuer) sign(t *testing.T, claims map[string]any) string {
	t.Helper()
	return signedAs(t, jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.key, KeyID: "k"}}, (&jose.SignerOptions{}).WithType("at+jwt"), claims)
}

func signedAs(t *testing.T, key jose.SigningKey, o *jose.SignerOptions, claims map[string]any) string {
	t.Helper()
	s, err := jose.NewSigner(key, o)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// accepts reports whether Sala takes a token, and for whose.
func accepts(t *testing.T, v *identity.Verifier, raw string) (subject string, accepted bool) {
	t.Helper()
	token, err := v.Verify(t.Context(), raw)
	if err != nil {
		return "", false
	}
	return token.Subject, true
}

// twoAgencies is a directory with one member in each of two agencies.
type twoAgencies struct{ issuer string }

func (d twoAgencies) Member(_ context.Context, issuer, subject, _ string, _ origin.Address) (identity.Membership, error) {
	if issuer != d.issuer {
		return identity.Membership{}, errs.New(errs.Unauthenticated, "unknown")
	}
	return identity.Membership{Agency: map[string]string{"worker": "ngo", "chief": "lwu"}[subject], Member: subject, AgencyActive: true}, nil
}
