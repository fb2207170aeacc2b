// Package terminal writes what came from elsewhere so that a terminal shows it and
// does nothing else with it.
//
// It promises that no control character, change of writing direction or malformed
// byte reaches the terminal: each is shown as an escape. Tables stay aligned where
// marks stand above and below letters, as in Lao, Thai, Khmer and Burmese. It knows
// no API and shortens nothing.
package terminal

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible returns s with every character shown that a terminal would obey or hide:
// controls, line breaks among them, changes of writing direction, invisible signs
// that format, malformed bytes. Joiners and the zero-width space are left, since the
// region's scripts are written with them.
func Visible(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case obeyed(r):
			b.WriteString(escape(r))
		default:
			b.WriteRune(r)
		}
		i += n
	}
	return b.String()
}

// JSON returns a JSON text with the same characters written as JSON escapes: another
// program reads the same values, and a terminal obeys none of them. Its line breaks
// are left.
func JSON(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r != '\n' && r != '\t' && obeyed(r) {
			for _, unit := range utf16Of(r) {
				out = fmt.Appendf(out, `\u%04x`, unit)
			}
		} else {
			out = append(out, text[:n]...)
		}
		text = text[n:]
	}
	return out
}

func utf16Of(r rune) []rune {
	if r < 0x10000 {
		return []rune{r}
	}
	r -= 0x10000
	return []rune{0xd800 + r>>10, 0xdc00 + r&0x3ff}
}

func escape(r rune) string {
	if r < 0x10000 {
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// obeyed reports whether a terminal acts on r or hides what it does.
func obeyed(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d': // word boundaries and joiners of the region's scripts
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || unicode.Is(unicode.Co, r)
}
