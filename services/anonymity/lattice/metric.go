package lattice

import (
	"math"

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
	// Discernibility is Σ|E|² over the classes that are left, and n for each suppressed row
	// (Bayardo and Agrawal 2005).
	Discernibility Metric = "discernibility"
	// AverageClass is (n / classes) / k, all suppressed rows being one class (LeFevre et al.
	// 2006).
	AverageClass Metric = "average-class"
	// Loss is the mean over all cells of (values that the generalised value stands for - 1) /
	// (values of the column - 1), and 1 for a cell of a suppressed row (LM, Iyengar 2002).
	// Values are those that the table has.
	Loss Metric = "loss"
)

// Metrics are all of them.
func Metrics() []Metric { return []Metric{Entropy, Discernibility, AverageClass, Loss} }

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
	switch m.kind {
	case Entropy, Discernibility, AverageClass, Loss:
	default:
		return m, errs.New(errs.Invalid, "the metric is entropy, discernibility, average-class or loss")
	}
	for i, l := range s.p.Quasi {
		rows := make([]int, len(l.Codes[0]))
		for _, code := range s.columns[i] {
			rows[code]++
		}
		column, values := make([]float64, l.Height()), make([][]float64, l.Height())
		for level := range column {
			if m.kind == Entropy {
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
	case Entropy:
		return m.estimate(levels)
	case Loss:
		return m.mean(m.estimate(levels))
	}
	return 0
}

// foretells says whether lower is more than nothing.
func (m *measure) foretells() bool { return m.kind == Entropy || m.kind == Loss }

// mean is a sum of cells by their number.
func (m *measure) mean(sum float64) float64 {
	return sum / (float64(m.s.rows) * float64(len(m.columns)))
}

// bound is lower, sharper once the classes are known.
func (m *measure) bound(levels []int, sizes []uint32) float64 {
	switch m.kind {
	case Discernibility:
		squares := 0.0
		for _, size := range sizes {
			squares += float64(size) * float64(size)
		}
		return squares
	case AverageClass:
		return m.average(len(sizes))
	}
	return m.lower(levels)
}

func (m *measure) average(classes int) float64 {
	return float64(m.s.rows) / float64(classes) / float64(m.s.p.Require.K)
}

// cost is that of a node that was counted. Sums are in an order that does not depend on
// what the node was counted from, so that equal costs are equal.
func (m *measure) cost(levels []int, c *counter, f found) float64 {
	switch m.kind {
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

// lost is what suppression adds to the loss of generalising.
func (m *measure) lost(levels []int, c *counter) (sum float64) {
	for i, l := range m.s.p.Quasi {
		level := levels[i]
		rows := make([]int, len(l.Values[level]))
		for class, bad := range c.bad {
			if bad {
				rows[l.Codes[level][m.s.columns[i][c.row(class)]]] += int(c.sizes[class])
			}
		}
		for value, n := range rows {
			sum += float64(n) * (1 - m.values[i][level][value])
		}
	}
	return sum
}
