package devissuer

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sala-exchange/sala/services/identity"
)

const (
	audience      = "https://sala.test/api"
	otherAudience = "https://sala.test/other"
)

// world is two development issuers over real HTTP and a verifier that knows both.
type world struct {
	*Issuer
	server   *httptest.Server
	verifier *identity.Verifier
	requests atomic.Int64
	offset   atomic.Int64 // nanoseconds that the clock is ahead
}

func (w *world) now() time.Time          { return time.Now().Add(time.Duration(w.offset.Load())) }
func (w *world) advance(d time.Duration) { w.offset.Add(int64(d)) }
func (w *world) issuers() []identity.Issuer {
	return []identity.Issuer{
		{URL: w.IssuerURL("NGO-A"), Audience: audience},
		{URL: w.IssuerURL("POLICE-B"), Audience: audience},
	}
}

func agencies() []Agency {
	return []Agency{
		{Code: "NGO-A", Users: []User{{"u-1", "Ana <Fiction>", "urn:sala:two-factor"}, {"u-2", "Bun Fiction", ""}},
			Clients: []Client{{ID: "ngo-a-system", Secret: "s3cret-of-a"}, {ID: "ngo-a-reader", Secret: "s3cret-of-reader", Audience: otherAudience}}},
		{Code: "POLICE-B", Users: []User{{"u-1", "Chai Fiction", ""}},
			Clients: []Client{{ID: "police-b-system", Secret: "s3cret-of-b"}}},
	}
}

func start(t *testing.T) *world {
	t.Helper()
	w := &world{server: httptest.NewUnstartedServer(nil)}
	var err error
	w.Issuer, err = New(Config{
		EmbeddedDatabase: true, BaseURL: "http://" + w.server.Listener.Addr().String(),
		Audience: audience, Agencies: agencies(), Clock: w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	h := w.Handler()
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.requests.Add(1)
		h.ServeHTTP(rw, r)
	})
	w.server.Start()
	t.Cleanup(w.server.Close)
	w.verifier, err = identity.New(context.Background(), w.issuers(), identity.WithClock(w.now))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// claims are those of a token that is accepted.
func (w *world) claims() map[string]any {
	return map[string]any{
		"iss": w.IssuerURL("NGO-A"), "sub": "u-1", "aud": audience, "client_id": CLI,
		"jti": "canary-jti", "iat": w.now().Unix(), "exp": w.now().Add(time.Hour).Unix(),
	}
}

// with returns the accepted claims changed; a nil value removes one.
func (w *world) with(changes map[string]any) []byte {
	c := w.claims()
	maps.Copy(c, changes)
	for k, v := range changes {
		if v == nil {
			delete(c, k)
		}
	}
	b, _ := json.Marshal(c)
	return b
}

// signed signs a payload with the real key of NGO-A.
func (w *world) signed(t *testing.T, header map[string]any, payload []byte) string {
	t.Helper()
	return sealed(t, w.sites["NGO-A"].key, header, payload)
}

func (w *world) accept(t *testing.T, raw string) *identity.Token {
	t.Helper()
	tok, err := w.verifier.Verify(context.Background(), raw)
	if err != nil {
		t.Fatalf("refused: %v", cause(err))
	}
	return tok
}

func cause(err error) string {
	var all []string
	for ; err != nil; err = unwrap(err) {
		all = append(all, err.Error())
	}
	return strings.Join(all, ": ")
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}
