package aggregate

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// MaxResolution is the coarsest rounding.
const MaxResolution = 1_000_000

// Rounding says how exact counts are made coarse. The zero Rounding is refused.
type Rounding struct {
	// Resolution is at least 2. Counts are rounded down to a multiple of it, and those below
	// it withheld.
	Resolution int64
	// Primary withholds nothing but what is below the resolution. Without it more is withheld,
	// so that what is below the resolution is not got back from totals.
	Primary bool
}

// Withheld says how many combinations are not told. The numbers are as secret as the table.
type Withheld struct {
	Small   int // below the resolution
	Further int // withheld for the sake of smaller ones
}

// Rounded counts combinations exactly, withholds and rounds.
//
// Against whom: somebody who has the counts, knows the rules, and knows of each column
// whether it is ever blank. What a total and its parts by one more column tell, and what
// follows from that step by step, does not show of any combination below the resolution that
// somebody has it. It is no proof against more knowledge, against all totals weighed
// together, or against several releases: for that there are private counts.
func Rounded(ctx context.Context, t *table.Table, o Options, r Rounding, p Progress) (*Aggregates, *Withheld, error) {
	if r.Resolution < 2 || r.Resolution > MaxResolution {
		return nil, nil, errs.New(errs.Invalid, "the resolution is from 2 to %d", MaxResolution)
	}
	a, err := Exact(ctx, t, o, p)
	if err != nil {
		return nil, nil, err
	}
	s := newSuppression(a, r.Resolution)
	if !r.Primary {
		if err := s.complement(ctx, p); err != nil {
			return nil, nil, err
		}
	}
	a.Records -= a.Records % r.Resolution
	for i, c := range s.combinations[1:] {
		if s.told[i+1] {
			a.Counts[c.Len()-1][c] -= s.counts[i+1] % r.Resolution
		} else {
			delete(a.Counts[c.Len()-1], c)
		}
	}
	a.compact()
	return a, s.withheld(), nil
}

// suppression looks for what can be got back, as somebody would who has the counts. Of every
// combination that a record has there is an interval in which its count must lie.
type suppression struct {
	*lattice
	resolution int64
	counts     []int64 // true ones
	told       []bool
	low, high  []int64
	column     []int   // of each family
	complete   []bool  // whether a column is never blank
	blank      []int64 // how many blanks a column has at most, as far as is told
	in, of     [][]int32
}

// newSuppression begins with what is below the resolution. Its in and of name the families
// that a combination is part of, and those whose whole it is.
func newSuppression(a *Aggregates, resolution int64) *suppression {
	s := &suppression{lattice: a.lattice(), resolution: resolution}
	n := len(s.combinations)
	s.counts, s.told = make([]int64, n), make([]bool, n)
	s.in, s.of = make([][]int32, n), make([][]int32, n)
	s.complete, s.blank = make([]bool, len(a.Columns)), make([]int64, len(a.Columns))
	for i, c := range s.combinations {
		s.counts[i], _ = a.Count(c)
		s.told[i] = s.counts[i] >= resolution || i == 0
	}
	for i, f := range s.families {
		column, sum := s.columnOf(a, f), int64(0)
		for _, p := range f.parts {
			sum += s.counts[p]
			s.in[p] = append(s.in[p], int32(i))
		}
		s.column = append(s.column, column)
		s.of[f.whole] = append(s.of[f.whole], int32(i))
		s.complete[column] = s.complete[column] || f.whole == 0 && sum == s.counts[0]
	}
	return s
}

// columnOf is the column by which a family's parts differ from the whole.
func (s *suppression) columnOf(a *Aggregates, f family) int {
	whole, part := s.combinations[f.whole], s.combinations[f.parts[0]]
	for i := range part.Len() {
		if part[i] != whole[i] {
			return a.Column(part[i])
		}
	}
	return 0
}

func (s *suppression) withheld() *Withheld {
	w := &Withheld{}
	for i, told := range s.told {
		switch {
		case told:
		case s.counts[i] < s.resolution:
			w.Small++
		default:
			w.Further++
		}
	}
	return w
}

// complement withholds more until no small combination can be shown to be there.
func (s *suppression) complement(ctx context.Context, p Progress) error {
	for {
		s.bound()
		open, hidden := 0, false
		for i := range s.counts {
			if i > 0 && s.counts[i] < s.resolution && s.low[i] > 0 {
				open++
				hidden = s.hide(int32(i)) || hidden
			}
		}
		if !hidden {
			return nil
		}
		if p != nil {
			p("withholding what gives small counts away, still given away", open, open)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// rounds is how many steps of reasoning somebody is thought to take.
const rounds = 50

// bound finds the intervals: those that the counts tell, narrowed by each family in turn.
func (s *suppression) bound() {
	s.low, s.high = make([]int64, len(s.counts)), make([]int64, len(s.counts))
	for i := range s.counts {
		switch {
		case s.told[i]:
			s.low[i] = s.counts[i] - s.counts[i]%s.resolution
			s.high[i] = s.low[i] + s.resolution - 1
		case s.counts[i] < s.resolution:
			s.high[i] = s.resolution - 1
		default: // withheld for another's sake, which nobody knows
			s.high[i] = math.MaxInt64 / (1 << 24)
		}
	}
	for range rounds {
		narrowed := false
		for i, f := range s.families {
			if low, _ := s.sum(f); f.whole == 0 && !s.complete[s.column[i]] {
				s.blank[s.column[i]] = s.high[0] - low
			}
			narrowed = s.narrow(i) || narrowed
		}
		if !narrowed {
			return
		}
	}
}

// sum gives the bounds of a family's parts together.
func (s *suppression) sum(f family) (low, high int64) {
	for _, p := range f.parts {
		low, high = low+s.low[p], high+s.high[p]
	}
	return low, high
}

// narrow applies one family: the parts and the blanks are together the whole.
func (s *suppression) narrow(i int) bool {
	f := s.families[i]
	low, high := s.sum(f)
	high += s.blank[s.column[i]]
	narrowed := s.clamp(f.whole, low, high)
	for _, p := range f.parts {
		narrowed = s.clamp(p, s.low[f.whole]-(high-s.high[p]), s.high[f.whole]-(low-s.low[p])) || narrowed
	}
	return narrowed
}

func (s *suppression) clamp(i int32, low, high int64) bool {
	narrowed := low > s.low[i] || high < s.high[i]
	s.low[i], s.high[i] = max(s.low[i], low), min(s.high[i], high)
	return narrowed
}

// hide withholds one count so that another is given away less. It looks at the families
// that give it away, those first that give away most, and reports whether there was a
// remedy. What is given away by longer combinations alone is left to them.
func (s *suppression) hide(shown int32) bool {
	type gift struct {
		family int32
		given  int64
	}
	var gifts []gift
	for _, i := range s.in[shown] {
		f := s.families[i]
		_, high := s.sum(f)
		if given := s.low[f.whole] - (high - s.high[shown] + s.blank[s.column[i]]); given > 0 {
			gifts = append(gifts, gift{i, given})
		}
	}
	slices.SortStableFunc(gifts, func(a, b gift) int { return cmp.Compare(b.given, a.given) })
	return slices.ContainsFunc(gifts, func(g gift) bool { return s.remedy(s.families[g.family]) })
}

// remedy withholds the least part of a family that is told; or else the least of what bounds
// a part that is withheld already; or else the whole; or else what gives that away.
func (s *suppression) remedy(f family) bool {
	target := s.least(f.parts)
	if target < 0 {
		target = s.bounding(f)
	}
	switch {
	case target >= 0:
	case f.whole == 0:
		return false
	case s.told[f.whole]:
		target = f.whole
	default:
		return s.hide(f.whole)
	}
	s.withhold(target)
	return true
}

// bounding is the least count that is told beside a part that is withheld for another's
// sake, in the families that bound this part from above; -1 where there is none.
func (s *suppression) bounding(f family) int32 {
	var beside []int32
	for _, p := range f.parts {
		if s.counts[p] < s.resolution {
			continue
		}
		for _, i := range s.in[p] {
			g := s.families[i]
			if low, _ := s.sum(g); s.high[g.whole]-(low-s.low[p]) <= s.high[p] {
				beside = append(beside, g.parts...)
			}
		}
	}
	return s.least(beside)
}

// least is the least of some counts that is told; -1 where none is.
func (s *suppression) least(of []int32) int32 {
	best := int32(-1)
	for _, p := range of {
		if s.told[p] && (best < 0 || s.counts[p] < s.counts[best]) {
			best = p
		}
	}
	return best
}

// withhold takes a count out, and with it all that is longer, which would show a part of it.
func (s *suppression) withhold(i int32) {
	if !s.told[i] {
		return
	}
	s.told[i] = false
	for _, f := range s.of[i] {
		for _, p := range s.families[f].parts {
			s.withhold(p)
		}
	}
}
