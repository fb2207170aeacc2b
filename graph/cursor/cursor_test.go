package cursor

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/internal/errs"
)

func sealer(t *testing.T, first byte) *Cursors {
	t.Helper()
	key := make([]byte, MinKey)
	key[0] = first
	c, err := NewCursors(key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func seal(t *testing.T, c *Cursors, cur ent.Cursor, bound string) string {
	t.Helper()
	text, err := c.Seal(cur, bound)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var somewhere = ent.Cursor{ID: "case_0123456789abcdefghjkmnpqrs", Value: int64(1772420400123456)}

func TestCursorOpensWhereItWasSealed(t *testing.T) {
	c := sealer(t, 1)
	for _, cur := range []ent.Cursor{somewhere, {ID: "case_x"}, {ID: "case_x", Value: int64(0)}, {ID: "case_x", Value: int64(-1)}} {
		text := seal(t, c, cur, "a list")
		if again := seal(t, c, cur, "a list"); again != text {
			t.Error("the same place has two cursors")
		}
		got, err := c.Open(text, "a list")
		if err != nil || got != cur {
			t.Errorf("opened %v, %v; sealed %v", got, err, cur)
		}
	}
	if _, err := c.Seal(ent.Cursor{ID: "case_x", Value: "a name"}, "a list"); err == nil {
		t.Error("a cursor over something else than a time was sealed")
	}
	if _, err := NewCursors(make([]byte, MinKey-1)); errs.KindOf(err) != errs.Invalid {
		t.Errorf("a short key: %v", err)
	}
}

// Every byte counts, and the key and the words with it (threats.md 17).
func TestForgedCursorIsRefused(t *testing.T) {
	c := sealer(t, 1)
	text := seal(t, c, somewhere, "a list")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	forged := map[string]string{
		"empty": "", "10 kB": strings.Repeat("A", 10000), "padded": text + "=", "twice": text + text, "with a line break": text[:9] + "\n" + text[9:],
		"standard alphabet": base64.StdEncoding.EncodeToString(raw), "not base64": "Canary!", "zeros": base64.RawURLEncoding.EncodeToString(make([]byte, len(raw))),
	}
	for i := range raw {
		flipped := bytes.Clone(raw)
		flipped[i] ^= 1
		forged["byte "+strconv.Itoa(i)+" flipped"] = base64.RawURLEncoding.EncodeToString(flipped)
		forged["cut at "+strconv.Itoa(i)] = base64.RawURLEncoding.EncodeToString(raw[:i])
	}
	refuse := func(what string, c *Cursors, text, bound string) {
		t.Helper()
		got, err := c.Open(text, bound)
		if errs.KindOf(err) != errs.Invalid || got != (ent.Cursor{}) || strings.Contains(err.Error(), "Canary") {
			t.Errorf("%s: %v, %v", what, got, err)
		}
	}
	for what, text := range forged {
		refuse(what, c, text, "a list")
	}
	refuse("another list", c, text, "a lisT")
	refuse("no list", c, text, "")
	refuse("another key", sealer(t, 2), text, "a list")
}

// The bytes hold neither the row nor its time, in whichever form (threats.md 0.1).
func TestCursorTellsNothing(t *testing.T) {
	c := sealer(t, 1)
	raw, err := base64.RawURLEncoding.DecodeString(seal(t, c, somewhere, "a list"))
	if err != nil {
		t.Fatal(err)
	}
	at := somewhere.Value.(int64)
	for what, b := range map[string][]byte{
		"kind": []byte("case"), "id": []byte("0123456789"), "time": []byte("17724204"), "list": []byte("a list"),
		"big-endian time": binary.BigEndian.AppendUint64(nil, uint64(at))[2:], "little-endian time": binary.LittleEndian.AppendUint64(nil, uint64(at))[:6],
	} {
		if bytes.Contains(raw, b) {
			t.Errorf("the cursor holds the %s", what)
		}
	}
	// Two neighbours share nothing, not even the beginning.
	next := somewhere
	next.Value = at + 1
	other, err := base64.RawURLEncoding.DecodeString(seal(t, c, next, "a list"))
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for i := range min(len(raw), len(other)) {
		if raw[i] == other[i] {
			same++
		}
	}
	if same > 8 { // of about 80; one in 256 is chance
		t.Errorf("two neighbours share %d bytes of %d", same, len(raw))
	}
}
