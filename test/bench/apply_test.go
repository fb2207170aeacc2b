package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sala-exchange/sala/test/world"
)

// mostApply is how long a change of policy over 100,000 cases may take.
const mostApply = 60 * time.Second

// mostMemory bounds the program that changes it, in MiB, however many cases there are.
const mostMemory = 400

// TestApply changes the policy of so many cases under two servers and 32 clients, one
// server killed midway. Two fifths of the cases are decided otherwise, and once more none.
func TestApply(t *testing.T) {
	server.Need(t)
	w := world.OnPostgres(t, server, world.Options{More: more, MaxConns: 4})
	begun := time.Now()
	load(t, w, *size)
	// The officers that load gives cases to are members here: the database looks at whom an
	// access is for when it is written.
	var workers, officers []string
	for worker, of := range officersOf {
		for _, id := range of {
			workers, officers = append(workers, worker), append(officers, id)
		}
	}
	if _, err := w.Root().ExecContext(t.Context(), `INSERT INTO members SELECT (jsonb_populate_record(m, jsonb_build_object('id', o.id, 'subject', m.subject || o.id))).*
		FROM members m, unnest($1::text[], $2::text[]) AS o(worker, id) WHERE m.id = o.worker`, workers, officers); err != nil {
		t.Fatal(err)
	}
	shape(t, w)
	fmt.Printf("\n%d cases loaded in %.1f s\n", *size, time.Since(begun).Seconds())
	s, signer, dir := w.Serve(false), world.NewSigner(t), t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := file("policy.pub", []byte(signer.Public))
	first := serveSala(t, s, "8", "", "--policy-key", key, "--member-requests-per-minute", "0", "--member-concurrent-requests", "0")
	other := serveSala(t, s, "8", "", "--policy-key", key, "--member-requests-per-minute", "0", "--member-concurrent-requests", "0")
	one := first
	for _, v := range []struct {
		name    string
		changes []string
	}{
		// What was accepted in part alone opens: every shared case is decided otherwise.
		{"shared cases differ", []string{"access/access.rego", `referral.state in {"ACCEPTED", "ACCEPTED_IN_PART"}`, `referral.state in {"ACCEPTED_IN_PART"}`}},
		{"back", nil}, // to the policy that the program holds
		{"no case differs", []string{"act/act.rego", "default allow := false", "default allow := false # as before"}},
	} {
		c := &readers{t: t, s: s, servers: []string{first.address, other.address}}
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i := range *reading {
			all.Go(func() { c.ask(ctx, i) })
		}
		bundle := file("bundle.tar.gz", signer.Bundle(t, world.Altered(t, v.changes...)))
		if one != nil {
			all.Go(func() { killMidway(t, ctx, w, one) })
		}
		began, database := time.Now(), processors(t, w)
		said, memory, err := sala(w.AppURL, key, "policy", "apply", bundle)
		wall := time.Since(began)
		database = processors(t, w) - database
		one = nil
		stop()
		all.Wait()
		if err != nil {
			t.Fatalf("%s: %v: %s", v.name, err, said)
		}
		slices.Sort(c.times)
		fmt.Printf("%s: %.1f s, %.0f cases a second, %d MiB; %.2f ms of processors a case, and %.2f of PostgreSQL's with the reads; %d answers meanwhile, median %s, slowest %s, %d to be asked again\n  %s", v.name, wall.Seconds(),
			float64(*size)/wall.Seconds(), memory.memory, ms(memory.cpu)/float64(*size), ms(database)/float64(*size), len(c.times), middleOf(c.times), last(c.times), c.again, said)
		if len(c.times) == 0 && *reading > 0 {
			t.Error("reads did not go on")
		}
		if *size >= 100_000 && wall > mostApply {
			t.Errorf("it took %s, want at most %s", wall, mostApply)
		}
		if memory.memory > mostMemory {
			t.Errorf("it took %d MiB, want at most %d", memory.memory, mostMemory)
		}
	}
	if said, _, err := sala(w.AppURL, key, "policy", "rollback"); err != nil {
		t.Errorf("rolling back: %v: %s", err, said)
	}
}

// killMidway kills a server once the first cases are decided by the new policy.
func killMidway(t *testing.T, ctx context.Context, w *world.World, one *process) {
	tick := time.NewTicker(500 * time.Millisecond) // each look reads all cases
	defer tick.Stop()
	for begun := false; !begun; <-tick.C {
		err := w.Root().QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM case_files WHERE last_sequence > 0)").Scan(&begun)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			t.Error(err)
			return
		}
	}
	if err := one.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
}

// processors is the processor time of PostgreSQL until now.
func processors(t *testing.T, w *world.World) time.Duration {
	d, err := spentWithChildren(postmaster(t, w))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// took is what a run of the program took: MiB, and time of processors.
type took struct {
	memory int64
	cpu    time.Duration
}

// sala runs the program as a process of its own, and returns what it said and how much
// memory it took, in MiB.
func sala(database, key string, args ...string) (string, took, error) {
	self, err := os.Executable()
	if err != nil {
		return "", took{}, err
	}
	var out, errOut bytes.Buffer
	cmd := &exec.Cmd{Path: self, Args: append(append([]string{salaName}, args...), "--database", database, "--policy-key", key), Stdout: &out, Stderr: &errOut}
	if err := cmd.Start(); err != nil {
		return "", took{}, err
	}
	memory := watched(cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		return out.String() + errOut.String(), took{}, err
	}
	return out.String(), took{memory: <-memory, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, nil
}

// watched gives the most memory that a process held, in MiB, once it has ended: what the
// kernel tells of an ended one is not less than what its parent held.
func watched(pid int) <-chan int64 {
	out := make(chan int64, 1)
	go func() {
		most := int64(0)
		for ; ; time.Sleep(20 * time.Millisecond) {
			raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			_, line, found := strings.Cut(string(raw), "VmHWM:")
			if err != nil || !found { // it has ended
				out <- most / 1024
				return
			}
			var now int64
			if _, err := fmt.Sscan(line, &now); err == nil {
				most = max(most, now)
			}
		}
	}()
	return out
}

// readers ask for a page of cases with names once a second, each as the worker of another
// agency.
type readers struct {
	t       *testing.T
	s       *world.Server
	mu      sync.Mutex
	servers []string
	times   []time.Duration
	again   int
}

func (c *readers) ask(ctx context.Context, number int) {
	h := &http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}
	defer h.CloseIdleConnections()
	body, err := json.Marshal(map[string]any{"query": `query @purpose(of: ASSISTANCE) { cases(first: 5) { edges { node { id identities { names { text } } } } } }`})
	if err != nil {
		panic(err) // plain values
	}
	pace := time.NewTicker(time.Second)
	defer pace.Stop()
	for n := number; ctx.Err() == nil; n++ {
		if n > number {
			select {
			case <-pace.C:
			case <-ctx.Done():
				return
			}
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.servers[n%2]+"/graphql", bytes.NewReader(body))
		if err != nil {
			panic(err) // a plain address
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+c.s.Token(code(number), "worker"))
		began := time.Now()
		resp, err := h.Do(req)
		if err != nil {
			c.count(0)
			continue
		}
		raw, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		switch text := string(raw); {
		case err != nil, strings.Contains(text, `"errors"`):
			c.count(0)
		case strings.Contains(text, `"names"`):
			c.count(time.Since(began))
		default:
			if ctx.Err() == nil {
				c.t.Errorf("a page without a case: %d bytes", len(raw))
			}
		}
	}
}

func (c *readers) count(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d == 0 {
		c.again++
		return
	}
	c.times = append(c.times, d)
}

func middleOf(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return all[len(all)/2].Round(time.Millisecond)
}

func last(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].Round(time.Millisecond)
}
