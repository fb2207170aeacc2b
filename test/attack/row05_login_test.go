package attack

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/signin"
)

// Test05LoginIsLedNowhere: an issuer's answers lead `sala login` to a stranger: by a
// redirect, by another's name, over an open line. A client that follows redirects hands
// the stranger the device's code with its verifier, which is the sign-in. What the
// built-in issuer demands of a sign-in: devissuer's TestCodeFlowRefusals, TestCodeMisuse
// and Test05WithoutItsDemands.
func Test05LoginIsLedNowhere(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told string
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		told += string(body)
	}))
	defer stranger.Close()
	var meta, device map[string]any
	i := httptest.NewUnstartedServer(nil)
	i.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/token"):
			http.Redirect(w, r, stranger.URL, http.StatusTemporaryRedirect)
		case strings.HasSuffix(r.URL.Path, "/device"):
			_ = json.NewEncoder(w).Encode(device)
		default:
			_ = json.NewEncoder(w).Encode(meta)
		}
	})
	i.Start()
	defer i.Close()
	signIn := func(client *http.Client, change func()) error {
		meta = map[string]any{"issuer": i.URL, "device_authorization_endpoint": i.URL + "/device", "token_endpoint": i.URL + "/token", "code_challenge_methods_supported": []string{"S256"}}
		device = map[string]any{"device_code": "the-device-code", "user_code": "u", "verification_uri": i.URL + "/page", "expires_in": 600, "interval": 1}
		change()
		told = ""
		_, err := signin.Issuer{URL: i.URL, ClientID: "c", HTTP: client, Wait: func(context.Context, time.Duration) error { return nil }}.Device(t.Context(), func(signin.Prompt) {})
		return err
	}
	if _ = signIn(&http.Client{}, func() {}); !strings.Contains(told, "the-device-code") || !strings.Contains(told, "code_verifier=") {
		t.Errorf("a client that follows redirects tells the stranger %q, so that nothing is shown", told)
	}
	for name, change := range map[string]func(){
		"redirected":                func() {},
		"another issuer's name":     func() { meta["issuer"] = stranger.URL },
		"its name with a slash":     func() { meta["issuer"] = i.URL + "/" },
		"a token over an open line": func() { meta["token_endpoint"] = "http://idp.example/token" },
		"codes over an open line":   func() { meta["device_authorization_endpoint"] = "http://idp.example/device" },
		"a page over an open line":  func() { device["verification_uri"] = "http://idp.example/page" },
		"a page with a password":    func() { device["verification_uri"] = "https://user:pw@idp.example/page" },
		"a page that is a script":   func() { device["verification_uri_complete"] = "javascript:alert(1)" },
	} {
		err := signIn(nil, change)
		if err == nil || errs.KindOf(err) != errs.Unavailable || told != "" {
			t.Errorf("%s: %v; the stranger was told %q", name, err, told)
		}
	}
}
