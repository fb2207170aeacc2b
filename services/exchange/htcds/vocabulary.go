package htcds

import (
	"slices"
	"strings"
)

// word is a value of one of the standard's sets.
type word interface {
	~string
	Values() []string
	Label() string
}

// renamed are values that the standard spells otherwise in its list of definitions
// than in its picklist. Those of the definitions that have no counterpart
// (Threats, RestrictsMovement, UsesChildren) stay unknown: they would be guessed.
var renamed = map[string]string{
	"Threat of law enforcement": "ThreatsLawEnforcement",
	"PsychoactiveSubstances":    "PsychoactiveSubstance",
}

const unknownValue = "it is not a value of the standard's list for this column; choose one of the list"

// vocabulary finds the values of T by the key of code or label, so that spelling in
// capitals, blanks and signs does not matter.
func vocabulary[T word]() map[string]T {
	known := map[string]T{}
	var zero T
	for _, v := range zero.Values() {
		known[key(v)], known[key(T(v).Label())] = T(v), T(v)
	}
	for other, code := range renamed {
		if v, ok := known[key(code)]; ok {
			known[key(other)] = v
		}
	}
	return known
}

// one reads a single value.
func one[T word](get func(*Row) *T) setter {
	known := vocabulary[T]()
	return func(r *Row, c cell, _ Options) string {
		v, ok := known[key(c.text)]
		if !ok {
			return unknownValue
		}
		*get(r) = v
		return ""
	}
}

// many reads values separated by semicolons, each kept once.
func many[T word](get func(*Row) *[]T) setter {
	known := vocabulary[T]()
	return func(r *Row, c cell, _ Options) string {
		values, ok := cut(c.text, func(s string) (T, bool) { v, ok := known[key(s)]; return v, ok })
		if !ok {
			return unknownValue
		}
		*get(r) = values
		return ""
	}
}

// cut takes a list at its semicolons. Some labels of the standard hold one
// themselves, so the longest run of parts that is a value goes first.
func cut[T comparable](text string, find func(string) (T, bool)) (values []T, ok bool) {
	const longest = 3 // parts of one label
	parts := strings.Split(text, ";")
	for len(parts) > 0 {
		if strings.TrimSpace(parts[0]) == "" {
			parts = parts[1:]
			continue
		}
		taken := 0
		for n := min(longest, len(parts)); n > 0 && taken == 0; n-- {
			if v, ok := find(strings.Join(parts[:n], ";")); ok {
				taken = n
				if !slices.Contains(values, v) {
					values = append(values, v)
				}
			}
		}
		if taken == 0 {
			return nil, false
		}
		parts = parts[taken:]
	}
	return values, len(values) > 0
}
