package valueset

import "testing"

func TestCountry(t *testing.T) {
	n := 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if Country(string([]rune{a, b})) {
				n++
			}
		}
	}
	if n != 249+1 {
		t.Errorf("%d countries, not the 249 of ISO 3166-1 and XK", n)
	}
	for code, want := range map[string]bool{
		"LA": true, "TH": true, "VN": true, "GB": true, "TL": true, "XK": true, "MM": true, "HK": true, "SS": true,
		"": false, "la": false, "La": false, "LAO": false, "418": false, "UK": false, "BU": false, "TP": false, "SU": false, "EU": false, "UN": false, "ZZ": false, "QQ": false, "XA": false, "AC": false, "L": false, "ＬＡ": false,
	} {
		if Country(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}
