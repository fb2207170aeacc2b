package valueset

import (
	"slices"

	"golang.org/x/text/language"
)

// notCountries are what CLDR, whose list golang.org/x/text has, takes for countries and ISO
// 3166-1 does not: reserved codes and those of countries that are no more.
var notCountries = []string{"AC", "AN", "CP", "CQ", "CS", "DG", "EA", "EZ", "FQ", "IC", "NQ", "NT", "PC", "SU", "TA", "UN", "YU"}

// Country reports whether a code is one of the 249 of ISO 3166-1 alpha-2, in capital letters
// (GB and not UK), or XK, which that standard leaves to its users and is Kosovo to most.
func Country(alpha2 string) bool {
	r, err := language.ParseRegion(alpha2)
	return err == nil && r.IsCountry() && len(alpha2) == 2 && r.Canonicalize().String() == alpha2 && !slices.Contains(notCountries, alpha2)
}
