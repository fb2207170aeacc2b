// Package counterpart is a reader of published releases for tests: an issuer that signs with
// a real key, and a running region's server that is asked over HTTP.
//
// It promises that nothing between the reader and the server is other than in production,
// but for the address. It makes no release.
package counterpart

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/services/region"
)

// Audience is that of the server that Open opens.
const Audience = "https://region.example"

// Issuer signs tokens with a real key and serves its metadata over HTTP.
type Issuer struct {
	*httptest.Server
	key jose.JSONWebKey
}

// NewIssuer starts an issuer.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{key: jose.JSONWebKey{Key: k, KeyID: "a"}}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{i.key.Public()}})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.URL, "jwks_uri": i.URL + "/keys"})
	}))
	t.Cleanup(i.Close)
	return i
}

// Token is a token for an audience, with further claims.
func (i *Issuer) Token(t testing.TB, audience string, more ...map[string]any) string {
	t.Helper()
	now := time.Now().Unix()
	claims := map[string]any{"iss": i.URL, "sub": "analyst", "aud": audience, "client_id": "bi", "jti": "j", "iat": now, "exp": now + 600}
	for _, m := range more {
		maps.Copy(claims, m)
	}
	return Signed(t, i.key, "at+jwt", nil, claims)
}

// Signed signs claims as a JWT of a type, by ES256.
func Signed(t testing.TB, key jose.JSONWebKey, typ jose.ContentType, header map[jose.HeaderKey]any, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	o := (&jose.SignerOptions{}).WithType(typ)
	for name, v := range header {
		o.WithHeader(name, v)
	}
	var by any = key
	if header != nil { // a proof names its key by itself
		by = key.Key
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: by}, o)
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

// Door is a running server and a counterpart that asks it.
type Door struct {
	*httptest.Server
	Region *region.Server
	Issuer *Issuer
	Token  string
}

// Open starts a server over sources, which are those of a configuration in YAML, with one
// issuer, and any document answered; change, where it is not nil, changes the rest. The log
// goes to log.
func Open(t testing.TB, sources string, log io.Writer, change func(*region.Configuration)) *Door {
	t.Helper()
	i := NewIssuer(t)
	c, err := region.ParseConfiguration([]byte("audience: " + Audience + "\nanyDocument: true\nissuers:\n- {url: " + i.URL + ", counterpart: TH}\nsources:\n" + sources))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(c)
	}
	d := &Door{Issuer: i, Token: i.Token(t, Audience)}
	d.Region, err = region.New(t.Context(), c, logline.New(log, slog.LevelInfo))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Region.Close)
	d.Server = httptest.NewServer(d.Region)
	t.Cleanup(d.Close)
	return d
}

// Do sends a request with a bearer token and returns the answer's status and text.
func (d *Door) Do(t testing.TB, method, path, token, body string) (int, string) {
	t.Helper()
	header := http.Header{}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return d.Send(t, d.Client(), method, path, header, body)
}

// Send sends a request by a client.
func (d *Door) Send(t testing.TB, by *http.Client, method, path string, header http.Header, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, d.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header.Clone()
	r.Header.Set("Content-Type", "application/json")
	resp, err := by.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// Query is the body of a request with a document.
func Query(text string) string {
	body, _ := json.Marshal(map[string]string{"query": text})
	return string(body)
}

// Ask returns the answer to a query.
func (d *Door) Ask(t testing.TB, text string) string {
	t.Helper()
	status, answer := d.Do(t, "POST", "/graphql", d.Token, Query(text))
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	return strings.TrimSpace(answer)
}
