package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/viewer"
)

// still is a clock that is moved.
type still struct{ at time.Time }

func (c *still) now() time.Time { return c.at }

func stillLimits() (*limits, *still) {
	c := &still{time.Unix(1_800_000_000, 0)}
	l := newLimits(MemberLimits{})
	l.now = c.now
	return l, c
}

// asked is how many of n requests, one after another, are taken in.
func asked(l *limits, agency string, n, perMinute, atOnce int) (taken int) {
	for range n {
		if release, _ := l.take(agency, perMinute, atOnce); release != nil {
			release()
			taken++
		}
	}
	return taken
}

// TestRequestsAMinute: one agency's limit is its own, refills with time, follows a
// change at once, and 0 is none.
func TestRequestsAMinute(t *testing.T) {
	l, clock := stillLimits()
	if n := asked(l, "a", 100, 60, 0); n != 60 {
		t.Errorf("%d of 100 requests at a limit of 60", n)
	}
	if _, wait := l.take("a", 60, 0); wait != time.Second {
		t.Errorf("the next may come after %v; want a second", wait)
	}
	if n := asked(l, "b", 100, 60, 0); n != 60 {
		t.Errorf("another agency's %d requests are left", n)
	}
	clock.at = clock.at.Add(10 * time.Second)
	if n := asked(l, "a", 100, 60, 0); n != 10 {
		t.Errorf("%d requests after ten seconds", n)
	}
	if n := asked(l, "a", 100, 0, 0); n != 100 {
		t.Errorf("%d of 100 without a limit", n)
	}
	if n := asked(l, "a", 100, 30, 0); n != 30 {
		t.Errorf("%d at the new limit of 30", n)
	}
}

// TestRequestsAtOnce: places are given back; a request that finds none costs nothing of
// the minute's.
func TestRequestsAtOnce(t *testing.T) {
	l, _ := stillLimits()
	var releases []func()
	for range 3 {
		release, _ := l.take("a", 4, 3)
		if release == nil {
			t.Fatal("not taken in")
		}
		releases = append(releases, release)
	}
	for range 5 {
		if release, wait := l.take("a", 4, 3); release != nil || wait <= 0 {
			t.Fatalf("a fourth at once is taken in, or may come after %v", wait)
		}
	}
	releases[0]()
	if n := asked(l, "a", 5, 4, 3); n != 1 {
		t.Errorf("%d requests of the minute's one that is left", n)
	}
}

// TestLimited: the answer names no agency, has the code, the status and when to ask
// again; without the handler everything would pass.
func TestLimited(t *testing.T) {
	l, _ := stillLimits()
	passed := 0
	h := l.handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed++ }))
	ask := func(v *viewer.Viewer) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil)
		if v != nil {
			r = r.WithContext(viewer.NewContext(r.Context(), v))
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	v := &viewer.Viewer{Agency: "agency_1", Member: "member_1", RequestsPerMinute: 2}
	for range 2 {
		if w := ask(v); w.Code != http.StatusOK {
			t.Errorf("within the limit: %d", w.Code)
		}
	}
	w := ask(v)
	var answer struct {
		Data   any
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer.Errors) != 1 || answer.Errors[0].Extensions.Code != "LIMITED" || answer.Data != nil {
		t.Errorf("%s: %v", w.Body, err)
	}
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "30" || passed != 2 {
		t.Errorf("%d, again after %q, %d passed", w.Code, w.Header().Get("Retry-After"), passed)
	}
	if w := ask(nil); w.Code != http.StatusUnauthorized || passed != 2 {
		t.Errorf("nobody: %d", w.Code)
	}
}

// TestAMembersOwnLimit: what a member asks for too much costs neither her agency nor her
// colleagues; without a limit of members it would.
func TestAMembersOwnLimit(t *testing.T) {
	for _, c := range []struct {
		of                    MemberLimits
		first, second, status int
	}{
		{MemberLimits{RequestsPerMinute: 2}, 2, 2, http.StatusTooManyRequests},
		{MemberLimits{}, 4, 0, http.StatusOK},
	} {
		l, _ := stillLimits()
		l.member = c.of
		passed := map[string]int{}
		h := l.handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			v, _ := viewer.FromContext(r.Context())
			passed[v.Member]++
		}))
		ask := func(member string) (status int) {
			for range 4 {
				w := httptest.NewRecorder()
				v := &viewer.Viewer{Agency: "agency_1", Member: member, RequestsPerMinute: 4}
				h.ServeHTTP(w, httptest.NewRequestWithContext(viewer.NewContext(t.Context(), v), http.MethodPost, "/graphql", nil))
				status = w.Code
			}
			return status
		}
		if status := ask("member_1"); status != c.status || passed["member_1"] != c.first {
			t.Errorf("%+v: %d passed, then %d", c.of, passed["member_1"], status)
		}
		if ask("member_2"); passed["member_2"] != c.second {
			t.Errorf("%+v: %d of her colleague's passed", c.of, passed["member_2"])
		}
	}
}
