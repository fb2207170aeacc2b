package serve

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/services/listen"
	"github.com/sala-exchange/sala/test/postgres"
	"github.com/sala-exchange/sala/test/world"
)

var pg *postgres.Server

func TestMain(m *testing.M) { os.Exit(postgres.Run(m, func(s *postgres.Server) { pg = s })) }

// both runs a test on SQLite and on PostgreSQL.
func both(t *testing.T, test func(*testing.T, *world.World)) {
	t.Run("SQLite", func(t *testing.T) { test(t, world.OnSQLite(t, world.Options{})) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, world.OnPostgres(t, pg, world.Options{})) })
}

// journal is a log that may be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// running is a server of a world, on free ports.
type running struct {
	*server
	t     *testing.T
	world *world.Server
	log   *journal
	stop  func()
	ended chan error
}

// values is the configuration of a server of a world; change sets more keys.
func values(t *testing.T, w *world.World, issuer string, change map[string]string) *configuration.Values {
	t.Helper()
	t.Setenv("PGPASSWORD", "")
	database := "sqlite:" + w.Path
	if w.AppURL != "" {
		database = w.AppURL
	}
	flags := map[string][]string{
		"anyDocument": {"true"}, "database": {database}, "address": {"127.0.0.1:0"}, "operationsAddress": {"127.0.0.1:0"}, "drainDelay": {"0s"},
		"issuer": {issuer}, "audience": {world.Audience}, "keyStore": {w.KeyStore}, "keyFile": {w.KeyFile}, "erasureKeyFile": {w.ErasureKeyFile},
		"cursorKeyFile": {write(t, "cursor.key", hex.EncodeToString(make([]byte, 32)))},
	}
	for k, v := range change {
		flags[k] = []string{v}
	}
	v, p := configuration.Resolve(configuration.Inputs{Flags: flags})
	if len(p) > 0 {
		t.Fatal(p)
	}
	return v
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// start serves a world; around may wrap the API's handler.
func start(t *testing.T, ws *world.Server, change map[string]string, around func(http.Handler) http.Handler) *running {
	t.Helper()
	r := &running{t: t, world: ws, log: &journal{}, ended: make(chan error, 1)}
	var err error
	r.server, err = assemble(t.Context(), values(t, ws.World, ws.Issuer("lwu"), change), r.log)
	if err != nil {
		t.Fatalf("%v (%v)", err, world.Cause(err))
	}
	if around != nil {
		r.api = around(r.api)
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() {
		defer close(r.ended)
		r.ended <- r.run(ctx)
		r.close()
	}()
	select {
	case <-r.up:
	case err := <-r.ended:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		for range r.ended { // until it is closed
		}
	})
	return r
}

func (r *running) url() string {
	if r.certificate != nil {
		return "https://" + r.apiAddr.String()
	}
	return "http://" + r.apiAddr.String()
}

// client asks as LWU's case worker.
func (r *running) client() *client.Client {
	return &client.Client{Endpoint: r.url() + "/graphql", Token: r.world.Token("lwu", "worker")}
}

// operate asks the port of health and metrics.
func (r *running) operate(path string) (int, string) {
	r.t.Helper()
	resp, err := http.Get("http://" + r.operateAddr.String() + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// impatient has each look at the checks be a fresh one.
func (r *running) impatient() {
	var mu sync.Mutex
	now := time.Now()
	r.ready.SetClock(func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(2 * listen.Kept)
		return now
	})
}

// until asks again and again, at most half a minute.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("not within half a minute: %s", what)
		}
	}
}

// plain is a client that keeps nothing.
func (r *running) plain() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

// post sends a request as it is and returns status, headers and body.
func (r *running) post(c *http.Client, path, token, body string, headers ...string) (int, http.Header, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url()+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header[headers[i]] = []string{headers[i+1]}
	}
	resp, err := c.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	if resp.Close { // net/http takes the header away
		resp.Header.Set("Connection", "close")
	}
	return resp.StatusCode, resp.Header, string(raw)
}

func inquiry(query string, variables map[string]any) string {
	raw, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err) // plain values
	}
	return string(raw)
}

const me = `{"query":"{ me { id } }"}`
