package attack

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/test/world"
)

const proofURL = "https://sala.example/graphql"

var b64 = base64.RawURLEncoding.EncodeToString

// holder is a client with a key of its own.
type holder struct {
	key        *ecdsa.PrivateKey
	thumbprint string
}

func newHolder(t *testing.T) holder {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	print, err := (&jose.JSONWebKey{Key: key.Public()}).Thumbprint(crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return holder{key, b64(print)}
}

// proof is a proof of the holder's for a token, with some claims changed.
func (h holder) proof(t *testing.T, now time.Time, token string, change map[string]any) string {
	t.Helper()
	sum := sha256.Sum256([]byte(token))
	claims := map[string]any{"jti": rand.Text(), "htm": "POST", "htu": proofURL, "iat": now.Unix(), "ath": b64(sum[:])}
	typ := jose.ContentType("dpop+jwt")
	for name, v := range change {
		if name == "typ" {
			typ = jose.ContentType(v.(string))
			continue
		}
		if claims[name] = v; v == nil {
			delete(claims, name)
		}
	}
	return signedAs(t, jose.SigningKey{Algorithm: jose.ES256, Key: h.key}, (&jose.SignerOptions{EmbedJWK: true}).WithType(typ), claims)
}

// bound is Sala's sign-in over an issuer of ours, with its proofs in the world's database.
type bound struct {
	issuer *issuer
	enter  [2]http.Handler // two processes
}

func (b bound) status(t *testing.T, process int, scheme, token string, certificate *x509.Certificate, proofs ...string) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
	r.Header.Set("Authorization", scheme+" "+token)
	for _, p := range proofs {
		r.Header.Add("DPoP", p)
	}
	if certificate != nil {
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{certificate}}
	}
	a := httptest.NewRecorder()
	b.enter[process].ServeHTTP(a, r)
	return a.Code
}

func boundTo(t *testing.T, w *world.World, once bool) bound {
	t.Helper()
	b := bound{issuer: ownIssuer(t)}
	proofs := identity.Proofs{URL: proofURL, Once: api.Proofs{Store: w.Store}.Once}
	if !once { // the guard is away
		proofs.Once = func(context.Context, identity.Membership, string, time.Time) (bool, error) { return true, nil }
	}
	lwu := w.Agencies["lwu"]
	for i := range b.enter {
		b.enter[i] = identity.Authenticate(b.issuer.verifier(t, identity.WithProofs(proofs)), oneMember{lwu.ID, lwu.Worker})(
			http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	}
	return b
}

// oneMember knows one member, whoever asks.
type oneMember struct{ agency, member string }

func (o oneMember) Member(context.Context, string, string, string, origin.Address) (identity.Membership, error) {
	return identity.Membership{Agency: o.agency, AgencyActive: true, Member: o.member}, nil
}

// Test10BoundToken: a token that its issuer bound to a key (RFC 9449) or to a certificate
// (RFC 8705) is of no use to whoever stole it: it is taken with the holder's proof, made
// for this token, method, address and moment, and shown once to the whole deployment; or
// over the connection of its certificate. Who overlooks the claim takes the stolen one:
// devissuer's TestAttacksAcceptedByIDTokenVerifier.
func Test10BoundToken(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		b, mine, thief := boundTo(t, w, true), newHolder(t), newHolder(t)
		now := b.issuer.now()
		token := b.issuer.sign(t, b.issuer.claims(map[string]any{"cnf": map[string]any{"jkt": mine.thumbprint}}))
		other := b.issuer.sign(t, b.issuer.claims(map[string]any{"cnf": map[string]any{"jkt": mine.thumbprint}, "jti": "another"}))
		plain := b.issuer.sign(t, b.issuer.claims(nil))
		good := mine.proof(t, now, token, nil)
		if got := b.status(t, 0, "DPoP", token, nil, good); got != http.StatusOK {
			t.Fatalf("with its proof: %d", got)
		}
		if got := b.status(t, 0, "Bearer", plain, nil); got != http.StatusOK {
			t.Fatalf("a token that is bound to nothing: %d", got)
		}
		fresh := func(change map[string]any) []string { return []string{mine.proof(t, now, token, change)} }
		for name, c := range map[string]struct {
			scheme, token string
			proofs        []string
		}{
			"as a plain bearer":         {"Bearer", token, nil},
			"without a proof":           {"DPoP", token, nil},
			"a bearer with its proof":   {"Bearer", token, fresh(nil)},
			"with two proofs":           {"DPoP", token, append(fresh(nil), fresh(nil)...)},
			"with the proof once more":  {"DPoP", token, []string{good}},
			"with the thief's proof":    {"DPoP", token, []string{thief.proof(t, now, token, nil)}},
			"another token's proof":     {"DPoP", other, fresh(nil)},
			"no token's proof":          {"DPoP", token, fresh(map[string]any{"ath": nil})},
			"made for GET":              {"DPoP", token, fresh(map[string]any{"htm": "GET"})},
			"made for another server":   {"DPoP", token, fresh(map[string]any{"htu": "https://elsewhere.example/graphql"})},
			"made for another address":  {"DPoP", token, fresh(map[string]any{"htu": proofURL + "/x"})},
			"a minute old":              {"DPoP", token, fresh(map[string]any{"iat": now.Add(-61 * time.Second).Unix()})},
			"of the future":             {"DPoP", token, fresh(map[string]any{"iat": now.Add(time.Minute).Unix()})},
			"of no time":                {"DPoP", token, fresh(map[string]any{"iat": nil})},
			"without an id":             {"DPoP", token, fresh(map[string]any{"jti": nil})},
			"another kind of token":     {"DPoP", token, fresh(map[string]any{"typ": "at+jwt"})},
			"nonsense":                  {"DPoP", token, []string{"a.b.c"}},
			"the token as its proof":    {"DPoP", token, []string{token}},
			"bound to nothing, proved":  {"DPoP", plain, []string{mine.proof(t, now, plain, nil)}},
			"bound to nothing, beside":  {"Bearer", plain, []string{mine.proof(t, now, plain, nil)}},
			"bound to nothing, by name": {"DPoP", plain, nil},
		} {
			if got := b.status(t, 0, c.scheme, c.token, nil, c.proofs...); got != http.StatusUnauthorized {
				t.Errorf("%s: %d", name, got)
			}
		}
		if got := b.status(t, 1, "DPoP", token, nil, good); got != http.StatusUnauthorized {
			t.Errorf("shown to another process: %d", got)
		}
		unguarded := boundTo(t, w, false)
		token = unguarded.issuer.sign(t, unguarded.issuer.claims(map[string]any{"cnf": map[string]any{"jkt": mine.thumbprint}}))
		good = mine.proof(t, unguarded.issuer.now(), token, nil)
		for i := range 2 {
			if got := unguarded.status(t, i, "DPoP", token, nil, good); got != http.StatusOK {
				t.Errorf("without the guard a proof that is shown again is refused: %d", got)
			}
		}
	})
}

// Test10BoundCertificate: a token that is bound to a certificate is taken over a connection
// with that one alone.
func Test10BoundCertificate(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		b := boundTo(t, w, true)
		mine, others := &x509.Certificate{Raw: []byte("mine")}, &x509.Certificate{Raw: []byte("others")}
		sum := sha256.Sum256(mine.Raw)
		token := b.issuer.sign(t, b.issuer.claims(map[string]any{"cnf": map[string]any{"x5t#S256": b64(sum[:])}}))
		for name, c := range map[string]struct {
			certificate *x509.Certificate
			scheme      string
			want        int
		}{
			"its own":                 {mine, "Bearer", http.StatusOK},
			"another":                 {others, "Bearer", http.StatusUnauthorized},
			"none":                    {nil, "Bearer", http.StatusUnauthorized},
			"with the scheme of keys": {mine, "DPoP", http.StatusUnauthorized},
		} {
			if got := b.status(t, 0, c.scheme, token, c.certificate); got != c.want {
				t.Errorf("%s: %d, want %d", name, got, c.want)
			}
		}
		for name, cnf := range map[string]any{
			"to nothing": map[string]any{}, "to null": nil, "to a text": "x", "to both": map[string]any{"jkt": b64(sum[:]), "x5t#S256": b64(sum[:])},
			"in a way that is not known": map[string]any{"kid": "x"}, "to too little": map[string]any{"jkt": "eA"},
		} {
			token := b.issuer.sign(t, b.issuer.claims(map[string]any{"cnf": cnf}))
			if got := b.status(t, 0, "Bearer", token, mine); got != http.StatusUnauthorized {
				t.Errorf("bound %s: %d", name, got)
			}
		}
	})
}
