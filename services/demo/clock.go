package demo

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/sala-exchange/sala/services/disclosure"
	"github.com/sala-exchange/sala/services/notify"
)

// The demonstration's story begins four weeks ago, so that what runs out in it has run
// out when somebody looks, and nobody waits for that.
const (
	day      = 24 * time.Hour
	storyAge = 28 * day
)

// clock is the exchange's time: behind by the age of the story until catchUp.
type clock struct{ behind atomic.Int64 } // nanoseconds

func newClock() *clock {
	c := &clock{}
	c.behind.Store(int64(storyAge))
	return c
}

func (c *clock) now() time.Time { return time.Now().Add(-time.Duration(c.behind.Load())) }

// catchUp lets the four weeks pass: what was recorded in them gets its place in the log
// first, since the sequencer does not look back so far, and what ended in them is told.
func (s *session) catchUp(ctx context.Context) error {
	if _, err := disclosure.SequenceAll(ctx, s.store); err != nil {
		return err
	}
	s.clock.behind.Store(0)
	_, err := notify.Tell(ctx, s.store)
	return err
}
