package kms

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	_ "gocloud.dev/secrets/localsecrets" // base64key://, which the program itself does not take

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/sealtest"
)

// vault is a small server with the two calls of Vault's transit engine that are used,
// over AES-GCM as there. A real one needs half an hour to build.
type vault struct {
	aead   cipher.AEAD
	answer atomic.Int32 // a status to answer with instead
	calls  atomic.Int32
}

func newVault() *vault {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	v := &vault{}
	if v.aead, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		panic(err)
	}
	return v
}

func (v *vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.calls.Add(1)
	if status := v.answer.Load(); status != 0 {
		w.WriteHeader(int(status))
		return
	}
	var in struct{ Plaintext, Ciphertext string }
	data := map[string]string{}
	fail := r.Header.Get("X-Vault-Token") != "token" || json.NewDecoder(r.Body).Decode(&in) != nil
	switch {
	case strings.HasSuffix(r.URL.Path, "/transit/encrypt/sala"):
		plain, _ := base64.StdEncoding.DecodeString(in.Plaintext)
		data["ciphertext"] = "vault:v1:" + base64.StdEncoding.EncodeToString(v.aead.Seal(nil, nil, plain, nil))
	case strings.HasSuffix(r.URL.Path, "/transit/decrypt/sala"):
		text, ok := strings.CutPrefix(in.Ciphertext, "vault:v1:")
		raw, err := base64.StdEncoding.Strict().DecodeString(text)
		if ok && err == nil {
			raw, err = v.aead.Open(nil, nil, raw, nil)
		}
		fail = fail || !ok || err != nil
		data["plaintext"] = base64.StdEncoding.EncodeToString(raw)
	default:
		fail = true
	}
	if fail {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

// theVault is one for all tests: the driver reads the environment once a process.
var theVault *vault

func TestMain(m *testing.M) {
	theVault = newVault()
	s := httptest.NewServer(theVault)
	os.Setenv("VAULT_ADDR", s.URL)
	os.Setenv("VAULT_TOKEN", "token")
	os.Setenv("VAULT_MAX_RETRIES", "0")
	code := m.Run()
	s.Close()
	os.Exit(code)
}

func opened(t *testing.T, url string) *Wrapper {
	t.Helper()
	w, err := Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

const local = "base64key://smGbjm71Nxd1Ig5FS0wj9SlbzAIrnolCz9bQQ6uAhl4="

func TestConform(t *testing.T) {
	sealtest.ConformWrapper(t, opened(t, "hashivault://sala"), nil)
}

// TestAnotherKey: a key that another service's key wrapped is told apart without a call.
func TestAnotherKey(t *testing.T) {
	wrapped, err := opened(t, local).Wrap(t.Context(), []byte("key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	w, before := opened(t, "hashivault://sala"), theVault.calls.Load()
	if _, _, err := w.Unwrap(t.Context(), wrapped, nil); !errors.Is(err, seal.ErrBroken) || w.Current(wrapped) {
		t.Error("unwrapped with another key:", err)
	}
	if theVault.calls.Load() != before {
		t.Error("the service was asked about another one's key")
	}
}

// TestUnavailable: a service that does not answer, or no longer lets us in, is not a key
// that does not open.
func TestUnavailable(t *testing.T) {
	w := opened(t, "hashivault://sala")
	wrapped, err := w.Wrap(t.Context(), []byte("key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{http.StatusNoContent, http.StatusForbidden, http.StatusInternalServerError, http.StatusServiceUnavailable} {
		theVault.answer.Store(int32(status))
		if _, _, err := w.Unwrap(t.Context(), wrapped, nil); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("unwrapping, answered %d: %v", status, err)
		}
		if err := w.Check(t.Context()); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("checking, answered %d: %v", status, err)
		}
	}
	theVault.answer.Store(0)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := w.Unwrap(over, wrapped, nil); errs.KindOf(err) != errs.Unavailable {
		t.Error("unwrapping for one who no longer waits:", err)
	}
	if err := w.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestRefused(t *testing.T) {
	for _, url := range []string{"", "base64key://", "hashivault://", "nothing://key", "awskms://key?unknown=1", "://", "azurekeyvault://x.vault.azure.net/keys/k"} {
		if _, err := Open(t.Context(), url); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := Open(t.Context(), "base64key://canary"); strings.Contains(err.Error(), "canary") {
		t.Error("the error quotes the key:", err)
	}
}
