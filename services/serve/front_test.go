package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/test/world"
)

// TestRequestIDs: each answer has one, which the log has too; a trusted proxy's is kept
// where it is well formed, and a client's never.
func TestRequestIDs(t *testing.T) {
	ws := world.OnSQLite(t, world.Options{}).Serve(false)
	const given = "0af7651916cd43dd8448eb211c80319c"
	r := start(t, ws, nil, nil)
	_, header, _ := r.post(r.plain(), "/graphql", "", me, "X-Request-Id", given)
	own := header.Get("X-Request-Id")
	if !pubid.Valid(own, "req") {
		t.Errorf("a client's id was taken: %s", own)
	}
	until(t, "the id is logged", func() bool { return strings.Contains(r.log.String(), `"request":"`+own+`"`) })
	behind := start(t, ws, map[string]string{"requestIdHeader": "X-Request-Id"}, nil)
	_, header, _ = behind.post(behind.plain(), "/graphql", "", me, "X-Request-Id", given)
	if got := header.Get("X-Request-Id"); got != given {
		t.Errorf("the proxy's id became %s", got)
	}
	_, header, _ = behind.post(behind.plain(), "/graphql", "", me, "X-Request-Id", "Kanaree Phommachanh")
	if got := header.Get("X-Request-Id"); !pubid.Valid(got, "req") {
		t.Errorf("a malformed id was taken: %s", got)
	}
}

// TestPanics: an internal error with the request's id, a line with the functions and
// without the value, and a process that lives.
func TestPanics(t *testing.T) {
	canary := "Kanaree Phommachanh"
	panics := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.Header.Get("Panic") {
			case "early":
				panic(fmt.Errorf("reading %s", canary))
			case "late":
				w.WriteHeader(http.StatusOK)
				_, _ = w.Write([]byte("{}"))
				panic(canary)
			case "abort":
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		})
	}
	r := start(t, world.OnSQLite(t, world.Options{}).Serve(false), nil, panics)
	status, header, body := r.post(r.plain(), "/graphql", "", me, "Panic", "early")
	id := header.Get("X-Request-Id")
	if status != 500 || !strings.Contains(body, `"code":"INTERNAL"`) || !strings.Contains(body, `"requestId":"`+id+`"`) || strings.Contains(body, canary) {
		t.Errorf("%d %s", status, body)
	}
	if status, _, body := r.post(r.plain(), "/graphql", "", me, "Panic", "late"); status != 200 || body != "{}" {
		t.Errorf("a panic after the answer: %d %s", status, body)
	}
	req, _ := http.NewRequest(http.MethodPost, r.url()+"/graphql", strings.NewReader(me))
	req.Header.Set("Panic", "abort")
	if resp, err := r.plain().Do(req); err == nil {
		_ = resp.Body.Close()
		t.Error("an aborted request was answered")
	}
	if _, err := r.client().Do(t.Context(), "{ me { id } }", nil, nil); err != nil {
		t.Errorf("after the panics: %v", err)
	}
	until(t, "all four are logged", func() bool { return strings.Count(r.log.String(), "request served") == 4 })
	log := r.log.String()
	if !strings.Contains(log, `"request":"`+id+`","stack":[`) || !strings.Contains(log, "front_test.go") || strings.Contains(log, "Kanaree") {
		t.Errorf("the log: %s", log)
	}
	if _, metrics := r.operate("/metrics"); !strings.Contains(metrics, "sala_panics_total 3") {
		t.Error("the panics are not counted")
	}
}

// TestBounds: more operations than may be are turned away clearly; one that takes too
// long is ended, stores nothing and is told as that.
func TestBounds(t *testing.T) {
	w := world.OnPostgres(t, pg, world.Options{})
	r := start(t, w.Serve(false), map[string]string{"maxOperations": "1", "operationTimeout": "300ms", "statementTimeout": "30s"}, nil)
	token := r.world.Token("lwu", "worker")
	release, admitted := r.bound.admit()
	if !admitted {
		t.Fatal("the first operation was turned away")
	}
	status, header, body := r.post(r.plain(), "/graphql", token, me)
	if status != 503 || header.Get("Retry-After") == "" || !strings.Contains(body, `"code":"UNAVAILABLE"`) {
		t.Errorf("one too many: %d %v %s", status, header, body)
	}
	release()
	if status, _, body := r.post(r.plain(), "/graphql", token, me); status != 200 || !strings.Contains(body, `"id"`) {
		t.Errorf("after one ended: %d %s", status, body)
	}
	if _, metrics := r.operate("/metrics"); !strings.Contains(metrics, "sala_operations_turned_away_total 1") || !strings.Contains(metrics, "sala_operations_under_way 0") {
		t.Error("the bound is not counted")
	}
	lock, err := w.Root().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Rollback() }()
	// Signing in reads members and goes on; the operation's own read waits.
	if _, err := lock.ExecContext(t.Context(), "LOCK TABLE notices IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	status, _, body = r.post(r.plain(), "/graphql", token, `{"query":"{ notices(first: 1) { edges { node { id } } } }"}`)
	if status != 200 || !strings.Contains(body, `"code":"UNAVAILABLE"`) || !strings.Contains(body, "longer than it may") {
		t.Errorf("an operation that hangs: %d %s", status, body)
	}
}

// TestConnections: PostgreSQL's own bounds stand on each connection of the server, and
// its password comes from a file at each.
func TestConnections(t *testing.T) {
	w := world.OnPostgres(t, pg, world.Options{})
	v := values(t, w, "https://idp.example", map[string]string{"statementTimeout": "7s", "lockTimeout": "1500ms", "idleInTransactionTimeout": "9s",
		"databasePasswordFile": write(t, "password", "anything\n")})
	p, err := Policy(v)
	if err != nil {
		t.Fatal(err)
	}
	st, err := Database(v, p, bounded(v, 3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	for setting, want := range map[string]string{"statement_timeout": "7s", "lock_timeout": "1500ms", "idle_in_transaction_session_timeout": "9s"} {
		var got string
		if err := st.DB().QueryRowContext(t.Context(), "SHOW "+setting).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s: %v", setting, got, want, err)
		}
	}
	if n := st.DB().Stats().MaxOpenConnections; n != 3 {
		t.Errorf("at most %d connections", n)
	}
	o := bounded(v, 1)
	o.Password = func() (string, error) { return "", errors.New("no file") }
	missing := values(t, w, "https://idp.example", map[string]string{"databasePasswordFile": "/nonexistent"})
	st, err = Database(missing, p, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := st.DB().PingContext(context.Background()); err == nil {
		t.Error("a connection without its password's file")
	}
}
