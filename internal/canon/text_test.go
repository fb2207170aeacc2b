package canon

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func problem(err error) Problem {
	var e *TextError
	if errors.As(err, &e) {
		return e.Problem
	}
	if err != nil {
		return "some other error"
	}
	return ""
}

func TestTexts(t *testing.T) {
	heap := "a" + strings.Repeat("\u0301", 31)
	for _, c := range []struct {
		name, in               string
		identifier, asName, as Problem // as: free text
	}{
		{"Latin", "Vientiane Shelter 2", "", "", ""},
		{"Lao", "ນາງ ບຸນມີ", "", "", ""},
		{"Lao with tone marks", "ນ້ຳ ໜອງ ຫນ", "", "", ""},
		{"Thai", "สมศรี น้ำ", "", "", ""},
		{"Khmer", "សុខា", "", "", ""},
		{"Burmese", "အောင်ဆန်း", "", "", ""},
		{"Vietnamese, composed", "Nguyễn", "", "", ""},
		{"Vietnamese, decomposed", norm.NFD.String("Nguyễn"), Denormalised, "", ""},
		{"Han", "李小龙", "", "", ""},
		{"empty", "", Empty, Empty, Empty},
		{"blank", "  ", Blank, Empty, Empty},
		{"invisible only", "\u200b\u200d", Invisible, Empty, Empty},
		{"NUL", "a\x00b", Control, Control, Control},
		{"escape", "a\x1b[2Jb", Control, Control, Control},
		{"C1 control", "a\u0085b", Control, Control, Control},
		{"delete", "a\x7fb", Control, Control, Control},
		{"line break", "a\nb", Control, Control, ""},
		{"tab", "a\tb", Control, Control, ""},
		{"malformed", "a\xffb", Malformed, Malformed, Malformed},
		{"overlong slash", "a\xc0\xafb", Malformed, Malformed, Malformed},
		{"surrogate", "a\xed\xa0\x80b", Malformed, Malformed, Malformed},
		{"cut off", "a\xe0\xba", Malformed, Malformed, Malformed},
		{"replacement character", "a\ufffdb", Malformed, Malformed, Malformed},
		{"right-to-left override", "a\u202eb", Direction, Direction, Direction},
		{"isolate", "a\u2066b", Direction, Direction, Direction},
		{"direction mark", "a\u200eb", Direction, Direction, Direction},
		{"zero-width space", "ກ\u200bຂ", Invisible, "", ""},
		{"zero-width joiner", "ក\u200dខ", Invisible, "", ""},
		{"variation selector", "က\ufe00", Invisible, "", ""},
		{"byte order mark", "\ufeffa", Invisible, Invisible, Invisible},
		{"word joiner", "a\u2060b", Invisible, Invisible, Invisible},
		{"soft hyphen", "a\u00adb", Invisible, Invisible, Invisible},
		{"tag", "a\U000e0041b", Invisible, Invisible, Invisible},
		{"Hangul filler", "a\u3164b", Invisible, Invisible, Invisible},
		{"grapheme joiner", "a\u034fb", Invisible, Invisible, Invisible},
		{"braille blank", "a\u2800b", Invisible, Invisible, Invisible},
		{"line separator", "a\u2028b", Blank, Invisible, Invisible},
		{"no-break space", "a\u00a0b", Blank, "", ""},
		{"leading space", " a", Blank, "", ""},
		{"trailing space", "a ", Blank, "", ""},
		{"double space", "a  b", Blank, "", ""},
		{"private use", "a\ue000b", Unassigned, Unassigned, Unassigned},
		{"noncharacter", "a\ufdd0b", Unassigned, Unassigned, Unassigned},
		{"undefined", "a\u0378b", Unassigned, Unassigned, Unassigned},
		{"loose mark", "\u0301a", LooseMark, LooseMark, LooseMark},
		{"heap of marks", heap, Denormalised, MarkHeap, MarkHeap},
		{"long", strings.Repeat("a", MaxName+1), TooLong, TooLong, ""},
		{"very long", strings.Repeat("a", MaxText+1), TooLong, TooLong, TooLong},
	} {
		if got := problem(Identifier(c.in)); got != c.identifier {
			t.Errorf("%s as identifier: got %q, want %q", c.name, got, c.identifier)
		}
		if got := problem(Name(c.in)); got != c.asName {
			t.Errorf("%s as name: got %q, want %q", c.name, got, c.asName)
		}
		if got := problem(Text(c.in)); got != c.as {
			t.Errorf("%s as text: got %q, want %q", c.name, got, c.as)
		}
	}
}

// TestErrorsDoNotRepeat looks for the value in each refusal.
func TestErrorsDoNotRepeat(t *testing.T) {
	for _, err := range []error{Name("Somchai\x00"), Identifier("Somchai\u202e"), Text("Somchai\xff")} {
		if err == nil || strings.Contains(err.Error(), "Somchai") || !strings.Contains(err.Error(), "byte 7") {
			t.Errorf("the refusal is %v", err)
		}
	}
}

// TestPassedTextIsSafe checks on arbitrary bytes what the package promises of
// whatever passes: valid, and unchanged in meaning when joined to other text.
func TestPassedTextIsSafe(t *testing.T) {
	draw := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		rapid.StringOf(rapid.SampledFrom([]rune("aກ\u0ecd\u0ec9\u0301\u0e33\u200b\u202e \n\x00é"))))
	rapid.Check(t, func(t *rapid.T) {
		s := draw.Draw(t, "s")
		if Identifier(s) == nil && (Name(s) != nil || !norm.NFC.IsNormalString(s) || strings.ContainsAny(s, "\x00\n\u200b\u202e")) {
			t.Fatal("an unsafe identifier passes")
		}
		if Name(s) == nil && (Text(s) != nil || strings.ContainsAny(s, "\x00\n\u202e")) {
			t.Fatal("an unsafe name passes")
		}
		if Text(s) != nil {
			return
		}
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\u202e") {
			t.Fatal("an unsafe text passes")
		}
		if norm.NFC.String("a"+s) != "a"+norm.NFC.String(s) {
			t.Fatal("the start of a text fuses with what stands before it")
		}
	})
}
