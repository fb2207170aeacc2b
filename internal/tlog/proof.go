package tlog

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrProof is the refusal of a proof. For inclusion: the entry is not in that log
// at that place. For consistency: the newer log does not begin with the older,
// which is evidence of a rewritten or forked log. Keep both checkpoints.
var ErrProof = errors.New("checking a proof: it does not hold; keep both checkpoints as evidence")

// ProveInclusion returns the proof that entry i (from 0) is in the first n entries.
func ProveInclusion(store HashStore, n, i int64) ([]Hash, error) {
	if i < 0 || i >= n || n > MaxSize {
		return nil, fmt.Errorf("proving an entry of the log: there is no entry %d among %d", i, n)
	}
	p, err := tlog.ProveRecord(n, i, store)
	if err != nil {
		return nil, fmt.Errorf("proving entry %d of the log: %w", i, err)
	}
	return p, nil
}

// CheckInclusion returns nil if proof shows that leaf is entry i of the log of c,
// else ErrProof. That c is genuine is for OpenCheckpoint to say.
func CheckInclusion(proof []Hash, c Checkpoint, i int64, leaf []byte) error {
	if !c.sound() || i < 0 || i >= c.Size || tlog.CheckRecord(proof, c.Size, c.Root, i, LeafHash(leaf)) != nil {
		return ErrProof
	}
	return nil
}

// ProveConsistency returns the proof that the first n entries begin with the first
// old entries. From an empty log the proof is empty.
func ProveConsistency(store HashStore, n, old int64) ([]Hash, error) {
	if old < 0 || old > n || n > MaxSize {
		return nil, fmt.Errorf("proving the log's history: size %d is not within %d", old, n)
	}
	if old == 0 {
		return []Hash{}, nil
	}
	p, err := tlog.ProveTree(n, old, store)
	if err != nil {
		return nil, fmt.Errorf("proving the log's history from size %d: %w", old, err)
	}
	return p, nil
}

// CheckConsistency returns nil if proof shows that the log of newer begins with
// the whole log of older, else ErrProof. Both must be of the same origin.
func CheckConsistency(proof []Hash, newer, older Checkpoint) error {
	if !newer.sound() || !older.sound() || newer.Origin != older.Origin || older.Size > newer.Size {
		return ErrProof
	}
	if older.Size == 0 {
		empty := emptyRoot()
		if len(proof) != 0 || older.Root != empty || newer.Size == 0 && newer.Root != empty {
			return ErrProof
		}
		return nil
	}
	if tlog.CheckTree(proof, newer.Size, newer.Root, older.Size, older.Root) != nil {
		return ErrProof
	}
	return nil
}

// emptyRoot is the root of a log without entries: the hash of nothing.
func emptyRoot() Hash { return sha256.Sum256(nil) }
