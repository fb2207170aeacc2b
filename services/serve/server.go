package serve

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/listen"
)

// server is what listens: the API, and beside it health and metrics.
type server struct {
	values  *configuration.Values
	log     *slog.Logger
	api     http.Handler
	bound   *admission
	metrics *metrics
	ready   *listen.Readiness
	jobs    []func(context.Context) // run beside, until the end
	closes  []func()

	certificate          *listen.Certificate // nil without TLS
	apiAddr, operateAddr net.Addr
	up                   chan struct{} // closed when both addresses are listened on
	ending               chan struct{} // closed when event streams are to end
}

// Bounds that are nobody's to set: a token has at most 16 KiB, and a client needs no
// more streams than it has operations.
const (
	maxHeader  = 64 << 10
	maxStreams = 100
)

// run listens until ctx ends, then drains.
func (s *server) run(ctx context.Context) error {
	apiListener, err := s.listen(configuration.Address.In(s.values), "address")
	if err != nil {
		return err
	}
	operateListener, err := s.listen(configuration.OperationsAddress.In(s.values), "operationsAddress")
	if err != nil {
		return errors.Join(err, apiListener.Close())
	}
	s.apiAddr, s.operateAddr = apiListener.Addr(), operateListener.Addr()
	// Requests outlive ctx: it ends when draining begins. Cutting off ends this one.
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	front, operate := s.apiServer(base), s.operationsServer()
	failed := make(chan error, 2)
	go func() {
		failed <- s.serve(front, netutil.LimitListener(apiListener, configuration.MaxConnections.In(s.values)))
	}()
	go func() { failed <- operate.Serve(operateListener) }()
	defer func() { _ = operate.Close() }()
	defer s.work(base, cut)()
	s.log.LogAttrs(ctx, slog.LevelInfo, "serving the API", slog.Any("address", s.apiAddr))
	s.log.LogAttrs(ctx, slog.LevelInfo, "serving health and metrics", slog.Any("address", s.operateAddr))
	close(s.up)
	select {
	case err := <-failed:
		return errors.Join(errs.Wrap(err, errs.Unavailable, "serving ended by itself: see the log"), front.Close())
	case <-ctx.Done():
		return s.drain(front, cut)
	}
}

func (s *server) listen(address, setting string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "%s, as the setting %s has it, cannot be listened on: is it taken?", address, setting)
	}
	return l, nil
}

func (s *server) serve(h *http.Server, l net.Listener) error {
	if s.certificate == nil {
		return h.Serve(l)
	}
	return h.ServeTLS(l, "", "")
}

// work starts the jobs and returns what ends them and waits.
func (s *server) work(base context.Context, cut func()) func() {
	var all sync.WaitGroup
	for _, job := range s.jobs {
		all.Go(func() { job(base) })
	}
	return func() {
		cut()
		all.Wait()
	}
}

func (s *server) apiServer(base context.Context) *http.Server {
	v := s.values
	h := &http.Server{
		Handler: &listen.Front{
			Next: s.api, Log: s.log, Within: configuration.OperationTimeout.In(v), Header: configuration.RequestIDHeader.In(v),
			OverTLS: s.certificate != nil, Draining: s.ready.Drains, Served: s.metrics.served, Panicked: s.metrics.panics.Inc,
		},
		ReadHeaderTimeout: configuration.ReadHeaderTimeout.In(v), ReadTimeout: configuration.ReadTimeout.In(v),
		WriteTimeout: configuration.WriteTimeout.In(v), IdleTimeout: configuration.IdleTimeout.In(v),
		MaxHeaderBytes: maxHeader, HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		ErrorLog:    log.New(logline.Writer(s.log, "net/http"), "", 0),
		BaseContext: func(net.Listener) context.Context { return base },
	}
	if s.certificate != nil {
		h.TLSConfig = s.certificate.Config()
	}
	return h
}

func (s *server) operationsServer() *http.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("alive\n")) })
	mux.Handle("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.metrics.handler(s.ready))
	return &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: maxHeader, ErrorLog: log.New(logline.Writer(s.log, "net/http"), "", 0),
	}
}

// drain ends the server: not ready first, a wait, then what is under way ends within a
// bound, and what has not ended then is cut off; a change is stored wholly or not at all.
func (s *server) drain(front *http.Server, cut func()) error {
	s.ready.Drain()
	delay, within := configuration.DrainDelay.In(s.values), configuration.DrainTimeout.In(s.values)
	s.log.LogAttrs(context.Background(), slog.LevelInfo, "draining", slog.Float64("seconds", (delay+within).Seconds()))
	wait := time.NewTimer(delay)
	defer wait.Stop()
	<-wait.C
	close(s.ending)
	bounded, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := front.Shutdown(bounded); err != nil {
		_ = front.Close() // first: what is cut off is not answered
		cut()
		return errs.Wrap(err, errs.Unavailable, "operations were cut off after drainTimeout: each is stored wholly or not at all")
	}
	s.log.LogAttrs(context.Background(), slog.LevelInfo, "stopped")
	return nil
}

// close frees what the server stands on, last opened first.
func (s *server) close() {
	for i := len(s.closes) - 1; i >= 0; i-- {
		s.closes[i]()
	}
}
