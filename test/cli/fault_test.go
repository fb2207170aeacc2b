package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/test/postgres"
	"github.com/sala-exchange/sala/test/world"
)

// TestFaults: two programs on one PostgreSQL under 32 clients that register cases and
// read them back. One is killed, the database crashes and recovers, the sealing keys
// and the issuer's keys are rotated: no answer is wrong, no act that was answered is
// lost, none is done twice, and requests that fail do so cleanly.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	server.Need(t)
	own, err := postgres.Start(t.Context(), postgres.Durable...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Stop() })
	w := world.OnPostgres(t, own, world.Options{})
	s := w.Serve(false)
	// The clients are one member, who is let in as often as they ask.
	flags := []string{"--database", w.AppURL, "--member-requests-per-minute", "0", "--member-concurrent-requests", "0"}
	one, other := serving(t, s, flags...), serving(t, s, flags...)
	l := &load{t: t, s: s, servers: []string{one.api, other.api}, failures: map[string]int{}, acts: map[string]string{}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var clients sync.WaitGroup
	for i := range 32 {
		clients.Go(func() { l.client(ctx, i) })
	}
	const some = 64 // acts between two faults
	l.more(some)
	for _, fault := range []struct {
		name string
		do   func()
	}{
		{"one of two programs is killed", func() {
			if err := one.cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
			<-one.ended
		}},
		{"the database crashes, and recovers", func() {
			if err := own.Crash(); err != nil {
				t.Error(err)
			}
			l.failing(32)
			if err := own.Resume(ctx); err != nil {
				t.Error(err)
			}
		}},
		{"the sealing keys are rotated", func() {
			var out, errOut bytes.Buffer
			if code := command.Execute(ctx, []string{"keys", "rotate", "--database", w.AppURL, "--key-store", s.KeyStore, "--key-file", s.KeyFile}, &out, &errOut); code != 0 {
				t.Errorf("%d %s", code, errOut.String())
			}
		}},
		{"the issuers' keys are rotated", s.RotateIssuers},
	} {
		began := time.Now()
		fault.do()
		done := time.Now()
		l.more(1)
		t.Logf("%s: done in %s, next act answered %s later", fault.name, done.Sub(began).Round(time.Millisecond), time.Since(done).Round(time.Millisecond))
		l.more(some)
	}
	stop()
	clients.Wait()
	l.settle(t, other.api)
	report, err := disclosure.Verify(t.Context(), w.Store)
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("the ledger: %v %v", report, err)
	}
}

// load is what 32 clients did.
type load struct {
	t *testing.T
	s *world.Server

	mu       sync.Mutex
	servers  []string
	answered int
	read     int
	failures map[string]int    // by kind
	acts     map[string]string // case ids by idempotency key; empty: tried, not answered
}

// client registers one case after another and reads each back, until ctx ends.
func (l *load) client(ctx context.Context, number int) {
	c := &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}
	defer c.CloseIdleConnections()
	again := time.NewTicker(50 * time.Millisecond) // after a failure, as clients do
	defer again.Stop()
	for n, try := 0, number; ctx.Err() == nil; try++ {
		key, at := fmt.Sprintf("act-%d-%d", number, n), l.servers[try%len(l.servers)]
		id := l.register(ctx, c, at, key)
		if id == "" { // once more, by the other program
			<-again.C
			continue
		}
		n++
		if name, ok := l.name(ctx, c, at, id); ok && name != "Kanaree "+key {
			l.t.Errorf("a case shows another name than its own")
		}
	}
}

// register does one act and returns the case's id, empty where it was not answered.
func (l *load) register(ctx context.Context, c *http.Client, at, key string) string {
	l.mu.Lock()
	if l.acts[key] == "" {
		l.acts[key] = ""
	}
	l.mu.Unlock()
	var out struct {
		Done struct{ Case struct{ ID string } }
	}
	if !l.ask(ctx, c, at, `mutation($in: RegisterCaseInput!, $key: String) @purpose(of: ASSISTANCE) { done: registerCase(input: $in, idempotencyKey: $key) { case { id } } }`,
		map[string]any{"key": key, "in": map[string]any{"kind": "PRESUMED_VICTIM",
			"recording": map[string]any{"kind": "RECORDING", "interpretation": "NONE_NEEDED", "setting": "SAFE_PLACE", "provisions": []any{
				map[string]any{"decision": "PERMIT", "purposes": []string{"ASSISTANCE"}, "categories": []string{"IDENTITY"}}}},
			"identity": map[string]any{"birthDate": "1994-05-17", "names": []any{map[string]any{"text": "Kanaree " + key, "kind": "LEGAL", "script": "LATIN"}}}}}, &out) {
		return ""
	}
	id := out.Done.Case.ID
	l.mu.Lock()
	defer l.mu.Unlock()
	if before := l.acts[key]; id == "" || before != "" && before != id {
		l.t.Errorf("an act was answered with %q, before with %q", id, before)
	}
	l.acts[key] = id
	l.answered++
	return id
}

// name reads a case back.
func (l *load) name(ctx context.Context, c *http.Client, at, id string) (string, bool) {
	var out struct {
		Case struct {
			Identities []struct{ Names []struct{ Text string } }
		}
	}
	if !l.ask(ctx, c, at, `query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { identities { names { text } } } }`, map[string]any{"id": id}, &out) {
		return "", false
	}
	l.mu.Lock()
	l.read++
	l.mu.Unlock()
	if len(out.Case.Identities) != 1 || len(out.Case.Identities[0].Names) != 1 {
		return "", true
	}
	return out.Case.Identities[0].Names[0].Text, true
}

// ask reports whether there was an answer; what failed is counted by its kind. A
// failure is clean where it is no connection, or one error with a code and no data.
func (l *load) ask(ctx context.Context, c *http.Client, at, query string, variables map[string]any, into any) bool {
	return l.askAs(ctx, c, at, "worker", query, variables, into)
}

func (l *load) askAs(ctx context.Context, c *http.Client, at, subject, query string, variables map[string]any, into any) bool {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		panic(err) // plain values
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+at+"/graphql", bytes.NewReader(body))
	if err != nil {
		panic(err) // a plain address
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+l.s.Token("lwu", subject))
	resp, err := c.Do(req)
	if err != nil {
		return l.failed("no connection")
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return l.failed("connection broke")
	}
	var answer struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		l.t.Errorf("%d is no clean answer", resp.StatusCode)
		return l.failed("malformed")
	}
	if len(answer.Errors) == 0 {
		if err := json.Unmarshal(answer.Data, into); err != nil {
			l.t.Error("an answer without an error is malformed")
		}
		return true
	}
	code := answer.Errors[0].Extensions.Code
	if !slices.Contains([]string{"UNAVAILABLE", "CHANGED", "CONFLICT", "UNAUTHENTICATED", "INTERNAL"}, code) || len(answer.Data) > 0 && string(answer.Data) != "null" {
		l.t.Errorf("failed with %s: %s", code, answer.Errors[0].Message)
	}
	return l.failed(code + ": " + answer.Errors[0].Message)
}

func (l *load) failed(kind string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures[kind]++
	return false
}

// more waits until so many more acts have been answered.
func (l *load) more(n int) {
	l.t.Helper()
	count := func() int { l.mu.Lock(); defer l.mu.Unlock(); return l.answered }
	l.wait(count, count()+n)
}

// failing waits until so many more requests have failed.
func (l *load) failing(n int) {
	l.t.Helper()
	count := func() (all int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, n := range l.failures {
			all += n
		}
		return all
	}
	l.wait(count, count()+n)
}

func (l *load) wait(count func() int, most int) {
	l.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); count() < most; <-tick.C {
		if time.Now().After(end) {
			l.t.Fatalf("%d of %d within a minute; failures: %v", count(), most, l.failures)
		}
	}
}

// settle repeats every act under its key: those that were answered have the same case,
// those that were not have one now, and there is one case an act.
func (l *load) settle(t *testing.T, at string) {
	t.Helper()
	c := &http.Client{Timeout: 20 * time.Second}
	answered, failures := l.answered, fmt.Sprint(sorted(l.failures))
	var open int
	for key, id := range l.acts {
		if id == "" {
			open++
		}
		if l.register(t.Context(), c, at, key) == "" {
			t.Errorf("an act cannot be repeated: %v", l.failures)
		}
	}
	var cases int
	if err := l.s.Root().QueryRowContext(t.Context(), "SELECT count(*) FROM case_files").Scan(&cases); err != nil || cases != len(l.acts) {
		t.Errorf("%d cases for %d acts: %v", cases, len(l.acts), err)
	}
	t.Logf("%d acts answered, %d read back, %d tried without an answer and repeated", answered, l.read, open)
	t.Logf("failed cleanly: %s", failures)
}

func sorted(counts map[string]int) (out []string) {
	for kind, n := range counts {
		out = append(out, fmt.Sprintf("%d × %s", n, strings.TrimSpace(kind)))
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(b, a) })
	return out
}
