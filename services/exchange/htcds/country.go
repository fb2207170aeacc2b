package htcds

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// notISO are two-letter codes that x/text takes for countries and ISO 3166-1 does
// not assign: withdrawn, reserved or of private use.
const notISO = "AC AN CP CQ CS DG EA EZ FQ IC NT PC SU TA UN XK YU"

const unknownCountry = "it is not a country of ISO 3166; write its two-letter code, as LA"

// otherNames are English names of the region's countries beside the usual one.
var otherNames = map[string]string{
	"Lao PDR": "LA", "Lao People's Democratic Republic": "LA", "Lao People’s Democratic Republic (the)": "LA",
	"Viet Nam": "VN", "Myanmar": "MM", "Burma": "MM", "Republic of Korea": "KR", "Brunei Darussalam": "BN",
	// Where a system has nationality for citizenship.
	"Laotian": "LA", "Thai": "TH", "Vietnamese": "VN", "Cambodian": "KH", "Khmer": "KH", "Burmese": "MM", "Chinese": "CN", "Malaysian": "MY",
}

// countries finds the alpha-2 code by the key of alpha-2, alpha-3 or English name.
var countries = sync.OnceValue(func() map[string]string {
	known := map[string]string{}
	english := display.English.Regions()
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			region, err := language.ParseRegion(code)
			if err != nil || !region.IsCountry() || region.String() != code ||
				region.Canonicalize() != region || strings.Contains(notISO, code) {
				continue
			}
			known[key(code)], known[key(region.ISO3())], known[key(english.Name(region))] = code, code, code
		}
	}
	for name, code := range otherNames {
		known[key(name)] = code
	}
	return known
})

func country(s string) (string, bool) {
	code, ok := countries()[key(s)]
	return code, ok
}

// citizenships reads countries separated by semicolons, each kept once.
func citizenships(r *Row, c cell, _ Options) string {
	codes, ok := cut(c.text, country)
	if !ok {
		return unknownCountry
	}
	r.Citizenships = codes
	return ""
}

func exploitationCountry(r *Row, c cell, _ Options) string {
	code, ok := country(c.text)
	if !ok {
		return unknownCountry
	}
	r.ExploitationCountry = code
	return ""
}

func mailingCountry(r *Row, c cell, _ Options) string {
	code, ok := country(c.text)
	if !ok {
		return unknownCountry
	}
	r.Mailing.Country = code
	return ""
}
