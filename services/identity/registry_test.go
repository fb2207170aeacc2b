package identity_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sala-exchange/sala/services/identity"
)

// source is a list of issuers that a test changes.
type source struct {
	mu         sync.Mutex
	list       []identity.Issuer
	err        error
	asked      int
	discovered chan string
}

func (s *source) Issuers(context.Context) ([]identity.Issuer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return append([]identity.Issuer{}, s.list...), s.err
}

func (s *source) Discovered(_ context.Context, url string) error {
	s.discovered <- url
	return nil
}

func (s *source) set(list ...identity.Issuer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = list
}

var near = identity.Reach{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

func sourced(t *testing.T, i *issuer, s *source, reach identity.Reach) *identity.Verifier {
	t.Helper()
	v, err := identity.New(t.Context(), nil, identity.WithClock(i.now), identity.WithSource(s, reach))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// claimed is a sound token with some claims changed.
func (i *issuer) claimed(t *testing.T, k jose.JSONWebKey, change map[string]any) string {
	t.Helper()
	now := i.now().Unix()
	claims := map[string]any{"iss": i.URL, "sub": "canary-subject", "aud": audience, "client_id": "c", "jti": "j", "iat": now, "exp": now + 3600}
	for name, v := range change {
		claims[name] = v
	}
	payload, _ := json.Marshal(claims)
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: k.Key, KeyID: k.KeyID}}, (&jose.SignerOptions{}).WithType("at+jwt"))
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

// TestRegisteredMeanwhile: an issuer that is registered while the server runs is
// accepted within seconds; whoever sends tokens of unknown ones cannot make it ask
// more often than that; and it stops when it is taken away.
func TestRegisteredMeanwhile(t *testing.T) {
	k := key(t, "k", jose.ES256)
	i, s := serve(t, k), &source{}
	v := sourced(t, i, s, near)
	token := i.token(t, k, jose.ES256)
	for range 50 {
		if _, err := v.Verify(t.Context(), token); err == nil {
			t.Fatal("an issuer that is not registered is accepted")
		}
	}
	if s.asked != 1 {
		t.Errorf("50 tokens of an unknown issuer read the register %d times", s.asked)
	}
	s.set(identity.Issuer{URL: i.URL, Audience: audience})
	i.advance(3 * time.Second)
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("registered 3 seconds ago: %s", causes(err))
	}
	s.mu.Lock()
	s.err = errors.New("down")
	s.mu.Unlock()
	if v.Reload(t.Context()) == nil {
		t.Error("a source that does not answer is no failure")
	}
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("the source is down, and what was known is forgotten: %s", causes(err))
	}
	s.mu.Lock()
	s.err = nil
	s.mu.Unlock()
	s.set()
	if err := v.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), token); err == nil {
		t.Error("an issuer that is no longer registered is accepted")
	}
}

// TestInEffect: an issuer counts from its time until its end, by the clock alone.
func TestInEffect(t *testing.T) {
	k := key(t, "k", jose.ES256)
	i := serve(t, k)
	s := &source{}
	s.set(identity.Issuer{URL: i.URL, Audience: audience, From: i.now().Add(time.Minute), Until: i.now().Add(2 * time.Minute)})
	v := sourced(t, i, s, near)
	token := i.token(t, k, jose.ES256)
	for _, want := range []bool{false, true, false} {
		_, err := v.Verify(t.Context(), token)
		if (err == nil) != want {
			t.Errorf("at %s: %s", i.now(), causes(err))
		}
		i.advance(time.Minute)
	}
}

// TestRequirements: the client, the acr and the value of the agency claim that were
// registered are enforced, and none is put together of two settings.
func TestRequirements(t *testing.T) {
	k := key(t, "k", jose.ES256)
	i := serve(t, k)
	s := &source{}
	one := identity.Issuer{URL: i.URL, Audience: audience, AgencyClaim: "org", AgencyValue: "one", Client: "c", Assurance: []string{"mfa"}}
	two := one
	two.AgencyValue, two.Assurance = "two", nil
	s.set(one, two)
	v := sourced(t, i, s, near)
	for _, c := range []struct {
		claims map[string]any
		agency string
	}{
		{map[string]any{"org": "one", "acr": "mfa"}, "one"},
		{map[string]any{"org": "two"}, "two"},
		{map[string]any{"org": "one"}, ""},
		{map[string]any{"org": "one", "acr": "pwd"}, ""},
		{map[string]any{"org": "three", "acr": "mfa"}, ""},
		{map[string]any{"org": "One", "acr": "mfa"}, ""},
		{map[string]any{"acr": "mfa"}, ""},
		{map[string]any{"org": []string{"one", "two"}, "acr": "mfa"}, ""},
		{map[string]any{"org": "two", "client_id": "other"}, ""},
	} {
		got, err := v.Verify(t.Context(), i.claimed(t, k, c.claims))
		if (err == nil) != (c.agency != "") || err == nil && got.AgencyClaim != c.agency {
			t.Errorf("%v: %v %s", c.claims, got, causes(err))
		}
	}
}

// TestSecondFactor: an acr says that a second factor was used where the settings of that
// very issuer and agency list it, and nowhere else (F3).
func TestSecondFactor(t *testing.T) {
	k := key(t, "k", jose.ES256)
	i := serve(t, k)
	s := &source{}
	one := identity.Issuer{URL: i.URL, Audience: audience, AgencyClaim: "org", AgencyValue: "one", SecondFactor: []string{"mfa", "hwk"}}
	two := one
	two.AgencyValue, two.SecondFactor = "two", nil
	s.set(one, two)
	v := sourced(t, i, s, near)
	for _, c := range []struct {
		claims map[string]any
		want   bool
	}{
		{map[string]any{"org": "one", "acr": "mfa"}, true},
		{map[string]any{"org": "one", "acr": "hwk"}, true},
		{map[string]any{"org": "one", "acr": "MFA"}, false},
		{map[string]any{"org": "one", "acr": "pwd"}, false},
		{map[string]any{"org": "one"}, false},
		{map[string]any{"org": "one", "amr": []string{"mfa"}}, false},
		{map[string]any{"org": "two", "acr": "mfa"}, false},
	} {
		got, err := v.Verify(t.Context(), i.claimed(t, k, c.claims))
		if err != nil || got.SecondFactor != c.want {
			t.Errorf("%v: %v %s", c.claims, got, causes(err))
		}
	}
}

// TestUnsoundRegistration: what a source should never give counts for nothing, and what
// the deployment itself fixed is not registered over.
func TestUnsoundRegistration(t *testing.T) {
	k := key(t, "k", jose.ES256)
	i := serve(t, k)
	s := &source{}
	for _, is := range []identity.Issuer{{URL: i.URL}, {URL: i.URL, Audience: audience, AgencyClaim: "sub"}, {URL: "", Audience: audience}} {
		s.set(is)
		if _, err := sourced(t, i, s, near).Verify(t.Context(), i.token(t, k, jose.ES256)); err == nil {
			t.Errorf("%+v counts", is)
		}
	}
	s.set(identity.Issuer{URL: i.URL, Audience: "https://other.example"})
	v, err := identity.New(t.Context(), []identity.Issuer{{URL: i.URL, Audience: audience}}, identity.WithClock(i.now), identity.WithSource(s, near))
	if err != nil || v.Reload(t.Context()) != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), i.claimed(t, k, map[string]any{"aud": "https://other.example"})); err == nil {
		t.Error("a registration changed what the deployment fixed")
	}
}

// TestReach: an issuer's URL makes the server ask no neighbour of its own: not by
// address, not by a name that resolves to one, not by a redirect or a key set that
// lies elsewhere; and no answer is longer or slower than bounded.
func TestReach(t *testing.T) {
	k := key(t, "k", jose.ES256)
	i := serve(t, k)
	s := &source{}
	s.set(identity.Issuer{URL: i.URL, Audience: audience})
	token := i.token(t, k, jose.ES256)
	if _, err := sourced(t, i, s, near).Verify(t.Context(), token); err != nil {
		t.Fatalf("allowed by the deployment: %s", causes(err))
	}
	before := i.fetches()
	if _, err := sourced(t, i, s, identity.Reach{}).Verify(t.Context(), token); err == nil || i.fetches() != before {
		t.Errorf("a loopback address was asked: %s", causes(err))
	}
	named := strings.Replace(i.URL, "127.0.0.1", "localhost", 1)
	s.set(identity.Issuer{URL: named, Audience: audience})
	if _, err := sourced(t, i, s, identity.Reach{}).Verify(t.Context(), i.claimed(t, k, map[string]any{"iss": named})); err == nil || i.fetches() != before {
		t.Errorf("a name of a loopback address was asked: %s", causes(err))
	}
	elsewhere := serve(t, k)
	i.set(func() { i.meta["jwks_uri"] = "http://169.254.169.254/latest/meta-data" })
	s.set(identity.Issuer{URL: i.URL, Audience: audience})
	if _, err := sourced(t, i, s, near).Verify(t.Context(), token); err == nil {
		t.Error("keys were asked for at the machine's own metadata service")
	}
	i.set(func() {
		i.meta["jwks_uri"] = i.URL + "/keys"
		i.answer = func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/keys", http.StatusFound)
		}
	})
	if _, err := sourced(t, i, s, near).Verify(t.Context(), token); err == nil || elsewhere.fetches() != 0 {
		t.Error("a redirect was followed")
	}
	i.set(func() {
		i.answer = func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 4<<20)) }
	})
	if _, err := sourced(t, i, s, near).Verify(t.Context(), token); err == nil {
		t.Error("an answer of 4 MiB was read")
	}
}

// TestDiscovery: a new issuer is discovered without a token of it, and the source told.
func TestDiscovery(t *testing.T) {
	k := key(t, "k", jose.ES256)
	i := serve(t, k)
	s := &source{discovered: make(chan string, 1)}
	s.set(identity.Issuer{URL: i.URL, Audience: audience})
	v := sourced(t, i, s, near)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); v.Watch(ctx, time.Hour, func(error) {}) }()
	if got := <-s.discovered; got != i.URL {
		t.Errorf("discovered %s", got)
	}
	stop()
	<-ended
}
