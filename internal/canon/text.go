package canon

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The longest texts that are taken, in bytes of UTF-8.
const (
	MaxIdentifier = 256
	MaxName       = 1024
	MaxText       = 1 << 20
)

// Problem says what is wrong with a text.
type Problem string

// The problems of texts. Each reads as the end of a sentence.
const (
	Empty        Problem = "is empty; leave it out or fill it in"
	TooLong      Problem = "is too long; shorten it"
	Malformed    Problem = "is not valid UTF-8; save it as UTF-8 and send it again"
	Control      Problem = "holds a control character; remove it"
	Direction    Problem = "holds a hidden change of writing direction; remove it"
	Invisible    Problem = "holds an invisible character; remove it"
	Blank        Problem = "holds a blank where none may be; remove it"
	Unassigned   Problem = "holds a character that Unicode does not define; remove it"
	LooseMark    Problem = "starts with a mark that belongs on a letter; add the letter"
	MarkHeap     Problem = "heaps more than 30 marks on one letter; remove some"
	Denormalised Problem = "is not in normal form C; normalise it"
)

// TextError is the refusal of a text. It never holds the text.
type TextError struct {
	Problem Problem
	At      int // byte at which the problem starts
}

// Error says what is wrong and where, without the text. The caller adds the field.
func (e *TextError) Error() string {
	return fmt.Sprintf("reading text: at byte %d it %s", e.At, string(e.Problem))
}

// Identifier refuses s, with a *TextError, unless it is fit to name a thing: at
// most MaxIdentifier bytes, in normal form C, with no hidden, control or undefined
// character, and single ASCII spaces inside only. Two identifiers that pass and
// differ in bytes may still look alike: Latin and Cyrillic a do (threats 53).
func Identifier(s string) error {
	if err := shape(s, MaxIdentifier); err != nil {
		return err
	}
	previous := ' ' // so that a leading space counts as doubled
	for at, r := range s {
		switch {
		case r == ' ' && previous == ' ', r != ' ' && unicode.IsSpace(r) && !unicode.IsControl(r):
			return &TextError{Blank, at}
		}
		if p := hidden(r, nil, ""); p != "" {
			return &TextError{p, at}
		}
		previous = r
	}
	if previous == ' ' {
		return &TextError{Blank, len(s) - 1}
	}
	if n := norm.NFC.QuickSpanString(s); n < len(s) && !norm.NFC.IsNormalString(s) {
		return &TextError{Denormalised, n}
	}
	return marks(s)
}

// Name refuses s, with a *TextError, unless it is a name to be kept as written
// (I4): at most MaxName bytes on one line, not blank. Joiners, the zero-width space
// and variation selectors pass, since Lao, Khmer and Burmese need them. Normal form
// C is not asked for but made safe: no loose or heaped marks, nothing undefined.
func Name(s string) error { return written(s, MaxName, "") }

// Text refuses s, with a *TextError, unless it is free text to be kept as written:
// as for Name, but at most MaxText bytes and with line breaks and tabs.
func Text(s string) error { return written(s, MaxText, "\n\r\t") }

func written(s string, longest int, controls string) error {
	if err := shape(s, longest); err != nil {
		return err
	}
	visible := false
	for at, r := range s {
		if p := hidden(r, needed, controls); p != "" {
			return &TextError{p, at}
		}
		visible = visible || !unicode.IsSpace(r) && !unicode.Is(needed, r)
	}
	if !visible {
		return &TextError{Empty, 0}
	}
	return marks(s)
}

// shape checks length and encoding.
func shape(s string, longest int) error {
	switch {
	case s == "":
		return &TextError{Empty, 0}
	case len(s) > longest:
		return &TextError{TooLong, longest}
	}
	// A replacement character is what an earlier program left of malformed text.
	if at := strings.IndexRune(s, utf8.RuneError); at >= 0 {
		return &TextError{Malformed, at}
	}
	return nil
}

// needed are the invisible characters that the region's scripts are written with:
// zero-width space, non-joiner and joiner, and the variation selectors.
var needed = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x200b, Hi: 0x200d, Stride: 1}, {Lo: 0xfe00, Hi: 0xfe0f, Stride: 1}}}

// hidden returns why r may not stand in a text, or "". Characters of allowed and
// controls pass.
func hidden(r rune, allowed *unicode.RangeTable, controls string) Problem {
	switch {
	case unicode.IsControl(r):
		if strings.ContainsRune(controls, r) {
			return ""
		}
		return Control
	case allowed != nil && unicode.Is(allowed, r):
		return ""
	case unicode.Is(unicode.Bidi_Control, r):
		return Direction
	case unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector), r == '\u2800':
		return Invisible
	case !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs):
		return Unassigned // also private use and noncharacters: their normal form may change
	}
	return ""
}

// marks checks that s stays what it is when it is normalised beside other text:
// it starts with a base character, and no run of non-starters is longer than the
// 30 of the Stream-Safe Text Format (UAX 15).
func marks(s string) error {
	run := 0
	for at, r := range s {
		if at == 0 && unicode.Is(unicode.M, r) {
			return &TextError{LooseMark, 0}
		}
		if norm.NFD.PropertiesString(s[at:]).CCC() == 0 {
			run = 0
			continue
		}
		if run++; run > 30 {
			return &TextError{MarkHeap, at}
		}
	}
	return nil
}
