package serve

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sala-exchange/sala/test/world"
)

// gated holds requests with the header Hold until they are let go or cut off.
type gated struct {
	next    http.Handler
	entered chan struct{}
	letGo   chan struct{}
	cutOff  atomic.Bool
}

func newGate() *gated { return &gated{entered: make(chan struct{}, 10), letGo: make(chan struct{})} }

func (g *gated) around(next http.Handler) http.Handler {
	g.next = next
	return g
}

func (g *gated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Hold") != "" {
		g.entered <- struct{}{}
		select {
		case <-g.letGo:
		case <-r.Context().Done():
			g.cutOff.Store(true)
			return
		}
	}
	g.next.ServeHTTP(w, r)
}

// TestDrain: told to stop, the server first says that it is not ready and goes on
// serving; then what is under way ends with its answer.
func TestDrain(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		g := newGate()
		r := start(t, w.Serve(false), map[string]string{"drainDelay": "2s", "drainTimeout": "1m"}, g.around)
		token, held := r.world.Token("lwu", "worker"), make(chan string, 1)
		go func() {
			_, _, body := r.post(r.plain(), "/graphql", token, me, "Hold", "1")
			held <- body
		}()
		<-g.entered
		r.stop()
		until(t, "not ready", func() bool { status, _ := r.operate("/readyz"); return status == 503 })
		if _, body := r.operate("/readyz?verbose"); !strings.Contains(body, "[-] draining") || !strings.Contains(body, "[+] database: ok") {
			t.Errorf("while draining: %s", body)
		}
		status, header, body := r.post(&http.Client{}, "/graphql", token, me)
		if status != 200 || !strings.Contains(body, `"id"`) || header.Get("Connection") != "close" {
			t.Errorf("a request while load balancers turn away: %d %s %v", status, body, header)
		}
		close(g.letGo)
		if body := <-held; !strings.Contains(body, `"id"`) {
			t.Errorf("the operation that was under way: %s", body)
		}
		if err := <-r.ended; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
}

// TestCutOff: what does not end within its time is cut off, and that is told.
func TestCutOff(t *testing.T) { both(t, cutOff) }

func cutOff(t *testing.T, w *world.World) {
	g := newGate()
	r := start(t, w.Serve(false), map[string]string{"drainTimeout": "50ms"}, g.around)
	token := r.world.Token("lwu", "worker")
	broken := make(chan error, 1)
	go func() {
		req, _ := http.NewRequest(http.MethodPost, r.url()+"/graphql", strings.NewReader(me))
		req.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}, "Hold": {"1"}}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		broken <- err
	}()
	<-g.entered
	r.stop()
	if err := <-r.ended; err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("ended with %v", err)
	}
	if err := <-broken; err == nil {
		t.Error("the operation that was cut off was answered")
	}
	until(t, "the operation's context ends", g.cutOff.Load)
}

// TestDrainUnderLoad: of 16 clients that ask without a pause, each request that began
// is answered, wholly and rightly; others are refused at the door.
func TestDrainUnderLoad(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		var began, answered, wrong, refused atomic.Int64
		count := func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				began.Add(1)
				next.ServeHTTP(w, r)
			})
		}
		r := start(t, w.Serve(false), map[string]string{"drainDelay": "300ms", "drainTimeout": "1m"}, count)
		token := r.world.Token("lwu", "worker")
		asking, enough := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				c := &http.Client{Transport: &http.Transport{}}
				defer c.CloseIdleConnections()
				for asking.Err() == nil {
					req, _ := http.NewRequest(http.MethodPost, r.url()+"/graphql", bytes.NewReader([]byte(me)))
					req.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}
					resp, err := c.Do(req)
					if err != nil {
						refused.Add(1)
						continue
					}
					body, err := io.ReadAll(resp.Body)
					_ = resp.Body.Close()
					if answered.Add(1); err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), `"id"`) {
						wrong.Add(1)
					}
				}
			})
		}
		until(t, "the server is under load", func() bool { return answered.Load() > 200 })
		r.stop()
		before, stopped := answered.Load(), time.Now()
		if err := <-r.ended; err != nil {
			t.Errorf("ended with %v", err)
		}
		took := time.Since(stopped)
		until(t, "the door is shut", func() bool { return refused.Load() > 0 })
		enough()
		all.Wait()
		if began.Load() != answered.Load() || wrong.Load() != 0 || answered.Load() == before {
			t.Errorf("%d began, %d were answered (%d before the stop), %d wrongly", began.Load(), answered.Load(), before, wrong.Load())
		}
		t.Logf("%d requests answered, %d of them after the signal; stopped within %s", answered.Load(), answered.Load()-before, took.Round(time.Millisecond))
	})
}
