package pubid

import (
	"encoding/base32"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNew(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		id := New("case")
		if len(id) != len("case_")+26 || !Valid(id, "case") || Prefix(id) != "case" {
			t.Fatal("a new id is not valid")
		}
		if seen[id] {
			t.Fatal("an id came twice")
		}
		seen[id] = true
	}
}

// TestRandomness fails if some bit of new ids is constant: all 128 vary.
func TestRandomness(t *testing.T) {
	var or, and [16]byte
	for i := range and {
		and[i] = 0xff
	}
	for range 500 {
		b, err := encoding.DecodeString(strings.TrimPrefix(New("x"), "x_"))
		if err != nil || len(b) != 16 {
			t.Fatal(err)
		}
		for i := range b {
			or[i] |= b[i]
			and[i] &= b[i]
		}
	}
	for i := range or {
		if or[i] != 0xff || and[i] != 0 {
			t.Errorf("byte %d of the ids holds a constant bit", i)
		}
	}
}

const good = "0123456789abcdefghjkmnpqr0"

func TestStrict(t *testing.T) {
	if !Valid("case_"+good, "case") {
		t.Fatal("the good id is refused, so nothing below means anything")
	}
	for name, id := range map[string]string{
		"empty": "", "prefix only": "case_", "no prefix": "_" + good, "no underscore": good,
		"upper-case prefix": "Case_" + good, "upper-case rest": "case_" + strings.ToUpper(good),
		"short": "case_" + good[1:], "long": "case_0" + good, "line break inside": "case_" + good[:12] + "\n" + good[13:],
		"line break behind": "case_" + good + "\n", "space before": " case_" + good, "second underscore": "case__" + good[1:],
		"letter i": "case_i" + good[1:], "letter o": "case_o" + good[1:], "letter u": "case_u" + good[1:],
		"unused bits": "case_" + good[:25] + "1", "not ASCII": "case_" + good[:24] + "é",
		"digit in prefix": "case1_" + good, "full-width": "case_" + good[:23] + "０",
	} {
		if Valid(id, "case") || Prefix(id) != "" {
			t.Errorf("%s is taken for an id", name)
		}
	}
	if Valid("case_"+good, "person") || Valid("case_"+good, "") || Valid("case_"+good, "cas") {
		t.Error("an id is valid under another prefix")
	}
}

// TestDecoderAloneIsLax shows why Prefix looks at the spelling: the decoder alone
// gives two spellings one meaning.
func TestDecoderAloneIsLax(t *testing.T) {
	lax := base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)
	a, errA := lax.DecodeString(good)
	b, errB := lax.DecodeString(good[:25] + "1")
	if errA != nil || errB != nil || string(a) != string(b) {
		t.Skip("the decoder has become strict by itself")
	}
}

func TestOneSpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rest := rapid.StringMatching(`[0-9a-zA-Z_\n]{24,28}`).Draw(t, "rest")
		if Prefix("case_"+rest) == "" {
			return
		}
		b, err := encoding.DecodeString(rest)
		if err != nil || encoding.EncodeToString(b) != rest {
			t.Fatal("a second spelling is taken for an id")
		}
	})
}

func TestNewPanicsOnBadPrefix(t *testing.T) {
	for _, p := range []string{"", "Case", "a_b", "a b", strings.Repeat("a", 33)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("the prefix %q is taken", p)
				}
			}()
			New(p)
		}()
	}
}
