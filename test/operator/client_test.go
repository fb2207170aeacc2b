package operator

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/clientkey"
	"github.com/sala-exchange/sala/services/apply"
	api "github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/test/world"
)

// keyed has the operator serve keys where the issuers look for them.
func keyed(t *testing.T) *exchange {
	t.Helper()
	e := founded(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	e.keys = at
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var proxy http.Handler = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: at}) }}
	e.api.Keys.Store(&proxy)
	return e
}

// credentials are what a program of an agency finds in its Secret.
type credentials struct {
	key                        jose.JSONWebKey
	client, issuer, endpointOf string
}

func (e *exchange) credentials(a *v1alpha1.Agency) credentials {
	e.t.Helper()
	s := in(e, a, "sala-client", &corev1.Secret{})
	c := credentials{client: string(s.Data["client-id"]), issuer: string(s.Data["issuer"]), endpointOf: string(s.Data["endpoint"])}
	if err := json.Unmarshal(s.Data["key.jwk"], &c.key); err != nil {
		e.t.Fatal(err)
	}
	return c
}

// signIn gets a token by a signed assertion, as any library of OAuth does.
func (c credentials) signIn() (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(c.key.Algorithm), Key: c.key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	now := time.Now()
	assertion, err := jwt.Signed(signer).Claims(jwt.Claims{Issuer: c.client, Subject: c.client, Audience: jwt.Audience{c.issuer}, ID: fmt.Sprint(now.UnixNano()),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Minute))}).Serialize()
	if err != nil {
		return "", err
	}
	res, err := http.PostForm(c.issuer+"/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {c.client},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion}})
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct {
		Token string `json:"access_token"`
		Error string `json:"error"`
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Token == "" {
		return "", fmt.Errorf("no token: %s %w", answer.Error, err)
	}
	return answer.Token, nil
}

// works signs in and asks the API whom it takes the program for.
func (c credentials) works(e *exchange) error {
	token, err := c.signIn()
	if err != nil {
		return err
	}
	var out struct {
		Me struct {
			Agency struct{ Code string }
			Roles  []string
		}
	}
	_, err = (&api.Client{Endpoint: c.endpointOf, Token: token}).Do(e.t.Context(), `{ me { agency { id code } roles } }`, nil, &out)
	if err == nil && !slices.Equal(out.Me.Roles, []string{"CASE_WORKER"}) {
		err = fmt.Errorf("the program is taken for %+v", out.Me)
	}
	return err
}

// ring is how the keys of an agency's client stand.
func (e *exchange) ring(code string) *clientkey.Ring {
	e.t.Helper()
	kept, ring := &corev1.ConfigMap{}, &clientkey.Ring{}
	if err := e.cluster.Get(e.t.Context(), client.ObjectKey{Namespace: namespace, Name: "sala-client-keys-" + code}, kept); err != nil {
		e.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(kept.Data["ring.json"]), ring); err != nil {
		e.t.Fatal(err)
	}
	if strings.Contains(kept.Data["ring.json"]+kept.Data["jwks.json"], `"d":`) {
		e.t.Error("a private key is published")
	}
	return ring
}

func (e *exchange) pass(d time.Duration) { e.ahead.Add(int64(d)) }

// client onboards an agency whose connector signs in, and waits until it does.
func (e *exchange) client(code, more string) (*v1alpha1.Agency, credentials) {
	e.t.Helper()
	a := e.connected(code, fmt.Sprintf("    client: {id: %s, issuer: \"%s\", rotateEvery: 24h, overlap: 2h%s}\n", world.Connector, e.api.Issuer(code), more))
	if e.crowd { // of two that both act, the one may have voided what the other stored
		invited, err := apply.Invite(e.t.Context(), e.as("lwu", "platform"), code)
		if err != nil {
			e.t.Fatal(err)
		}
		e.join(code, invited.Secret)
	} else {
		e.join(code, e.invitation(code))
	}
	if _, err := apply.EnterMember(e.t.Context(), e.as(code, "admin"), e.api.Issuer(code), world.Connector, []string{"CASE_WORKER"}); err != nil {
		e.t.Fatal(err)
	}
	e.until(a, "with a client", func() bool { return a.Status.Connectors.KeyID != "" })
	c := e.credentials(a)
	if err := c.works(e); err != nil {
		e.t.Fatal(err)
	}
	return a, c
}

// rotated takes time to the next key and returns it.
func (e *exchange) rotated(a *v1alpha1.Agency, before credentials) credentials {
	e.t.Helper()
	e.pass(24 * time.Hour)
	e.eventually("published", func() bool { return len(e.ring(a.Name).Keys) == 2 })
	if now := e.credentials(a); now.key.KeyID != before.key.KeyID {
		e.t.Fatal("a key is handed out before issuers could read it")
	}
	e.pass(time.Minute)
	var now credentials
	e.eventually("handed out", func() bool { now = e.credentials(a); return now.key.KeyID != before.key.KeyID })
	return now
}

// TestClientOfConnectors: a program gets a token by the key in its Secret and is taken for
// the account that its agency entered; in the overlap the key before and the new one are
// good, and then the new one alone.
func TestClientOfConnectors(t *testing.T) {
	e := keyed(t).operate()
	a, first := e.client("a01", "")
	second := e.rotated(a, first)
	for name, c := range map[string]credentials{"before": first, "new": second} {
		if err := c.works(e); err != nil {
			t.Errorf("in the overlap the key %s is no good: %v", name, err)
		}
	}
	e.until(a, "told", func() bool { return a.Status.Connectors.KeyID == second.key.KeyID && is(a, "Ready", "AsDeclared") })
	e.pass(2 * time.Hour)
	e.eventually("withdrawn", func() bool {
		_, err := first.signIn()
		return err != nil && strings.Contains(err.Error(), "invalid_client")
	})
	if err := second.works(e); err != nil {
		t.Error(err)
	}
	e.set(a, `{"state":"SUSPENDED"}`)
	e.eventually("shut out", func() bool { _, err := second.signIn(); return err != nil })
	e.clientCanaries(second)
	e.set(a, `{"state":"ACTIVE","connectors":{"client":null}}`)
	e.until(a, "without a client", func() bool { return a.Status.Connectors.Secret == "" })
	res, err := http.Get("http://" + e.keys + "/agencies/a01/jwks.json")
	if err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("keys of a client that is not declared: %v %v", res, err)
	}
}

// clientCanaries: no private key is in the log.
func (e *exchange) clientCanaries(c credentials) {
	e.t.Helper()
	raw, err := json.Marshal(c.key)
	if err != nil {
		e.t.Fatal(err)
	}
	var key struct{ D string }
	if err := json.Unmarshal(raw, &key); err != nil || key.D == "" {
		e.t.Fatalf("no private key: %v", err)
	}
	if strings.Contains(e.log.String(), key.D) {
		e.t.Error("a private key is in the log")
	}
}

// TestOtherAlgorithms: RSA for issuers that know nothing else.
func TestOtherAlgorithms(t *testing.T) {
	e := keyed(t).operate()
	_, c := e.client("a02", ", algorithm: PS256")
	if c.key.Algorithm != "PS256" {
		t.Errorf("the key is for %s", c.key.Algorithm)
	}
}

// TestSecretOfTheClientIsPutBack: one that was deleted, or whose key somebody changed, is
// made anew at once with another key, and what was in it stays good for the overlap; a
// label that somebody adds changes nothing.
func TestSecretOfTheClientIsPutBack(t *testing.T) {
	e := keyed(t).operate()
	a, first := e.client("a03", "")
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "sala-agency-a03", Name: "sala-client"}}
	patch := func(text string) {
		t.Helper()
		if err := e.cluster.Patch(t.Context(), secret, client.RawPatch("application/merge-patch+json", []byte(text))); err != nil {
			t.Fatal(err)
		}
	}
	patch(`{"metadata":{"labels":{"team":"theirs"}}}`)
	for asked := reconciled(t); reconciled(t) < asked+3; {
		time.Sleep(50 * time.Millisecond)
	}
	if e.credentials(a).key.KeyID != first.key.KeyID {
		t.Error("a label made another key")
	}
	last := first
	for what, do := range map[string]func(){
		"deleted":   func() { _ = e.cluster.Delete(t.Context(), secret) },
		"changed":   func() { patch(`{"data":{"key.jwk":"e30="}}`) },
		"immutable": func() { patch(`{"immutable":true,"data":{"key.jwk":"e30="}}`) },
	} {
		do()
		e.eventually("put back: "+what, func() bool {
			s := &corev1.Secret{}
			var key jose.JSONWebKey
			err := e.cluster.Get(t.Context(), client.ObjectKeyFromObject(secret), s)
			return err == nil && json.Unmarshal(s.Data["key.jwk"], &key) == nil && key.KeyID != last.key.KeyID
		})
		now := e.credentials(a)
		for name, c := range map[string]credentials{"before": last, "new": now} {
			if err := c.works(e); err != nil {
				t.Errorf("%s: the key %s is no good: %v", what, name, err)
			}
		}
		last = now
	}
}

// TestOperatorEndsInRotation: a key that was published by an operator which then ended is
// lost, and after a while withdrawn, and another takes its place; what programs hold is good
// throughout.
func TestOperatorEndsInRotation(t *testing.T) {
	e := keyed(t).operate()
	a, first := e.client("a04", "")
	e.pass(24 * time.Hour)
	e.eventually("published", func() bool { return len(e.ring("a04").Keys) == 2 })
	lost := e.ring("a04").Keys[1].Public.KeyID
	e.stop()
	e.operate()
	e.pass(2 * time.Minute)
	e.eventually("another is published", func() bool {
		keys := e.ring("a04").Keys
		return len(keys) == 2 && keys[1].Public.KeyID != lost
	})
	if err := first.works(e); err != nil {
		t.Error(err)
	}
	e.pass(time.Minute)
	e.eventually("handed out", func() bool { return e.credentials(a).key.KeyID != first.key.KeyID })
	for _, c := range []credentials{first, e.credentials(a)} {
		if err := c.works(e); err != nil {
			t.Error(err)
		}
	}
}

// TestTwoOperatorsRotate: two that both act, as none should, leave a key in the Secret that
// is good, and each key that was there is good for the overlap.
func TestTwoOperatorsRotate(t *testing.T) {
	e := keyed(t)
	e.crowd = true
	e.operate()
	e.keys = ""
	first := e.stop
	e.operate()
	defer first()
	a, c := e.client("a05", "")
	for range 3 {
		// What the other of the two hands out a moment later is what is in use.
		e.eventually("at rest", func() bool {
			c = e.credentials(a)
			ring := e.ring(a.Name)
			current := ring.Current()
			return current != nil && current.Public.KeyID == c.key.KeyID && ring.Secret != ""
		})
		e.pass(24 * time.Hour)
		before := c
		for end := time.Now().Add(20 * time.Second); c.key.KeyID == before.key.KeyID; time.Sleep(10 * time.Millisecond) {
			if err := before.works(e); err != nil || time.Now().After(end) {
				t.Fatalf("while keys change: %v\n%s", err, e.log)
			}
			e.pass(time.Second)
			c = e.credentials(a)
		}
		if err := before.works(e); err != nil {
			t.Fatalf("the key before: %v; published are %+v", err, e.ring(a.Name).Keys)
		}
		// Where one finds the other's key in the Secret it makes another without the lead, and
		// who serves the keys may see that a moment later.
		e.eventually("the new key good", func() bool { return c.works(e) == nil })
	}
}

// TestEveryCopyServesKeys: one that stands by serves the public keys too, and no key of an
// agency that is not there, or whose name is none.
func TestEveryCopyServesKeys(t *testing.T) {
	e := keyed(t).operate()
	_, c := e.client("a06", "")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e.keys = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	first := e.stop
	defer first()
	e.operate() // stands by
	get := func(path string) (status int, set jose.JSONWebKeySet) {
		res, err := http.Get("http://" + e.keys + path)
		if err != nil {
			return 0, set
		}
		defer func() { _ = res.Body.Close() }()
		_ = json.NewDecoder(res.Body).Decode(&set)
		return res.StatusCode, set
	}
	e.eventually("served", func() bool { status, _ := get("/agencies/a06/jwks.json"); return status == http.StatusOK })
	if _, set := get("/agencies/a06/jwks.json"); len(set.Key(c.key.KeyID)) != 1 || !set.Keys[0].IsPublic() {
		t.Errorf("served is %+v", set)
	}
	for _, path := range []string{"/agencies/a07/jwks.json", "/agencies/..%2f/jwks.json", "/agencies/A06/jwks.json", "/agencies/a06/ring.json", "/", "/metrics"} {
		if status, _ := get(path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}
