package attack

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/test/world"
)

const noticesAsTheyCome = `{"query":"subscription { noticeAdded { kind } }"}`

// stream opens an event stream and gives its lines, until it ends.
func stream(t *testing.T, address, token string) (status int, next func() string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(noticesAsTheyCome))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}, "Origin": {"https://evil.example"}}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Body.Close() })
	lines := bufio.NewScanner(a.Body)
	return a.StatusCode, func() string {
		for lines.Scan() {
			if line := lines.Text(); line != "" && !strings.HasPrefix(line, ":") {
				return line
			}
		}
		return "the end"
	}
}

// Test34ExpiredStream: a stream outlives the token that opened it. Without another look at
// who asks it goes on telling; with it, it ends before the next event. An account that is
// closed and an agency that is suspended: graph's TestAStreamEndsWithWhatItRestsOn.
func Test34ExpiredStream(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		i := ownIssuer(t)
		var ahead atomic.Int64
		i.now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
			return op.Issuer.Create().SetAgencyID(w.Agencies["ngo"].ID).SetURL(i.URL).SetAudiences([]string{}).SetClientID("").SetAgencyClaim("").SetAgencyValue("").
				SetDiscriminatorClaim("").SetDiscriminatorValue("").SetAcrValues([]string{}).SetProposalID("").SetCreatedOn(op.Scope.Now).SetValidFrom(1).Exec(ctx)
		})
		w.Must(onboarding.Scope(), func(ctx context.Context, op *store.Op) error {
			_, err := onboarding.AddMember(ctx, op, onboarding.MemberInput{Agency: w.Agencies["ngo"].ID, Issuer: i.URL, Subject: "worker", Roles: []viewer.Role{viewer.CaseWorker}})
			return err
		})
		id := w.Register("lwu", "Canary Thirty-four")
		w.Share("lwu", id, "ngo", assistance, "IDENTITY")
		refer := func() { w.Refer("lwu", id, "ngo", assistance, "IDENTITY") }
		for name, looks := range map[string]bool{"without another look": false, "with it": true} {
			ahead.Store(0)
			server := httptest.NewServer(streaming(t, w, i.verifier(t), looks))
			t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
			if status, _ := stream(t, server.URL+"/graphql", ""); status != http.StatusUnauthorized {
				t.Errorf("%s: without a token: %d", name, status)
			}
			status, next := stream(t, server.URL+"/graphql", i.sign(t, i.claims(nil)))
			if status != http.StatusOK {
				t.Fatalf("%s: %d", name, status)
			}
			refer()
			for _, want := range []string{"id: ", "event: next", "data: "} {
				if got := next(); !strings.HasPrefix(got, want) {
					t.Fatalf("%s: %s, while the token stands", name, got)
				}
			}
			ahead.Store(int64(2 * time.Hour))
			if !looks {
				refer()
			}
			var rest []string
			for len(rest) < 3 {
				rest = append(rest, next())
			}
			got := strings.Join(rest, "\n")
			if tells := strings.Contains(got, "REFERRAL_OFFERED"); tells == looks || looks && !strings.Contains(got, `"UNAUTHENTICATED"`) {
				t.Errorf("%s, after its token: %s", name, got)
			}
		}
	})
}

// streaming is the API with event streams, that look again at who asks or do not.
func streaming(t *testing.T, w *world.World, v *identity.Verifier, looks bool) http.Handler {
	t.Helper()
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	s := &graph.Streams{Every: 20 * time.Millisecond, Within: time.Minute, Most: 10, OfMember: 5, Ending: t.Context().Done(), Now: w.Store.Now}
	d := api.NewDesk(w.Store, p)
	var h http.Handler
	if looks {
		h, err = api.New(api.Config{Store: w.Store, Policy: p, Verifier: v, CursorKey: make([]byte, 32), Streams: s})
	} else {
		s.Again = func(ctx context.Context, r *http.Request) (context.Context, error) {
			who, err := viewer.FromContext(r.Context())
			return viewer.NewContext(ctx, who), err
		}
		h, err = graph.NewHandler(graph.Config{Desk: d, CursorKey: make([]byte, 32), Streams: s})
		if err == nil {
			h = identity.Authenticate(v, d)(h)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Test34NoSocket: the plain server has a second door, which nothing of what watches the
// first stands before; ours has none (graph's TestNoOtherProtocol).
func Test34NoSocket(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.Handler
		opens   bool
	}{"plain": {plain(), true}, "ours": {guarded(t, nil), false}} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c.handler.ServeHTTP(w, r.WithContext(signedIn(r.Context())))
		}))
		defer server.Close()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
			"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "graphql-transport-ws"} {
			r.Header.Set(k, v)
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if a.StatusCode != http.StatusSwitchingProtocols {
			_, _ = io.Copy(io.Discard, a.Body)
		}
		_ = a.Body.Close()
		if (a.StatusCode == http.StatusSwitchingProtocols) != c.opens {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
}
