package cli

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// transit answers the two calls of Vault's transit engine that are used, with a text that
// holds what it was given: how keys are wrapped is shown beside services/keystore/kms.
func transit(w http.ResponseWriter, r *http.Request) {
	var in struct{ Plaintext, Ciphertext string }
	if r.Header.Get("X-Vault-Token") != "token" || json.NewDecoder(r.Body).Decode(&in) != nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	data := map[string]string{}
	switch {
	case strings.HasSuffix(r.URL.Path, "/transit/encrypt/sala"):
		data["ciphertext"] = "vault:v1:" + base64.StdEncoding.EncodeToString([]byte(in.Plaintext))
	case strings.HasSuffix(r.URL.Path, "/transit/decrypt/sala"):
		raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(in.Ciphertext, "vault:v1:"))
		data["plaintext"] = string(raw)
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

// TestKeysOfAService: `sala keys init` with a key management service.
func TestKeysOfAService(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(transit))
	t.Cleanup(s.Close) // scripts run beside one another, after this function
	scripts(t, "kms", func(env *testscript.Env) {
		env.Setenv("VAULT", s.URL)
		env.Setenv("VAULT_MAX_RETRIES", "0")
		env.Setenv("VAULT_TOKEN", "token")
	}, false)
}
