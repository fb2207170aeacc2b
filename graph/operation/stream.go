package operation

import (
	"context"
	"strconv"
	"sync"
)

// Stream is where a subscription stands: what its viewer was told already. Notices are
// written by transactions that may be stored after later ones, so a look goes back a
// little and leaves out what was told.
type Stream struct {
	mu sync.Mutex
	// From is the time from which notices are looked at, in UTC microseconds.
	from int64
	told map[string]int64 // by notice, when it was written
	// next is the event of the operation under way.
	next   string
	nextAt int64
	// passed are notices that are no event for this viewer.
	passed map[string]int64
}

// LateBy is by how much a notice may be stored after later ones, in microseconds: as long
// as a change that tells somebody of something ordinarily lasts, a minute.
const LateBy = int64(60 * 1_000_000)

// NewStream begins behind a moment, and behind one notice where there is one.
func NewStream(from int64, behind string) *Stream {
	s := &Stream{from: from, told: map[string]int64{}, passed: map[string]int64{}}
	if behind != "" {
		s.told[behind] = from
	}
	return s
}

// Since is from when to look.
func (s *Stream) Since() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.from
}

// Told reports whether a notice was an event already, or is none.
func (s *Stream) Told(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, told := s.told[id]
	_, passed := s.passed[id]
	return told || passed
}

// Pass notes a notice that is no event for this viewer.
func (s *Stream) Pass(id string, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passed[id] = at
}

// Choose makes a notice the event of the operation under way.
func (s *Stream) Choose(id string, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next, s.nextAt = id, at
}

// Sent notes that the operation's event has left, and returns its id: when the notice was
// written and the notice, or empty.
func (s *Stream) Sent() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.next
	if id != "" {
		s.told[id] = s.nextAt
	}
	s.next = ""
	if id == "" {
		return ""
	}
	return strconv.FormatInt(s.nextAt, 10) + " " + id
}

// Rest forgets what lies too far back to come up again; now is in UTC microseconds.
func (s *Stream) Rest(now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from = max(s.from, now-LateBy)
	for _, m := range []map[string]int64{s.told, s.passed} {
		for id, at := range m {
			if at < s.from {
				delete(m, id)
			}
		}
	}
}

type streamKey struct{}

// WithStream says that an operation is an event of a stream.
func WithStream(ctx context.Context, s *Stream) context.Context {
	return context.WithValue(ctx, streamKey{}, s)
}

// StreamOf returns the stream whose event the operation is, or nil.
func StreamOf(ctx context.Context) *Stream {
	s, _ := ctx.Value(streamKey{}).(*Stream)
	return s
}
