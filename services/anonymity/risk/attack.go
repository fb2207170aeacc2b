package risk

import (
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Attack is the risk of re-identification. The prosecutor knows that the person has a row;
// the journalist knows that she is in the population; the marketer tries everybody.
type Attack struct {
	// Basis says what the sizes of classes are taken from.
	Basis string `json:"basis"`
	// Highest is the highest risk of a row: 1/f with f rows in its class for the
	// prosecutor, 1/F with F persons of the population for the journalist.
	Highest float64 `json:"highest"`
	// Marketer is the share of rows that are expected to be re-identified where all are
	// tried: the mean risk of the rows, which against the table alone is classes/rows.
	Marketer float64 `json:"marketer"`
	// AtRisk counts the rows whose risk is above the threshold.
	AtRisk int `json:"rowsAtRisk"`
	// ShareAtRisk is AtRisk by the number of rows.
	ShareAtRisk float64 `json:"shareAtRisk"`
}

// The bases of an attack.
const (
	FromTable      = "the table"
	FromPopulation = "the table of the population"
	FromFraction   = "estimated from the sampling fraction (Benedetti and Franconi 1998)"
)

func (r *Report) attacks(g *grouping, quasi []*table.Column, o Options) error {
	r.Prosecutor = r.attack(g, FromTable, func(class int) float64 { return 1 / float64(g.sizes[class]) })
	switch {
	case o.Population != nil:
		persons, err := g.population(quasi, o.Population)
		if err != nil {
			return err
		}
		a := r.attack(g, FromPopulation, func(class int) float64 { return 1 / float64(persons[class]) })
		r.Journalist = &a
	case o.Fraction > 0:
		known := map[int]float64{}
		a := r.attack(g, FromFraction, func(class int) float64 {
			f := g.sizes[class]
			if _, met := known[f]; !met {
				known[f] = estimated(f, o.Fraction)
			}
			return known[f]
		})
		r.Journalist = &a
	}
	return nil
}

func (r *Report) attack(g *grouping, basis string, risk func(class int) float64) Attack {
	a := Attack{Basis: basis}
	for class, size := range g.sizes {
		p := risk(class)
		a.Highest = max(a.Highest, p)
		a.Marketer += p * float64(size)
		if p > r.Threshold {
			a.AtRisk += size
		}
	}
	a.Marketer /= float64(r.Rows)
	a.ShareAtRisk = float64(a.AtRisk) / float64(r.Rows)
	return a
}

// population counts the persons of each class. A population that holds fewer than the
// table is none of its.
func (g *grouping) population(quasi []*table.Column, t *table.Table) ([]int, error) {
	own := make([]map[uint32]uint32, len(quasi)) // from the population's codes to the table's
	columns := make([]*table.Column, len(quasi))
	for i, c := range quasi {
		p, err := t.Column(c.Name)
		if err != nil {
			return nil, errs.New(errs.Invalid, "the table of the population has no column %q", c.Name).WithFields(c.Name)
		}
		codes := make(map[string]uint32, len(c.Values))
		for code, value := range c.Values {
			codes[value] = uint32(code)
		}
		columns[i], own[i] = p, map[uint32]uint32{}
		for code, value := range p.Values {
			if at, met := codes[value]; met {
				own[i][uint32(code)] = at
			}
		}
	}
	persons, key := make([]int, len(g.sizes)), make([]uint32, len(quasi))
rows:
	for row := range t.Rows() {
		for i, c := range columns {
			at, met := own[i][c.Codes[row]]
			if !met {
				continue rows // nobody of the table has this value
			}
			key[i] = at
		}
		if class, found := g.find(key); found {
			persons[class]++
		}
	}
	for class, size := range g.sizes {
		if persons[class] < size {
			row := slices.Index(g.of, uint32(class)) + 1
			return nil, errs.New(errs.Invalid, "the population has fewer persons like row %d than the table has rows: is it a population that holds everybody, with values written alike?", row)
		}
	}
	return persons, nil
}

// estimated is the expected 1/F of a class with f rows where each person of the population
// is in the table with the probability p, F being negative binomial (Benedetti and Franconi
// 1998): Σ over F from f on of 1/F · C(F-1,f-1) · p^f · (1-p)^(F-f).
//
// It is added up from f on without forming p^f, which would vanish: terms are relative to
// the first, and so is their probability, which sums to 1.
func estimated(f int, p float64) float64 {
	term, mass, sum := 1.0, 0.0, 0.0
	for n := f; ; n++ {
		mass += term
		sum += term / float64(n)
		next := term * float64(n) / float64(n-f+1) * (1 - p)
		if next < term && next*float64(n) < 1e-15*mass {
			return sum / mass
		}
		if term = next; term > 1e200 { // as great as f/p times before it falls
			term, mass, sum = term*1e-200, mass*1e-200, sum*1e-200
		}
	}
}
