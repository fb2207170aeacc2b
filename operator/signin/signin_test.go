package signin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/signin"
)

// issuer is a small OAuth server with one client.
type issuer struct {
	*httptest.Server
	secret string
	given  int
	claims string // another issuer that it names itself
	life   int    // seconds
	form   map[string][]string
}

func started(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{secret: "first-secret", life: 3600}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		name := i.URL
		if i.claims != "" {
			name = i.claims
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": name, "token_endpoint": i.URL + "/token"})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		w.Header().Set("Content-Type", "application/json")
		if err := r.ParseForm(); err != nil || id != "operator" || secret != i.secret || r.Form.Get("grant_type") != "client_credentials" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":"invalid_client","error_description":"Canary"}`))
			return
		}
		i.given, i.form = i.given+1, r.Form
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "token-" + strings.Repeat("i", i.given), "token_type": "Bearer", "expires_in": i.life})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestToken: one token as long as it is good, a new one before it ends, with a secret that
// was rotated meanwhile.
func TestToken(t *testing.T) {
	i := started(t)
	a := &signin.Account{Issuer: i.URL, ClientID: "operator", SecretFile: file(t, "first-secret\n"), Audience: "sala", Scopes: []string{"api"}}
	if err := a.Check(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got, err := a.Token(t.Context()); err != nil || got != "token-i" {
			t.Fatalf("%q %v", got, err)
		}
	}
	if i.form["audience"][0] != "sala" || i.form["scope"][0] != "api" {
		t.Errorf("asked for %v", i.form)
	}
	i.life, i.secret = 30, "second-secret"
	short := &signin.Account{Issuer: i.URL, ClientID: "operator", SecretFile: a.SecretFile}
	if _, err := short.Token(t.Context()); errs.KindOf(err) != errs.Unauthenticated || !strings.Contains(err.Error(), "invalid_client") || strings.Contains(err.Error(), "Canary") {
		t.Errorf("an old secret: %v", err)
	}
	if err := os.WriteFile(a.SecretFile, []byte("second-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"token-ii", "token-iii"} { // each is good for less than a minute
		if got, err := short.Token(t.Context()); err != nil || got != want {
			t.Errorf("%q %v, want %s", got, err, want)
		}
	}
}

// TestAnotherIssuer: metadata that name another issuer are not believed, and no secret
// leaves (RFC 9700, mix-up).
func TestAnotherIssuer(t *testing.T) {
	i := started(t)
	i.claims = "https://other.example"
	a := &signin.Account{Issuer: i.URL, ClientID: "operator", SecretFile: file(t, "first-secret")}
	if _, err := a.Token(t.Context()); errs.KindOf(err) != errs.Unavailable || i.given != 0 {
		t.Errorf("%v, %d tokens", err, i.given)
	}
}

func TestCheck(t *testing.T) {
	for _, a := range []*signin.Account{{}, {Issuer: "https://i", ClientID: "c"}, {TokenFile: "f", ClientID: "c"}} {
		if a.Check() == nil {
			t.Error("half an account is taken")
		}
	}
	a := &signin.Account{TokenFile: file(t, " token \n")}
	if got, err := a.Token(t.Context()); err != nil || got != "token" {
		t.Errorf("%q %v", got, err)
	}
	a.TokenFile = file(t, "")
	if _, err := a.Token(t.Context()); err == nil {
		t.Error("an empty file is a token")
	}
}
