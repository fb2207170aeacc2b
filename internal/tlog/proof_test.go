package tlog

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

const small = 13 // entries of a log that is covered exhaustively

func TestInclusion(t *testing.T) {
	r := logOf(t, small, "a")
	for n := int64(1); n <= small; n++ {
		c := r.checkpoint(t, n)
		for i := range n {
			p, err := ProveInclusion(r, n, i)
			if err != nil {
				t.Fatal(err)
			}
			if err := CheckInclusion(p, c, i, r.leaves[i]); err != nil {
				t.Fatalf("entry %d of %d: %v", i, n, err)
			}
			for j := range int64(small) {
				if j != i && (CheckInclusion(p, c, i, r.leaves[j]) == nil || CheckInclusion(p, c, j, r.leaves[i]) == nil) {
					t.Fatalf("entry %d of %d passes for entry %d", j, n, i)
				}
			}
			refuseChanged(t, p, func(p []Hash) error { return CheckInclusion(p, c, i, r.leaves[i]) })
		}
	}
	if _, err := ProveInclusion(r, small, small); err == nil {
		t.Error("an entry beyond the end is proved")
	}
}

func TestConsistency(t *testing.T) {
	r, fork := logOf(t, small, "a"), logOf(t, small, "b")
	for n := range int64(small + 1) {
		for old := range n + 1 {
			p, err := ProveConsistency(r, n, old)
			if err != nil {
				t.Fatal(err)
			}
			newer, older := r.checkpoint(t, n), r.checkpoint(t, old)
			if err := CheckConsistency(p, newer, older); err != nil {
				t.Fatalf("from %d to %d: %v", old, n, err)
			}
			refuseChanged(t, p, func(p []Hash) error { return CheckConsistency(p, newer, older) })
			if old == 0 {
				continue
			}
			forked, err := ProveConsistency(fork, n, old)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range [][]Hash{p, forked} {
				if CheckConsistency(p, fork.checkpoint(t, n), older) == nil || CheckConsistency(p, newer, fork.checkpoint(t, old)) == nil {
					t.Fatalf("a fork passes from %d to %d", old, n)
				}
			}
			if n > old && CheckConsistency(p, older, newer) == nil {
				t.Fatal("a log that was cut passes")
			}
			other := newer
			other.Origin = "other.example/ledger"
			if CheckConsistency(p, other, older) == nil {
				t.Fatal("another log's checkpoint passes")
			}
		}
	}
}

// refuseChanged flips a bit in every byte of the proof, and drops and adds hashes.
func refuseChanged(t *testing.T, p []Hash, check func([]Hash) error) {
	t.Helper()
	for i := range p {
		for b := range p[i] {
			bad := slices.Clone(p)
			bad[i][b] ^= 1
			if !errors.Is(check(bad), ErrProof) {
				t.Fatal("a changed proof passes")
			}
		}
		if check(slices.Delete(slices.Clone(p), i, i+1)) == nil {
			t.Fatal("a shortened proof passes")
		}
	}
	if check(append(slices.Clone(p), Hash{})) == nil {
		t.Fatal("a lengthened proof passes")
	}
}

// TestSizesFromOutside: sizes near the end of int64 would make the arithmetic of
// proofs run for ever; they are refused before it starts.
func TestSizesFromOutside(t *testing.T) {
	r := logOf(t, 3, "a")
	good := r.checkpoint(t, 3)
	for _, n := range []int64{-1, MaxSize + 1, 1<<62 + 1, 1<<63 - 1} {
		bad := Checkpoint{good.Origin, n, good.Root}
		proof := make([]Hash, 64)
		if CheckInclusion(proof, bad, 0, r.leaves[0]) == nil || CheckConsistency(proof, bad, good) == nil || CheckConsistency(proof, good, bad) == nil {
			t.Errorf("size %d passes", n)
		}
		if _, err := ProveInclusion(r, n, 0); err == nil {
			t.Errorf("inclusion at size %d is proved", n)
		}
		if _, err := ProveConsistency(r, n, 1); err == nil {
			t.Errorf("consistency at size %d is proved", n)
		}
		if _, err := Root(r, n); err == nil {
			t.Errorf("size %d has a root", n)
		}
	}
}

func TestProofsOfAnyLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		i, old := rapid.IntRange(0, n-1).Draw(t, "i"), rapid.IntRange(0, n).Draw(t, "old")
		r := logOf(t, n, fmt.Sprint(rapid.Int().Draw(t, "salt")))
		c := r.checkpoint(t, int64(n))
		in, err := ProveInclusion(r, int64(n), int64(i))
		if err != nil || CheckInclusion(in, c, int64(i), r.leaves[i]) != nil {
			t.Fatalf("inclusion: %v", err)
		}
		con, err := ProveConsistency(r, int64(n), int64(old))
		if err != nil || CheckConsistency(con, c, r.checkpoint(t, int64(old))) != nil {
			t.Fatalf("consistency: %v", err)
		}
	})
}
