package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// How keys are fetched and how long they serve.
const (
	fetchTimeout  = 5 * time.Second
	fetchInterval = 10 * time.Second // at most one fetch an issuer in this time
	keysFresh     = 15 * time.Minute // then they are fetched again
	keysUsable    = time.Hour        // after that no key serves without a fetch
	maxDocument   = 1 << 20          // bytes of metadata or keys
	maxKeys       = 64               // keys of one issuer
)

// keyring holds the public keys of one issuer. go-oidc's discovery checks that the
// metadata name the configured issuer; its RemoteKeySet is not used, because it
// fetches anew for every signature that does not verify, keeps withdrawn keys for
// ever, and looks at neither `use` nor `alg` of a key.
type keyring struct {
	issuer string
	client *http.Client
	now    func() time.Time

	fetching sync.Mutex // one fetch at a time; guards tried and lastErr
	tried    time.Time
	lastErr  error

	mu      sync.RWMutex
	keys    map[string]jose.JSONWebKey
	fetched time.Time
}

func newKeyring(issuer string, client *http.Client, now func() time.Time) *keyring {
	c := *client
	if c.Timeout == 0 || c.Timeout > fetchTimeout {
		c.Timeout = fetchTimeout
	}
	c.Jar = nil
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.Transport = bounded{c.Transport}
	return &keyring{issuer: issuer, client: &c, now: now}
}

// verify checks the signature of raw with the key that its kid names and returns
// the signed bytes.
func (k *keyring) verify(ctx context.Context, raw string, c *compact) ([]byte, error) {
	key, err := k.key(ctx, c.kid)
	if err != nil {
		return nil, err
	}
	if !suits(key, c.alg) {
		return nil, refuse("alg: not the key's")
	}
	jws, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil {
		return nil, refuse("signature: malformed")
	}
	payload, err := jws.Verify(key.Key)
	if err != nil {
		return nil, refuse("signature: does not verify")
	}
	return payload, nil
}

// key returns the key with this id. An unknown id, or keys that are no longer
// fresh, cause a fetch, at most one in fetchInterval.
func (k *keyring) key(ctx context.Context, kid string) (jose.JSONWebKey, error) {
	key, age, ok := k.cached(kid)
	if ok && age < keysFresh {
		return key, nil
	}
	// While a key is stale but usable, only one caller waits for the fetch.
	err := k.refresh(ctx, !ok || age >= keysUsable)
	key, age, ok = k.cached(kid)
	switch {
	case ok && age < keysUsable:
		return key, nil
	case err != nil:
		return key, err
	case ok:
		return key, refuse("keys: too old and not to be had anew")
	}
	return key, refuse("kid: no such key")
}

func (k *keyring) cached(kid string) (jose.JSONWebKey, time.Duration, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key, ok := k.keys[kid]
	return key, k.now().Sub(k.fetched), ok
}

// refresh fetches metadata and keys unless that was tried less than fetchInterval
// ago; then it returns what came of that. With wait it waits for a fetch under
// way. The fetch outlives its caller: a caller that hangs up must not spend the
// one try of everybody else.
func (k *keyring) refresh(ctx context.Context, wait bool) error {
	if wait {
		k.fetching.Lock()
	} else if !k.fetching.TryLock() {
		return nil
	}
	defer k.fetching.Unlock()
	if since := k.now().Sub(k.tried); !k.tried.IsZero() && since >= 0 && since < fetchInterval {
		return k.lastErr
	}
	k.tried = k.now()
	keys, err := k.fetch(context.WithoutCancel(ctx))
	if k.lastErr = err; err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys, k.fetched = keys, k.now()
	return nil
}

func (k *keyring) fetch(ctx context.Context) (map[string]jose.JSONWebKey, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*fetchTimeout)
	defer cancel()
	// The causes are not passed on: they may repeat what the other side sent.
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, k.client), k.issuer)
	if mismatch := new(oidc.IssuerMismatchError); errors.As(err, &mismatch) {
		return nil, refuse("keys: the issuer's metadata name another issuer")
	} else if err != nil {
		return nil, refuse("keys: the issuer's metadata could not be had")
	}
	var meta struct {
		Keys string `json:"jwks_uri"`
	}
	if p.Claims(&meta) != nil || !fetchableKeys(meta.Keys) {
		return nil, refuse("keys: the issuer's metadata name no place that may be asked")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, meta.Keys, nil)
	if err != nil {
		return nil, refuse("keys: the issuer's metadata name no place that may be asked")
	}
	resp, err := k.client.Do(req)
	if err != nil {
		return nil, refuse("keys: could not be had")
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return nil, refuse("keys: could not be had")
	}
	return parseKeys(body)
}

// parseKeys reads a key set. What is no signature key of a kind that is accepted
// is left out; two keys with one id are both left out, for no one can say which
// is meant.
func parseKeys(body []byte) (map[string]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(body, &set) != nil || len(set.Keys) > maxKeys {
		return nil, refuse("keys: malformed or too many")
	}
	out, count := map[string]jose.JSONWebKey{}, map[string]int{}
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) != nil || !sound(key.KeyID) || key.Use != "" && key.Use != "sig" {
			continue
		}
		count[key.KeyID]++
		out[key.KeyID] = key
	}
	for id, n := range count {
		if n > 1 {
			delete(out, id)
		}
	}
	return out, nil
}

// suits reports whether the key is a public key made for the algorithm.
func suits(key jose.JSONWebKey, alg jose.SignatureAlgorithm) bool {
	if key.Algorithm != "" && key.Algorithm != string(alg) {
		return false
	}
	switch pub := key.Key.(type) {
	case *rsa.PublicKey:
		return (alg == jose.RS256 || alg == jose.PS256) && pub.N.BitLen() >= 2048
	case *ecdsa.PublicKey:
		return alg == jose.ES256 && pub.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return alg == jose.EdDSA
	}
	return false
}

// fetchableKeys is fetchable for a key set, which may have a query.
func fetchableKeys(raw string) bool {
	before, _, _ := strings.Cut(raw, "?")
	return fetchable(before) && !strings.Contains(raw, "#")
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// bounded cuts off answers that are longer than a key document may be.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	next := b.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxDocument)
	}
	return resp, err
}
