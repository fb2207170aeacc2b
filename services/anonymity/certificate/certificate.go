// Package certificate states which k, l and t a table has, by a pass over the table alone.
//
// It promises that nothing of what made the table is asked: it counts the classes of the
// cells as they stand in the columns, by package risk, and compares with what was required.
// It will not repair a table, and a requirement that does not hold is an error, not a
// remark.
package certificate

import (
	"slices"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/anonymity/model"
	"github.com/sala-exchange/sala/services/anonymity/risk"
	"github.com/sala-exchange/sala/services/anonymity/table"
)

// Certificate is what a table was found to be.
type Certificate struct {
	Required         model.Requirements `json:"required"`
	QuasiIdentifiers []string           `json:"quasiIdentifiers"`
	Rows             int                `json:"rows"`
	Classes          int                `json:"classes"`
	K                int                `json:"k"`
	// Highest is the prosecutor's highest risk, and Marketer the share of rows that are
	// expected to be re-identified where all are tried.
	Highest  float64 `json:"prosecutorHighest"`
	Marketer float64 `json:"marketer"`
	// Sensitive tells of each requirement's columns which l and t hold, in its order.
	Sensitive []risk.Sensitive `json:"sensitive,omitempty"`
}

// Of measures the table and compares with what is required. What does not hold is an error
// of kind Conflict.
func Of(t *table.Table, quasi []string, require model.Requirements) (*Certificate, error) {
	if err := require.Check(); err != nil {
		return nil, err
	}
	columns, err := t.Select(quasi...)
	if err != nil {
		return nil, err
	}
	all, err := risk.Measure(columns, nil, risk.Options{})
	if err != nil {
		return nil, err
	}
	c := &Certificate{Required: require, QuasiIdentifiers: slices.Clone(quasi), Rows: all.Rows, Classes: all.Classes, K: all.Smallest,
		Highest: all.Prosecutor.Highest, Marketer: all.Prosecutor.Marketer}
	if c.K < require.K {
		return nil, errs.New(errs.Conflict, "the table has a class of %d rows and k is %d", c.K, require.K)
	}
	for _, s := range require.Sensitive {
		found, err := measure(t, columns, s)
		if err != nil {
			return nil, err
		}
		if wrong := missing(s, found); wrong != "" {
			return nil, errs.New(errs.Conflict, "the table has a class that is not as required in %s: %s", s.Name(), wrong)
		}
		c.Sensitive = append(c.Sensitive, found)
	}
	return c, nil
}

// measure measures a requirement's columns as one.
func measure(t *table.Table, quasi []*table.Column, s model.Sensitive) (risk.Sensitive, error) {
	columns, err := t.Select(s.Columns...)
	if err != nil {
		return risk.Sensitive{}, err
	}
	o := risk.Options{}
	if s.Recursive != nil {
		o.L = s.Recursive.L
	}
	if s.Ordered > 0 {
		o.Ordered = s.Columns
	}
	r, err := risk.Measure(quasi, columns, o)
	if err != nil {
		return risk.Sensitive{}, err
	}
	return r.Sensitive[len(r.Sensitive)-1], nil // of several columns the last is all as one
}

// missing names a model that does not hold.
func missing(s model.Sensitive, found risk.Sensitive) string {
	switch {
	case found.Distinct < s.Distinct:
		return "distinct l-diversity"
	case s.Entropy > 0 && found.Entropy < s.Entropy-model.Tolerance:
		return "entropy l-diversity"
	case s.Recursive != nil && (found.RecursiveC == nil || *found.RecursiveC >= s.Recursive.C):
		return "recursive (c,l)-diversity"
	case s.Equal > 0 && found.Equal > s.Equal+model.Tolerance:
		return "t-closeness with equal distance"
	case s.Ordered > 0 && (found.Ordered == nil || *found.Ordered > s.Ordered+model.Tolerance):
		return "t-closeness with ordered distance"
	}
	return ""
}
