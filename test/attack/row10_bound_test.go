package attack

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/sala-exchange/sala/services/identity"
)

// Test10BoundToken: a token that its issuer bound to a key (RFC 9449) or to a certificate
// (RFC 8705) is of no use to whoever stole it. Sala verifies no proof, so it takes none of
// these tokens at all: not as a plain bearer, not with somebody's proof, not with the
// right one. Who overlooks the claim takes the stolen one: devissuer's
// TestAttacksAcceptedByIDTokenVerifier.
func Test10BoundToken(t *testing.T) {
	t.Parallel()
	i := ownIssuer(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	holder := jose.JSONWebKey{Key: key.Public()}
	thumbprint, err := holder.Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	enter := identity.Authenticate(i.verifier(t), twoAgencies{i.URL})(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	status := func(scheme, token, proof string) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
		r.Header.Set("Authorization", scheme+" "+token)
		if proof != "" {
			r.Header.Set("DPoP", proof)
		}
		a := httptest.NewRecorder()
		enter.ServeHTTP(a, r)
		return a.Code
	}
	unbound := i.sign(t, i.claims(nil))
	if got := status("Bearer", unbound, ""); got != http.StatusOK {
		t.Fatalf("without a claim of this kind: %d, so that nothing is shown", got)
	}
	for name, cnf := range map[string]any{
		"to a key":         map[string]any{"jkt": encode(thumbprint)},
		"to a certificate": map[string]any{"x5t#S256": encode(thumbprint)},
		"to nothing":       map[string]any{},
		"to null":          nil,
	} {
		token := i.sign(t, i.claims(map[string]any{"cnf": cnf}))
		sum := sha256.Sum256([]byte(token))
		proof := signedAs(t, jose.SigningKey{Algorithm: jose.ES256, Key: key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"),
			map[string]any{"jti": "p", "htm": "POST", "htu": "http://example.com/graphql", "iat": i.now().Unix(), "ath": encode(sum[:])})
		for how, got := range map[string]int{
			"as a plain bearer":   status("Bearer", token, ""),
			"with its proof":      status("DPoP", token, proof),
			"a bearer with proof": status("Bearer", token, proof),
		} {
			if got != http.StatusUnauthorized {
				t.Errorf("bound %s, %s: %d", name, how, got)
			}
		}
	}
	if got := status("DPoP", unbound, ""); got != http.StatusUnauthorized {
		t.Errorf("the scheme without a proof: %d", got)
	}
}
