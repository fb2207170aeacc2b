package attack

import (
	"slices"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/services/release"
	"github.com/sala-exchange/sala/test/world"
)

// remainder subtracts tables of rows from one: which sensitive values are left of a sex, and
// of how many persons.
func remainder(sex string, whole *release.Built, parts ...*release.Built) (forms []string, persons int) {
	left := tally(whole)
	for _, p := range parts {
		for key, n := range tally(p) {
			left[key] -= n
		}
	}
	for key, n := range left {
		if of, form, _ := strings.Cut(key, " "); of == sex && n != 0 {
			forms = append(forms, form)
			persons += n
		}
	}
	return forms, persons
}

// TestWhatIsLeftIsAlike: tables of rows, each with two forms of exploitation in every
// class and each class large; what is left of one when the others are subtracted is large
// too, and all of it has one form. Whoever knows that a woman is among these knows what was
// done to her (threats.md 37). Where nobody weighs the tables up together they are published, and the
// subtraction works; with the auditor the last is refused, whichever comes last.
func TestWhatIsLeftIsAlike(t *testing.T) {
	t.Parallel()
	of := func(name, period string) []byte {
		return declaration(name, "", period, "{name: sex}, {name: exploitation_form}", exactRows)
	}
	for what, c := range map[string]struct {
		groups []persons
		raw    [][]byte // the first is what the others are subtracted from
	}{
		"two years less one": {
			[]persons{{40, 2023, presumed, female, labour}, {40, 2023, presumed, female, sexual}, {45, 2023, presumed, male, labour}, {45, 2023, presumed, male, sexual},
				{15, 2024, presumed, female, labour}, {15, 2024, presumed, male, labour}, {15, 2024, presumed, male, sexual}},
			[][]byte{of("long", "{from: 2023, to: 2024}"), of("short", "{from: 2023, to: 2023}")},
		},
		"three years less two": {
			[]persons{{25, 2022, presumed, female, labour}, {25, 2022, presumed, female, sexual}, {25, 2022, presumed, male, labour}, {25, 2022, presumed, male, sexual},
				{25, 2023, presumed, female, labour}, {25, 2023, presumed, female, sexual}, {25, 2023, presumed, male, labour}, {25, 2023, presumed, male, sexual},
				{15, 2024, presumed, female, labour}, {15, 2024, presumed, male, labour}, {15, 2024, presumed, male, sexual}},
			[][]byte{of("three", "{from: 2022, to: 2024}"), of("one", "{from: 2022, to: 2022}"), of("two", "{from: 2023, to: 2023}")},
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w, _ := population(t, c.groups...)
			for last := range c.raw {
				var all []*release.Built
				for _, raw := range c.raw {
					all = append(all, built(t, w, raw))
				}
				if forms, n := remainder("FEMALE", all[0], all[1:]...); len(forms) != 1 || n != 15 {
					t.Fatalf("the subtraction gives %d persons of %v", n, forms)
				}
				if _, err := w.Root().ExecContext(t.Context(), "TRUNCATE releases, budget_entries"); err != nil {
					t.Fatal(err)
				}
				s := newSecretariat(t)
				for _, b := range slices.Delete(slices.Clone(all), last, last+1) {
					if err := s.publish(t, w.Store, b, release.Bounds{}); err != nil {
						t.Fatal(err, world.Cause(err))
					}
				}
				refusedBy(t, w, "auditor", s.publish(t, w.Store, all[last], release.Bounds{}), len(all)-1)
				if err := s.publish(t, w.Store, all[last], blind{}); err != nil {
					t.Errorf("without the auditor the attack should work: %v", err)
				}
			}
		})
	}
}

// TestWhoCameIsAlike: the next pooled edition, with a further year and with a case of an
// earlier one that came in late. Everybody who came in is of one form.
func TestWhoCameIsAlike(t *testing.T) {
	t.Parallel()
	w, _ := population(t, persons{40, 2022, presumed, female, labour}, persons{40, 2022, presumed, female, sexual}, persons{45, 2022, presumed, male, labour}, persons{45, 2022, presumed, male, sexual})
	columns := "{name: sex}, {name: exploitation_form}"
	first := built(t, w, declaration("persons", "", "{from: 2022, to: 2022}", columns, exactRows))
	oneMore(t, w, persons{1, 2022, presumed, female, sexual})
	for range 15 {
		oneMore(t, w, persons{1, 2023, presumed, female, sexual})
		oneMore(t, w, persons{1, 2023, presumed, male, labour})
		oneMore(t, w, persons{1, 2023, presumed, male, sexual})
	}
	next := built(t, w, declaration("persons", "", "{from: 2022, to: 2023}", columns, exactRows))
	if forms, n := remainder("FEMALE", next, first); len(forms) != 1 || n != 16 {
		t.Fatalf("the subtraction gives %d persons of %v", n, forms)
	}
	s := newSecretariat(t)
	if err := s.publish(t, w.Store, first, release.Bounds{}); err != nil {
		t.Fatal(err, world.Cause(err))
	}
	refusedBy(t, w, "auditor", s.publish(t, w.Store, next, release.Bounds{}), 1)
	if err := s.publish(t, w.Store, next, blind{}); err != nil {
		t.Errorf("without the auditor the attack should work: %v", err)
	}
	// Where those who came are of two forms it is published.
	exec(t, w.Root(), "TRUNCATE releases, budget_entries")
	for range 12 {
		oneMore(t, w, persons{1, 2023, presumed, female, labour})
	}
	s = newSecretariat(t)
	for _, b := range []*release.Built{first, built(t, w, declaration("persons", "", "{from: 2022, to: 2023}", columns, exactRows))} {
		if err := s.publish(t, w.Store, b, release.Bounds{}); err != nil {
			t.Errorf("of two forms: %v (%v)", err, world.Cause(err))
		}
	}
}
