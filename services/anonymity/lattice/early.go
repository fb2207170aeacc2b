package lattice

import (
	"cmp"
	"math/bits"
	"slices"
)

// early sees from a part of the groups of level 0 that a node fails. Rows that are apart in
// the first run of quasi-identifiers are in different classes; so its values are looked at
// one after another, the rarest first, since small classes are among these, until too many
// rows are in small classes or no more can be.
type early struct {
	*counter
	starts []uint32 // where each value's codes begin in codes
	codes  []uint32 // of the first run, value after value
	rows   []int    // of each value
	order  []uint32 // values, the rarest first
}

func newEarly(s *space) *early {
	e := &early{counter: newCounter(s)}
	e.keys = make([]uint64, block)
	return e
}

// fails reports whether more rows than may be are in classes that are too small. Where it is
// false the node may fail for another reason.
func (e *early) fails(levels []int) bool {
	rest := uint64(1) // how many combinations of values the other runs have
	for i, r := range e.s.runs {
		values := e.tabulate(i, r, levels)
		if i == 0 {
			continue
		}
		high, low := bits.Mul64(rest, values)
		if high > 0 {
			return false
		}
		rest = low
	}
	e.byValue()
	small, left := 0, e.s.rows
	for _, value := range e.order {
		if small+left <= e.s.limit {
			return false
		}
		codes := e.codes[e.starts[value]:e.starts[value+1]]
		groups := 0
		for _, code := range codes {
			groups += int(e.s.spans[code+1] - e.s.spans[code])
		}
		e.slots.reset(rest, groups)
		e.sizes = e.sizes[:0]
		for _, code := range codes {
			e.take(int(e.s.spans[code]), int(e.s.spans[code+1]))
		}
		for _, size := range e.sizes {
			if int(size) < e.s.least {
				small += int(size)
			}
		}
		if small > e.s.limit {
			return true
		}
		left -= e.rows[value]
	}
	return false
}

// byValue lists the codes of the first run by their values at the node.
func (e *early) byValue() {
	numbers, values := e.tables[0].numbers, int(e.tables[0].values)
	e.starts, e.codes = grown(e.starts, values+1), grown(e.codes, len(e.s.spans)-1)
	e.rows, e.order = grown(e.rows, values), grown(e.order, values)
	clear(e.starts)
	clear(e.rows)
	for code, n := range e.s.inFirst {
		if n > 0 {
			e.starts[numbers[code]]++
			e.rows[numbers[code]] += n
		}
	}
	end := uint32(0)
	for value := range e.starts {
		end += e.starts[value]
		e.starts[value] = end
	}
	for code := len(e.s.inFirst) - 1; code >= 0; code-- {
		if e.s.inFirst[code] > 0 {
			at := &e.starts[numbers[code]] // sinks from the value's end to its beginning
			*at--
			e.codes[*at] = uint32(code)
		}
	}
	for value := range e.order {
		e.order[value] = uint32(value)
	}
	slices.SortStableFunc(e.order, func(a, b uint32) int { return cmp.Compare(e.rows[a], e.rows[b]) })
}

// take counts the classes of some groups of level 0 that are alike in the first run.
func (e *early) take(from, end int) {
	start := e.s.start
	for at := from; at < end; at += block {
		to := min(at+block, end)
		keys := e.keys[:to-at]
		clear(keys)
		e.joinRuns(keys, start, at, 1, len(e.s.runs))
		for i, key := range keys {
			class := e.slots.find(key)
			if int(class) == len(e.sizes) {
				e.sizes = append(e.sizes, 0)
			}
			e.sizes[class] += start.counts[at+i]
		}
	}
}
