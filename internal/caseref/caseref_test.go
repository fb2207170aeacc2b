package caseref

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestNew(t *testing.T) {
	form := regexp.MustCompile(`^\d{3}-\d{3}-\d{3}$`)
	first, seen := map[byte]bool{}, map[string]bool{}
	for range 2000 {
		ref := New()
		if got, err := Parse(ref); !form.MatchString(ref) || err != nil || got != ref {
			t.Fatalf("a new reference is not read back: %v", err)
		}
		first[ref[0]] = true
		seen[ref] = true
	}
	if len(first) != 10 || len(seen) < 1990 {
		t.Error("new references are not random")
	}
}

// TestCheckDigitExhaustively covers every reference of four digits and check: the
// check is a walk through states, so what holds at each state and step there holds
// at any place of a longer one. Each error must change the outcome.
func TestCheckDigitExhaustively(t *testing.T) {
	for n := range 10_000 {
		body := fmt.Sprintf("%04d", n)
		ref := body + string('0'+check(body))
		if check(ref) != 0 {
			t.Fatal("the check digit does not fit its own reference")
		}
		for i := range len(ref) {
			for d := byte('0'); d <= '9'; d++ {
				if d != ref[i] && check(ref[:i]+string(d)+ref[i+1:]) == 0 {
					t.Fatal("a wrong digit goes unnoticed")
				}
			}
			if i > 0 && ref[i] != ref[i-1] && check(ref[:i-1]+string(ref[i])+string(ref[i-1])+ref[i+1:]) == 0 {
				t.Fatal("swapped neighbours go unnoticed")
			}
		}
	}
}

// TestQuasigroup proves the same for every length from the table alone: each row
// and column is a permutation (single digits), it is weakly totally anti-
// symmetric (transpositions), and its diagonal is zero (the check digit is the state).
func TestQuasigroup(t *testing.T) {
	for c := range 10 {
		var row, column [10]bool
		for x := range 10 {
			row[damm[c][x]], column[damm[x][c]] = true, true
			for y := range 10 {
				if x != y && damm[damm[c][x]][y] == damm[damm[c][y]][x] {
					t.Errorf("state %d does not tell %d%d from %d%d", c, x, y, y, x)
				}
			}
		}
		for x := range 10 {
			if !row[x] || !column[x] {
				t.Errorf("row or column %d lacks %d", c, x)
			}
		}
		if damm[c][c] != 0 {
			t.Errorf("the diagonal at %d is not zero", c)
		}
	}
}

// TestFullLength repeats the exhaustive errors on references of full length
// through Parse, and shows that every one of them is refused as ErrCheck.
func TestFullLength(t *testing.T) {
	for range 200 {
		ref := strings.ReplaceAll(New(), "-", "")
		for i := range size {
			for d := byte('0'); d <= '9'; d++ {
				if _, err := Parse(ref[:i] + string(d) + ref[i+1:]); d != ref[i] && !errors.Is(err, ErrCheck) {
					t.Fatalf("a wrong digit gives %v", err)
				}
			}
			if i > 0 && ref[i] != ref[i-1] {
				if _, err := Parse(ref[:i-1] + string(ref[i]) + string(ref[i-1]) + ref[i+1:]); !errors.Is(err, ErrCheck) {
					t.Fatalf("swapped neighbours give %v", err)
				}
			}
		}
	}
}

func TestParse(t *testing.T) {
	body := "47219305"
	ref := body + string('0'+check(body))
	want := format(ref)
	script := func(zero rune) string {
		return strings.Map(func(r rune) rune { return zero + r - '0' }, ref)
	}
	for name, in := range map[string]string{
		"stored": want, "bare": ref, "spaces": " " + ref[:4] + "  " + ref[4:] + " ", "dots": ref[:3] + "." + ref[3:],
		"en dash": ref[:3] + "–" + ref[3:], "every digit apart": strings.Join(strings.Split(ref, ""), " - "),
		"Lao": script('໐'), "Thai": script('๐'), "Khmer": script('០'), "Burmese": script('၀'), "full-width": script('０'),
		"mixed": script('໐')[:9] + ref[3:], "zero-width space": ref[:3] + "\u200b" + ref[3:],
	} {
		if got, err := Parse(in); err != nil || got != want {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	for name, in := range map[string]string{
		"empty": "", "blank": "   ", "eight digits": ref[:8], "ten digits": ref + "0", "letter": ref[:8] + "O",
		"sign": "+" + ref, "NUL": ref + "\x00", "malformed": ref + "\xff", "bidi": "\u202e" + ref, "line break": ref + "\n",
		"Arabic digits": strings.Map(func(r rune) rune { return '٠' + r - '0' }, ref), "endless": ref + strings.Repeat(" ", 200),
	} {
		if got, err := Parse(in); !errors.Is(err, ErrForm) || got != "" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}
