package api

import (
	"log/slog"
	"testing"
	"time"

	"github.com/sala-exchange/sala/services/disclosure"
)

// TestLag: it grows while one record stays the oldest, shrinks as places are given, and is
// not moved by a record that is committed late.
func TestLag(t *testing.T) {
	t0 := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	now := t0
	l := NewLagwatch(nil, time.Second, slog.New(slog.DiscardHandler))
	l.now, l.reached = func() time.Time { return now }, t0
	record := func(at time.Duration) *disclosure.Waiting {
		return &disclosure.Waiting{At: t0.Add(at).UnixMicro(), Commitment: at.String()}
	}
	for _, c := range []struct {
		what   string
		now    time.Duration
		oldest *disclosure.Waiting
		lag    time.Duration
	}{
		{"one waits since before the process", 0, record(-time.Hour), time.Hour},
		{"it has its place, and so have all", time.Second, nil, 0},
		{"one has come since", 3 * time.Second, record(2 * time.Second), 2 * time.Second},
		{"it stays", 9 * time.Second, record(2 * time.Second), 8 * time.Second},
		{"it has its place, a younger one waits", 10 * time.Second, record(9 * time.Second), time.Second},
		{"an older one is committed late", 11 * time.Second, record(-10 * time.Minute), 2 * time.Second},
		{"it has its place, the younger one has not", 12 * time.Second, record(9 * time.Second), 3 * time.Second},
		{"one by a clock that is ahead", 13 * time.Second, record(time.Minute), 0},
	} {
		now = t0.Add(c.now)
		l.found(now, c.oldest)
		if got := l.Lag(); got != c.lag {
			t.Errorf("%s: the lag is %v, not %v", c.what, got, c.lag)
		}
	}
	now = now.Add(time.Hour)
	if got := l.Lag(); got != time.Hour {
		t.Errorf("without a look for an hour: %v", got)
	}
}
