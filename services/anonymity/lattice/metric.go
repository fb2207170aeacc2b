package lattice

import (
	"math"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
)

// Metric is what a generalisation costs: how much less the table says.
type Metric string

// The metrics. n is the number of rows, m of quasi-identifiers.
const (
	// Entropy is the non-uniform entropy that is computed beforehand: the sum over all
	// cells of log2(rows with the generalised value / rows with the value) in the column,
	// suppressed rows counted as generalised (de Waal and Willenborg 1999, in the monotonic
	// form of ARX's precomputed entropy).
	Entropy Metric = "entropy"
	// NonMonotonicEntropy is Entropy, and what suppression loses beside it: of each column
	// the sum over suppressed cells of log2(suppressed rows / suppressed rows with the
	// generalised value) (ARX's precomputed entropy that is not monotonic).
	NonMonotonicEntropy Metric = "non-monotonic-entropy"
	// Discernibility is Σ|E|² over the classes that are left, and n for each suppressed row
	// (Bayardo and Agrawal 2005).
	Discernibility Metric = "discernibility"
	// MonotonicDiscernibility is Σ|E|² over all classes, those of suppressed rows too (DM* of
	// ARX, after El Emam et al. 2009).
	MonotonicDiscernibility Metric = "monotonic-discernibility"
	// AverageClass is n / classes, all suppressed rows being one class (LeFevre et al. 2006,
	// who divide by k as well; as here in ARX).
	AverageClass Metric = "average-class"
	// Loss is the mean over all cells of (values that the generalised value stands for - 1) /
	// (values of the column - 1), and 1 for a cell of a suppressed row (LM, Iyengar 2002).
	// Values are those that the table has.
	Loss Metric = "loss"
)

// Metrics are all of them.
func Metrics() []Metric {
	return []Metric{Entropy, NonMonotonicEntropy, Discernibility, MonotonicDiscernibility, AverageClass, Loss}
}

// Known refuses what is no metric, and names those there are.
func (m Metric) Known() error {
	if slices.Contains(Metrics(), m) {
		return nil
	}
	names := make([]string, 0, len(Metrics()))
	for _, each := range Metrics() {
		names = append(names, string(each))
	}
	last := len(names) - 1
	return errs.New(errs.Invalid, "the metric is %s or %s", strings.Join(names[:last], ", "), names[last])
}

// measure is a metric on a space.
type measure struct {
	kind Metric
	s    *space
	// columns[i][level] is what a quasi-identifier adds at a level, whoever is suppressed.
	columns [][]float64
	// values[i][level][code] is the loss of a cell with that generalised value.
	values [][][]float64
}

func newMeasure(s *space) (measure, error) {
	m := measure{kind: s.p.Metric, s: s}
	if err := m.kind.Known(); err != nil {
		return m, err
	}
	for i, l := range s.p.Quasi {
		rows := make([]int, len(l.Codes[0]))
		for _, code := range s.columns[i] {
			rows[code]++
		}
		column, values := make([]float64, l.Height()), make([][]float64, l.Height())
		for level := range column {
			if m.kind == Entropy || m.kind == NonMonotonicEntropy {
				column[level] = entropy(rows, l.Codes[level], len(l.Values[level]))
			} else {
				column[level], values[level] = loss(rows, l.Codes[level], len(l.Values[level]))
			}
		}
		m.columns, m.values = append(m.columns, column), append(m.values, values)
	}
	return m, nil
}

func entropy(rows []int, general []uint32, values int) (sum float64) {
	together := make([]int, values)
	for code, n := range rows {
		together[general[code]] += n
	}
	for code, n := range rows {
		if n > 0 {
			sum += float64(n) * math.Log2(float64(together[general[code]])/float64(n))
		}
	}
	return sum
}

func loss(rows []int, general []uint32, values int) (sum float64, of []float64) {
	joined, all := make([]int, values), 0
	for code, n := range rows {
		if n > 0 {
			joined[general[code]]++
			all++
		}
	}
	of = make([]float64, values)
	for value, n := range joined {
		if n > 1 {
			of[value] = float64(n-1) / float64(all-1)
		}
	}
	for code, n := range rows {
		sum += float64(n) * of[general[code]]
	}
	return sum, of
}

// estimate orders nodes before any is counted.
func (m *measure) estimate(levels []int) (sum float64) {
	for i, level := range levels {
		sum += m.columns[i][level]
	}
	return sum
}

// lower is a bound before counting: neither the node nor one above costs less.
func (m *measure) lower(levels []int) float64 {
	switch m.kind {
	case Entropy, NonMonotonicEntropy:
		return m.estimate(levels)
	case Loss:
		return m.mean(m.estimate(levels))
	}
	return 0
}

// foretells says whether lower is more than nothing.
func (m *measure) foretells() bool {
	return m.kind == Entropy || m.kind == NonMonotonicEntropy || m.kind == Loss
}

// mean is a sum of cells by their number.
func (m *measure) mean(sum float64) float64 {
	return sum / (float64(m.s.rows) * float64(len(m.columns)))
}

// bound is lower, sharper once the classes are known.
func (m *measure) bound(levels []int, sizes []uint32) float64 {
	switch m.kind {
	case Discernibility, MonotonicDiscernibility:
		return squares(sizes)
	case AverageClass:
		return m.average(len(sizes))
	}
	return m.lower(levels)
}

func (m *measure) average(classes int) float64 { return float64(m.s.rows) / float64(classes) }

func squares(sizes []uint32) (sum float64) {
	for _, size := range sizes {
		sum += float64(size) * float64(size)
	}
	return sum
}

// cost is that of a node that was counted. Sums are in an order that does not depend on
// what the node was counted from, so that equal costs are equal.
func (m *measure) cost(levels []int, c *counter, f found) float64 {
	switch m.kind {
	case NonMonotonicEntropy:
		return m.estimate(levels) + m.blurred(levels, c, f.suppressed)
	case MonotonicDiscernibility:
		return squares(c.sizes)
	case Discernibility:
		squares := float64(f.suppressed) * float64(m.s.rows)
		for class, size := range c.sizes {
			if !c.bad[class] {
				squares += float64(size) * float64(size)
			}
		}
		return squares
	case AverageClass:
		if f.suppressed > 0 {
			f.classes++
		}
		return m.average(f.classes)
	case Loss:
		return m.mean(m.estimate(levels) + m.lost(levels, c))
	}
	return m.lower(levels)
}

// suppressed counts the suppressed rows by their generalised value in a column.
func (m *measure) suppressed(i, level int, c *counter) []int {
	l := m.s.p.Quasi[i]
	rows := make([]int, len(l.Values[level]))
	for class, bad := range c.bad {
		if bad {
			rows[l.Codes[level][m.s.columns[i][c.row(class)]]] += int(c.sizes[class])
		}
	}
	return rows
}

// lost is what suppression adds to the loss of generalising.
func (m *measure) lost(levels []int, c *counter) (sum float64) {
	for i, level := range levels {
		for value, n := range m.suppressed(i, level, c) {
			sum += float64(n) * (1 - m.values[i][level][value])
		}
	}
	return sum
}

// blurred is what suppression adds to the entropy of generalising: generalised values are
// joined to one.
func (m *measure) blurred(levels []int, c *counter, suppressed int) (sum float64) {
	for i, level := range levels {
		for _, n := range m.suppressed(i, level, c) {
			if n > 0 {
				sum += float64(n) * math.Log2(float64(suppressed)/float64(n))
			}
		}
	}
	return sum
}
