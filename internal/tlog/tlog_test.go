package tlog

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// rows is a log in memory: what the tables of a database hold.
type rows struct {
	leaves [][]byte
	nodes  map[int64]Hash
}

func (r *rows) ReadHashes(indexes []int64) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	for i, x := range indexes {
		h, ok := r.nodes[x]
		if !ok {
			return nil, fmt.Errorf("row %d: %w", x, ErrNoHash)
		}
		out[i] = h
	}
	return out, nil
}

func (r *rows) each(yield func(int64, []byte) error) error {
	for i, l := range r.leaves {
		if l == nil {
			continue // a deleted row
		}
		if err := yield(int64(i), l); err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) add(t interface{ Fatal(...any) }, leaves ...[]byte) {
	nodes, err := Append(r, int64(len(r.leaves)), leaves...)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes {
		if n.Index != int64(len(r.nodes)) {
			t.Fatal("the new hashes leave a gap")
		}
		r.nodes[n.Index] = n.Hash
	}
	r.leaves = append(r.leaves, leaves...)
}

func logOf(t interface{ Fatal(...any) }, n int, salt string) *rows {
	r := &rows{nodes: map[int64]Hash{}}
	for i := range n {
		r.add(t, fmt.Appendf(nil, "%s entry %d", salt, i))
	}
	return r
}

func (r *rows) size() int64 { return int64(len(r.leaves)) }

func (r *rows) checkpoint(t interface{ Fatal(...any) }, n int64) Checkpoint {
	c, err := NewCheckpoint("sala.example/ledger", r, n)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// plainRoot is RFC 6962's definition, written down once more and apart from
// everything else here.
func plainRoot(leaves [][]byte) Hash {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0]...))
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	l, r := plainRoot(leaves[:k]), plainRoot(leaves[k:])
	return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:]))
}

func TestRootIsRFC6962(t *testing.T) {
	// The test vectors of certificate-transparency: their inputs and their roots.
	var leaves [][]byte
	for _, h := range []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"} {
		b, _ := hex.DecodeString(h)
		leaves = append(leaves, b)
	}
	r := &rows{nodes: map[int64]Hash{}}
	r.add(t, leaves...)
	root, err := Root(r, 8)
	if err != nil || hex.EncodeToString(root[:]) != "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" {
		t.Errorf("root %x, %v", root, err)
	}
}

func TestAppend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, at := &rows{nodes: map[int64]Hash{}}, 0
		leaves := rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 0, 40).Draw(t, "leaves")
		for at < len(leaves) { // in batches of any size
			k := rapid.IntRange(1, len(leaves)-at).Draw(t, "batch")
			r.add(t, leaves[at:at+k]...)
			at += k
		}
		if int64(len(r.nodes)) != NodeCount(r.size()) {
			t.Fatal("the number of stored hashes is not NodeCount")
		}
		for n := range len(leaves) + 1 { // and of every earlier size
			if root, err := Root(r, int64(n)); err != nil || root != plainRoot(leaves[:n]) {
				t.Fatalf("the root at size %d is wrong: %v", n, err)
			}
		}
	})
}

func TestAppendFailsWithoutItsHashes(t *testing.T) {
	r := logOf(t, 7, "a")
	delete(r.nodes, 2) // the root of the first two
	delete(r.nodes, 6) // the root of the first four
	if nodes, err := Append(r, 7, []byte("x")); !errors.Is(err, ErrNoHash) || nodes != nil {
		t.Errorf("got %v, %v", nodes, err)
	}
	short := tlog.HashReaderFunc(func([]int64) ([]Hash, error) { return nil, nil })
	if _, err := Append(short, 7, []byte("x")); err == nil {
		t.Error("a store that answers too little is believed")
	}
	for _, n := range []int64{-1, MaxSize, MaxSize + 1, 1<<63 - 1} {
		if _, err := Append(r, n, []byte("x")); err == nil {
			t.Errorf("size %d is taken", n)
		}
	}
}
