package aggregate

import "math"

// Quality says how close reported counts come to the truth, for the combinations of one
// length, or of all. Shares are from 0 to 1, and 0 where there is nothing to divide by.
type Quality struct {
	Length     int     `json:"length,omitempty"` // 0 for all
	True       int     `json:"true"`             // combinations that some record has
	Reported   int     `json:"reported"`
	MeanError  float64 `json:"meanError"`  // mean absolute difference over those true and reported
	Suppressed float64 `json:"suppressed"` // share of the true ones that are not reported
	Fabricated float64 `json:"fabricated"` // share of the reported ones that are not true
	Preserved  float64 `json:"preserved"`  // share of the true counts that is kept: 1 less error and suppression, not below 0
	Leaked     float64 `json:"leaked"`     // share of the rare ones (true, but less often than rare) that are reported
}

// tally are the sums of a Quality.
type tally struct{ shared, fabricated, rare, leaked, truth, lost, off int64 }

// Evaluate compares reported counts with true ones, of the same columns: for all
// combinations, and then by length. Its measures are those of Microsoft's Synthetic Data
// Showcase. They are not private: whoever may not see the truth may not see them.
func Evaluate(truth, reported *Aggregates, rare int64) []Quality {
	own := truth.numbers(reported)
	out := make([]Quality, 1, 1+truth.Length())
	var all tally
	for length := 1; length <= min(truth.Length(), reported.Length()); length++ {
		var s tally
		s.compare(truth.Counts[length-1], reported.Counts[length-1], own, rare)
		q := s.quality(len(truth.Counts[length-1]), len(reported.Counts[length-1]))
		q.Length = length
		out = append(out, q)
		all = tally{all.shared + s.shared, all.fabricated + s.fabricated, all.rare + s.rare, all.leaked + s.leaked, all.truth + s.truth, all.lost + s.lost, all.off + s.off}
		out[0].True += q.True
		out[0].Reported += q.Reported
	}
	out[0] = all.quality(out[0].True, out[0].Reported)
	return out
}

// numbers gives for each attribute of b its number in a, and 0 where a has none such.
// Columns are the same if their names are.
func (a *Aggregates) numbers(b *Aggregates) []uint16 {
	type attribute struct{ column, value string }
	known := map[attribute]uint16{}
	for i, x := range a.Attributes {
		known[attribute{a.Columns[x.Column], x.Value}] = uint16(i + 1)
	}
	out := make([]uint16, len(b.Attributes)+1)
	for i, x := range b.Attributes {
		out[i+1] = known[attribute{b.Columns[x.Column], x.Value}]
	}
	return out
}

// translate writes a combination in the numbers of other aggregates.
func translate(c Combination, numbers []uint16) (Combination, bool) {
	var out Combination
	for i := range c.Len() {
		n := numbers[c[i]]
		if n == 0 {
			return out, false
		}
		out = out.With(n)
	}
	return out, true
}

func (s *tally) compare(truth, reported map[Combination]int64, numbers []uint16, rare int64) {
	for _, count := range truth {
		s.truth += count
		s.lost += count
		if count < rare {
			s.rare++
		}
	}
	for c, count := range reported {
		own, ok := translate(c, numbers)
		actual, known := truth[own]
		if !ok || !known {
			s.fabricated++
			continue
		}
		s.shared++
		s.lost -= actual
		s.off += max(count-actual, actual-count)
		if actual < rare {
			s.leaked++
		}
	}
}

func (s *tally) quality(truth, reported int) Quality {
	q := Quality{True: truth, Reported: reported}
	q.MeanError = ratio(float64(s.off), s.shared)
	q.Suppressed = ratio(float64(int64(truth)-s.shared), int64(truth))
	q.Fabricated = ratio(float64(s.fabricated), int64(reported))
	if s.truth > 0 {
		q.Preserved = math.Max(0, 1-float64(s.off+s.lost)/float64(s.truth))
	}
	q.Leaked = ratio(float64(s.leaked), s.rare)
	return q
}

func ratio(a float64, b int64) float64 {
	if b == 0 {
		return 0
	}
	return a / float64(b)
}
