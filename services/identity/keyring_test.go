package identity_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/identity"
)

var bg = context.Background()

func TestAlgorithms(t *testing.T) {
	rsaKey, ec, ed := key(t, "rsa", jose.RS256), key(t, "ec", jose.ES256), key(t, "ed", jose.EdDSA)
	bound := jose.JSONWebKey{Key: rsaKey.Key, KeyID: "bound", Algorithm: "PS256"}
	sealing := jose.JSONWebKey{Key: ec.Key, KeyID: "enc", Use: "enc"}
	large, twice, again := key(t, "large", jose.ES384), key(t, "twice", jose.ES256), key(t, "twice", jose.ES256)
	i := serve(t, rsaKey, ec, ed, bound, sealing, large, twice, again)
	v := i.verifier(t)
	for _, c := range []struct {
		k   jose.JSONWebKey
		alg jose.SignatureAlgorithm
		ok  bool
	}{
		{rsaKey, jose.RS256, true}, {rsaKey, jose.PS256, true}, {ec, jose.ES256, true}, {ed, jose.EdDSA, true},
		{bound, jose.PS256, true}, {bound, jose.RS256, false}, {rsaKey, jose.RS512, false},
		{sealing, jose.ES256, false}, {large, jose.ES384, false}, {twice, jose.ES256, false}, {again, jose.ES256, false},
		{jose.JSONWebKey{Key: rsaKey.Key, KeyID: "ec"}, jose.RS256, false},
	} {
		if _, err := v.Verify(bg, i.token(t, c.k, c.alg)); (err == nil) != c.ok {
			t.Errorf("%s with key %s: %s", c.alg, c.k.KeyID, causes(err))
		}
	}
}

// TestFetchesBounded: random key ids do not make the verifier ask the issuer again
// and again, and do not keep others out.
func TestFetchesBounded(t *testing.T) {
	k := key(t, "a", jose.ES256)
	i := serve(t, k)
	v := i.verifier(t)
	flood := func(verify func(string) error) int {
		before := i.fetches()
		var all sync.WaitGroup
		for n := range 50 {
			all.Go(func() {
				if verify(i.token(t, jose.JSONWebKey{Key: k.Key, KeyID: fmt.Sprint("random-", n)}, jose.ES256)) == nil {
					t.Error("accepted an unknown key")
				}
			})
		}
		all.Wait()
		return i.fetches() - before
	}
	ours := func(raw string) error { _, err := v.Verify(bg, raw); return err }
	if n := flood(ours); n != 1 {
		t.Errorf("%d fetches", n)
	}
	if err := ours(i.token(t, k, jose.ES256)); err != nil {
		t.Errorf("a good token was kept out: %s", causes(err))
	}
	i.advance(10 * time.Second)
	if n := flood(ours); n != 1 {
		t.Errorf("%d fetches ten seconds later", n)
	}
	// The attack works on go-oidc's own key set: almost each of these
	// makes a fetch (one may share that of the one before it).
	theirs, before := oidc.NewRemoteKeySet(bg, i.URL+"/keys"), i.fetches()
	for n := range 50 {
		_, _ = theirs.VerifySignature(bg, i.token(t, jose.JSONWebKey{Key: k.Key, KeyID: fmt.Sprint("random-", n)}, jose.ES256))
	}
	if n := i.fetches() - before; n < 5 {
		t.Errorf("go-oidc fetched %d times: the bound may be needless now", n)
	}
}

// TestKeysChange: a new key is found, a withdrawn one stops to serve, and an issuer
// that is away serves from memory for an hour and no longer.
func TestKeysChange(t *testing.T) {
	old, fresh := key(t, "old", jose.ES256), key(t, "fresh", jose.ES256)
	i := serve(t, old)
	v := i.verifier(t)
	check := func(when string, k jose.JSONWebKey, want bool) {
		t.Helper()
		if _, err := v.Verify(bg, i.token(t, k, jose.ES256)); (err == nil) != want {
			t.Errorf("%s: %s", when, causes(err))
		}
	}
	check("at first", old, true)
	i.set(func() { i.keys = []jose.JSONWebKey{fresh} })
	check("withdrawn, not yet noticed", old, true)
	check("new, too soon after the last fetch", fresh, false)
	i.advance(10 * time.Second)
	check("new", fresh, true)
	check("withdrawn", old, false)
	i.set(func() {
		i.answer = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "away", http.StatusServiceUnavailable) }
	})
	i.advance(20 * time.Minute)
	check("away", fresh, true)
	i.advance(40 * time.Minute)
	check("away for an hour", fresh, false)
	i.set(func() { i.answer = nil })
	check("back, too soon after the last fetch", fresh, false)
	i.advance(10 * time.Second)
	check("back", fresh, true)

	i.set(func() { i.keys = nil })
	i.advance(15 * time.Minute)
	check("withdrawn, noticed by age alone", fresh, false)
}

// TestMetadata: threats.md row 3, and answers that must not be followed or read to
// their end.
func TestMetadata(t *testing.T) {
	k := key(t, "a", jose.ES256)
	for name, c := range map[string]struct {
		change func(*issuer)
		check  string
	}{
		"another issuer": {func(i *issuer) { i.meta["issuer"] = "https://evil.test" }, "another issuer"},
		"with a slash":   {func(i *issuer) { i.meta["issuer"] = i.URL + "/" }, "another issuer"},
		"no keys":        {func(i *issuer) { delete(i.meta, "jwks_uri") }, "no place"},
		"keys over http": {func(i *issuer) { i.meta["jwks_uri"] = "http://keys.test/" }, "no place"},
		"keys in a file": {func(i *issuer) { i.meta["jwks_uri"] = "file:///etc/passwd" }, "no place"},
		"redirect": {func(i *issuer) {
			i.answer = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }
		}, "could not be had"},
		"endless": {func(i *issuer) {
			i.answer = func(w http.ResponseWriter, _ *http.Request) {
				for range 3 << 10 {
					_, _ = w.Write([]byte(strings.Repeat(" ", 1<<10)))
				}
				_, _ = w.Write([]byte(`{"keys":[]}`))
			}
		}, "could not be had"},
		"too many": {func(i *issuer) {
			for n := range 65 {
				i.keys = append(i.keys, jose.JSONWebKey{Key: k.Key, KeyID: fmt.Sprint(n)})
			}
		}, "too many"},
	} {
		i := serve(t, k)
		v := i.verifier(t)
		c.change(i)
		_, err := v.Verify(bg, i.token(t, k, jose.ES256))
		if errs.KindOf(err) != errs.Unauthenticated || !strings.Contains(causes(err), c.check) {
			t.Errorf("%s: %v, %s", name, err, causes(err))
		}
		if err := v.Discover(bg); err == nil || !strings.Contains(err.Error(), i.URL) {
			t.Errorf("%s: discovered: %v", name, err)
		}
	}
	if err := serve(t, k).verifier(t).Discover(bg); err != nil {
		t.Error(err)
	}
}

// TestHangUp: whoever hangs up does not spend the fetch of the others.
func TestHangUp(t *testing.T) {
	k := key(t, "a", jose.ES256)
	i := serve(t, k)
	v := i.verifier(t)
	gone, cancel := context.WithCancel(bg)
	cancel()
	_, _ = v.Verify(gone, i.token(t, k, jose.ES256))
	if _, err := v.Verify(bg, i.token(t, k, jose.ES256)); err != nil {
		t.Error(causes(err))
	}
}

func TestNewRefuses(t *testing.T) {
	good := identity.Issuer{URL: "https://id.test/a", Audience: audience}
	with := func(f func(*identity.Issuer)) []identity.Issuer {
		is := good
		f(&is)
		return []identity.Issuer{good, is}
	}
	for name, issuers := range map[string][]identity.Issuer{
		"none":        nil,
		"twice":       {good, good},
		"no URL":      with(func(i *identity.Issuer) { i.URL = "" }),
		"no audience": with(func(i *identity.Issuer) { i.URL += "b"; i.Audience = "" }),
		"open http":   with(func(i *identity.Issuer) { i.URL = "http://id.test/b" }),
		"query":       with(func(i *identity.Issuer) { i.URL += "?x" }),
		"relative":    with(func(i *identity.Issuer) { i.URL = "id.test" }),
		"half a mark": with(func(i *identity.Issuer) { i.URL += "b"; i.Discriminator.Claim = "token_use" }),
		"mark of another": with(func(i *identity.Issuer) {
			i.URL += "b"
			i.Discriminator = identity.Discriminator{Claim: "sub", Value: "x"}
		}),
		"agency is sub": with(func(i *identity.Issuer) { i.URL += "b"; i.AgencyClaim = "sub" }),
	} {
		if _, err := identity.New(bg, issuers); err == nil {
			t.Errorf("%s: started", name)
		}
	}
	for _, d := range []time.Duration{0, -1, 24*time.Hour + 1} {
		if _, err := identity.New(bg, []identity.Issuer{good}, identity.WithMaxLifetime(d)); err == nil {
			t.Errorf("lifetime %v: started", d)
		}
	}
	if _, err := identity.New(bg, []identity.Issuer{good}, identity.WithMaxLifetime(24*time.Hour)); err != nil {
		t.Error(err)
	}
}
