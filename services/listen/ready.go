package listen

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
)

// Check is one thing that must hold for the server to be ready.
type Check struct {
	Name string // a word or two of the program, lower case
	// Func returns nil where it holds, else an *errs.Error that says what to do. It
	// is given a few seconds.
	Func func(context.Context) error
}

// checkWithin is how long a check may take.
const checkWithin = 3 * time.Second

// Kept is how long an answer counts, so that asking often costs the checks nothing.
const Kept = time.Second

// Readiness answers whether the server is ready, and by what.
type Readiness struct {
	Checks []Check
	log    *slog.Logger
	now    func() time.Time

	draining atomic.Bool

	mu     sync.Mutex
	at     time.Time
	failed []error // one a check, in order
}

// NewReadiness makes the answer of some checks.
func NewReadiness(log *slog.Logger, checks ...Check) *Readiness {
	return &Readiness{Checks: checks, log: log, now: time.Now}
}

// SetClock replaces the clock, for tests.
func (r *Readiness) SetClock(now func() time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = now
}

// Drain makes the server not ready for good.
func (r *Readiness) Drain() {
	r.draining.Store(true)
}

// Drains reports whether Drain was called.
func (r *Readiness) Drains() bool { return r.draining.Load() }

// Look runs the checks, all at a time, unless that was done just now; it returns one
// error or nil a check. Askers wait for each other.
func (r *Readiness) Look(ctx context.Context) []error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil && r.now().Sub(r.at) < Kept {
		return r.failed
	}
	// An asker that hangs up must not fail the checks for everybody.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkWithin)
	defer cancel()
	failed := make([]error, len(r.Checks))
	var all sync.WaitGroup
	for i, c := range r.Checks {
		all.Go(func() { failed[i] = c.run(ctx) })
	}
	all.Wait()
	for i, c := range r.Checks {
		r.tell(ctx, c.Name, r.failed == nil || r.failed[i] == nil, failed[i])
	}
	r.failed, r.at = failed, r.now()
	return failed
}

// run survives a panic and a check that does not come back.
func (c Check) run(ctx context.Context) error {
	done := make(chan error, 1)
	go func() {
		defer func() {
			if recover() != nil {
				done <- errs.New(errs.Internal, "the check panicked")
			}
		}()
		done <- c.Func(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errs.New(errs.Unavailable, "the check did not end in time")
	}
}

// tell logs a change.
func (r *Readiness) tell(ctx context.Context, name string, held bool, err error) {
	switch {
	case held && err != nil:
		r.log.LogAttrs(ctx, slog.LevelError, "not ready: a check fails", slog.Any("check", logline.Word(name)), slog.Any("error", err))
	case !held && err == nil:
		r.log.LogAttrs(ctx, slog.LevelInfo, "a check holds again", slog.Any("check", logline.Word(name)))
	}
}

// ServeHTTP answers 200 or 503, with ?verbose each check by name.
func (r *Readiness) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	failed, draining := r.Look(q.Context()), r.Drains()
	var text strings.Builder
	ready := !draining
	for i, c := range r.Checks {
		if failed[i] == nil {
			fmt.Fprintf(&text, "[+] %s: ok\n", c.Name)
			continue
		}
		ready = false
		e := errs.Public(failed[i])
		fmt.Fprintf(&text, "[-] %s: %s: %s\n", c.Name, e.Kind.Code(), e.Message)
	}
	if draining {
		text.WriteString("[-] draining: the server has been told to stop\n")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	word := "ready\n"
	if !ready {
		w.WriteHeader(http.StatusServiceUnavailable)
		word = "not ready\n"
	}
	if q.URL.Query().Has("verbose") {
		_, _ = w.Write([]byte(text.String()))
	}
	_, _ = w.Write([]byte(word))
}
