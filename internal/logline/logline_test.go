package logline

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
)

// canaries are what a person might have typed.
var canaries = []string{"Kanaree", "ນາງກະນາລີ", "+8562055500000"}

type typed struct{ Name string }

func (t typed) LogValue() slog.Value { return slog.StringValue(t.Name) }

func sweep(t *testing.T, out string) {
	t.Helper()
	for _, c := range canaries {
		if strings.Contains(out, c) {
			at := strings.Index(out, c)
			t.Errorf("the log holds %q: %s", c, out[max(0, at-100):min(len(out), at+50)])
		}
	}
}

// TestNothingTypedIsLogged: through no key, group, type or error; the plain handler
// would let all of it through.
func TestNothingTypedIsLogged(t *testing.T) {
	write := func(l *slog.Logger) {
		for _, c := range canaries {
			for key := range forms {
				l.Info("a line", key, c)
				l.Info("a line", slog.Any(key, typed{c}))
				l.Info("a line", slog.Any(key, []string{c}))
				l.Info("a line", slog.Group(key, slog.String("error", c)))
			}
			l.Info("a line", "name", c, c, 1)
			l.Info("a line", "error", errors.New(c), "outcome", map[string]string{"a": c})
			l.Info("a line", "error", fmt.Errorf("%s: %w", c, errs.Wrap(errors.New(c), errs.Invalid, "reading a row failed")))
			l.With("name", c).WithGroup(c).With("outcome", c).Info("a line", "request", c)
			l.WithGroup("g").Info("a line", "outcome", "OK")
		}
	}
	var plain, sifted bytes.Buffer
	write(slog.New(slog.NewJSONHandler(&plain, nil)))
	if !strings.Contains(plain.String(), "Kanaree") {
		t.Fatal("the plain handler holds no canary: the test proves nothing")
	}
	write(New(&sifted, slog.LevelDebug))
	sweep(t, sifted.String())
	if !strings.Contains(sifted.String(), "INVALID: reading a row failed") || !strings.Contains(sifted.String(), `"withheld":2`) {
		t.Error("what may be told is missing")
	}
}

// TestWhatMayBeLogged: the log is good for something.
func TestWhatMayBeLogged(t *testing.T) {
	var out bytes.Buffer
	New(&out, slog.LevelInfo).With("version", "v1.2.3").Info("served", "request", "req_0123456789abcdefghjkmnpqrs", "operation", "query", "outcome", "OK",
		"agencyKind", "UNION", "ms", 12.5, "status", 200, "error", errs.New(errs.Unavailable, "try again"), "stack", Stack())
	for _, want := range []string{`"msg":"served"`, `"version":"v1.2.3"`, `"operation":"query"`, `"ms":12.5`, `"error":"UNAVAILABLE: try again"`, "TestWhatMayBeLogged"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in %s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "withheld") {
		t.Errorf("something was withheld: %s", out.String())
	}
}

// TestLibraries: what libraries log is told without their words.
func TestLibraries(t *testing.T) {
	var out bytes.Buffer
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	SetDefault(New(&out, slog.LevelDebug))
	log.Printf("a library failed on %s", canaries[0])
	if n := strings.Count(out.String(), foreign); n != 1 {
		t.Errorf("%d lines of package log: %s", n, out.String())
	}
	_, _ = fmt.Fprintf(Writer(slog.Default(), "net/http"), "http: panic serving: %s", canaries[1])
	// As a record of another module's would come.
	r := slog.Record{Message: canaries[2]}
	if err := slog.Default().Handler().Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), foreign); n != 3 {
		t.Errorf("%d of 3 lines: %s", n, out.String())
	}
	sweep(t, out.String())
}

// TestStackHoldsNoArguments: functions, files and lines only.
func TestStackHoldsNoArguments(t *testing.T) {
	at := func(string) Frames { return Stack() }(canaries[0])
	for _, f := range at {
		if strings.Contains(f, "0x") {
			t.Errorf("a frame with arguments: %s", f)
		}
	}
	if len(at) < 2 || !strings.Contains(at[0], "TestStackHoldsNoArguments") {
		t.Errorf("%v", at)
	}
}
