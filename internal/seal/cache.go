package seal

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// cached is a case key, or with a nil key the knowledge that the case has none.
type cached struct {
	key   tink.AEAD
	until time.Time
}

// cache is a bounded memory of case keys, the least recently used forgotten first. An
// entry is valid for a time counted from before the key store was asked, so that a key
// destroyed elsewhere is forgotten within that time whatever the answer took.
type cache struct {
	mu    sync.Mutex
	lru   *simplelru.LRU[string, cached]
	ttl   time.Duration
	drops uint64 // how often a key was dropped; an answer asked for before a drop is not kept
}

// missingShare is the part of the time to live that "has no key" is remembered for: a
// page of an erased person's rows asks once, a key made elsewhere is found soon.
const missingShare = 20

func newCache(size int, ttl time.Duration) *cache {
	lru, err := simplelru.NewLRU[string, cached](size, nil)
	if err != nil {
		panic("seal: a cache of no size") // New gives a positive one
	}
	return &cache{lru: lru, ttl: ttl}
}

// get returns the key of a case; known is false where the key store must be asked.
func (c *cache) get(id string, now time.Time) (key tink.AEAD, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.lru.Get(id)
	if !ok {
		return nil, false
	}
	if !now.Before(e.until) {
		c.lru.Remove(id)
		return nil, false
	}
	return e.key, true
}

// asking is called before the key store is asked; keep takes what it gave.
func (c *cache) asking() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.drops
}

// keep remembers the keys of ids, and of those that have none just that. Where a key was
// dropped since, the answer may hold that one: then it forgets ids and returns false.
func (c *cache) keep(ids []string, keys map[string]tink.AEAD, asked time.Time, drops uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.drops != drops {
		for _, id := range ids {
			c.lru.Remove(id)
		}
		return false
	}
	for _, id := range ids {
		e := cached{keys[id], asked.Add(c.ttl)}
		if e.key == nil {
			// An answer from before a key was made does not hide it.
			if had, ok := c.lru.Peek(id); ok && had.key != nil && asked.Before(had.until) {
				continue
			}
			e.until = asked.Add(c.ttl / missingShare)
		}
		c.lru.Add(id, e)
	}
	return true
}

// drop forgets a key, and whatever was asked for before.
func (c *cache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops++
	c.lru.Remove(id)
}
