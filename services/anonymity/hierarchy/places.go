package hierarchy

import (
	"strings"

	"golang.org/x/text/language"
)

// subregions and regions are those of the United Nations' standard M49, by code.
var subregions = []struct{ code, name, region string }{
	{"015", "Northern Africa", "Africa"},
	{"011", "Western Africa", "Africa"},
	{"014", "Eastern Africa", "Africa"},
	{"017", "Middle Africa", "Africa"},
	{"018", "Southern Africa", "Africa"},
	{"005", "South America", "Americas"},
	{"013", "Central America", "Americas"},
	{"021", "Northern America", "Americas"},
	{"029", "Caribbean", "Americas"},
	{"030", "Eastern Asia", "Asia"},
	{"034", "Southern Asia", "Asia"},
	{"035", "South-eastern Asia", "Asia"},
	{"143", "Central Asia", "Asia"},
	{"145", "Western Asia", "Asia"},
	{"039", "Southern Europe", "Europe"},
	{"151", "Eastern Europe", "Europe"},
	{"154", "Northern Europe", "Europe"},
	{"155", "Western Europe", "Europe"},
	{"053", "Australia and New Zealand", "Oceania"},
	{"054", "Melanesia", "Oceania"},
	{"057", "Micronesia", "Oceania"},
	{"061", "Polynesia", "Oceania"},
}

// Countries generalises countries by their ISO 3166-1 code, of two or three capitals, to
// the subregion of the United Nations' standard M49, to its region, then to [Any]. Which
// country lies where is Unicode's territory containment, which follows M49 and adds the
// codes that M49 has not (TW: Eastern Asia; XK: Southern Europe). Antarctica and a few
// islands without inhabitants are not in it.
func Countries() Hierarchy {
	return Hierarchy{height: 4, of: countryLabels, top: Any}
}

func countryLabels(value string) ([]string, bool) {
	if len(value) < 2 || len(value) > 3 || strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return nil, false
	}
	country, err := language.ParseRegion(value)
	if err != nil || !country.IsCountry() {
		return nil, false
	}
	for _, s := range subregions {
		if language.MustParseRegion(s.code).Contains(country) {
			return []string{s.name, s.region, Any}, true
		}
	}
	return nil, false
}

// provinces are the provinces of the Lao PDR: the number by which official statistics list
// them, their code of ISO 3166-2:LA (as in the Object Management Group's LCC ontology of
// 2021), and the part of the country that they are tabulated under. For the numbers and the
// parts no table was found that can be cited; they are as they are commonly given. Tables
// differ in Xieng Khouang, which older ones count to the North.
var provinces = []struct{ number, iso, part string }{
	{"01", "LA-VT", "Centre"}, // Vientiane Capital
	{"02", "LA-PH", "North"},  // Phongsaly
	{"03", "LA-LM", "North"},  // Luang Namtha
	{"04", "LA-OU", "North"},  // Oudomxay
	{"05", "LA-BK", "North"},  // Bokeo
	{"06", "LA-LP", "North"},  // Luang Prabang
	{"07", "LA-HO", "North"},  // Huaphanh
	{"08", "LA-XA", "North"},  // Xayabury
	{"09", "LA-XI", "Centre"}, // Xieng Khouang
	{"10", "LA-VI", "Centre"}, // Vientiane Province
	{"11", "LA-BL", "Centre"}, // Borikhamxay
	{"12", "LA-KH", "Centre"}, // Khammuane
	{"13", "LA-SV", "Centre"}, // Savannakhet
	{"14", "LA-SL", "South"},  // Saravane
	{"15", "LA-XE", "South"},  // Sekong
	{"16", "LA-CH", "South"},  // Champasack
	{"17", "LA-AT", "South"},  // Attapeu
	{"18", "LA-XS", "Centre"}, // Xaysomboun
}

// LaoProvinces generalises provinces of the Lao PDR, by the number of official statistics (01
// to 18) or by ISO 3166-2 (LA-VT), to North, Centre or South, then to [Any]. Where figures
// are compared with a table that divides the country otherwise, take a hierarchy of a file
// ([Read]).
func LaoProvinces() Hierarchy {
	return Hierarchy{height: 3, top: Any, of: func(value string) ([]string, bool) {
		for _, p := range provinces {
			if value == p.number || value == p.iso {
				return []string{p.part, Any}, true
			}
		}
		return nil, false
	}}
}

// sections are those of ISIC revision 4, each with its first and last division.
var sections = []struct{ letter, first, last string }{
	{"A", "01", "03"}, {"B", "05", "09"}, {"C", "10", "33"}, {"D", "35", "35"}, {"E", "36", "39"}, {"F", "41", "43"}, {"G", "45", "47"},
	{"H", "49", "53"}, {"I", "55", "56"}, {"J", "58", "63"}, {"K", "64", "66"}, {"L", "68", "68"}, {"M", "69", "75"}, {"N", "77", "82"},
	{"O", "84", "84"}, {"P", "85", "85"}, {"Q", "86", "88"}, {"R", "90", "93"}, {"S", "94", "96"}, {"T", "97", "98"}, {"U", "99", "99"},
}

// Industries generalises classes of ISIC revision 4 (0111) to group (011), division (01),
// section (A), then to [Any]. A group or a division alone is taken too, and stays what it
// is until its level is reached. Whether a division has such a class is not checked.
func Industries() Hierarchy {
	return Hierarchy{height: 5, of: industryLabels, top: Any}
}

func industryLabels(value string) ([]string, bool) {
	if len(value) < 2 || len(value) > 4 || strings.Trim(value, "0123456789") != "" {
		return nil, false
	}
	division := value[:2]
	for _, s := range sections {
		if division >= s.first && division <= s.last {
			return []string{value[:min(3, len(value))], division, s.letter, Any}, true
		}
	}
	return nil, false
}
