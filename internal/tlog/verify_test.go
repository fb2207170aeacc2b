package tlog

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func findings(t *testing.T, r *rows, n int64, saved ...Checkpoint) []Finding {
	t.Helper()
	f, err := Verify(r.each, r, n, saved...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (r *rows) clone() *rows {
	c := &rows{nodes: map[int64]Hash{}}
	for _, l := range r.leaves {
		c.leaves = append(c.leaves, bytes.Clone(l))
	}
	for i, h := range r.nodes {
		c.nodes[i] = h
	}
	return c
}

func TestIntactLog(t *testing.T) {
	for n := range 40 {
		r := logOf(t, n, "a")
		var saved []Checkpoint
		for k := range int64(n) + 1 {
			saved = append(saved, r.checkpoint(t, k))
		}
		if f := findings(t, r, int64(n), saved...); len(f) != 0 {
			t.Errorf("an intact log of %d gives %v", n, f)
		}
	}
	long := logOf(t, 3*batch, "a") // more than one read ahead
	if f := findings(t, long, long.size(), long.checkpoint(t, 1500)); len(f) != 0 {
		t.Errorf("an intact long log gives %v", f)
	}
}

// TestEveryByteOfTheLog flips a bit in every byte of every entry, stored hash and
// saved root of logs of every small size. Each is found, and at its place.
func TestEveryByteOfTheLog(t *testing.T) {
	for n := int64(1); n <= small; n++ {
		good := logOf(t, int(n), "a")
		now, before := good.checkpoint(t, n), good.checkpoint(t, n/2)
		for i, leaf := range good.leaves {
			for b := range leaf {
				bad := good.clone()
				bad.leaves[i][b] ^= 1
				want := []Finding{{EntryChanged, int64(i)}}
				if int64(i) < before.Size {
					want = append(want, Finding{CheckpointMismatch, before.Size})
				}
				want = append(want, Finding{CheckpointMismatch, n})
				expect(t, fmt.Sprintf("entry %d of %d", i, n), findings(t, bad, n, before, now), want)
				expect(t, "without a checkpoint", findings(t, bad, n), want[:1])
			}
		}
		for x := range good.nodes {
			for b := range len(Hash{}) {
				bad := good.clone()
				h := bad.nodes[x]
				h[b] ^= 1
				bad.nodes[x] = h
				want := Finding{NodeChanged, x}
				if level, i := tlog.SplitStoredHashIndex(x); level == 0 {
					want = Finding{EntryChanged, i}
				}
				expect(t, fmt.Sprintf("node %d of %d", x, n), findings(t, bad, n, before, now), []Finding{want})
			}
		}
		for b := range len(Hash{}) {
			bad := before
			bad.Root[b] ^= 1
			expect(t, "checkpoint", findings(t, good, n, bad, now), []Finding{{CheckpointMismatch, before.Size}})
		}
	}
}

func expect(t *testing.T, what string, got, want []Finding) {
	t.Helper()
	byKind := func(a, b Finding) int { return bytes.Compare([]byte(a.String()), []byte(b.String())) }
	got, want = slices.Clone(got), slices.Clone(want)
	slices.SortFunc(got, byKind)
	slices.SortFunc(want, byKind)
	if !slices.Equal(got, want) {
		t.Errorf("%s: found %v, want %v", what, got, want)
	}
}

// TestRewrittenLog: somebody rewrites an entry and all hashes. Nothing but a saved
// checkpoint tells; both proofs and Verify find it with one.
func TestRewrittenLog(t *testing.T) {
	good := logOf(t, small, "a")
	saved := good.checkpoint(t, small-3)
	forged := &rows{nodes: map[int64]Hash{}}
	for i, l := range good.leaves {
		if i == 4 {
			l = []byte("another story")
		}
		forged.add(t, l)
	}
	expect(t, "rewritten, no checkpoint", findings(t, forged, small), nil) // the attack works without it
	expect(t, "rewritten", findings(t, forged, small, saved), []Finding{{CheckpointMismatch, saved.Size}})
	p, err := ProveConsistency(forged, small, saved.Size)
	if err != nil {
		t.Fatal(err)
	}
	if !errors.Is(CheckConsistency(p, forged.checkpoint(t, small), saved), ErrProof) {
		t.Error("the rewritten log proves to be consistent with the saved checkpoint")
	}
}

// TestCutLog: the last entries and their hashes are removed as if never written.
func TestCutLog(t *testing.T) {
	good := logOf(t, small, "a")
	saved := good.checkpoint(t, small)
	cut := logOf(t, small-2, "a")
	expect(t, "cut, no checkpoint", findings(t, cut, cut.size()), nil)
	expect(t, "cut", findings(t, cut, cut.size(), saved), []Finding{{CheckpointMismatch, small}})
}

func TestDeletedReorderedAndAddedEntries(t *testing.T) {
	good := logOf(t, small, "a")
	saved := good.checkpoint(t, small)

	deleted := good.clone()
	deleted.leaves[6] = nil
	expect(t, "deleted", findings(t, deleted, small, saved), []Finding{{EntryMissing, 6}})
	deleted.leaves[6], deleted.leaves[small-1] = good.leaves[6], nil
	expect(t, "last deleted", findings(t, deleted, small, saved), []Finding{{EntryMissing, small - 1}})

	swapped := good.clone()
	swapped.leaves[2], swapped.leaves[9] = swapped.leaves[9], swapped.leaves[2]
	expect(t, "swapped", findings(t, swapped, small, saved), []Finding{{EntryChanged, 2}, {EntryChanged, 9}, {CheckpointMismatch, small}})

	added := good.clone()
	added.leaves = append(added.leaves, []byte("smuggled in"))
	expect(t, "added", findings(t, added, small, saved), []Finding{{EntryUnexpected, small}})

	twice := func(yield func(int64, []byte) error) error {
		return errors.Join(yield(0, good.leaves[0]), yield(0, good.leaves[0]), yield(1, good.leaves[1]))
	}
	f, err := Verify(twice, good, 2)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "twice", f, []Finding{{EntryUnexpected, 0}})
}

func TestDeletedNodes(t *testing.T) {
	good := logOf(t, small, "a")
	saved := good.checkpoint(t, small)
	for x := range good.nodes {
		bad := good.clone()
		delete(bad.nodes, x)
		expect(t, "deleted node", findings(t, bad, small, saved), []Finding{{NodeMissing, x}})
	}
	bad := good.clone()
	bad.nodes = nil
	if f := findings(t, bad, small, saved); int64(len(f)) != NodeCount(small) {
		t.Errorf("of a log without hashes %d findings", len(f))
	}
}

// TestAnyDamageIsFound applies any number of changes to entries and hashes.
func TestAnyDamageIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		good := logOf(t, n, "a")
		bad := good.clone()
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			if rapid.Bool().Draw(t, "entry") {
				bad.leaves[rapid.IntRange(0, n-1).Draw(t, "i")] = []byte("changed")
			} else {
				bad.nodes[rapid.Int64Range(0, NodeCount(int64(n))-1).Draw(t, "x")] = LeafHash([]byte("changed"))
			}
		}
		f, err := Verify(bad.each, bad, int64(n), good.checkpoint(t, int64(n)))
		if err != nil || len(f) == 0 {
			t.Fatalf("damage goes unnoticed: %v", err)
		}
	})
}

func TestVerifyFailsWhereReadingFails(t *testing.T) {
	r, broken := logOf(t, small, "a"), errors.New("the database is gone")
	down := tlog.HashReaderFunc(func([]int64) ([]Hash, error) { return nil, broken })
	if f, err := Verify(r.each, down, small); !errors.Is(err, broken) || f != nil {
		t.Errorf("got %v, %v", f, err)
	}
	stops := func(yield func(int64, []byte) error) error {
		return errors.Join(yield(0, r.leaves[0]), broken)
	}
	if f, err := Verify(stops, r, small); !errors.Is(err, broken) || f != nil {
		t.Errorf("got %v, %v", f, err)
	}
	if _, err := Verify(r.each, r, -1); err == nil {
		t.Error("a negative size is checked")
	}
}

func TestFindingsAreBounded(t *testing.T) {
	r := logOf(t, 2*MaxFindings, "a")
	r.leaves = nil
	if f := findings(t, r, 2*MaxFindings); len(f) != MaxFindings {
		t.Errorf("%d findings", len(f))
	}
}
