package auditor

import (
	"encoding/binary"
	"math/bits"
)

// values is a set of an attribute's finest values, by bits; nil is all of them.
type values []uint64

func (v values) has(i int) bool { return v == nil || v[i/64]&(1<<(i%64)) != 0 }

func (v values) add(i int) { v[i/64] |= 1 << (i % 64) }

func (v values) meets(w values) bool {
	if v == nil || w == nil {
		return true
	}
	for i := range v {
		if v[i]&w[i] != 0 {
			return true
		}
	}
	return false
}

// within says whether v is a part of w, or w.
func (v values) within(w values) bool {
	if v == nil || w == nil {
		return w == nil
	}
	for i := range v {
		if v[i]&^w[i] != 0 {
			return false
		}
	}
	return true
}

func (v values) size() int {
	n := 0
	for _, w := range v {
		n += bits.OnesCount64(w)
	}
	return n
}

// box is a set of values for each attribute: a group of those who have one of each.
type box []values

func (b box) meets(c box) bool {
	for a := range b {
		if !b[a].meets(c[a]) {
			return false
		}
	}
	return true
}

func (b box) within(c box) bool {
	for a := range b {
		if !b[a].within(c[a]) {
			return false
		}
	}
	return true
}

// has says whether a combination of finest values is in the box.
func (b box) has(point []int32) bool {
	for a, v := range b {
		if !v.has(int(point[a])) {
			return false
		}
	}
	return true
}

// key is the same for the same boxes; of one attribute it may be left out (−1 for none).
func (b box) key(without int) string {
	var out []byte
	for a, v := range b {
		if v == nil || a == without {
			continue
		}
		out = binary.AppendUvarint(out, uint64(a))
		for _, w := range v {
			out = binary.LittleEndian.AppendUint64(out, w)
		}
	}
	return string(out)
}

// cells is how many combinations of finest values are in the box; false where there are
// more than a float64 counts exactly.
func (b box) cells(sizes []int) (float64, bool) {
	n := 1.0
	for a, v := range b {
		if v == nil {
			n *= float64(sizes[a])
		} else {
			n *= float64(v.size())
		}
	}
	return n, n < 1<<53
}
