package store

import (
	"context"
	stdsql "database/sql"
	"sync"
	"time"

	"entgo.io/ent/dialect"

	"github.com/sala-exchange/sala/internal/errs"
)

// clockApart is how far a process's clock may be from the database's.
const clockApart = time.Minute

// clockAgain is how long a comparison of clocks counts.
const clockAgain = 10 * time.Second

// clocks compares the process's clock to the database's. Whatever rests on time rests on the
// former: what is open, when a person's rows may be erased. A process whose clock is ahead
// would erase before the days are over in which somebody can stop it, and one whose clock is
// behind would show what has ended.
type clocks struct {
	most time.Duration // 0: not compared
	mu   sync.Mutex
	at   time.Time // of the last comparison that was good, with its monotonic reading
	wall time.Time // what the process's clock said then
}

// agree refuses where the clocks differ by more than they may, or cannot be compared.
func (c *clocks) agree(ctx context.Context, now func() time.Time, tx *stdsql.Tx) error {
	if c.most == 0 {
		return nil
	}
	if c.good(now) {
		return nil
	}
	asked := now()
	began := time.Now()
	var micros int64
	if err := tx.QueryRowContext(ctx, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").Scan(&micros); err != nil {
		return unreachable(err)
	}
	// The database looked between the question and its answer.
	apart := asked.Sub(time.UnixMicro(micros))
	if took := time.Since(began); apart < 0 {
		apart = min(0, apart+took)
	}
	if apart.Abs() > c.most {
		return errs.New(errs.Unavailable, "the clocks of this process and of its database differ by more than %s: set both by NTP; nothing is shown or changed until they agree", c.most)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.wall = began, asked.Round(0)
	return nil
}

// good reports whether the last comparison still counts: it is not long ago, and the clock
// has not been set since then.
func (c *clocks) good(now func() time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	passed := time.Since(c.at)
	set := now().Round(0).Sub(c.wall) - passed
	return passed < clockAgain && set.Abs() < c.most
}

// clocks of a store: compared on PostgreSQL, unless another clock is given on purpose and no
// difference with it.
func (o Options) clocks(d string) *clocks {
	switch {
	case d != dialect.Postgres:
		return &clocks{} // one process, one clock
	case o.ClockApart > 0:
		return &clocks{most: o.ClockApart}
	case o.Clock != nil:
		return &clocks{}
	}
	return &clocks{most: clockApart}
}
