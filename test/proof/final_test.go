package proof

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/graph"
	"github.com/sala-exchange/sala/graph/operation"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/origin"
	"github.com/sala-exchange/sala/internal/viewer"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/test/proof/history"
	"github.com/sala-exchange/sala/test/world"
)

// TestWithdrawalIsFinal: while two processes read, grant and withdraw on one PostgreSQL, no
// answer that is recorded after a withdrawal was acknowledged shows the data (threats.md
// 22). An answer counts from the moment at which it begins to be recorded: so one that was
// read before her no and leaves after it would be found, and is where nothing looks twice.
func TestWithdrawalIsFinal(t *testing.T) {
	t.Parallel()
	server.Need(t)
	for name, guarded := range map[string]bool{"with a second look": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world.OnPostgres(t, server, world.Options{})
			log := final(t, w, guarded, size(3, 30))
			holds, err := log.Holds()
			if err != nil {
				t.Fatal(err)
			}
			if holds != guarded {
				t.Errorf("there is an order in which a withdrawal is final: %v", holds)
			}
			t.Logf("%d withdrawals, %d grants, %d answers that show it and %d that do not", log.Count(history.Withdraw), log.Count(history.Grant), log.Count(history.Shown), log.Count(history.Withheld))
			if log.Count(history.Shown) == 0 || log.Count(history.Withheld) == 0 {
				t.Error("all answers were alike: nothing was tested")
			}
		})
	}
}

// writersOfCases and readersOfCases are at work at the same time.
const writersOfCases, readersOfCases = 2, 4

// final has each case granted and withdrawn some times, beside readers at both processes.
func final(t *testing.T, w *world.World, guarded bool, rounds int) *history.Log {
	t.Helper()
	other := process(t, w)
	log, acked := history.New(), &acknowledged{}
	acked.cond = sync.NewCond(&acked.mu)
	var cases []string
	for range writersOfCases {
		cases = append(cases, w.Register("lwu", "Canary Final"))
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var writers, readers sync.WaitGroup
	for i := range readersOfCases {
		r := reader{log: log, acked: acked, client: i, guarded: guarded}
		r.open(t, []*store.Store{w.Store, other}[i%2], w)
		readers.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				r.read(ctx, cases[n%len(cases)], n%3 == i%3)
			}
		})
	}
	for i, id := range cases {
		writers.Go(func() {
			for range rounds {
				from := log.Now()
				w.Share("lwu", id, "ngo", assistance, category.Identity)
				w.Accept("ngo", assistance, w.Refer("lwu", id, "ngo", assistance, category.Identity))
				log.Add(100+i, history.Act{Case: id, Kind: history.Grant}, from)
				shown := log.Count(history.Shown)
				for end := time.Now().Add(time.Second); log.Count(history.Shown) < shown+2 && time.Now().Before(end); {
					acked.wait(time.Now().Add(10 * time.Millisecond)) // readers come in between
				}
				from = log.Now()
				w.Withdraw("lwu", id, "ngo")
				log.Add(100+i, history.Act{Case: id, Kind: history.Withdraw}, from)
				acked.more()
			}
		})
	}
	writers.Wait()
	stop()
	acked.more()
	readers.Wait()
	return log
}

// process is another program's store on the world's database, with a pool of its own.
func process(t *testing.T, w *world.World) *store.Store {
	t.Helper()
	decides, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.OpenPostgres(w.AppURL, store.Options{Evaluator: decides, Keys: w.Keys, Secret: world.Secret, Clock: func() time.Time { return time.UnixMicro(w.Store.Now()) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// acknowledged tells of withdrawals that were answered.
type acknowledged struct {
	mu   sync.Mutex
	cond *sync.Cond
	n    int
}

func (a *acknowledged) more() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n++
	a.cond.Broadcast()
}

// wait waits for the next withdrawal, at most until a time.
func (a *acknowledged) wait(until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	stop := time.AfterFunc(time.Until(until), func() { a.mu.Lock(); defer a.mu.Unlock(); a.cond.Broadcast() })
	defer stop.Stop()
	for was := a.n; a.n == was && time.Now().Before(until); {
		a.cond.Wait()
	}
}

// reader asks one process as the recipient. Its desk knows when an answer begins to be
// recorded, and lets a withdrawal come in between where it is told to.
type reader struct {
	operation.Desk
	log     *history.Log
	acked   *acknowledged
	client  int
	guarded bool
	dawdles bool
	from    time.Duration
	handler http.Handler
	who     *viewer.Viewer
}

func (r *reader) open(t *testing.T, st *store.Store, w *world.World) {
	t.Helper()
	decides, err := policy.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	directory := api.NewDesk(st, decides)
	r.Desk = directory
	if r.handler, err = graph.NewHandler(graph.Config{Desk: r, CursorKey: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	m, err := directory.Member(t.Context(), w.IssuerURL("ngo"), "worker", "", origin.Address{})
	if err != nil {
		t.Fatal(err)
	}
	r.who = &viewer.Viewer{Issuer: w.IssuerURL("ngo"), Subject: "worker", Client: "client", Agency: m.Agency, AgencyKind: m.AgencyKind, AgencyActive: true, Member: m.Member, Roles: m.Roles}
}

// Disclose implements operation.Desk.
func (r *reader) Disclose(ctx context.Context, op *store.Op) error {
	if r.dawdles {
		r.acked.wait(time.Now().Add(200 * time.Millisecond))
	}
	r.from = r.log.Now()
	if !r.guarded {
		return nil
	}
	return r.Desk.Disclose(ctx, op)
}

func (r *reader) read(ctx context.Context, id string, dawdles bool) {
	asked := r.log.Now()
	r.dawdles = dawdles
	got := posted(viewer.NewContext(ctx, r.who), r.handler, `query @purpose(of: ASSISTANCE) { case(id: "`+id+`") { identities { names { text } } } }`)
	switch {
	case strings.Contains(got, "Canary"):
		r.log.Add(r.client, history.Act{Case: id, Kind: history.Shown}, r.from)
	case strings.Contains(got, `"case":null`) || strings.Contains(got, `"identities":[]`):
		// What is not shown needs no second look: it was not there when it was read.
		r.log.Add(r.client, history.Act{Case: id, Kind: history.Withheld}, asked)
	}
}
