package lattice

import (
	"math"
	"math/bits"
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/model"
)

// space is the lattice over a table: what is the same for all nodes.
type space struct {
	p       Problem
	rows    int
	limit   int        // how many rows may be suppressed
	columns [][]uint32 // the codes of each quasi-identifier
	places  []place    // of each quasi-identifier's code in the words of a group
	runs    []run
	rules   []*model.Rule
	all     []*model.Counts // of each rule's column, over all rows
	least   int             // the least size of a class
	// secret is which combination of values of the rules' columns a row has, of secrets.
	secret  []uint32
	secrets int
	// monotone: where a node fails, so does everything below it.
	monotone bool
	strides  []int // of each quasi-identifier in a node's number
	nodes    int
	metric   measure
	start    *classes // of level 0, in the order of their values
	spans    []uint32 // where each code of the first run begins in start, and where the last ends
	inFirst  []int    // how many rows have each code of the first run
}

func newSpace(p Problem) (*space, error) {
	s := &space{p: p, rows: p.Table.Rows(), nodes: 1}
	switch {
	case s.rows == 0:
		return nil, errs.New(errs.Invalid, "the table has no row to generalise")
	case len(p.Quasi) == 0:
		return nil, errs.New(errs.Invalid, "generalising needs a quasi-identifier")
	case !(p.Suppress >= 0 && p.Suppress <= 1):
		return nil, errs.New(errs.Invalid, "which part of the rows may be suppressed is from 0 to 1")
	}
	s.limit = int(p.Suppress*float64(s.rows) + 1e-9)
	rules, err := p.Require.Bind(p.Table)
	if err != nil {
		return nil, err
	}
	s.rules, s.least = rules, p.Require.K
	for _, l := range p.Quasi {
		c, err := p.Table.Column(l.Name)
		if err != nil {
			return nil, err
		}
		if len(l.Codes[0]) != len(c.Values) {
			return nil, errs.New(errs.Internal, "the levels of %q are of another column", l.Name)
		}
		s.columns = append(s.columns, c.Codes)
		if s.nodes *= l.Height(); s.nodes > MaxNodes {
			return nil, errs.New(errs.Limited, "the hierarchies make more than %d nodes: take fewer quasi-identifiers or levels, or the algorithm mondrian", MaxNodes)
		}
	}
	s.strides = make([]int, len(p.Quasi))
	for i, stride := len(p.Quasi)-1, 1; i >= 0; i-- {
		s.strides[i] = stride
		stride *= p.Quasi[i].Height()
	}
	s.sensitive()
	s.pack()
	if s.metric, err = newMeasure(s); err != nil {
		return nil, err
	}
	s.start = s.atLevel0()
	s.span()
	return s, nil
}

// sensitive prepares what the requirements say of sensitive columns.
func (s *space) sensitive() {
	s.monotone, s.secrets = true, 1
	s.secret = make([]uint32, s.rows)
	for _, r := range s.rules {
		all := r.NewCounts()
		join := map[[2]uint32]uint32{}
		for row, code := range r.Column.Codes {
			all.Add(code, 1)
			key := [2]uint32{s.secret[row], code}
			at, met := join[key]
			if !met {
				at = uint32(len(join))
				join[key] = at
			}
			s.secret[row] = at
		}
		s.secrets = len(join)
		s.all = append(s.all, all)
		s.least = max(s.least, r.Least())
		if r.Entropy > 0 || r.Recursive != nil || r.Sensitive.Close() {
			s.monotone = s.monotone && s.limit == 0
		}
	}
}

// place is where a code is, or several that follow each other: in which word, above how many
// bits, and which of these.
type place struct {
	word  int
	shift uint
	width uint
}

// of is what a word has at the place.
func (p place) of(word uint64) uint64 { return word >> (p.shift & 63) & (1<<p.width - 1) }

// run is quasi-identifiers that follow each other, from first to before end, and are looked
// up at once.
type run struct {
	place
	first, end int
}

// together is how many bits a run of more than one quasi-identifier has at most: what is
// looked up by them stays in a processor's nearest cache.
const together = 12

// pack gives each quasi-identifier its place in as few words as it takes, the first above
// the others.
func (s *space) pack() {
	at := place{shift: 64}
	for i, l := range s.p.Quasi {
		at.width = uint(bits.Len(uint(len(l.Codes[0]) - 1)))
		if at.shift < at.width {
			at.word, at.shift = at.word+1, 64
		}
		at.shift -= at.width
		s.places = append(s.places, at)
		if n := len(s.runs) - 1; n >= 0 && s.runs[n].word == at.word && s.runs[n].width+at.width <= together {
			r := &s.runs[n]
			r.shift, r.width, r.end = at.shift, r.width+at.width, i+1
		} else {
			s.runs = append(s.runs, run{at, i, i + 1})
		}
	}
}

// eachRow is the table's rows, each for itself.
func (s *space) eachRow() *classes {
	words := s.places[len(s.places)-1].word + 1
	c := &classes{levels: make([]int, len(s.columns)), rows: make([]uint32, s.rows), counts: make([]uint32, s.rows), packed: make([][]uint64, words)}
	for row := range c.rows {
		c.rows[row], c.counts[row] = uint32(row), 1
	}
	for w := range c.packed {
		c.packed[w] = make([]uint64, s.rows)
	}
	for i, in := range s.places {
		word := c.packed[in.word]
		for row, code := range s.columns[i] {
			word[row] |= uint64(code) << in.shift
		}
	}
	return c
}

// atLevel0 is the table's rows, one for all that are equal.
func (s *space) atLevel0() *classes {
	c, each := newCounter(s), s.eachRow()
	c.group(each.levels, each)
	return c.merged(each.levels).sorted()
}

// span finds where each code of the first run is.
func (s *space) span() {
	codes := 1 << s.runs[0].width
	s.spans, s.inFirst = make([]uint32, codes+1), make([]int, codes)
	for i, word := range s.start.packed[0] {
		code := s.runs[0].of(word)
		s.spans[code+1]++
		s.inFirst[code] += int(s.start.counts[i])
	}
	for code := range codes {
		s.spans[code+1] += s.spans[code]
	}
}

// levels writes those of a node into out.
func (s *space) levels(number int, out []int) []int {
	out = out[:0]
	for _, stride := range s.strides {
		out = append(out, number/stride)
		number %= stride
	}
	return out
}

// below reports whether no level of a is above that of b.
func below(a, b []int) bool {
	for i := range a {
		if a[i] > b[i] {
			return false
		}
	}
	return true
}

// node is a cost with its place; the better of two costs less or, at equal cost, comes
// first.
type node struct {
	cost   float64
	number int
}

var worst = node{math.Inf(1), math.MaxInt}

func (a node) better(b node) bool {
	return a.cost < b.cost || a.cost == b.cost && a.number < b.number
}

// ascending are the numbers of all nodes by their estimate.
func (s *space) ascending() []uint32 {
	estimates, order := make([]float64, s.nodes), make([]uint32, s.nodes)
	levels := make([]int, 0, len(s.columns))
	for n := range order {
		levels = s.levels(n, levels)
		estimates[n], order[n] = s.metric.estimate(levels), uint32(n)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		if (node{estimates[a], int(a)}).better(node{estimates[b], int(b)}) {
			return -1
		}
		return 1
	})
	return order
}
