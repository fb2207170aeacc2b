// Package tlog is a Merkle log (RFC 6962) whose leaves and hashes are rows of the
// caller's own database: append, root, signed checkpoints, inclusion and
// consistency proofs, and the check of the whole log against saved checkpoints.
//
// It promises that whoever holds an old checkpoint finds every later change of
// what the log held then (threats 47). A change that reaches both the rows and
// every saved checkpoint cannot be found: checkpoints must be kept by others. It
// will not read or write a database, decide what a leaf is, keep keys, or order
// concurrent appends: one writer at a time holds the caller's lock.
package tlog

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 hash: of a leaf, of a node, or of the root.
type Hash = tlog.Hash

// MaxSize is the greatest number of entries of a log. Proofs about more are
// refused: the sizes come from outside, and the arithmetic must not overflow.
const MaxSize = int64(1) << 53

// ErrNoHash is what a HashStore returns, possibly wrapped, for an index that it
// does not hold.
var ErrNoHash = errors.New("reading the log's hashes: one is missing; run the check of the log")

// HashStore reads stored hashes. The index of a hash is its storage index as in
// golang.org/x/mod/sumdb/tlog, gapless from 0.
type HashStore interface {
	// ReadHashes returns the hashes of the indexes in their order, or an error,
	// which is ErrNoHash where one of them is not stored.
	ReadHashes(indexes []int64) ([]Hash, error)
}

// Node is one hash to be stored under its index.
type Node struct {
	Index int64
	Hash  Hash
}

// LeafHash returns the hash of an entry.
func LeafHash(leaf []byte) Hash { return tlog.RecordHash(leaf) }

// NodeCount returns how many hashes a log of n entries stores, under the indexes
// from 0 to below that count.
func NodeCount(n int64) int64 { return tlog.StoredHashCount(n) }

// Append returns the hashes to be stored when the leaves are added, in order, to
// the log of n entries in store. Their indexes follow on without a gap. The caller
// stores them in the transaction that stores the leaves.
func Append(store HashStore, n int64, leaves ...[]byte) ([]Node, error) {
	if n < 0 || n > MaxSize-int64(len(leaves)) {
		return nil, fmt.Errorf("appending to the log: its size is out of range")
	}
	added := &extended{store: store, from: NodeCount(n)}
	for i, leaf := range leaves {
		hashes, err := tlog.StoredHashes(n+int64(i), leaf, added)
		if err != nil {
			return nil, fmt.Errorf("appending to the log: entry %d: %w", n+int64(i), err)
		}
		for _, h := range hashes {
			added.nodes = append(added.nodes, Node{added.from + int64(len(added.nodes)), h})
		}
	}
	return added.nodes, nil
}

// extended is a store with nodes that are not stored yet.
type extended struct {
	store HashStore
	from  int64
	nodes []Node
}

func (e *extended) ReadHashes(indexes []int64) ([]Hash, error) {
	var old []int64
	for _, x := range indexes {
		if x < e.from {
			old = append(old, x)
		}
	}
	read, err := readAll(e.store, old)
	if err != nil {
		return nil, err
	}
	out := make([]Hash, 0, len(indexes))
	for _, x := range indexes {
		if x < e.from {
			out, read = append(out, read[0]), read[1:]
		} else {
			out = append(out, e.nodes[x-e.from].Hash)
		}
	}
	return out, nil
}

// readAll reads from the store and refuses an answer of another length.
func readAll(store HashStore, indexes []int64) ([]Hash, error) {
	if len(indexes) == 0 {
		return nil, nil
	}
	hashes, err := store.ReadHashes(indexes)
	if err == nil && len(hashes) != len(indexes) {
		err = fmt.Errorf("reading the log's hashes: asked for %d, got %d", len(indexes), len(hashes))
	}
	return hashes, err
}

// Root returns the root hash of the first n entries. n may be any size that the
// log has had.
func Root(store HashStore, n int64) (Hash, error) {
	if n < 0 || n > MaxSize {
		return Hash{}, fmt.Errorf("reading the root of the log: its size is out of range")
	}
	h, err := tlog.TreeHash(n, store)
	if err != nil {
		return Hash{}, fmt.Errorf("reading the root of the log at size %d: %w", n, err)
	}
	return h, nil
}
