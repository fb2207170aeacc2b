package identity_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sala-exchange/sala/services/identity"
)

const audience = "https://sala.test/api"

// issuer serves metadata and keys over real HTTP and signs with its real keys, of
// every kind: the key sets and their changes are what is tested with it.
type issuer struct {
	*httptest.Server
	mu      sync.Mutex
	clock   time.Time
	keys    []jose.JSONWebKey // private
	meta    map[string]any
	answer  http.HandlerFunc // answers instead of the key set
	fetched int              // of the key set
}

func serve(t *testing.T, keys ...jose.JSONWebKey) *issuer {
	t.Helper()
	i := &issuer{clock: time.Unix(1_800_000_000, 0), keys: keys}
	i.Server = httptest.NewServer(http.HandlerFunc(i.handle))
	t.Cleanup(i.Close)
	i.meta = map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/keys"}
	return i
}

func (i *issuer) handle(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if r.URL.Path != "/keys" {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(i.meta)
		return
	}
	i.fetched++
	if i.answer != nil {
		i.answer(w, r)
		return
	}
	var set jose.JSONWebKeySet
	for _, k := range i.keys {
		set.Keys = append(set.Keys, k.Public())
	}
	_ = json.NewEncoder(w).Encode(set)
}

// set changes the issuer under its lock.
func (i *issuer) set(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f()
}

func (i *issuer) now() time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.clock
}

func (i *issuer) advance(d time.Duration) { i.set(func() { i.clock = i.clock.Add(d) }) }

func (i *issuer) fetches() (n int) {
	i.set(func() { n = i.fetched })
	return n
}

func (i *issuer) verifier(t *testing.T, o ...identity.Option) *identity.Verifier {
	t.Helper()
	v, err := identity.New(context.Background(), []identity.Issuer{{URL: i.URL, Audience: audience}},
		append([]identity.Option{identity.WithClock(i.now)}, o...)...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// token signs a sound access token with the key.
func (i *issuer) token(t *testing.T, k jose.JSONWebKey, alg jose.SignatureAlgorithm) string {
	t.Helper()
	now := i.now().Unix()
	payload, _ := json.Marshal(map[string]any{
		"iss": i.URL, "sub": "canary-subject", "aud": audience, "client_id": "c", "jti": "j", "iat": now, "exp": now + 3600,
	})
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: k.Key, KeyID: k.KeyID}}, (&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		t.Fatal(err)
	}
	jws, err := s.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func key(t *testing.T, kid string, alg jose.SignatureAlgorithm) jose.JSONWebKey {
	t.Helper()
	var k any
	var err error
	switch alg {
	case jose.RS256, jose.PS256:
		k, err = rsa.GenerateKey(rand.Reader, 2048)
	case jose.EdDSA:
		_, k, err = ed25519.GenerateKey(rand.Reader)
	case jose.ES384:
		k, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	default:
		k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: k, KeyID: kid}
}

func causes(err error) (all string) {
	for ; err != nil; err = errors.Unwrap(err) {
		all += err.Error() + ": "
	}
	return all
}
