package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sala-exchange/sala/test/world"
)

// clients of a server under load, each the case worker of an agency of its own.
const clients = 8

// peerPage is the page of the measure as PostGraphile's schema has it; it serves what is
// sealed as it is.
const peerPage = `query Page($first: Int!) { allCaseFiles(first: $first) { edges { node {
  id: rowId reference kind state owner: agencyByOwnerId { code }
  identities: identitiesByCaseId { nodes { sealed contributor: agencyByContributorId { code } } }
  profiles: profilesByCaseId { nodes { sex citizenships contributor: agencyByContributorId { code } } }
  consents: consentsByCaseId { nodes { kind givenOn provisions: provisionsByConsentId { nodes { decision purposes categories recipient { code } } } } }
  referrals: referralsByCaseId { nodes { state service from: agencyByFromId { code } to: agencyByToId { code } } } } }
  pageInfo { hasNextPage endCursor } } }`

// contender is a server under load.
type contender struct {
	name string
	*process
	url    string
	header func(client int) http.Header
	body   []byte
	settle func() // waits for work that answers have left behind
	rounds []round
}

// round is what a contender did in one.
type round struct {
	answers  int
	rate     float64       // answers a second
	own      time.Duration // processor time of the server for one answer
	database time.Duration // and of PostgreSQL
}

func (r round) whole() time.Duration { return r.own + r.database }

// TestPeer loads Sala over HTTP, all its ordinary path: token, member, both walls,
// unsealing, ledger. With -peer it loads PostGraphile on the same database in turn, and
// prints how they compare. It fails where an answer is not the page that it should be.
func TestPeer(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("this measure reads processor time from /proc, which this system does not have")
	}
	w := world.OnPostgres(t, server, world.Options{More: more, MaxConns: 4})
	w.Advance(time.Since(time.UnixMicro(w.Store.Now()))) // the servers' clock is the machine's
	load(t, w, *size)
	s, connections := w.Serve(false), clients+2
	a := &arena{t: t, w: w, postmaster: postmaster(t, w)}
	if *peer != "" {
		sets(t, w) // before anybody reads the tables
	}
	a.add(newSala(t, s, "Sala", connections))
	for _, target := range strings.Fields(*targets) {
		a.add(newSala(t, s, "Sala, gcTarget "+target, connections, "--gc-target", target))
	}
	if *peer != "" {
		a.add(newPeer(t, w, "PostGraphile", "sala_peer", connections))
		a.same()
		if *literal {
			a.add(newPeer(t, w, "PostGraphile, policies as they are", "sala_request", connections))
		}
	}
	for _, c := range a.all {
		a.load(c, time.Second/2) // connects, parses, plans, fills caches
	}
	for i := range *rounds {
		order := slices.Clone(a.all) // there and back, so that none always follows the same one
		if i%2 == 1 {
			slices.Reverse(order)
		}
		for _, c := range order {
			c.rounds = append(c.rounds, a.load(c, time.Duration(*seconds*float64(time.Second))))
		}
	}
	a.print()
	if *profile != "" {
		a.profile(a.all[0])
	}
}

// arena is where servers are compared: one database, loaded in turn.
type arena struct {
	t          *testing.T
	w          *world.World
	postmaster int
	all        []*contender
}

func (a *arena) add(c *contender) { a.all = append(a.all, c) }

// same compares what the servers show: the same cases to each client.
func (a *arena) same() {
	a.t.Helper()
	for i := range clients {
		var want []string
		for _, c := range a.all {
			got := references(a.t, c.ask(a.t, c.header(i)))
			if want == nil {
				want = got
			}
			if len(got) == 0 || !slices.Equal(got, want) {
				a.t.Fatalf("%s shows client %d %d cases, %s shows %d: not the same", a.all[0].name, i, len(want), c.name, len(got))
			}
		}
	}
}

func references(t *testing.T, answer []byte) []string {
	t.Helper()
	var out []string
	for _, part := range bytes.Split(answer, []byte(`"reference":"`))[1:] {
		ref, _, _ := bytes.Cut(part, []byte(`"`))
		out = append(out, string(ref))
	}
	slices.Sort(out)
	return out
}

// ask returns an answer, which must be one.
func (c *contender) ask(t testing.TB, h http.Header) []byte {
	t.Helper()
	answer, err := c.askBy(t.Context(), http.DefaultClient, h)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func (c *contender) askBy(ctx context.Context, by *http.Client, h http.Header) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(c.body))
	if err != nil {
		return nil, err
	}
	r.Header = h
	resp, err := by.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || bytes.Contains(answer, []byte(`"errors"`))) {
		err = fmt.Errorf("%s answers %d %.500s", c.name, resp.StatusCode, answer)
	}
	return answer, err
}

// load lets the clients ask one page after another for a time, and until what the
// answers have left behind is done: it is part of their price.
func (a *arena) load(c *contender, within time.Duration) round {
	a.t.Helper()
	own, database := a.spent(c)
	began := time.Now()
	ctx, cancel := context.WithDeadline(a.t.Context(), began.Add(within))
	defer cancel()
	answers := make([]int, clients)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			by, h := &http.Client{Transport: &http.Transport{DisableCompression: true}}, c.header(i)
			defer by.CloseIdleConnections()
			for ctx.Err() == nil {
				answer, err := c.askBy(context.WithoutCancel(ctx), by, h)
				if err != nil {
					a.t.Error(err)
					return
				}
				if n := bytes.Count(answer, []byte(`"reference":`)); n < min(50, *size/agencies/officers) {
					a.t.Errorf("%s answers with %d cases", c.name, n)
					return
				}
				answers[i]++
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	c.settle()
	ownAfter, databaseAfter := a.spent(c)
	r := round{}
	for _, n := range answers {
		r.answers += n
	}
	if r.answers > 0 {
		n := time.Duration(r.answers)
		r.rate, r.own, r.database = float64(r.answers)/took.Seconds(), (ownAfter-own)/n, (databaseAfter-database)/n
	}
	return r
}

func (a *arena) spent(c *contender) (own, database time.Duration) {
	a.t.Helper()
	own, err := spent(c.cmd.Process.Pid, false)
	if err != nil {
		a.t.Fatal(err)
	}
	if database, err = spentWithChildren(a.postmaster); err != nil {
		a.t.Fatal(err)
	}
	return own, database
}

// print prints ratios first: of rounds that lay side by side, and of their medians.
func (a *arena) print() {
	out := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintf(out, "\n%d cases, %d clients, %d rounds of %.0f s in turn, %d processors\n", *size, clients, *rounds, *seconds, runtime.NumCPU())
	sala := a.all[0]
	for _, c := range a.all[1:] {
		var rates, costs []float64
		for i, r := range c.rounds {
			rates = append(rates, sala.rounds[i].rate/r.rate)
			costs = append(costs, float64(sala.rounds[i].whole())/float64(r.whole()))
		}
		fmt.Fprintf(out, "Sala by %s: %.2f of its answers a second (rounds from %.2f to %.2f), %.2f of its processor time an answer\n",
			c.name, middle(rates), slices.Min(rates), slices.Max(rates), middle(costs))
	}
	fmt.Fprintln(out, "\nmedians\tanswers/s\tCPU ms an answer\tserver\tPostgreSQL")
	for _, c := range a.all {
		of := func(f func(round) float64) float64 {
			var all []float64
			for _, r := range c.rounds {
				all = append(all, f(r))
			}
			return middle(all)
		}
		fmt.Fprintf(out, "%s\t%.1f\t%.2f\t%.2f\t%.2f\n", c.name, of(func(r round) float64 { return r.rate }), of(func(r round) float64 { return ms(r.whole()) }),
			of(func(r round) float64 { return ms(r.own) }), of(func(r round) float64 { return ms(r.database) }))
	}
	_ = out.Flush()
}

func middle(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// profile loads a contender once more under Go's profiler and prints what took the time.
func (a *arena) profile(c *contender) {
	a.t.Helper()
	signal := func(s os.Signal) {
		if err := c.cmd.Process.Signal(s); err != nil {
			a.t.Fatal(err)
		}
	}
	signal(syscall.SIGUSR1)
	a.load(c, time.Duration(max(*seconds, 2)*float64(time.Second)))
	signal(syscall.SIGUSR2)
	for size, end := int64(-1), time.Now().Add(10*time.Second); time.Now().Before(end); {
		if f, err := os.Stat(*profile); err == nil && f.Size() > 0 && f.Size() == size {
			break
		} else if err == nil {
			size = f.Size()
		}
		<-time.After(200 * time.Millisecond) // it is written by another process
	}
	self, err := os.Executable()
	if err != nil {
		a.t.Fatal(err)
	}
	for _, order := range []string{"-flat", "-cum"} {
		top, err := exec.CommandContext(a.t.Context(), "go", "tool", "pprof", "-top", order, "-nodecount", "40", self, *profile).CombinedOutput()
		if err != nil {
			a.t.Fatalf("reading the profile: %v\n%s", err, top)
		}
		fmt.Printf("\n%s", top)
	}
}

func newSala(t *testing.T, s *world.Server, name string, connections int, more ...string) *contender {
	t.Helper()
	p := serveSala(t, s, strconv.Itoa(connections), *profile, more...)
	return &contender{name: name, process: p, url: "http://" + p.address + "/graphql", body: document(t, page),
		header: func(i int) http.Header {
			return http.Header{"Authorization": {"Bearer " + s.Token(code(i), "worker")}, "Content-Type": {"application/json"}}
		},
		settle: func() { sequenced(t, s.World) },
	}
}

// sequenced waits until each record has its place in the ledger.
func sequenced(t *testing.T, w *world.World) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for end := time.Now().Add(time.Minute); ; {
		var waiting bool
		if err := conn.QueryRow(t.Context(), "SELECT EXISTS (SELECT 1 FROM disclosures d WHERE d.at > (SELECT coalesce(max(at), 0) FROM ledger_entries))").Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		if !waiting {
			return
		}
		if time.Now().After(end) {
			t.Fatal("records are without a place in the ledger after a minute")
		}
		<-time.After(50 * time.Millisecond) // the sequencer works once a second
	}
}

func document(t *testing.T, query string) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]any{"first": 50}})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// newPeer starts PostGraphile as the role.
func newPeer(t *testing.T, w *world.World, name, role string, connections int) *contender {
	t.Helper()
	node := filepath.Join(*peer, "node_modules", "node-"+runtime.GOOS+"-"+map[string]string{"amd64": "x64"}[runtime.GOARCH]+
		map[string]string{"arm64": "arm64"}[runtime.GOARCH], "bin", "node")
	p := &process{cmd: exec.Command(node, "server.mjs", w.AppURL, strconv.Itoa(connections), role)}
	p.cmd.Dir, p.cmd.Stderr = *peer, os.Stderr
	p.cmd.Env = append(os.Environ(), "NODE_ENV=production", "GRAPHILE_ENV=production")
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.cmd.StdinPipe(); err != nil { // its end ends the server
		t.Fatal(err)
	}
	p.start(t, syscall.SIGTERM)
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("PostGraphile does not serve: %v", err)
	}
	p.address = "127.0.0.1:" + strings.TrimSpace(port)
	return &contender{name: name, process: p, url: "http://" + p.address + "/graphql", body: document(t, peerPage),
		header: func(i int) http.Header {
			agency := w.Agencies[code(i)]
			return http.Header{"Content-Type": {"application/json"}, "Sala-Agency": {agency.ID}, "Sala-Member": {agency.Worker}, "Sala-Holders": {agency.Worker}}
		},
		settle: func() {},
	}
}

// sets gives the peer a role of its own, whose policies are written as PostGraphile's
// users are told to: what is open is asked for once a statement, as a set, and not once
// a row. Under Sala's own policies a list without the application's predicate looks at
// every case that there is.
func sets(t *testing.T, w *world.World) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	sql, err := os.ReadFile("peer/policies.sql")
	if err != nil {
		t.Fatal(err)
	}
	run(t, conn, string(sql))
}

// postmaster is the process whose children are PostgreSQL's connections.
func postmaster(t *testing.T, w *world.World) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var pid int
	if err := conn.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	f, err := stat(pid)
	if err != nil {
		t.Fatal(err)
	}
	return f[parent]
}
