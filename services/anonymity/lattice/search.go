package lattice

import (
	"context"
	"sync"

	"github.com/sala-exchange/sala/internal/errs"
)

// What is known of a node.
const (
	open    = iota
	claimed // open, and on the path of a core
	failing // neither it nor anything below fulfils the requirements
	settled // counted, or no better than the best
)

// search is shared by the cores that count.
type search struct {
	s       *space
	mu      sync.Mutex
	state   []uint8 // of each node
	order   []uint32
	next    int      // in order
	again   []uint32 // nodes that were claimed when they were passed, and are open
	settled int
	checked int
	best    node
	found   found // of the best
	kept    cache
	stack   []uint32
	levels  []int
}

// search looks at nodes from the cheapest estimate on. From each that is open it goes a
// path upwards and halves it: a node that fails settles all below it, one that does not
// leaves the lower half to look at (after Kohlmayer et al. 2012, Flash). Nodes that cannot
// be better than the best are passed over. Where the metric says so before counting, a path
// ends at the best, and its top is looked at first: if it fails, so does the whole path.
func (s *space) search(ctx context.Context, cores int) (*Result, error) {
	f := &search{s: s, state: make([]uint8, s.nodes), order: s.ascending(), best: worst, kept: cache{start: s.start}}
	failures := make([]error, cores)
	var wg sync.WaitGroup
	for i := range cores {
		wg.Go(func() { failures[i] = f.work(ctx) })
	}
	wg.Wait()
	for _, err := range failures {
		if err != nil {
			return nil, err
		}
	}
	if f.best == worst {
		return nil, errs.New(errs.Conflict, "no generalisation fulfils the requirements with at most %d of %d rows suppressed: allow more suppression, higher levels, or less strict models", s.limit, s.rows)
	}
	return &Result{
		Levels: s.levels(f.best.number, nil), Cost: f.best.cost, Suppressed: f.found.suppressed, Classes: f.found.classes,
		Nodes: s.nodes, Checked: f.checked,
	}, nil
}

// worker is a core that counts.
type worker struct {
	*search
	count  *counter
	early  *early
	levels []int
}

func (f *search) work(ctx context.Context) error {
	w := &worker{search: f, count: newCounter(f.s), early: newEarly(f.s), levels: make([]int, 0, len(f.s.columns))}
	var path []uint32
	for {
		if path = f.path(path[:0]); len(path) == 0 {
			return nil
		}
		low, high := 0, len(path)-1
		if f.s.metric.foretells() && w.topFails(path[high]) {
			low = high + 1
		}
		for low <= high {
			if err := ctx.Err(); err != nil {
				return err
			}
			if mid := (low + high) / 2; w.fails(path[mid]) {
				low = mid + 1
			} else {
				high = mid - 1
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		w.fails(path[0]) // another core may have settled what led down to it
		f.release(path)
	}
}

// fails counts a node unless it is known, and reports whether it fails.
func (w *worker) fails(n uint32) bool {
	w.levels = w.s.levels(int(n), w.levels)
	from, fails, known := w.take(n, w.levels)
	if !known {
		got := w.count.count(w.levels, from)
		w.put(n, got, func(c *cache) { c.keep(w.count, w.levels, from) })
		fails = got.fails
	}
	return fails
}

// topFails reports whether the top of a path is seen to fail early. Above it nothing is
// better than the best; so once there is a best that nothing betters, most tops fail, and
// what was counted of one is nothing to count others from.
func (w *worker) topFails(n uint32) bool {
	w.levels = w.s.levels(int(n), w.levels)
	from, fails, known := w.take(n, w.levels)
	if known || 4*from.len() < w.s.start.len() || !w.early.fails(w.levels) {
		return fails
	}
	w.put(n, found{fails: true}, func(*cache) {})
	return true
}

// path is the next open node and nodes above it, each one level higher, as far as they are
// open and may be better than the best. It claims them.
func (f *search) path(out []uint32) []uint32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, found := f.first()
	for ; found; at, found = f.above(at) {
		f.state[at] = claimed
		out = append(out, at)
	}
	return out
}

// first is the next open node that is promising.
func (f *search) first() (n uint32, found bool) {
	for len(f.again) > 0 {
		n = f.again[len(f.again)-1]
		f.again = f.again[:len(f.again)-1]
		if f.promising(n) {
			return n, true
		}
	}
	for f.next < len(f.order) {
		n = f.order[f.next]
		f.next++
		if f.promising(n) {
			return n, true
		}
	}
	return 0, false
}

// release opens what is left of a path.
func (f *search) release(path []uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := len(path) - 1; i >= 0; i-- { // the lowest is the next to be taken
		if n := path[i]; f.state[n] == claimed {
			f.state[n] = open
			f.again = append(f.again, n)
		}
	}
}

// promising settles a node that cannot be better than the best.
func (f *search) promising(n uint32) bool {
	if f.state[n] != open {
		return false
	}
	f.levels = f.s.levels(int(n), f.levels)
	if f.best.better(node{f.s.metric.lower(f.levels), int(n)}) {
		f.settle(n, settled)
		return false
	}
	return true
}

// above is the promising node one level higher that has the least estimate.
func (f *search) above(n uint32) (up uint32, found bool) {
	levels, least := f.s.levels(int(n), nil), 0.0
	for i, stride := range f.s.strides {
		if levels[i]+1 == f.s.p.Quasi[i].Height() || !f.promising(n+uint32(stride)) {
			continue
		}
		levels[i]++
		if e := f.s.metric.estimate(levels); !found || e < least {
			up, least, found = n+uint32(stride), e, true
		}
		levels[i]--
	}
	return up, found
}

// take gives what to count a node from, unless it is known by now.
func (f *search) take(n uint32, levels []int) (from *classes, fails, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state[n] > claimed {
		return nil, f.state[n] == failing, true
	}
	return f.kept.nearest(levels), false, false
}

// put takes in what was counted.
func (f *search) put(n uint32, got found, keep func(*cache)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.checked++
	keep(&f.kept)
	if got.fails {
		f.spread(n, failing)
	} else {
		f.settle(n, settled)
		if at := (node{got.cost, int(n)}); got.fulfils && at.better(f.best) {
			f.best, f.found = at, got
		}
		if f.best.better(node{got.bound, int(n)}) {
			f.spread(n, settled)
		}
	}
	if f.s.p.Progress != nil {
		f.s.p.Progress(Progress{Nodes: f.s.nodes, Settled: f.settled, Checked: f.checked})
	}
}

func (f *search) settle(n uint32, state uint8) {
	if f.state[n] <= claimed {
		f.settled++
	}
	f.state[n] = state
}

// spread settles a node and all below it as failing, or all above it as no better.
func (f *search) spread(n uint32, state uint8) {
	f.settle(n, state)
	f.stack = append(f.stack[:0], n)
	for len(f.stack) > 0 {
		at := f.stack[len(f.stack)-1]
		f.stack = f.stack[:len(f.stack)-1]
		f.levels = f.s.levels(int(at), f.levels)
		for i, stride := range f.s.strides {
			to := at - uint32(stride)
			if state == settled {
				to = at + uint32(stride)
				if f.levels[i]+1 == f.s.p.Quasi[i].Height() {
					continue
				}
			} else if f.levels[i] == 0 {
				continue
			}
			if f.state[to] <= claimed {
				f.settle(to, state)
				f.stack = append(f.stack, to)
			}
		}
	}
}

// cache keeps groups of nodes that were counted, to count higher ones from.
type cache struct {
	start *classes
	kept  []*classes // the oldest first
	held  int        // groups
}

// cacheFactor is how many times the groups of level 0 are kept at most.
const cacheFactor = 4

// nearest is the fewest groups that a node can be counted from.
func (c *cache) nearest(levels []int) *classes {
	least := c.start
	for _, k := range c.kept {
		if k.len() < least.len() && below(k.levels, levels) {
			least = k
		}
	}
	return least
}

// keep keeps what was counted where it is much less than what it was counted from.
func (c *cache) keep(from *counter, levels []int, source *classes) {
	groups := len(from.sizes)
	if from.parts != nil {
		groups = from.parts.len()
	}
	if 2*groups > source.len() {
		return
	}
	for c.held+groups > cacheFactor*c.start.len() && len(c.kept) > 0 {
		c.held -= c.kept[0].len()
		c.kept[0] = nil
		c.kept = c.kept[1:]
	}
	c.kept = append(c.kept, from.merged(levels))
	c.held += groups
}
