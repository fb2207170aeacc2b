package operator

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// hanging stands before an API and can be made to take requests and never answer.
type hanging struct {
	hangs atomic.Bool
	held  atomic.Int64 // requests that wait for an answer
	slow  atomic.Int64 // how long each answer takes, in nanoseconds
	over  chan struct{}
}

// behind puts it before the API of an exchange, until the test ends.
func (e *exchange) behind() *hanging {
	e.t.Helper()
	at, err := url.Parse(e.api.URL)
	if err != nil {
		e.t.Fatal(err)
	}
	h := &hanging{over: make(chan struct{})}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: at.Scheme, Host: at.Host}) }}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.hangs.Load() {
			h.held.Add(1)
			defer h.held.Add(-1)
			<-h.over // whether or not who asks still waits
			return
		}
		time.Sleep(time.Duration(h.slow.Load()))
		proxy.ServeHTTP(w, r)
	}))
	e.endpoint = front.URL + at.Path
	end := sync.OnceFunc(func() { close(h.over) })
	e.t.Cleanup(func() { end(); front.Close() })
	return h
}

// TestSuspensionWhileTheAPIHangs: an agency whose suspension is declared is cut off within
// seconds, though the API takes requests and answers none and every worker has an object
// that waits for it; the others say so and go on once it answers.
func TestSuspensionWhileTheAPIHangs(t *testing.T) {
	e := founded(t)
	h := e.behind()
	e.operate()
	a := e.connected("a01", "")
	var others []*v1alpha1.Agency
	for i := range 8 { // twice as many as workers
		o := e.kubectl(e.manifest(fmt.Sprintf("b%02d", i), "NGO", ""))
		e.until(o, "proposed", func() bool { return is(o, "Approved", "Waiting") })
		others = append(others, o)
	}
	h.hangs.Store(true)
	e.eventually("asked in vain", func() bool { return h.held.Load() > 0 })
	time.Sleep(time.Second) // more than each object's pause: all wait
	begun := time.Now()
	e.set(a, `{"state":"SUSPENDED"}`)
	policy := &networkingv1.NetworkPolicy{}
	for ; len(in(e, a, "sala-connectors", policy).Spec.Egress) > 0; time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > 15*time.Second {
			t.Fatalf("the suspended agency's programs reach %v still\n%s", policy.Spec.Egress, e.log)
		}
	}
	shut := policy.Generation
	t.Logf("cut off %.2f s after the suspension was declared", time.Since(begun).Seconds())
	for _, o := range others {
		e.until(o, "said to be unknown", func() bool { return is(o, "Ready", "APIUnavailable") })
	}
	e.until(a, "said to be unknown", func() bool { return is(a, "Ready", "APIUnavailable") })
	if n := h.held.Load(); n != 1 {
		t.Errorf("%d requests wait at an API that answers none, want one reading's", n)
	}
	if now := in(e, a, "sala-connectors", policy).Generation; now != shut {
		t.Errorf("what was shut was opened by a look that began before: generation %d, and %d when it was shut", now, shut)
	}
	h.hangs.Store(false) // what hangs goes on hanging: what is asked from now on is answered
	e.untilWithin(a, "suspended at the API", time.Minute, func() bool { return a.Status.State == "SUSPENDED" && is(a, "Ready", "AsDeclared") })
	e.stop() // before what it asks goes away
}

// TestALongReadingIsNoOutage: where reading all takes longer than an object waits for it and
// answers come in all the while, nothing is said to be unknown, and what is to be done is
// done, a deletion too.
func TestALongReadingIsNoOutage(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute: some readings of 12 s")
	}
	e := founded(t)
	h := e.behind()
	e.operate()
	a := e.onboard(e.manifest("a01", "NGO", ""))
	b := e.kubectl(e.manifest("a02", "NGO", ""))
	e.until(b, "proposed", func() bool { return is(b, "Approved", "Waiting") })
	h.slow.Store(int64(3 * time.Second)) // four requests a reading
	time.Sleep(2 * time.Second)          // what was under way is over, and a slow one is
	if err := e.cluster.Delete(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	e.set(a, `{"limits":{"requestsPerMinute":901}}`)
	left := func() bool { return e.cluster.Get(t.Context(), client.ObjectKeyFromObject(b), b) == nil }
	for end := time.Now().Add(90 * time.Second); e.limit("a01", 0) != 901 || left(); time.Sleep(100 * time.Millisecond) {
		if err := e.cluster.Get(t.Context(), client.ObjectKeyFromObject(a), a); err != nil {
			t.Fatal(err)
		}
		if c := meta.FindStatusCondition(a.Status.Conditions, "Ready"); c.Reason == "APIUnavailable" {
			t.Fatalf("an API that answers is said not to: %s", c.Message)
		}
		if time.Now().After(end) {
			t.Fatalf("not done: %+v and %+v\n%s", a.Status, b.Status, e.log)
		}
	}
	if n := e.refuseAll(); n != 0 {
		t.Errorf("%d proposals are left", n)
	}
	h.slow.Store(0)
	e.stop() // before what it asks goes away
}
