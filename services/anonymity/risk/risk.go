// Package risk measures what a table of plain columns tells about one person to somebody
// who knows her quasi-identifiers.
//
// It promises exact counts on the rows that it is given, formulas by name with their
// source, and that what is estimated says so. A blank is a value like any other. It will
// not judge whether a table may be published, and what it knows of attackers is these
// models alone: whoever knows more than the quasi-identifiers learns more.
//
// The formulas: an equivalence class is the rows that are equal in all quasi-identifiers;
// k-anonymity by Sweeney (2002); l-diversity, distinct, entropy and recursive, by
// Machanavajjhala et al. (2007); t-closeness by Li, Li and Venkatasubramanian (2007);
// prosecutor and journalist risk by El Emam, Guide to the De-Identification of Personal
// Health Information (2013); marketer risk by Dankar and El Emam (2010); the risk where
// the population is not known by Benedetti and Franconi (1998).
//
// Memory: 8 bytes a row beside the table, and about 50 bytes for each class and
// quasi-identifier.
package risk

import (
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Options say what is measured. The zero value measures against the table alone.
type Options struct {
	// Ordered are the sensitive columns whose values have an order, for t-closeness.
	Ordered []string
	// L is the l of recursive (c,l)-diversity, from 2 on; 2 where 0.
	L int
	// Threshold is the risk above which a record is at risk, above 0 and at most 1;
	// DefaultThreshold where 0.
	Threshold float64
	// Population is a table with the same quasi-identifiers that holds every person of whom
	// the table could have a row; nil where there is none.
	Population *table.Table
	// Fraction is which part of the population the rows are, above 0 and below 1, where
	// there is no table of the population; 0 where it is not known.
	Fraction float64
}

// DefaultThreshold is one in eleven: a class of 11 is the least that releases allow (J1).
const DefaultThreshold = 1.0 / 11

// Report is what was measured.
type Report struct {
	Rows             int         `json:"rows"`
	QuasiIdentifiers []string    `json:"quasiIdentifiers"`
	Classes          int         `json:"classes"`
	Smallest         int         `json:"smallestClass"` // the k of k-anonymity
	Average          float64     `json:"averageClass"`
	Uniques          int         `json:"uniques"` // rows that are alone in their class
	Sizes            []Size      `json:"sizes"`
	Sensitive        []Sensitive `json:"sensitive,omitempty"`
	Threshold        float64     `json:"threshold"`
	Prosecutor       Attack      `json:"prosecutor"`
	Journalist       *Attack     `json:"journalist,omitempty"` // nil where nothing is known of the population
}

// Size counts the classes of one size.
type Size struct {
	Size    int `json:"size"`
	Classes int `json:"classes"`
}

// Measure measures the rows by these columns, which are of one table. Each sensitive
// column is measured alone and, where there are several, all of them as one value.
func Measure(quasi, sensitive []*table.Column, o Options) (*Report, error) {
	if err := o.check(quasi, sensitive); err != nil {
		return nil, err
	}
	g := group(quasi)
	r := &Report{Rows: len(g.of), Classes: len(g.sizes), Threshold: o.Threshold, Smallest: slices.Min(g.sizes)}
	r.Average = float64(r.Rows) / float64(r.Classes)
	for _, c := range quasi {
		r.QuasiIdentifiers = append(r.QuasiIdentifiers, c.Name)
	}
	counts := map[int]int{}
	for _, size := range g.sizes {
		counts[size]++
	}
	for size, classes := range counts {
		r.Sizes = append(r.Sizes, Size{size, classes})
	}
	slices.SortFunc(r.Sizes, func(a, b Size) int { return a.Size - b.Size })
	r.Uniques = counts[1]
	rows := g.byClass()
	for _, c := range sensitive {
		r.Sensitive = append(r.Sensitive, g.sensitive(rows, c, slices.Contains(o.Ordered, c.Name), o.L))
	}
	if len(sensitive) > 1 {
		all := table.Together(sensitive)
		r.Sensitive = append(r.Sensitive, g.sensitive(rows, &all, false, o.L))
	}
	return r, r.attacks(g, quasi, o)
}

func (o *Options) check(quasi, sensitive []*table.Column) error {
	if o.L == 0 {
		o.L = 2
	}
	if o.Threshold == 0 {
		o.Threshold = DefaultThreshold
	}
	switch {
	case len(quasi) == 0:
		return errs.New(errs.Invalid, "measuring needs a quasi-identifier")
	case len(quasi[0].Codes) == 0:
		return errs.New(errs.Invalid, "the table has no row to measure")
	case o.L < 2:
		return errs.New(errs.Invalid, "the l of recursive diversity is 2 or more")
	case !(o.Threshold > 0 && o.Threshold <= 1):
		return errs.New(errs.Invalid, "the threshold of risk is above 0 and at most 1")
	case o.Fraction != 0 && !(o.Fraction > 0 && o.Fraction < 1):
		return errs.New(errs.Invalid, "the sampling fraction is above 0 and below 1")
	case o.Fraction != 0 && o.Population != nil:
		return errs.New(errs.Invalid, "give the population as a table or as a sampling fraction, not both")
	}
	for _, c := range sensitive {
		if slices.Contains(quasi, c) {
			return errs.New(errs.Invalid, "column %q is both quasi-identifier and sensitive: choose one", c.Name).WithFields(c.Name)
		}
	}
	for _, name := range o.Ordered {
		if !slices.ContainsFunc(sensitive, func(c *table.Column) bool { return c.Name == name }) {
			return errs.New(errs.Invalid, "column %q is ordered and not sensitive", name).WithFields(name)
		}
	}
	return nil
}
