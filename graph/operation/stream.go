package operation

import (
	"context"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/sala-exchange/sala/ent/store"
)

// Stream is where a subscription stands: what its viewer was told already. Notices are
// written by transactions that may be stored after later ones, so a look goes back as far
// as a change may last, and leaves out what is known.
type Stream struct {
	mu    sync.Mutex
	from  int64            // from when notices are looked at, in UTC microseconds
	known map[string]int64 // when each notice was written that was told, or is no event
	begun bool             // what was there before the stream is known
	// next is the event of the operation under way.
	next   string
	nextAt int64
}

// LateBy is by how much a notice may be stored after later ones, in microseconds.
const LateBy = int64(store.LongestChange / time.Microsecond)

// NewStream begins now, in UTC microseconds: what its first look finds is no event.
func NewStream(now int64) *Stream {
	return &Stream{from: now - LateBy, known: map[string]int64{}}
}

// ResumeStream goes on behind a notice that was written at a time. What was stored later,
// and written earlier, is not told.
func ResumeStream(at int64, behind string) *Stream {
	return &Stream{from: at, known: map[string]int64{behind: at}, begun: true}
}

// Since is from when to look, and whether what is found is news.
func (s *Stream) Since() (from int64, begun bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.from, s.begun
}

// Begin says that what there was is known.
func (s *Stream) Begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun = true
}

// Known reports whether a notice was an event already, or is none.
func (s *Stream) Known(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.known[id]
	return known
}

// Pass notes a notice that is no event for this viewer.
func (s *Stream) Pass(id string, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[id] = at
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
	if id == "" {
		return ""
	}
	s.known[id], s.next = s.nextAt, ""
	return strconv.FormatInt(s.nextAt, 10) + " " + id
}

// Rest forgets what lies too far back to come up again, once a look has found nothing
// more; now is in UTC microseconds.
func (s *Stream) Rest(now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from = max(s.from, now-LateBy)
	maps.DeleteFunc(s.known, func(_ string, at int64) bool { return at < s.from })
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
