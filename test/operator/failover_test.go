package operator

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
)

// TestTwoOperators: of two one acts; when it ends in the middle of an onboarding the other
// takes it over, and there is one proposal and one agency (threats.md 49).
func TestTwoOperators(t *testing.T) {
	e := founded(t).operate()
	first := e.stop
	a := e.kubectl(e.manifest("a08", "NGO", ""))
	e.until(a, "proposed", func() bool { return is(a, "Approved", "Waiting") })
	e.operate() // waits for the lead
	e.approve("lwu")
	first()
	e.approve("atd")
	e.until(a, "ready", func() bool { return is(a, "Ready", "AsDeclared") })
	e.join("a08", e.invitation("a08"))
	if err := e.asks("a08", "admin"); err != nil {
		t.Error(err)
	}
	open, err := apply.Proposals(t.Context(), e.as("lwu", "platform"))
	if err != nil || len(open) != 0 {
		t.Errorf("%d proposals are left: %v", len(open), err)
	}
}

// TestOutage: while the API is away the object says so, and goes on where it stood; one
// that was ready is no longer said to be.
func TestOutage(t *testing.T) {
	e := founded(t)
	at, err := url.Parse(e.api.URL)
	if err != nil {
		t.Fatal(err)
	}
	var down atomic.Bool
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: at.Scheme, Host: at.Host}) }}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			http.Error(w, "Canary", http.StatusBadGateway)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	e.endpoint = front.URL + at.Path
	e.operate()
	a := e.onboard(e.manifest("a09", "NGO", ""))
	down.Store(true)
	e.until(a, "said to be unknown", func() bool { return is(a, "Ready", "APIUnavailable") })
	for _, c := range a.Status.Conditions {
		if strings.Contains(c.Message, "Canary") {
			t.Errorf("the status repeats what somebody answered: %s", c.Message)
		}
	}
	down.Store(false)
	e.until(a, "ready again", func() bool { return is(a, "Ready", "AsDeclared") })
	e.stop() // before what it asks goes away
}

// TestLimited: an API that says it is asked too much is left alone, on behalf of all
// objects, which then go on.
func TestLimited(t *testing.T) {
	e := founded(t)
	at, err := url.Parse(e.api.URL)
	if err != nil {
		t.Fatal(err)
	}
	var limited atomic.Bool
	var asked atomic.Int64
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: at.Scheme, Host: at.Host}) }}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if limited.Load() {
			asked.Add(1)
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte(`{"errors":[{"message":"too much","extensions":{"code":"LIMITED"}}]}`))
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer front.Close()
	e.endpoint = front.URL + at.Path
	e.operate()
	limited.Store(true)
	var all []*v1alpha1.Agency
	for _, code := range []string{"a01", "a02", "a03", "a04", "a05"} {
		all = append(all, e.kubectl(e.manifest(code, "NGO", "")))
	}
	for first := reconciled(t); reconciled(t) < first+6; { // each, and the first again
		time.Sleep(50 * time.Millisecond)
	}
	if n := asked.Load(); n > 8 {
		t.Errorf("an API that asks for less was asked %d times by five objects", n)
	}
	limited.Store(false)
	for _, a := range all {
		e.until(a, "proposed", func() bool { return is(a, "Approved", "Waiting") })
	}
	e.stop() // before what it asks goes away
}

// TestAuthority: an API whose certificate is of an authority that nobody knows is asked once
// a file names that authority, and not before.
func TestAuthority(t *testing.T) {
	e := founded(t)
	at, err := url.Parse(e.api.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: at.Scheme, Host: at.Host}) }})
	defer front.Close()
	e.endpoint = front.URL + at.Path
	e.operate()
	a := e.kubectl(e.manifest("a02", "NGO", ""))
	e.until(a, "said to be unknown", func() bool { return is(a, "Ready", "APIUnavailable") })
	e.stop()
	e.ca = filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(e.ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	e.operate()
	e.until(a, "proposed", func() bool { return is(a, "Approved", "Waiting") })
	e.stop() // before what it asks goes away
}
