package identity

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSound(t *testing.T) {
	for _, s := range []string{"u-1", "Ω", "a b", "é", "e\u0301", "auth0|5f7", "ນ້ອຍ", strings.Repeat("a", 255)} {
		if !sound(s) {
			t.Errorf("%q refused", s)
		}
	}
	for _, s := range []string{
		"", "\x00", "a\n", "a\u0085", "a\u200b", "a\u200d", "a\u202e", "a\u2066", "\ufeffa", "a\u2028", "a\ufffd", "a\xff",
		"a\u00ad", "a\u3164", "a\ufe0f", "a\u00a0", "\ue000", "a\U000e0041", strings.Repeat("a", 256), strings.Repeat("é", 128),
	} {
		if sound(s) {
			t.Errorf("%q taken", s)
		}
	}
}

func TestWhole(t *testing.T) {
	for raw, want := range map[string]int64{"1": 1, "1800000000": 1800000000, "99999999999": 99999999999} {
		if n, ok := (members{"x": json.RawMessage(raw)}).whole("x"); !ok || n != want {
			t.Errorf("%s: %d %v", raw, n, ok)
		}
	}
	for _, raw := range []string{"", "0", "01", "-1", "1.0", "1e9", `"1"`, "null", "true", "[1]", "100000000000"} {
		if _, ok := (members{"x": json.RawMessage(raw)}).whole("x"); ok {
			t.Errorf("%s: taken", raw)
		}
	}
}

// FuzzScanObject: what passes is one object that every reader reads alike.
func FuzzScanObject(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1}`, `{"a":1,"A":2}`, `{"a":[{"b":{}}]}`, `{"a":1}{}`, `{"\u212a":1,"k":2}`, `[`, `{"a":}`, ``, `null`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := scanObject(raw)
		if err != nil {
			return
		}
		if !json.Valid(raw) {
			t.Fatal("not JSON, yet taken")
		}
		seen := map[string]bool{}
		for name := range m {
			if low := strings.ToLower(name); seen[low] {
				t.Fatal("two members that are equal but for case")
			} else {
				seen[low] = true
			}
		}
	})
}
