package devissuer

// The attacks of threats.md rows 1 to 9 on identity.Verifier, over real HTTP and
// with the real keys of the issuer: that is why they stand here and not beside
// the verifier.

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/identity"
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// sealed signs any header and any payload with ES256, so that what is tested is
// never the signature. Header members are added to alg, kid and typ; nil removes.
func sealed(t *testing.T, k signingKey, header map[string]any, payload []byte) string {
	t.Helper()
	h := map[string]any{"alg": "ES256", "kid": k.id, "typ": "at+jwt"}
	for name, v := range header {
		if h[name] = v; v == nil {
			delete(h, name)
		}
	}
	raw, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	return sealedRaw(t, k, raw, payload)
}

func sealedRaw(t *testing.T, k signingKey, header, payload []byte) string {
	t.Helper()
	input := b64(header) + "." + b64(payload)
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:])
	return input + "." + b64(sig)
}

// TestAccepted shows that the crafted token is accepted as such, so that each
// attack below fails for what it changes and nothing else.
func TestAccepted(t *testing.T) {
	w := start(t)
	tok := w.accept(t, w.signed(t, nil, w.with(map[string]any{"scope": "openid purpose:ASSISTANCE purpose:RETURN", "acr": "two"})))
	if tok.Subject != "u-1" || tok.Client != CLI || tok.ID != "canary-jti" || tok.Assurance != "two" ||
		len(tok.Purposes) != 2 || tok.AgencyClaim != "" || tok.Issuer != w.IssuerURL("NGO-A") {
		t.Fatalf("not what the token says: %+v", tok)
	}
	for name, raw := range map[string]string{
		"application/at+jwt":  w.signed(t, map[string]any{"typ": "application/at+jwt"}, w.with(nil)),
		"audience as a list":  w.signed(t, nil, w.with(map[string]any{"aud": []string{audience}})),
		"foreign scope":       w.signed(t, nil, w.with(map[string]any{"scope": "email"})),
		"nested claims":       w.signed(t, nil, w.with(map[string]any{"x": map[string]any{"y": []any{1, "2"}}})),
		"clock a bit behind":  w.signed(t, nil, w.with(map[string]any{"iat": w.now().Add(50 * time.Second).Unix()})),
		"over for 20 seconds": w.signed(t, nil, w.with(map[string]any{"iat": w.now().Add(-time.Hour).Unix(), "exp": w.now().Add(-20 * time.Second).Unix()})),
	} {
		if tok := w.accept(t, raw); tok.Purposes != nil {
			t.Errorf("%s: purposes narrowed by nothing", name)
		}
	}
}

type attack struct {
	name  string // with the row of threats.md
	raw   string
	check string // what the hidden cause must name
}

func (w *world) attacks(t *testing.T) []attack {
	claim := func(name, check string, changes map[string]any) attack {
		return attack{name, w.signed(t, nil, w.with(changes)), check}
	}
	header := func(name, check string, h map[string]any) attack {
		return attack{name, w.signed(t, h, w.with(nil)), check}
	}
	payload := func(name, check, p string) attack { return attack{name, w.signed(t, nil, []byte(p)), check} }
	good := w.signed(t, nil, w.with(nil))
	parts := strings.Split(good, ".")
	key := w.sites["NGO-A"].key
	open := strings.TrimSuffix(string(w.with(nil)), "}")
	other := w.sites["POLICE-B"].key
	now := w.now()
	in := func(d time.Duration) int64 { return now.Add(d).Unix() }
	return []attack{
		header("1 alg none", "alg", map[string]any{"alg": "none"}),
		header("1 alg NoNe", "alg", map[string]any{"alg": "NoNe"}),
		header("1 alg missing", "alg", map[string]any{"alg": nil}),
		header("1 alg of another key", "alg", map[string]any{"alg": "RS256"}),
		{"1 unsigned", b64([]byte(`{"alg":"none","typ":"at+jwt"}`)) + "." + parts[1] + ".", "form"},
		{"1 signature stripped", parts[0] + "." + parts[1] + ".", "form"},
		{"1 signature dropped", parts[0] + "." + parts[1], "form"},
		{"1 two signatures", good + "." + parts[2], "form"},
		{"1 other payload", parts[0] + "." + b64(w.with(map[string]any{"sub": "u-2"})) + "." + parts[2], "signature"},
		{"1 json serialization", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, "form"},
		{"1 line break", parts[0] + "." + parts[1] + "\n." + parts[2], "form"},
		{"1 loose bits", good[:len(good)-1] + looser(good[len(good)-1]), "form"},
		{"1 padding", parts[0] + "=." + parts[1] + "." + parts[2], "form"},
		{"2 HS256 with the public key", hmacToken(t, key, w.with(nil)), "alg"},
		header("2 jwk", "jwk", map[string]any{"jwk": jose.JSONWebKey{Key: key.private.Public()}}),
		header("2 jku", "jku", map[string]any{"jku": "https://evil.test/keys"}),
		header("2 x5u", "x5u", map[string]any{"x5u": "https://evil.test/cert"}),
		header("2 x5c", "x5c", map[string]any{"x5c": []string{"MAo="}}),
		header("2 crit", "crit", map[string]any{"crit": []string{"exp"}}),
		header("2 b64", "b64", map[string]any{"b64": false}),
		header("2 kid missing", "kid", map[string]any{"kid": nil}),
		header("2 kid number", "kid", map[string]any{"kid": 1}),
		header("2 kid path", "kid", map[string]any{"kid": "../../dev/null"}),
		header("2 kid SQL", "kid", map[string]any{"kid": "' OR 1=1 --"}),
		header("2 kid NUL", "kid", map[string]any{"kid": "a\x00"}),
		{"2 key of another issuer", sealed(t, other, nil, w.with(nil)), "kid"},
		{"2 key of another issuer, own kid", sealed(t, signingKey{key.id, other.private}, nil, w.with(nil)), "signature"},
		claim("3 iss absent", "iss", map[string]any{"iss": nil}),
		claim("3 iss with slash", "iss", map[string]any{"iss": w.IssuerURL("NGO-A") + "/"}),
		claim("3 iss of another agency", "kid", map[string]any{"iss": w.IssuerURL("POLICE-B")}),
		claim("3 iss list", "iss", map[string]any{"iss": []string{w.IssuerURL("NGO-A")}}),
		claim("4 aud absent", "aud", map[string]any{"aud": nil}),
		claim("4 aud of another API", "aud", map[string]any{"aud": "https://other.test"}),
		claim("4 several aud", "aud", map[string]any{"aud": []string{audience, "https://other.test"}, "azp": "x"}),
		claim("4 aud twice", "aud", map[string]any{"aud": []string{audience, audience}}),
		claim("4 aud empty", "aud", map[string]any{"aud": []string{}}),
		claim("4 aud null", "aud", map[string]any{"aud": []any{nil}}),
		claim("4 aud number", "aud", map[string]any{"aud": 1}),
		claim("4 aud in other case", "aud", map[string]any{"aud": strings.ToUpper(audience)}),
		header("6 ID token", "typ", map[string]any{"typ": "JWT"}),
		header("6 no typ", "typ", map[string]any{"typ": nil}),
		header("6 logout token", "typ", map[string]any{"typ": "logout+jwt"}),
		header("6 dpop proof", "typ", map[string]any{"typ": "dpop+jwt"}),
		claim("6 at_hash", "type", map[string]any{"at_hash": "x"}),
		claim("6 events", "type", map[string]any{"events": map[string]any{}}),
		claim("7 sub absent", "sub", map[string]any{"sub": nil}),
		claim("7 sub empty", "sub", map[string]any{"sub": ""}),
		claim("7 sub number", "sub", map[string]any{"sub": 1}),
		payload("7 Sub beside sub", "json", open+`,"Sub":"admin"}`),
		payload("7 sub twice", "json", open+`,"sub":"admin"}`),
		payload("7 sub twice, escaped", "json", open+`,"su\u0062":"admin"}`),
		payload("7 long s", "json", open+`,"ſub":"admin"}`),
		claim("7 Sub alone", "json", map[string]any{"sub": nil, "Sub": "admin"}),
		payload("7 twice within", "json", open+`,"x":{"a":1,"A":2}}`),
		payload("7 something after", "json", open+`}{}`),
		payload("7 not an object", "json", `[]`),
		payload("7 not UTF-8", "json", open+",\"x\":\"\xff\"}"),
		{"7 header twice", sealedRaw(t, key, []byte(`{"alg":"ES256","kid":"`+key.id+`","typ":"logout+jwt","Typ":"at+jwt"}`), w.with(nil)), "json"},
		{"8 ten megabytes", parts[0] + "." + strings.Repeat("A", 10<<20) + "." + parts[2], "size"},
		{"8 many dots", strings.Repeat(".", 16000), "form"},
		payload("8 deep", "deep", open+`,"x":`+strings.Repeat("[", 4000)+strings.Repeat("]", 4000)+"}"),
		payload("8 nine deep", "deep", open+`,"x":`+strings.Repeat(`{"a":`, 8)+"1"+strings.Repeat("}", 8)+"}"),
		{"8 zip bomb JWE", encrypted(t, key), "form"},
		header("8 zip", "zip", map[string]any{"zip": "DEF"}),
		claim("9 sub with zero width", "sub", map[string]any{"sub": "u-1\u200b"}),
		claim("9 sub with bidi", "sub", map[string]any{"sub": "u-1\u202e"}),
		claim("9 sub with control", "sub", map[string]any{"sub": "u-1\n"}),
		claim("9 sub too long", "sub", map[string]any{"sub": strings.Repeat("a", 256)}),
		payload("9 sub half a surrogate", "sub", strings.Replace(open, `"u-1"`, `"u\ud800"`, 1)+"}"),
		claim("10 cnf", "cnf", map[string]any{"cnf": map[string]any{"jkt": "x"}}),
		claim("client_id absent", "client_id", map[string]any{"client_id": nil}),
		claim("jti absent", "jti", map[string]any{"jti": nil}),
		claim("iat absent", "iat", map[string]any{"iat": nil}),
		claim("iat text", "iat", map[string]any{"iat": "1"}),
		claim("iat fraction", "iat", map[string]any{"iat": float64(in(0)) + .5}),
		claim("iat ahead", "iat", map[string]any{"iat": in(2 * time.Minute)}),
		claim("exp absent", "exp", map[string]any{"exp": nil}),
		claim("exp over", "exp", map[string]any{"iat": in(-time.Hour), "exp": in(-31 * time.Second)}),
		claim("lifetime of ten years", "lifetime", map[string]any{"exp": in(87600 * time.Hour)}),
		claim("lifetime of a second more", "lifetime", map[string]any{"iat": in(0), "exp": in(time.Hour + 2*time.Second)}),
		claim("exp before iat", "lifetime", map[string]any{"iat": in(30 * time.Second), "exp": in(10 * time.Second)}),
		claim("nbf ahead", "nbf", map[string]any{"nbf": in(4 * time.Minute)}),
		claim("nbf text", "nbf", map[string]any{"nbf": "1"}),
		claim("scope list", "scope", map[string]any{"scope": []string{"purpose:ASSISTANCE"}}),
		claim("purpose unknown", "purposes", map[string]any{"scope": "purpose:EVERYTHING"}),
		claim("purpose in other case", "purposes", map[string]any{"scope": "Purpose:ASSISTANCE"}),
		claim("acr number", "acr", map[string]any{"acr": 3}),
	}
}

func TestAttacksRefused(t *testing.T) {
	w := start(t)
	var message string
	for _, a := range w.attacks(t) {
		t.Run(a.name, func(t *testing.T) {
			tok, err := w.verifier.Verify(context.Background(), a.raw)
			if err == nil {
				t.Fatalf("accepted: %+v", tok)
			}
			if errs.KindOf(err) != errs.Unauthenticated || message != "" && err.Error() != message {
				t.Errorf("not the one answer: %v", err)
			}
			message = err.Error()
			if !strings.Contains(cause(err), a.check) {
				t.Errorf("another check refused it: %s", cause(err))
			}
			for _, p := range append(strings.Split(a.raw, "."), "canary-jti", "u-1", "admin") {
				if len(p) > 2 && strings.Contains(cause(err), p) {
					t.Errorf("the error holds a part of the token")
				}
			}
		})
	}
	w.accept(t, w.signed(t, nil, w.with(nil)))
}

// TestAttacksAcceptedByIDTokenVerifier shows that the attacks work on go-oidc's own
// verifier, which is made for ID tokens: so the strict check is needed
// (threats.md finding 8).
func TestAttacksAcceptedByIDTokenVerifier(t *testing.T) {
	w := start(t)
	p, err := oidc.NewProvider(context.Background(), w.IssuerURL("NGO-A"))
	if err != nil {
		t.Fatal(err)
	}
	theirs := p.Verifier(&oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{"ES256"}})
	works := map[string]bool{
		"2 jku": true, "4 several aud": true, "6 ID token": true, "6 logout token": true, "6 dpop proof": true,
		"7 sub absent": true, "7 Sub beside sub": true, "7 sub twice": true, "7 Sub alone": true,
		"9 sub with bidi": true, "10 cnf": true, "iat ahead": true, "lifetime of ten years": true, "nbf ahead": true,
	}
	for _, a := range w.attacks(t) {
		if !works[a.name] {
			continue
		}
		tok, err := theirs.Verify(context.Background(), a.raw)
		if err != nil {
			t.Errorf("%s: go-oidc refuses it now: %v", a.name, err)
		}
		if a.name == "7 Sub beside sub" && (tok == nil || tok.Subject != "admin") {
			t.Errorf("%s: no longer overrides the subject", a.name)
		}
		if _, err := w.verifier.Verify(context.Background(), a.raw); err == nil {
			t.Errorf("%s: accepted by ours", a.name)
		}
		delete(works, a.name)
	}
	if len(works) > 0 {
		t.Errorf("attacks that are not in the list: %v", works)
	}
}

// looser returns a base64url character that decodes like c at the end of a
// signature of 64 bytes but differs in bits that do not count.
func looser(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)^1])
}

// hmacToken signs with the published key as if it were a shared secret.
func hmacToken(t *testing.T, k signingKey, payload []byte) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(k.private.Public())
	if err != nil {
		t.Fatal(err)
	}
	input := b64([]byte(`{"alg":"HS256","typ":"at+jwt","kid":"`+k.id+`"}`)) + "." + b64(payload)
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(input))
	return input + "." + b64(mac.Sum(nil))
}

func encrypted(t *testing.T, k signingKey) string {
	t.Helper()
	e, err := jose.NewEncrypter(jose.A128GCM, jose.Recipient{Algorithm: jose.ECDH_ES, Key: crypto.PublicKey(&k.private.PublicKey)},
		&jose.EncrypterOptions{Compression: jose.DEFLATE})
	if err != nil {
		t.Fatal(err)
	}
	jwe, err := e.Encrypt(bytes.Repeat([]byte("a"), 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jwe.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestNothingFetchedForStrangers: an issuer that is not registered, and keys that a
// token brings or points to, cause no request (threats.md row 2).
func TestNothingFetchedForStrangers(t *testing.T) {
	w := start(t)
	var fetched atomic.Int64
	evil := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched.Add(1) }))
	defer evil.Close()
	for _, raw := range []string{
		w.signed(t, nil, w.with(map[string]any{"iss": evil.URL})),
		w.signed(t, map[string]any{"jku": evil.URL}, w.with(nil)),
		w.signed(t, map[string]any{"x5u": evil.URL}, w.with(nil)),
		w.signed(t, map[string]any{"kid": evil.URL}, w.with(map[string]any{"iss": evil.URL})),
	} {
		if _, err := w.verifier.Verify(context.Background(), raw); err == nil {
			t.Error("accepted")
		}
	}
	if fetched.Load() != 0 || w.requests.Load() != 0 {
		t.Errorf("requests were made: %d to the stranger, %d to the issuer", fetched.Load(), w.requests.Load())
	}
}

// TestIssuerPairs: the same subject at two issuers is two accounts, and case and
// normal form are kept apart (threats.md rows 3 and 9).
func TestIssuerPairs(t *testing.T) {
	w := start(t)
	a, err := w.Mint("NGO-A", "u-1")
	b, err2 := w.Mint("POLICE-B", "u-1")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	if x, y := w.accept(t, a), w.accept(t, b); x.Subject != y.Subject || x.Issuer == y.Issuer {
		t.Error("not one subject at two issuers")
	}
	seen := map[string]bool{}
	for _, sub := range []string{"agency-a", "Agency-A", "\u00e9", "e\u0301"} {
		seen[w.accept(t, w.signed(t, nil, w.with(map[string]any{"sub": sub}))).Subject] = true
	}
	if len(seen) != 4 {
		t.Error("subjects were merged")
	}
}

// TestDiscriminator: an issuer without at+jwt marks its access tokens by a claim;
// an agency claim names the agency of a shared issuer.
func TestDiscriminator(t *testing.T) {
	w := start(t)
	v, err := identity.New(context.Background(), []identity.Issuer{{
		URL: w.IssuerURL("NGO-A"), Audience: audience, AgencyClaim: "org",
		Discriminator: identity.Discriminator{Claim: "token_use", Value: "access"},
	}}, identity.WithClock(w.now))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		typ    any
		claims map[string]any
		ok     bool
	}{
		{"JWT", "JWT", map[string]any{"token_use": "access", "org": "A"}, true},
		{"no typ", nil, map[string]any{"token_use": "access", "org": "A"}, true},
		{"ID token", "JWT", map[string]any{"token_use": "id", "org": "A"}, false},
		{"no claim", "at+jwt", map[string]any{"org": "A"}, false},
		{"logout token", "logout+jwt", map[string]any{"token_use": "access", "org": "A"}, false},
		{"typ null", json.RawMessage("null"), map[string]any{"token_use": "access", "org": "A"}, false},
		{"no agency", "JWT", map[string]any{"token_use": "access"}, false},
		{"agency list", "JWT", map[string]any{"token_use": "access", "org": []string{"A"}}, false},
	} {
		tok, err := v.Verify(context.Background(), w.signed(t, map[string]any{"typ": c.typ}, w.with(c.claims)))
		if (err == nil) != c.ok || c.ok && tok.AgencyClaim != "A" {
			t.Errorf("%s: %v", c.name, cause(err))
		}
	}
}
