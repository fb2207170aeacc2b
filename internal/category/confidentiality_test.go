package category

import "testing"

func TestConfidentiality(t *testing.T) {
	for _, c := range []struct {
		set  Set
		want Confidentiality
	}{
		{0, ""},
		{SetOf(Case), Restricted},
		{SetOf(Profile, Trafficking, Assistance), Restricted},
		{SetOf(Profile, Identity), VeryRestricted},
		{SetOf(Whereabouts), VeryRestricted},
		{1 << 60, VeryRestricted}, // what is not known is not taken for harmless
	} {
		if got := c.set.Confidentiality(); got != c.want {
			t.Errorf("%v: %q, want %q", c.set, got, c.want)
		}
	}
}
