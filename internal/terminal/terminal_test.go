package terminal

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// TestNothingIsObeyed: what would move the cursor, set the title, or turn the text
// round is shown instead.
func TestNothingIsObeyed(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[2Jgone":         `\u001b[2Jgone`,
		"\x1b]0;title\x07":    `\u001b]0;title\u0007`,
		"a\u202egnp.exe":      `a\u202egnp.exe`,
		"\u2066x\u2069\u200f": `\u2066x\u2069\u200f`,
		"\u009b31m":           `\u009b31m`,
		"two\nlines\r\ttab":   `two\nlines\u000d\ttab`,
		"\xff":                `\xff`,
		"\U000e0041":          `\U000e0041`,
		"ນາງ ຄຳ\u200bດີ สมหญิง": "ນາງ ຄຳ\u200bດີ สมหญิง",
	} {
		if got := Visible(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// TestJSONKeepsItsValues: the escapes are JSON's own.
func TestJSONKeepsItsValues(t *testing.T) {
	in := map[string]string{"a": "x\u202ey\u009b\x1b\u2028z\U000e0041\x7f ຄຳ"}
	raw, err := json.MarshalIndent(in, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	safe := JSON(raw)
	for _, bad := range []string{"\u202e", "\u009b", "\x1b", "\U000e0041", "\x7f"} {
		if bytes.Contains(safe, []byte(bad)) {
			t.Errorf("%q is left", bad)
		}
	}
	var out map[string]string
	if err := json.Unmarshal(safe, &out); err != nil || out["a"] != in["a"] {
		t.Errorf("it reads %q, %v", out["a"], err)
	}
}

// TestColumnsStandUnderEachOther with marks above and below, and with wide letters.
func TestColumnsStandUnderEachOther(t *testing.T) {
	table := NewTable("name", "next")
	for _, n := range []string{"Kham", "ນ້ອຍ", "ที่รัก", "ភារម្យ", "秀英", "a\nb"} {
		table.Row(n, "|")
	}
	var b bytes.Buffer
	if err := table.Write(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	want := Width(lines[0][:strings.Index(lines[0], "next")])
	for _, l := range lines[1:] {
		if got := Width(l[:strings.Index(l, "|")]); got != want {
			t.Errorf("the second column stands at %d, want %d: %s", got, want, l)
		}
	}
	if Width("ນ້ອຍ") != 3 || Width("秀英") != 4 {
		t.Errorf("widths %d and %d, want 3 and 4", Width("ນ້ອຍ"), Width("秀英"))
	}
}
