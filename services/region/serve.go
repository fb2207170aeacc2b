package region

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/services/listen"
)

// Bounds that are nobody's to set.
const (
	maxHeader    = 64 << 10
	requestTime  = 30 * time.Second
	downloadTime = 10 * time.Minute // a large file over a slow line
	drainTime    = 20 * time.Second
)

// admit takes in so many requests at a time, and turns the others away.
func (s *Server) admit(next http.Handler) http.Handler {
	places := make(chan struct{}, s.configuration.MaxOperations)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			next.ServeHTTP(w, r)
		default:
			refuse(w, errs.New(errs.Unavailable, "the server has as many requests under way as it may: try again in a second"))
		}
	})
}

// run listens until ctx ends, and then lets what is under way end.
func (s *Server) run(ctx context.Context) error {
	front, err := net.Listen("tcp", s.configuration.Address)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "address cannot be listened on: is it taken?")
	}
	operate, err := net.Listen("tcp", s.configuration.OperationsAddress)
	if err != nil {
		return errors.Join(errs.Wrap(err, errs.Unavailable, "operationsAddress cannot be listened on: is it taken?"), front.Close())
	}
	api, operations := s.apiServer(), s.operationsServer()
	failed := make(chan error, 2)
	go func() {
		if s.certificate != nil {
			failed <- api.ServeTLS(front, "", "")
			return
		}
		failed <- api.Serve(front)
	}()
	go func() { failed <- operations.Serve(operate) }()
	defer func() { _ = operations.Close() }()
	jobs, end := context.WithCancel(ctx)
	defer s.watch(jobs)()
	defer end()
	s.log.LogAttrs(ctx, slog.LevelInfo, "serving the API", slog.Any("address", front.Addr()))
	s.log.LogAttrs(ctx, slog.LevelInfo, "serving health and metrics", slog.Any("address", operate.Addr()))
	select {
	case err := <-failed:
		return errors.Join(errs.Wrap(err, errs.Unavailable, "serving ended by itself: see the log"), api.Close())
	case <-ctx.Done():
	}
	s.ready.Drain()
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err = api.Shutdown(bounded)
	if err != nil {
		return errs.Wrap(errors.Join(err, api.Close()), errs.Unavailable, "requests were cut off at the end")
	}
	return nil
}

// watch looks for changes of stores, certificate and documents, until ctx ends; the
// returned function waits for that.
func (s *Server) watch(ctx context.Context) func() {
	looks := []func() error{func() error { return s.Look(ctx) }}
	if s.certificate != nil {
		looks = append(looks, s.certificate.Look)
	}
	if s.documents != nil {
		looks = append(looks, s.documents.Look)
	}
	var all sync.WaitGroup
	for _, look := range looks {
		all.Go(func() { listen.Watch(ctx, s.configuration.LookInterval, look) })
	}
	return all.Wait
}

func (s *Server) apiServer() *http.Server {
	h := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: requestTime, WriteTimeout: downloadTime,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: maxHeader, ErrorLog: log.New(logline.Writer(s.log, "net/http"), "", 0),
	}
	if s.certificate != nil {
		h.TLSConfig = s.certificate.Config()
	}
	return h
}

func (s *Server) operationsServer() *http.Server {
	return &http.Server{
		Handler: s.Operations(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: requestTime,
		IdleTimeout: time.Minute, MaxHeaderBytes: maxHeader, ErrorLog: log.New(logline.Writer(s.log, "net/http"), "", 0),
	}
}

// Operations answers health and metrics.
func (s *Server) Operations() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("alive\n")) })
	mux.Handle("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.metrics.handler())
	return mux
}
