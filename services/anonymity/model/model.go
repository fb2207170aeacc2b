// Package model states what a class of rows must be: k-anonymity, l-diversity and
// t-closeness.
//
// It promises that a requirement without a model is refused, that all models of a
// requirement must hold, and that rounding is decided the same way everywhere:
// [Tolerance] in the requirement's favour for logarithms and distances, none for counts.
// It will not choose a k, an l or a t.
//
// Sources: k-anonymity, Sweeney (2002); l-diversity, Machanavajjhala et al. (2007);
// t-closeness, Li, Li and Venkatasubramanian (2007).
package model

import (
	"math"
	"slices"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
)

// Tolerance is how far rounding may take an entropy l or a t past its bound.
const Tolerance = 1e-9

// Requirements are what every class that is released must be.
type Requirements struct {
	// K is the least size of a class, from 2 on.
	K int `json:"k" yaml:"k"`
	// Sensitive are requirements on sensitive columns.
	Sensitive []Sensitive `json:"sensitive,omitempty" yaml:"sensitive,omitempty"`
}

// Sensitive is what each class must be in one sensitive column, or in several as one
// value. A model that is 0 or nil is not asked for; one at least is.
type Sensitive struct {
	Columns []string `json:"columns" yaml:"columns"`
	// Distinct is the least number of different values: distinct l-diversity.
	Distinct int `json:"distinct,omitempty" yaml:"distinct,omitempty"`
	// Entropy is the l of entropy l-diversity: -Σ p ln p is at least ln l.
	Entropy float64 `json:"entropy,omitempty" yaml:"entropy,omitempty"`
	// Recursive is recursive (c,l)-diversity.
	Recursive *Recursive `json:"recursive,omitempty" yaml:"recursive,omitempty"`
	// Equal is the t of t-closeness where all values are equally far apart: ½ Σ|p-q| is at
	// most t. Ordered is the t where the values have an order: 1/(m-1) Σ|Σ(p-q)| is at most t.
	// The shares q are those of all rows that are released.
	Equal   float64 `json:"equal,omitempty" yaml:"equal,omitempty"`
	Ordered float64 `json:"ordered,omitempty" yaml:"ordered,omitempty"`
}

// Recursive is recursive (c,l)-diversity: with the counts r of a class descending,
// r1 < c (rl + … + rm).
type Recursive struct {
	C float64 `json:"c" yaml:"c"`
	L int     `json:"l" yaml:"l"`
}

// Name is the requirement's columns as one.
func (s *Sensitive) Name() string { return strings.Join(s.Columns, " + ") }

// Close reports whether a t is asked for.
func (s *Sensitive) Close() bool { return s.Equal > 0 || s.Ordered > 0 }

// Least is how many different values, and so how many rows, a class needs for any
// l-diversity that is asked for: entropy is never above the logarithm of the number of
// values, and a class with fewer than l values has nothing in rl + … + rm.
func (s *Sensitive) Least() int {
	least := max(1, s.Distinct, int(math.Ceil(s.Entropy-Tolerance)))
	if s.Recursive != nil {
		least = max(least, s.Recursive.L)
	}
	return least
}

// Check refuses requirements that ask for nothing or for what cannot be.
func (r *Requirements) Check() error {
	if r.K < 2 {
		return errs.New(errs.Invalid, "k is 2 or more: a class of 1 is one person")
	}
	seen := map[string]bool{}
	for i := range r.Sensitive {
		s := &r.Sensitive[i]
		if len(s.Columns) == 0 {
			return errs.New(errs.Invalid, "sensitive requirement %d names no column", i+1)
		}
		name := s.Name()
		if seen[name] {
			return errs.New(errs.Invalid, "%s has two sensitive requirements: put the models into one", name)
		}
		seen[name] = true
		if err := s.check(name); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sensitive) check(name string) error {
	within := func(t float64) bool { return t >= 0 && t < 1 }
	switch r := s.Recursive; {
	case s.Distinct == 0 && s.Entropy == 0 && r == nil && !s.Close():
		return errs.New(errs.Invalid, "%s: ask for distinct, entropy, recursive, equal or ordered", name)
	case s.Distinct < 0 || s.Distinct == 1:
		return errs.New(errs.Invalid, "%s: the l of distinct diversity is 2 or more", name)
	case s.Entropy != 0 && !(s.Entropy > 1 && s.Entropy < 1e6):
		return errs.New(errs.Invalid, "%s: the l of entropy diversity is above 1", name)
	case r != nil && (r.L < 2 || !(r.C > 0 && r.C < 1e9)):
		return errs.New(errs.Invalid, "%s: recursive diversity needs c above 0 and l from 2 on", name)
	case !within(s.Equal) || !within(s.Ordered):
		return errs.New(errs.Invalid, "%s: a t is above 0 and below 1", name)
	case s.Ordered > 0 && len(s.Columns) > 1:
		return errs.New(errs.Invalid, "%s: several columns as one have no order", name)
	case len(slices.Compact(slices.Sorted(slices.Values(s.Columns)))) < len(s.Columns):
		return errs.New(errs.Invalid, "%s: a column is named twice", name)
	}
	return nil
}
