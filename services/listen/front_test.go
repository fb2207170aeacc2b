package listen

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/internal/request"
)

// TestFront: each request has an id, one line and one count, by words of the program; a
// panic is answered without its value; a request that is not answered in time is told.
func TestFront(t *testing.T) {
	const canary = "Kanaree"
	for name, c := range map[string]struct {
		next    http.HandlerFunc
		status  int
		facts   request.Facts
		panics  int
		drained bool
	}{
		"an operation": {func(w http.ResponseWriter, r *http.Request) {
			n := request.From(r.Context())
			n.SetOperation("query")
			n.SetOutcome("OK")
			n.SetAgencyKind("UNION")
			_, _ = w.Write([]byte("{}"))
		}, 200, request.Facts{Operation: "query", Outcome: "OK", AgencyKind: "UNION"}, 0, false},
		"words of a client": {func(_ http.ResponseWriter, r *http.Request) {
			n := request.From(r.Context())
			n.SetOperation(canary)
			n.SetOutcome(canary)
			n.SetAgencyKind(canary)
		}, 200, request.Facts{Operation: "none", Outcome: "INTERNAL", AgencyKind: "none"}, 0, false},
		"a refusal":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, 401, request.Facts{Operation: "none", Outcome: "UNAUTHENTICATED", AgencyKind: "none"}, 0, false},
		"what is not there": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, 404, request.Facts{Operation: "none", Outcome: "INVALID", AgencyKind: "none"}, 0, false},
		"while draining":    {func(http.ResponseWriter, *http.Request) {}, 200, request.Facts{Operation: "none", Outcome: "OK", AgencyKind: "none"}, 0, true},
		"a panic":           {func(http.ResponseWriter, *http.Request) { panic(canary) }, 500, request.Facts{Operation: "none", Outcome: errs.Internal.Code(), AgencyKind: "none"}, 1, false},
		"no end": {func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			w.WriteHeader(503)
		}, 503, request.Facts{Operation: "none", Outcome: "UNAVAILABLE", AgencyKind: "none"}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			var served []request.Facts
			panics := 0
			f := &Front{Next: c.next, Log: logline.New(&log, slog.LevelInfo), Within: 50 * time.Millisecond, OverTLS: true, Draining: func() bool { return c.drained },
				Served: func(f request.Facts, _ time.Duration) { served = append(served, f) }, Panicked: func() { panics++ }}
			answer := httptest.NewRecorder()
			f.ServeHTTP(answer, httptest.NewRequest("POST", "/"+canary+"?q="+canary, strings.NewReader(canary)))
			if answer.Code != c.status || answer.Header().Get("Strict-Transport-Security") == "" || (answer.Header().Get("Connection") == "close") != c.drained {
				t.Errorf("%d %v", answer.Code, answer.Header())
			}
			if len(served) != 1 || served[0] != c.facts || panics != c.panics {
				t.Errorf("counted %+v, %d panics", served, panics)
			}
			id := answer.Header().Get("X-Request-Id")
			if strings.Count(log.String(), "request served") != 1 || id == "" || !strings.Contains(log.String(), id) || strings.Contains(log.String()+answer.Body.String(), canary) {
				t.Errorf("logged is %s, answered %s", log.String(), answer.Body)
			}
		})
	}
}
