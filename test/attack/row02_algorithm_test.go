package attack

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// Test02KeyConfusion: a token signed by HMAC with the issuer's public key, which everybody
// has. A verifier that lets the token choose the algorithm and hands it the key as bytes
// takes it. Keys and addresses that a token brings along, and that nobody asks them:
// devissuer's TestAttacksRefused, TestAttacksAcceptedByIDTokenVerifier and
// TestNothingFetchedForStrangers.
func Test02KeyConfusion(t *testing.T) {
	t.Parallel()
	i := ownIssuer(t)
	der, err := x509.MarshalPKIXPublicKey(i.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	encode := base64.RawURLEncoding.EncodeToString
	payload, _ := json.Marshal(i.claims(map[string]any{"sub": "chief"}))
	input := encode([]byte(`{"alg":"HS256","kid":"k","typ":"at+jwt"}`)) + "." + encode(payload)
	mac := hmac.New(sha256.New, public)
	mac.Write([]byte(input))
	raw := input + "." + encode(mac.Sum(nil))
	parsed, err := jose.ParseSigned(raw, []jose.SignatureAlgorithm{jose.HS256, jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if read, err := parsed.Verify(public); err != nil || !strings.Contains(string(read), "chief") {
		t.Errorf("a verifier that takes any algorithm refuses it too: %v", err)
	}
	if subject, ok := accepts(t, i.verifier(t), raw); ok {
		t.Errorf("taken for %s", subject)
	}
}
