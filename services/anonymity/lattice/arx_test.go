package lattice

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/hierarchy"
	"github.com/sala-exchange/sala/services/anonymity/model"
)

// oracle is one case of ARX's test suite on this file: what is asked for, and the optimum
// that ARX expects.
type oracle struct {
	// without is the column that is no quasi-identifier; none where empty.
	without   string
	suppress  float64
	metric    Metric
	k         int
	sensitive model.Sensitive
	levels    []int // nil where there is no solution
	cost      float64
}

// TestOracle: all cases on adult of ARX's test suite (arx-deidentifier/arx @8cdf3db,
// src/test/java/org/deidentifier/arx/test) that ask for these models and metrics, as far as
// ARX looks at every node ("practical monotonicity" off, or the same with it): settings,
// the optimum's levels and its loss, which that suite compares digit by digit.
func TestOracle(t *testing.T) {
	const occupation = "occupation"
	equal := func(t float64) model.Sensitive { return model.Sensitive{Equal: t} }
	ordered := func(t float64) model.Sensitive { return model.Sensitive{Ordered: t} }
	entropy := func(l float64) model.Sensitive { return model.Sensitive{Entropy: l} }
	recursive := func(c float64, l int) model.Sensitive {
		return model.Sensitive{Recursive: &model.Recursive{C: c, L: l}}
	}
	none, of := model.Sensitive{}, adult(t)
	for name, cases := range map[string][]oracle{
		"TestAnonymizationKAnonymity": {
			{"", 0.04, Entropy, 5, none, []int{1, 0, 1, 1, 3, 2, 2, 0, 1}, 255559.85455731067},
			{"", 0.04, Entropy, 100, none, []int{1, 1, 1, 1, 3, 2, 2, 1, 1}, 379417.3460570988},
			{"", 0, Entropy, 5, none, []int{1, 2, 1, 1, 3, 2, 2, 1, 1}, 407289.5388925293},
			{"", 0, Entropy, 100, none, []int{0, 4, 1, 1, 3, 2, 2, 1, 1}, 453196.8932458743},
		},
		"TestAnonymizationLDiversity": {
			{occupation, 0.04, NonMonotonicEntropy, 2, entropy(5), []int{1, 0, 1, 1, 2, 2, 2, 1}, 228878.2039109517},
			{occupation, 0.04, NonMonotonicEntropy, 2, entropy(100), nil, 0},
			{occupation, 0, NonMonotonicEntropy, 2, entropy(5), []int{1, 1, 1, 1, 3, 2, 2, 1}, 324620.5269918692},
			{occupation, 0, NonMonotonicEntropy, 2, entropy(100), nil, 0},
		},
		"TestAnonymizationTCloseness": {
			{occupation, 0.04, MonotonicDiscernibility, 5, equal(0.2), []int{1, 4, 1, 0, 3, 2, 2, 1}, 3.11880088e8},
			{occupation, 0.04, MonotonicDiscernibility, 100, equal(0.2), []int{1, 4, 1, 0, 3, 2, 2, 1}, 3.11880088e8},
			{occupation, 0, MonotonicDiscernibility, 5, equal(0.2), []int{1, 4, 1, 1, 3, 2, 2, 1}, 4.56853172e8},
			{occupation, 0, MonotonicDiscernibility, 100, equal(0.2), []int{1, 4, 1, 1, 3, 2, 2, 1}, 4.56853172e8},
		},
		"TestAnonymizationOrderedDistanceTCloseness": {
			{occupation, 0.04, MonotonicDiscernibility, 5, ordered(0.2), []int{0, 0, 1, 1, 2, 2, 2, 0}, 2712340},
			{occupation, 0.04, MonotonicDiscernibility, 100, ordered(0.2), []int{1, 0, 1, 2, 3, 2, 2, 1}, 1.9937246e7},
			{occupation, 0, MonotonicDiscernibility, 5, ordered(0.1), []int{1, 1, 1, 2, 3, 2, 2, 1}, 9.786802e7},
			{occupation, 0, MonotonicDiscernibility, 100, ordered(0.2), []int{1, 4, 1, 1, 1, 2, 2, 1}, 1.6231213e8},
			{occupation, 0.04, MonotonicDiscernibility, 5, ordered(0.05), []int{1, 4, 1, 0, 3, 2, 2, 0}, 2.01413138e8},
		},
		"TestAnonymizationCombinations": {
			{occupation, 0, Entropy, 5, none, []int{1, 1, 1, 1, 3, 2, 2, 1}, 324620.5269918692},
			{occupation, 0, Entropy, 2, recursive(4, 5), []int{1, 1, 1, 1, 3, 2, 2, 1}, 324620.5269918692},
			{occupation, 0.05, Entropy, 2, recursive(4, 5), []int{1, 0, 1, 1, 2, 2, 2, 0}, 198181.4042332967},
			{occupation, 0.05, NonMonotonicEntropy, 5, none, []int{0, 0, 1, 1, 2, 2, 2, 0}, 180132.40848244698},
			{occupation, 0.05, NonMonotonicEntropy, 2, recursive(4, 5), []int{1, 0, 1, 1, 2, 2, 2, 0}, 209764.96161974416},
		},
	} {
		for i, o := range cases {
			t.Run(fmt.Sprintf("%s/%d", name, i), func(t *testing.T) { o.check(t, of) })
		}
	}
}

func (o *oracle) check(t *testing.T, p Problem) {
	t.Helper()
	got, err := Search(t.Context(), o.problem(p))
	if o.levels == nil {
		if errs.KindOf(err) != errs.Conflict {
			t.Errorf("ARX finds none, and the search %+v, %v", got, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Levels, o.levels) || math.Abs(got.Cost-o.cost) > 1e-9*o.cost {
		t.Errorf("ARX finds %v at %v, and the search %+v", o.levels, o.cost, got)
	}
}

func (o *oracle) problem(p Problem) Problem {
	p.Metric, p.Suppress, p.Require = o.metric, o.suppress, model.Requirements{K: o.k}
	p.Quasi = slices.DeleteFunc(slices.Clone(p.Quasi), func(l *hierarchy.Levels) bool { return l.Name == o.without })
	if s := o.sensitive; s.Least() > 1 || s.Close() {
		s.Columns = []string{o.without}
		p.Require.Sensitive = []model.Sensitive{s}
	}
	return p
}

// TestOracleNodes: what single nodes cost, whatever is suppressed there, as ARX's
// TestUtilityMetrics expects of them on the same file without occupation.
func TestOracleNodes(t *testing.T) {
	recursive := model.Sensitive{Recursive: &model.Recursive{C: 4, L: 5}}
	none, of := model.Sensitive{}, adult(t)
	for _, o := range []oracle{
		{"", 0, AverageClass, 5, none, []int{0, 0, 0, 0, 0, 0, 0, 0}, 29.113899613899616},
		{"", 0, AverageClass, 5, none, []int{0, 1, 1, 2, 1, 0, 0, 1}, 63.76744186046512},
		{"", 0, AverageClass, 5, none, []int{1, 4, 1, 0, 2, 0, 1, 0}, 160.43617021276594},
		{"", 0, AverageClass, 5, none, []int{1, 1, 1, 1, 3, 2, 2, 1}, 1005.4},
		{"", 0, AverageClass, 5, none, []int{1, 1, 0, 2, 3, 2, 2, 1}, 520.0344827586207},
		{"", 0, AverageClass, 5, none, []int{1, 4, 1, 2, 3, 2, 2, 1}, 30162},
		{"", 0, AverageClass, 2, recursive, []int{0, 0, 0, 0, 0, 0, 0, 0}, 62.4472049689441},
		{"", 0, AverageClass, 2, recursive, []int{0, 3, 1, 2, 2, 1, 0, 1}, 324.3225806451613},
		{"", 0, Discernibility, 5, none, []int{0, 0, 0, 0, 0, 0, 0, 0}, 4.63536157e8},
		{"", 0, Discernibility, 5, none, []int{0, 0, 1, 0, 3, 2, 0, 0}, 1.10335369e8},
		{"", 0, Discernibility, 5, none, []int{0, 3, 1, 1, 1, 2, 0, 0}, 3.4129719e7},
		{"", 0, Discernibility, 5, none, []int{1, 4, 0, 2, 3, 2, 2, 1}, 6.8139216e8},
		{"", 0, Discernibility, 2, recursive, []int{0, 0, 0, 0, 0, 0, 0, 0}, 6.05615358e8},
		{"", 0, Discernibility, 2, recursive, []int{0, 1, 0, 2, 3, 0, 2, 1}, 9.7194221e7},
		{"", 0, NonMonotonicEntropy, 2, recursive, []int{0, 0, 0, 0, 0, 0, 0, 0}, 335625.27531107684},
		{"", 0, NonMonotonicEntropy, 2, recursive, []int{1, 0, 0, 1, 0, 1, 1, 0}, 269022.15611043444},
		{"", 0, NonMonotonicEntropy, 2, recursive, []int{0, 0, 1, 2, 3, 2, 2, 0}, 237792.2725419112},
		{"", 0, NonMonotonicEntropy, 2, recursive, []int{1, 4, 1, 2, 3, 2, 2, 1}, 455884.9365769584},
	} {
		o.without = "occupation"
		s, err := newSpace(o.problem(of))
		if err != nil {
			t.Fatal(err)
		}
		s.limit = s.rows
		if f := newCounter(s).count(o.levels, s.start); !f.fulfils || math.Abs(f.cost-o.cost) > 1e-9*o.cost {
			t.Errorf("%s at %v with %+v: ARX finds %v, here it is %+v", o.metric, o.levels, o.sensitive, o.cost, f)
		}
	}
}
