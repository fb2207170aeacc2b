package listen

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/internal/request"
	"github.com/sala-exchange/sala/internal/valueset"
)

// outcomes are the words by which a request's end is told.
var outcomes = append([]string{"OK"}, codesOf()...)

func codesOf() []string {
	var out []string
	for k := errs.Internal; k <= errs.Unavailable; k++ {
		out = append(out, k.Code())
	}
	return out
}

// Front is what every request of an API passes first: an id, a bound on its time, a net
// under panics; and last: one line of the log, one count, one span. None of them holds
// anything that the client typed.
type Front struct {
	Next   http.Handler
	Log    *slog.Logger
	Within time.Duration
	// Header is that of a trusted proxy's request id; empty: none.
	Header string
	// OverTLS has browsers come over TLS from then on.
	OverTLS bool
	// Draining asks whether the server has been told to stop: then connections are
	// closed after their answer, so that clients open their next one elsewhere.
	Draining func() bool
	// Served counts a request, by words of the program; Panicked one that panicked.
	Served   func(f request.Facts, took time.Duration)
	Panicked func()
}

// ServeHTTP implements http.Handler.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	note := request.New(f.offered(r))
	ctx, cancel := context.WithTimeout(request.NewContext(r.Context(), note), f.Within)
	defer cancel()
	ctx, span := tracer().Start(ctx, "request", trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindServer))
	defer span.End()
	w.Header().Set("X-Request-Id", note.ID())
	if f.Draining() {
		w.Header().Set("Connection", "close")
	}
	if f.OverTLS {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
	}
	answer := &watched{ResponseWriter: w}
	defer func() {
		aborted := false
		if p := recover(); p != nil {
			err, _ := p.(error)
			aborted = errors.Is(err, http.ErrAbortHandler)
			f.panicked(ctx, answer, note)
		}
		f.ended(ctx, span, note, answer, time.Since(began))
		if aborted {
			panic(http.ErrAbortHandler) // net/http closes the connection, in silence
		}
	}()
	f.Next.ServeHTTP(answer, r.WithContext(ctx))
}

func (f *Front) offered(r *http.Request) string {
	if f.Header == "" {
		return ""
	}
	return r.Header.Get(f.Header)
}

// panicked answers a panic as an internal error. Its value may hold personal data and
// goes nowhere.
func (f *Front) panicked(ctx context.Context, w *watched, note *request.Note) {
	f.Panicked()
	f.Log.LogAttrs(ctx, slog.LevelError, "a request panicked", slog.String("request", note.ID()), slog.Any("stack", logline.Stack()))
	note.SetOutcome(errs.Internal.Code())
	if w.status != 0 {
		return // too late for another answer
	}
	e := errs.Public(nil)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusInternalServerError)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]any{
		"message": e.Message, "extensions": map[string]any{"code": e.Kind.Code(), "requestId": note.ID()},
	}}, "data": nil})
}

// ended tells how a request went: nothing that the client typed.
func (f *Front) ended(ctx context.Context, span trace.Span, note *request.Note, w *watched, took time.Duration) {
	facts := note.Facts()
	if facts.Outcome == "" {
		facts.Outcome = byStatus(w.status)
	}
	facts = bound(facts)
	f.Served(facts, took)
	f.Log.LogAttrs(ctx, slog.LevelInfo, "request served", slog.String("request", note.ID()), slog.String("operation", facts.Operation),
		slog.String("outcome", facts.Outcome), slog.String("agencyKind", facts.AgencyKind), slog.Int("status", w.code()),
		slog.Float64("ms", float64(took.Microseconds())/1000))
	span.SetAttributes(attribute.String("sala.request", note.ID()), attribute.String("sala.operation", facts.Operation),
		attribute.String("sala.outcome", facts.Outcome), attribute.String("sala.agency_kind", facts.AgencyKind))
	if facts.Outcome == errs.Internal.Code() || facts.Outcome == errs.Unavailable.Code() {
		span.SetStatus(codes.Error, facts.Outcome)
	}
}

// none stands for what a request did not come to.
const none = "none"

// bound keeps facts to words of the program, whatever a note holds.
func bound(f request.Facts) request.Facts {
	if f.Operation != "query" && f.Operation != "mutation" {
		f.Operation = none
	}
	if !valueset.AgencyKind(f.AgencyKind).Valid() {
		f.AgencyKind = none
	}
	if !slices.Contains(outcomes, f.Outcome) {
		f.Outcome = "INTERNAL"
	}
	return f
}

// byStatus is the outcome of a request that did not come to an operation.
func byStatus(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return errs.Unauthenticated.Code()
	case status == http.StatusServiceUnavailable:
		return errs.Unavailable.Code()
	case status >= 500:
		return errs.Internal.Code()
	case status >= 400:
		return errs.Invalid.Code()
	}
	return "OK"
}

// watched remembers the status of an answer.
type watched struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *watched) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *watched) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach what is under it.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watched) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
