package attack

import (
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/test/world"
)

// Test03AnotherIssuersKey: an issuer signs for another's members. A verifier that looks
// for the key in all that it knows takes the token; ours looks among those of the issuer
// that the token names. Codes used at another issuer: devissuer's TestCodeMisuse; metadata
// of another name: TestMetadata; an issuer that agencies share: TestSharedIssuer.
func Test03AnotherIssuersKey(t *testing.T) {
	t.Parallel()
	theirs, mine := ownIssuer(t), ownIssuer(t)
	v, err := identity.New(t.Context(), []identity.Issuer{{URL: theirs.URL, Audience: world.Audience}, {URL: mine.URL, Audience: world.Audience}})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []*issuer{theirs, mine} {
		if token, err := v.Verify(t.Context(), i.sign(t, i.claims(nil))); err != nil || token.Issuer != i.URL {
			t.Fatalf("a sound token is refused, or another's: %v", err)
		}
	}
	forged := mine.sign(t, theirs.claims(map[string]any{"sub": "chief"}))
	parsed, err := jose.ParseSigned(forged, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range []*issuer{theirs, mine} {
		read, err := parsed.Verify(known.key.Public())
		if (err == nil) != (known == mine) || err == nil && !strings.Contains(string(read), "chief") {
			t.Errorf("among all known keys it is signed by the wrong one: %v", err)
		}
	}
	for name, raw := range map[string]string{
		"another's name":              forged,
		"another's name with a slash": mine.sign(t, mine.claims(map[string]any{"iss": theirs.URL + "/"})),
		"no name":                     mine.sign(t, mine.claims(map[string]any{"iss": ""})),
		"two names":                   mine.sign(t, mine.claims(map[string]any{"iss": []string{mine.URL, theirs.URL}})),
	} {
		if subject, ok := accepts(t, v, raw); ok {
			t.Errorf("%s: taken for %s", name, subject)
		}
	}
}
