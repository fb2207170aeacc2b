package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"context"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/test/world"
)

// page is the page of the measure: cases with identity, profile, consents and
// referrals.
const page = `query Page($first: Int!) @purpose(of: ASSISTANCE) { cases(first: $first) { edges { node {
  id reference kind state owner { code }
  identities { names { text } birth { year month day } contributor { code } }
  profiles { sex citizenships contributor { code } }
  consents { kind givenOn provisions { decision purposes categories recipient { code } } }
  referrals { state service from { code } to { code } } } }
  pageInfo { hasNextPage endCursor } } }`

// asker asks for pages as one case worker, with a real token, without a network in
// between.
type asker struct {
	handler http.Handler
	token   string
}

// unrecorded is the desk without the ledger: for measuring what it costs.
type unrecorded struct{ operation.Desk }

func (unrecorded) Disclose(context.Context, *store.Op) error { return nil }

func newAsker(t testing.TB, s *world.Server, st *store.Store, ledger bool, agency, subject string) *asker {
	t.Helper()
	p, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	d := api.NewDesk(st, p)
	c := graph.Config{Desk: d, CursorKey: make([]byte, 32)}
	if !ledger {
		c.Desk = unrecorded{d}
	}
	g, err := graph.NewHandler(c)
	if err != nil {
		t.Fatal(err)
	}
	return &asker{identity.Authenticate(s.Verifier, d)(g), s.Token(agency, subject)}
}

// ask returns the answer's rows and what it took.
func (a *asker) ask(t testing.TB, document string, variables map[string]any, tally *store.Tally) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(store.WithTally(t.Context(), tally), http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+a.token)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK || bytes.Contains(w.Body.Bytes(), []byte(`"errors"`)) {
		t.Fatalf("asking for a page: %d %s", w.Code, w.Body)
	}
	return w.Body.Bytes()
}

func (a *asker) page(t testing.TB, first int, tally *store.Tally) (rows int) {
	t.Helper()
	return bytes.Count(a.ask(t, page, map[string]any{"first": first}, tally), []byte(`"reference":`))
}

// measured is a page's cost.
type measured struct {
	rows           int
	request, login store.Count
	record         store.Count
	median         time.Duration
	allocations    uint64
}

func measure(t testing.TB, a *asker, first, rounds int) measured {
	t.Helper()
	a.page(t, first, &store.Tally{}) // signs in, parses, fills caches
	var m measured
	var times []time.Duration
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		tally := &store.Tally{}
		begun := time.Now()
		m.rows = a.page(t, first, tally)
		times = append(times, time.Since(begun))
		m.request, m.login, m.record = tally.Of(rule.Request), tally.Of(rule.Onboarding), tally.Of(rule.Ledger)
	}
	runtime.ReadMemStats(&after)
	m.allocations = (after.Mallocs - before.Mallocs) / uint64(rounds)
	slices.Sort(times)
	m.median = times[len(times)/2]
	return m
}

// columns of a page's statements: those that read its data; those that find out who
// asks, which each request does, whatever it asks for, before there is an operation that
// a suspension could stop; the record's recheck and its insert; and all BEGIN, COMMIT,
// settings and roles.
const columns = "reads\tsign-in\trecheck\tinsert\tcontrol"

func (m measured) statements() string {
	return fmt.Sprintf("%d\t%d\t%d\t%d\t%d", m.request.Reads, m.login.Reads, m.record.Reads, m.record.Writes,
		m.request.Control+m.login.Control+m.record.Control)
}

// TestPageTakesEightReads: whatever its size, a page takes at most eight statements
// that read data, one that finds out who asks, and its record always the same few. How
// many depends on the agency: an owner reads statements with their provisions, whoever
// was sent referrals whether they stand, and its record looks at them again, in two
// statements more.
func TestPageTakesEightReads(t *testing.T) {
	for name, make := range map[string]func(*testing.T) *world.World{
		"SQLite":     func(t *testing.T) *world.World { return world.OnSQLite(t, world.Options{More: 3}) },
		"PostgreSQL": func(t *testing.T) *world.World { return world.OnPostgres(t, server, world.Options{More: 3}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := make(t)
			for i := range 50 {
				id := w.Register("a01", "Bounkham")
				if i%2 == 0 {
					w.Share("a01", id, "a02", "ASSISTANCE", "IDENTITY", "PROFILE")
					w.Accept("a02", "ASSISTANCE", w.Refer("a01", id, "a02", "ASSISTANCE", "IDENTITY", "PROFILE"))
				}
			}
			s, held := w.Serve(false), int64(0)
			if w.URL != "" {
				held = 2 // cases and gates; SQLite has one writer at a time
			}
			for agency, want := range map[string]struct{ rows, reads, recheck int64 }{
				"a01": {rows: 50, reads: 7, recheck: held + 1}, "a02": {rows: 25, reads: 7, recheck: held + 3},
			} {
				a := newAsker(t, s, w.Store, true, agency, "worker")
				var last measured
				for _, first := range []int{1, 10, 50} {
					m := measure(t, a, first, 1)
					t.Logf("%s asks for %2d, gets %2d: %s: %s", agency, first, m.rows, strings.ReplaceAll(columns, "\t", ", "), strings.ReplaceAll(m.statements(), "\t", ", "))
					if int64(m.rows) != min(int64(first), want.rows) {
						t.Errorf("%d rows", m.rows)
					}
					if m.request.Reads != want.reads || m.request.Reads > 8 || m.request.Writes != 0 {
						t.Errorf("a page of %d takes %d statements that read data and %d that write; want %d, and at most 8, and none", first, m.request.Reads, m.request.Writes, want.reads)
					}
					if m.login.Reads != 1 || m.login.Writes != 0 {
						t.Errorf("signing in takes %d statements; want 1", m.login.Reads+m.login.Writes)
					}
					if m.record.Reads != want.recheck || m.record.Writes != 1 {
						t.Errorf("the record takes %d statements that recheck and %d inserts; want %d and 1", m.record.Reads, m.record.Writes, want.recheck)
					}
					m.request.Time, m.record.Time, m.login.Time = 0, 0, 0
					if first > 1 && (m.request != last.request || m.record != last.record || m.login != last.login) {
						t.Errorf("a page of %d takes other statements than a smaller one", first)
					}
					last = m
				}
			}
		})
	}
}
