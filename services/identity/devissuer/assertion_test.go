package devissuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

func pair(t *testing.T) jose.JSONWebKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: key, KeyID: "k", Algorithm: "ES256"}
}

// TestClientSignsInByAKey: a client with published keys gets a token by an assertion that
// one of them signed for this issuer, and in no other way.
func TestClientSignsInByAKey(t *testing.T) {
	key, wrong := pair(t), pair(t)
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key.Public()}})
	}))
	defer keys.Close()
	w := start(t)
	w.sites["NGO-A"].clients["by-key"] = &client{id: "by-key", keys: keys.URL, issuer: w.IssuerURL("NGO-A")}
	asserted := func(by jose.JSONWebKey, c jwt.Claims) url.Values {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: by}, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, err := jwt.Signed(signer).Claims(c).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return url.Values{"grant_type": {"client_credentials"}, "scope": {"purpose:ASSISTANCE"}, "client_assertion": {text},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
	}
	sound := func(change func(*jwt.Claims)) jwt.Claims {
		c := jwt.Claims{Issuer: "by-key", Subject: "by-key", Audience: jwt.Audience{w.IssuerURL("NGO-A")},
			IssuedAt: jwt.NewNumericDate(time.Now()), Expiry: jwt.NewNumericDate(time.Now().Add(time.Minute))}
		if change != nil {
			change(&c)
		}
		return c
	}
	post := func(form url.Values) (token string, status int) {
		res, err := http.PostForm(w.IssuerURL("NGO-A")+"/oauth/token", form)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		var answer struct {
			Token string `json:"access_token"`
		}
		if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		return answer.Token, res.StatusCode
	}
	token, status := post(asserted(key, sound(nil)))
	if got := w.accept(t, token); status != http.StatusOK || got.Subject != "by-key" || got.Client != "by-key" || len(got.Purposes) != 1 {
		t.Fatalf("%d %+v", status, got)
	}
	with := func(form url.Values, name, value string) url.Values { form.Set(name, value); return form }
	for what, form := range map[string]url.Values{
		"another key":        asserted(wrong, sound(nil)),
		"another audience":   asserted(key, sound(func(c *jwt.Claims) { c.Audience = jwt.Audience{w.IssuerURL("POLICE-B")} })),
		"another subject":    asserted(key, sound(func(c *jwt.Claims) { c.Subject = "ngo-a-system" })),
		"another client":     asserted(key, sound(func(c *jwt.Claims) { c.Issuer, c.Subject = "ngo-a-system", "ngo-a-system" })),
		"what has ended":     asserted(key, sound(func(c *jwt.Claims) { c.Expiry = jwt.NewNumericDate(time.Now().Add(-time.Minute)) })),
		"a client id":        with(asserted(key, sound(nil)), "client_id", "ngo-a-system"),
		"a secret beside":    with(asserted(key, sound(nil)), "client_secret", "s3cret-of-a"),
		"another type":       with(asserted(key, sound(nil)), "client_assertion_type", "saml"),
		"another grant":      with(asserted(key, sound(nil)), "grant_type", "authorization_code"),
		"a scope that is no": with(asserted(key, sound(nil)), "scope", "all"),
		"no assertion":       {"grant_type": {"client_credentials"}, "client_id": {"by-key"}, "client_secret": {""}},
	} {
		if token, status := post(form); token != "" || status < 400 {
			t.Errorf("%s: %d", what, status)
		}
	}
}
