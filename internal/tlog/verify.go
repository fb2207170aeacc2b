package tlog

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// FindingKind says what a Finding is about.
type FindingKind string

// The kinds of findings.
const (
	// EntryChanged: the entry does not hash to its stored hash; one of the two was changed.
	EntryChanged FindingKind = "ENTRY_CHANGED"
	// EntryMissing: there is no such entry although the log is that long.
	EntryMissing FindingKind = "ENTRY_MISSING"
	// EntryUnexpected: the entry comes twice, out of order, or beyond the log's end.
	EntryUnexpected FindingKind = "ENTRY_UNEXPECTED"
	// NodeChanged: a stored hash above the entries does not follow from those below it.
	NodeChanged FindingKind = "NODE_CHANGED"
	// NodeMissing: a hash is not stored.
	NodeMissing FindingKind = "NODE_MISSING"
	// CheckpointMismatch: the log does not begin with what a saved checkpoint says;
	// Index is its size. The log was rewritten or cut, or the checkpoint is of another.
	CheckpointMismatch FindingKind = "CHECKPOINT_MISMATCH"
)

// MaxFindings is the most findings that Verify returns: beyond, more is not told.
const MaxFindings = 1000

// Finding is one place where the log is not what it ought to be.
type Finding struct {
	Kind  FindingKind
	Index int64 // of the entry, of the node (storage index), or size of the checkpoint
}

// String names the finding for an operator. It holds no content.
func (f Finding) String() string { return fmt.Sprintf("%s %d", f.Kind, f.Index) }

// Leaves calls yield with each stored entry and its index, in increasing order of
// index, and stops at the first error, which it returns.
type Leaves func(yield func(i int64, leaf []byte) error) error

// Verify hashes all leaves anew, compares every stored hash of the log of n
// entries, and checks that each saved checkpoint of whatever size is the root of
// the rehashed log at that size: so old checkpoints are prefixes and the newest
// one is the log. No findings and no error mean that the log is intact; an error
// means that reading failed and nothing was shown.
//
// Without a saved checkpoint from elsewhere a log that was wholly rewritten, its
// hashes too, looks intact. Signatures are for OpenCheckpoint to check, and stored
// hashes beyond NodeCount(n) for the caller to count. Memory does not grow with n.
func Verify(leaves Leaves, store HashStore, n int64, saved ...Checkpoint) ([]Finding, error) {
	if n < 0 || n > MaxSize {
		return nil, fmt.Errorf("checking the log: its size is out of range")
	}
	c := &checking{store: store, size: n, saved: saved}
	c.compareRoot()
	if err := leaves(c.leaf); err != nil {
		return nil, fmt.Errorf("checking the log after entry %d: %w", c.next-1, err)
	}
	for c.next < n {
		if err := c.missing(); err != nil {
			return nil, fmt.Errorf("checking the log: %w", err)
		}
	}
	for _, s := range saved {
		if s.Size > n || s.Size < 0 {
			c.report(CheckpointMismatch, s.Size)
		}
	}
	return c.findings, nil
}

// batch is how many stored hashes are read at once.
const batch = 1024

// checking is one run of Verify.
type checking struct {
	store    HashStore
	size     int64
	saved    []Checkpoint
	next     int64 // index of the entry to come
	frontier []subtree
	findings []Finding

	from int64 // storage index of read[0]
	read []stored
}

// subtree is a complete subtree: its hash from the leaves and the one stored.
type subtree struct {
	level  int
	hash   Hash
	stored stored
}

type stored struct {
	hash Hash
	ok   bool
}

func (c *checking) report(kind FindingKind, index int64) {
	if len(c.findings) < MaxFindings {
		c.findings = append(c.findings, Finding{kind, index})
	}
}

// leaf takes the next stored entry.
func (c *checking) leaf(i int64, leaf []byte) error {
	if i < c.next || i >= c.size {
		c.report(EntryUnexpected, i)
		return nil
	}
	for c.next < i {
		if err := c.missing(); err != nil {
			return err
		}
	}
	s, err := c.storedAt(NodeCount(i))
	if err != nil {
		return err
	}
	h := LeafHash(leaf)
	switch {
	case !s.ok:
		c.report(NodeMissing, NodeCount(i))
	case s.hash != h:
		c.report(EntryChanged, i)
	}
	return c.push(subtree{0, h, s})
}

// missing goes on over an absent entry with its stored hash, so that what follows
// is still told exactly.
func (c *checking) missing() error {
	c.report(EntryMissing, c.next)
	s, err := c.storedAt(NodeCount(c.next))
	if err != nil {
		return err
	}
	if !s.ok {
		c.report(NodeMissing, NodeCount(c.next))
	}
	return c.push(subtree{0, s.hash, s})
}

// push adds a leaf and every subtree that it completes, in storage order.
func (c *checking) push(t subtree) error {
	index := NodeCount(c.next)
	for len(c.frontier) > 0 && c.frontier[len(c.frontier)-1].level == t.level {
		left := c.frontier[len(c.frontier)-1]
		c.frontier = c.frontier[:len(c.frontier)-1]
		index++
		s, err := c.storedAt(index)
		if err != nil {
			return err
		}
		hash := tlog.NodeHash(left.hash, t.hash)
		switch {
		case !s.ok:
			c.report(NodeMissing, index)
		case s.hash != hash && !(left.stored.ok && t.stored.ok && s.hash == tlog.NodeHash(left.stored.hash, t.stored.hash)):
			// Where it does follow from the stored hashes below, the fault lies below
			// and was told there.
			c.report(NodeChanged, index)
		}
		t = subtree{t.level + 1, hash, s}
	}
	c.frontier = append(c.frontier, t)
	c.next++
	c.compareRoot()
	return nil
}

// compareRoot compares the saved checkpoints of the size reached.
func (c *checking) compareRoot() {
	for _, s := range c.saved {
		if s.Size == c.next && s.Root != c.root() {
			c.report(CheckpointMismatch, s.Size)
		}
	}
}

func (c *checking) root() Hash {
	last := len(c.frontier) - 1
	if last < 0 {
		return emptyRoot()
	}
	h := c.frontier[last].hash
	for i := last - 1; i >= 0; i-- {
		h = tlog.NodeHash(c.frontier[i].hash, h)
	}
	return h
}

// storedAt returns the stored hash of an index, reading ahead. Indexes come in
// increasing order.
func (c *checking) storedAt(index int64) (stored, error) {
	if index >= c.from+int64(len(c.read)) {
		if err := c.readAhead(index); err != nil {
			return stored{}, err
		}
	}
	return c.read[index-c.from], nil
}

func (c *checking) readAhead(index int64) error {
	end := min(index+batch, NodeCount(c.size))
	indexes := make([]int64, 0, batch)
	for i := index; i < end; i++ {
		indexes = append(indexes, i)
	}
	c.from, c.read = index, make([]stored, len(indexes))
	hashes, err := readAll(c.store, indexes)
	if err != nil && !errors.Is(err, ErrNoHash) {
		return err
	}
	for i := range indexes {
		if err == nil {
			c.read[i] = stored{hashes[i], true}
			continue
		}
		// One of them is missing: find out which by asking for each.
		one, oneErr := readAll(c.store, indexes[i:i+1])
		switch {
		case oneErr == nil:
			c.read[i] = stored{one[0], true}
		case !errors.Is(oneErr, ErrNoHash):
			return oneErr
		}
	}
	return nil
}
