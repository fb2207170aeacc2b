package serve

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sala-exchange/sala/test/world"
)

// What persons typed, in two scripts, each in a place of its own.
var canaries = []string{
	"Kanaxaree", "ນາງກະນາຊາລີ", "+8562055512345", "canarysubject", "CanaryOperation", "canaryalias", "canarytoken", "canaryheader",
	"canarypath", "canaryquery", "canarybody", "canarypanic", "canarycookie", "canarykey", "canaryid",
}

func holdsNone(t *testing.T, where, text string) {
	t.Helper()
	for _, c := range canaries {
		if i := strings.Index(text, c); i >= 0 {
			t.Errorf("%s hold %s: …%s…", where, c, text[max(0, i-150):min(len(text), i+100)])
		}
	}
}

// collector takes traces as a collector does.
type collector struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		plain, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, "no gzip", http.StatusBadRequest)
			return
		}
		body = plain
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.Copy(&c.text, body)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (c *collector) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// registering is a case with canaries in every text that a person types.
func registering() string {
	return inquiry(`mutation CanaryOperation($in: RegisterCaseInput!, $key: String) @purpose(of: ASSISTANCE) {
  canaryalias: registerCase(input: $in, idempotencyKey: $key) { case { id } }
}`, map[string]any{"key": "canarykey", "in": map[string]any{
		"kind": "PRESUMED_VICTIM",
		"recording": map[string]any{"kind": "RECORDING", "interpretation": "NONE_NEEDED", "setting": "SAFE_PLACE", "provisions": []any{
			map[string]any{"decision": "PERMIT", "purposes": []string{"ASSISTANCE"}, "categories": []string{"IDENTITY", "CONTACT", "PROFILE"}}}},
		"identity": map[string]any{"names": []any{
			map[string]any{"text": "Kanaxaree", "kind": "LEGAL", "script": "LATIN"}, map[string]any{"text": "ນາງກະນາຊາລີ", "kind": "LEGAL", "script": "LAO"}},
			"birthDate": "1994-05-17"},
		"contacts": []any{map[string]any{"channel": "MOBILE_PHONE", "address": "+8562055512345"}},
	}})
}

// TestNothingTypedGetsOut: whatever a client sends, by whichever way it fails, neither
// log nor metrics, traces, health or PostgreSQL's own log hold a word of it.
func TestNothingTypedGetsOut(t *testing.T) {
	w := world.OnPostgres(t, pg, world.Options{})
	traces := &collector{}
	backend := httptest.NewServer(traces)
	t.Cleanup(backend.Close)
	panics := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Panic") != "" {
				panic("canarypanic " + r.Header.Get("Canary"))
			}
			next.ServeHTTP(w, r)
		})
	}
	r := start(t, w.Serve(false), map[string]string{"traceEndpoint": backend.URL + "/v1/traces", "traceShare": "1", "logLevel": "debug",
		"statementTimeout": "200ms", "requestIdHeader": "X-Request-Id"}, panics)
	token := r.world.Token("lwu", "worker")
	headers := []string{"X-Request-Id", "canaryid", "User-Agent", "canaryheader", "Cookie", "a=canarycookie", "Origin", "https://canaryheader.example", "Canary", "canaryheader"}
	send := func(path, token, body string, more ...string) string {
		_, _, answer := r.post(r.plain(), path, token, body, append(more, headers...)...)
		return answer
	}

	if answer := send("/graphql?canaryquery=1", token, registering()); !strings.Contains(answer, `"case_`) {
		t.Fatalf("registering: %s", answer)
	}
	read := inquiry(`query CanaryOperation @purpose(of: ASSISTANCE) { canaryalias: cases(first: 5) { edges { node { id identities { names { text } } contacts { address } } } } }`, nil)
	if answer := send("/graphql", token, read); !strings.Contains(answer, "Kanaxaree") || !strings.Contains(answer, "ນາງກະນາຊາລີ") {
		t.Fatalf("reading: %s", answer)
	}
	for _, body := range []string{
		"canarybody", `{"query": "canarybody`, `{"query":"{ canarybody }"}`, `{"query":"query ($a: canarybody) { me { id } }"}`, "\xff canarybody",
		inquiry(`query CanaryOperation @purpose(of: canarybody) { me { id } }`, nil),
		inquiry(`{ node(id: "canarybody") { id } }`, map[string]any{"canarybody": "Kanaxaree"}),
		inquiry(`query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { id } }`, map[string]any{"id": "Kanaxaree"}),
		inquiry(`mutation($in: RegisterCaseInput!) @purpose(of: ASSISTANCE) { registerCase(input: $in) { case { id } } }`, map[string]any{"in": map[string]any{"kind": "Kanaxaree"}}),
		strings.Replace(registering(), "1994-05-17", "canarybody", 1),
		strings.Replace(registering(), "MOBILE_PHONE", "Kanaxaree", 1),
	} {
		send("/graphql", token, body)
	}
	send("/canarypath?canaryquery=Kanaxaree", token, me)
	send("/graphql", "canarytoken", me)
	send("/graphql", r.world.Token("ngo", "worker"), me) // an issuer at an address that may not be asked
	send("/graphql", token, me, "Panic", "1")
	// A statement that PostgreSQL itself ends, with the names among its parameters.
	lock, err := w.Root().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), "LOCK TABLE persons, identities, case_files IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	if answer := send("/graphql", token, strings.Replace(registering(), "canarykey", "canarykey2", 1)); !strings.Contains(answer, "errors") {
		t.Errorf("a statement that is ended: %s", answer)
	}
	_ = lock.Rollback()

	_, metrics := r.operate("/metrics")
	_, health := r.operate("/readyz?verbose&canaryquery=1")
	r.stop()
	if err := <-r.ended; err != nil {
		t.Fatal(err)
	}
	for range r.ended { // until the traces are sent
	}
	for where, text := range map[string]string{"metrics": metrics, "health": health, "the log": r.log.String(), "traces": traces.String(), "PostgreSQL's log": pg.Log()} {
		holdsNone(t, where, text)
	}
	for where, want := range map[string][2]string{
		"metrics (outcome)":  {metrics, `sala_operations_total{agency_kind="UNION",operation="mutation",outcome="OK"}`},
		"metrics (refusals)": {metrics, `sala_sign_in_refusals_total{reason="keys"} 1`},
		"metrics (pool)":     {metrics, `go_sql_open_connections{db_name="operations"}`},
		"metrics (build)":    {metrics, `sala_build_info{`},
		"metrics (ledger)":   {metrics, `sala_ledger_lag_seconds`},
		"the log":            {r.log.String(), `"operation":"query","outcome":"OK","agencyKind":"UNION","status":200`},
		"traces":             {traces.String(), "sala.outcome"},
		"traces (steps)":     {traces.String(), "sign in"},
		"PostgreSQL's log":   {pg.Log(), "canceling statement due to"},
	} {
		if !strings.Contains(want[0], want[1]) {
			t.Errorf("%s do not hold %s: the test proves nothing", where, want[1])
		}
	}
	if lines, served := strings.Count(r.log.String(), "\n"), strings.Count(r.log.String(), `"request served"`); served < 15 || lines > served+20 {
		t.Errorf("%d lines for %d requests", lines, served)
	}
}

// TestTracesAreOff by default: nothing is sent anywhere, whatever the environment says.
func TestTracesAreOff(t *testing.T) {
	var asked atomic.Int64
	backend := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(backend.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", backend.URL)
	t.Setenv("OTEL_TRACES_EXPORTER", "otlp")
	ws := world.OnSQLite(t, world.Options{}).Serve(false)
	for traceEndpoint, sends := range map[string]bool{"": false, backend.URL: true} {
		change := map[string]string{"traceShare": "1"}
		if traceEndpoint != "" {
			change["traceEndpoint"] = traceEndpoint
		}
		before := asked.Load()
		r := start(t, ws, change, nil)
		if _, err := r.client().Do(t.Context(), "{ me { id } }", nil, nil); err != nil {
			t.Fatal(err)
		}
		r.stop()
		for range r.ended { // until what is left is sent
		}
		if got := asked.Load() > before; got != sends {
			t.Errorf("with traceEndpoint %q something is sent: %v", traceEndpoint, got)
		}
	}
}
