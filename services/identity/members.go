package identity

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDepth bounds the nesting of objects and arrays in a token.
const maxDepth = 8

// members are the top-level members of a JSON object by their exact names. Go's
// own decoding into a struct takes `Sub` for `sub` (threats.md finding 8), so
// claims are never decoded that way.
type members map[string]json.RawMessage

// The names that Sala reads. A member that is one of them but for case is refused
// even where it stands alone: it is a mistake or an attack.
var known = append([]string{"alg", "kid", "typ", "crit", "jwk", "jku", "x5u", "x5c"}, reserved...)

// scanObject reads one JSON object: valid UTF-8, at most maxDepth deep, no two
// members of one object with names that are equal but for case, nothing after it.
func scanObject(raw []byte) (members, error) {
	if !utf8.Valid(raw) {
		return nil, refuse("json: not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	tok, err := d.Token()
	if err != nil || tok != json.Delim('{') {
		return nil, refuse("json: not an object")
	}
	if err := scanMembers(d, 1); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, refuse("json: something follows the object")
	}
	var m members
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, refuse("json: malformed")
	}
	for name := range m {
		for _, k := range known {
			if name != k && fold(name) == fold(k) {
				return nil, refuse("json: a known member in other case (" + k + ")")
			}
		}
	}
	return m, nil
}

// scanMembers reads the rest of an object whose opening brace was read.
func scanMembers(d *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		tok, err := d.Token()
		name, ok := tok.(string)
		if err != nil || !ok {
			return refuse("json: malformed")
		}
		if f := fold(name); seen[f] {
			return refuse("json: a member stands twice, case aside")
		} else {
			seen[f] = true
		}
		if err := scanValue(d, depth); err != nil {
			return err
		}
	}
	return closing(d)
}

func scanValue(d *json.Decoder, depth int) error {
	tok, err := d.Token()
	if err != nil {
		return refuse("json: malformed")
	}
	open, ok := tok.(json.Delim)
	if !ok {
		return nil
	}
	if depth++; depth > maxDepth {
		return refuse("json: nested too deep")
	}
	if open == '{' {
		return scanMembers(d, depth)
	}
	for d.More() {
		if err := scanValue(d, depth); err != nil {
			return err
		}
	}
	return closing(d)
}

func closing(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return refuse("json: malformed")
	}
	return nil
}

// fold maps names that are equal but for case to one text, the Kelvin sign and
// the long s included, as encoding/json does when it matches names.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, s)
}

func (m members) has(name string) bool { _, ok := m[name]; return ok }

// text returns a member that is a JSON string, else "".
func (m members) text(name string) string {
	var s *string
	if raw, ok := m[name]; !ok || json.Unmarshal(raw, &s) != nil || s == nil {
		return ""
	}
	return *s
}

// whole returns a member that is a positive JSON integer of at most 11 digits,
// without fraction or exponent.
func (m members) whole(name string) (int64, bool) {
	raw := m[name]
	if len(raw) == 0 || len(raw) > 11 || raw[0] == '0' {
		return 0, false
	}
	var n int64
	for _, c := range raw {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// sound reports whether s may name somebody or something: 1 to 255 bytes of valid
// UTF-8 without control, format (bidi, zero-width), private or undefined
// characters. It changes nothing: names that differ in one byte are different
// names (threats.md row 9).
func sound(s string) bool {
	if s == "" || len(s) > maxWord || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r == utf8.RuneError || r != ' ' && !unicode.IsGraphic(r) || invisible(r) {
			return false
		}
	}
	return true
}

// invisible reports graphic characters that show as nothing: blanks other than
// the ASCII space, fillers and variation selectors.
func invisible(r rune) bool {
	switch r {
	case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0:
		return true
	}
	return r != ' ' && unicode.IsSpace(r) || unicode.Is(unicode.Variation_Selector, r)
}
