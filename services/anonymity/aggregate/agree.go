package aggregate

import (
	"math"
	"slices"
)

// family is a combination and its parts by one more column: the parts' counts are together
// at most its own.
type family struct {
	whole int32   // place in the lattice; 0 is the empty combination, all records
	parts []int32 // places, ascending
}

// lattice holds reported combinations in order: the empty one first, then by length.
type lattice struct {
	combinations []Combination
	families     []family // by the length of the whole
}

// lattice puts the combinations in order, and their families.
func (a *Aggregates) lattice() *lattice {
	l := &lattice{combinations: []Combination{{}}}
	place := map[Combination]int32{{}: 0}
	type key struct{ whole, column int32 }
	known := map[key]int{}
	for length := 1; length <= a.Length(); length++ {
		for _, c := range a.Sorted(length) {
			at := int32(len(l.combinations))
			place[c] = at
			l.combinations = append(l.combinations, c)
			for i := range length {
				whole, ok := place[c.Without(i)]
				if !ok {
					continue
				}
				k := key{whole, int32(a.Column(c[i]))}
				f, ok := known[k]
				if !ok {
					f = len(l.families)
					known[k] = f
					l.families = append(l.families, family{whole: whole})
				}
				l.families[f].parts = append(l.families[f].parts, at)
			}
		}
	}
	return l
}

// sweeps is how often the noisy counts are brought closer to agreement.
const sweeps = 20

// agree makes the noisy counts agree. Each family whose parts are together more than the
// whole is moved to the nearest counts that agree, by the variances of their noise
// (alternating projections onto half-spaces, Agmon 1954); what disagrees after several
// sweeps, and by rounding, is taken off the parts. It looks at noisy counts alone, so it
// costs nothing (Dwork & Roth 2014, proposition 2.1; Hay et al. 2010 for the gain).
func (r *run) agree() {
	l := r.lattice()
	x := make([]float64, len(l.combinations))
	variance := make([]float64, len(x))
	for i, c := range l.combinations {
		count, _ := r.Count(c)
		x[i], variance[i] = float64(count), r.variance[c.Len()]
	}
	for range sweeps {
		for _, f := range l.families {
			project(x, variance, f)
		}
	}
	counts := make([]int64, len(x))
	for i := range x {
		counts[i] = int64(math.Round(max(x[i], 0)))
	}
	for _, f := range l.families { // shorter wholes come first, so these are settled
		trim(counts, f)
	}
	r.Records = counts[0]
	for i, c := range l.combinations[1:] {
		if counts[i+1] > 0 {
			r.Counts[c.Len()-1][c] = counts[i+1]
		} else {
			delete(r.Counts[c.Len()-1], c)
		}
	}
}

// project moves a family to the nearest counts of which the parts are not more than the
// whole.
func project(x, variance []float64, f family) {
	excess, spread := -x[f.whole], variance[f.whole]
	for _, p := range f.parts {
		excess += x[p]
		spread += variance[p]
	}
	if excess <= 0 {
		return
	}
	x[f.whole] += excess * variance[f.whole] / spread
	for _, p := range f.parts {
		x[p] = max(x[p]-excess*variance[p]/spread, 0)
	}
}

// trim takes what the parts have more than the whole off the parts, in even shares.
func trim(counts []int64, f family) {
	excess := -counts[f.whole]
	parts := make([]int32, 0, len(f.parts))
	for _, p := range f.parts {
		excess += counts[p]
		if counts[p] > 0 {
			parts = append(parts, p)
		}
	}
	for excess > 0 {
		share := (excess + int64(len(parts)) - 1) / int64(len(parts))
		for _, p := range parts {
			off := min(share, counts[p], excess)
			counts[p] -= off
			excess -= off
		}
		parts = slices.DeleteFunc(parts, func(p int32) bool { return counts[p] == 0 })
	}
}
