package explain

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/sala-exchange/sala/internal/category"
)

// Every language has each text, with the same places to fill, and Lao is Lao.
func TestCatalogues(t *testing.T) {
	want := slices.Sorted(maps.Keys(catalogues[English]))
	for l, c := range catalogues {
		if got := slices.Sorted(maps.Keys(c)); !slices.Equal(got, want) {
			t.Errorf("%s has other texts than English", l)
		}
		for key, text := range c {
			if strings.Contains(text, "{until}") != strings.Contains(catalogues[English][key], "{until}") || strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is filled otherwise than in English, or empty", l, key)
			}
			if l == Lao && !strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Lao, r) }) {
				t.Errorf("%s is not Lao", key)
			}
		}
	}
}

// Whatever an answer holds, there is a text for it.
func TestEverythingHasWords(t *testing.T) {
	for _, l := range []Language{English, Lao} {
		for _, c := range category.All() {
			if Name(l, c) == "" {
				t.Errorf("%s has no word for %s", l, c)
			}
		}
		for _, state := range []string{"OPEN", "WITHHELD"} {
			if State(l, state) == "" {
				t.Errorf("%s has no word for %s", l, state)
			}
		}
		for _, p := range category.Purposes() {
			if Purpose(l, p) == "" {
				t.Errorf("%s has no word for %s", l, p)
			}
		}
		for _, n := range needs {
			if text(l, "need."+string(n)) == "" {
				t.Errorf("%s has no word for %s", l, n)
			}
		}
		for _, s := range []Standing{Unasked, Refused, Over, Provisional, Short} {
			if text(l, "said."+string(s)) == "" {
				t.Errorf("%s has no word for %s", l, s)
			}
		}
	}
}

// What is withheld from others is told in the same words, whatever the reason.
func TestOthersAreToldNothing(t *testing.T) {
	if a, b := Yours(English, false, 0), Yours(English, false, 12); a != b {
		t.Errorf("%q is not %q", a, b)
	}
}
