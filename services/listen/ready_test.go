package listen

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
)

func quiet() *slog.Logger { return logline.New(io.Discard, slog.LevelError) }

// TestChecksAreBounded: one that hangs or panics fails, and asking often runs them once.
func TestChecksAreBounded(t *testing.T) {
	ran := 0
	r := NewReadiness(quiet(), Check{Name: "counted", Func: func(context.Context) error { ran++; return nil }},
		Check{Name: "panicking", Func: func(context.Context) error { panic("Kanaree") }},
		Check{Name: "foreign", Func: func(context.Context) error { return errors.New("Kanaree") }},
		Check{Name: "hanging", Func: func(ctx context.Context) error { <-make(chan struct{}); return nil }})
	gone, cancel := context.WithCancel(t.Context())
	cancel() // whoever asks may hang up
	for range 5 {
		failed := r.Look(gone)
		if failed[0] != nil || errs.KindOf(failed[1]) != errs.Internal || failed[2] == nil || errs.KindOf(failed[3]) != errs.Unavailable {
			t.Fatalf("%v", failed)
		}
	}
	if ran != 1 {
		t.Errorf("the checks ran %d times", ran)
	}
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, httptest.NewRequest("GET", "/readyz?verbose", nil))
	if answer.Code != 503 || strings.Contains(answer.Body.String(), "Kanaree") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// TestReadinessChanges: a check that fails is named and logged once, until it holds again;
// an answer counts for a second; and who drains is not ready, whatever holds.
func TestReadinessChanges(t *testing.T) {
	var log strings.Builder
	var fails error
	now := time.Now()
	r := NewReadiness(logline.New(&log, slog.LevelInfo), Check{Name: "store", Func: func(context.Context) error { return fails }})
	r.SetClock(func() time.Time { return now })
	asked := func(status int, body string) {
		t.Helper()
		answer := httptest.NewRecorder()
		r.ServeHTTP(answer, httptest.NewRequest("GET", "/readyz?verbose", nil))
		if answer.Code != status || answer.Body.String() != body {
			t.Errorf("%d %q, want %d %q", answer.Code, answer.Body, status, body)
		}
	}
	asked(200, "[+] store: ok\nready\n")
	fails = errs.New(errs.Unavailable, "the store is away")
	asked(200, "[+] store: ok\nready\n")
	for range 3 {
		now = now.Add(Kept)
		asked(503, "[-] store: UNAVAILABLE: the store is away\nnot ready\n")
	}
	fails, now = nil, now.Add(Kept)
	asked(200, "[+] store: ok\nready\n")
	if n := strings.Count(log.String(), "not ready: a check fails"); n != 1 || strings.Count(log.String(), "a check holds again") != 1 {
		t.Errorf("logged is %s", log.String())
	}
	r.Drain()
	asked(503, "[+] store: ok\n[-] draining: the server has been told to stop\nnot ready\n")
}
