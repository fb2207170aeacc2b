package attack

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/internal/pubid"
	"github.com/sala-exchange/sala/test/world"
)

// Test17Cursors: Ent's own cursor holds the row and the value that it is ordered by for
// whoever decodes it, and takes any that somebody makes. Ours is sealed for its viewer,
// purpose, list, filter and order (graph's TestCursors, present's TestForgedCursorIsRefused
// and TestCursorTellsNothing): Ent's is refused.
func Test17Cursors(t *testing.T) {
	var made bytes.Buffer
	forged := ent.Cursor{ID: pubid.New("case"), Value: int64(1772420400123456)}
	forged.MarshalGQL(&made)
	text, err := strconv.Unquote(made.String())
	if err != nil {
		t.Fatal(err)
	}
	plain, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || !bytes.Contains(plain, []byte(forged.ID)) {
		t.Errorf("Ent's cursor does not hold the row any more: %v", err)
	}
	var taken ent.Cursor
	if err := taken.UnmarshalGQL(text); err != nil || taken.ID != forged.ID {
		t.Errorf("Ent takes no forged cursor any more: %v", err)
	}
	both(t, func(t *testing.T, w *world.World) {
		s := serviceOf(t, w, nil)
		w.Register("lwu", "Canary Seventeen")
		w.Register("lwu", "Canary Seventeen")
		const first = `query @purpose(of: ASSISTANCE) { cases(first: 1) { edges { cursor node { id } } pageInfo { endCursor } } }`
		page := s.ask("lwu", "worker", first)
		_, id, _ := strings.Cut(page, `"id":"case_`)
		id, _, _ = strings.Cut(id, `"`)
		for _, part := range strings.Split(page, `"`) {
			if b, err := base64.RawURLEncoding.DecodeString(part); err == nil && id != "" && bytes.Contains(b, []byte(id[:8])) {
				t.Error("a cursor holds its row")
			}
		}
		got := s.ask("lwu", "worker", `query @purpose(of: ASSISTANCE) { cases(first: 1, after: "`+text+`") { edges { node { id } } } }`)
		if codeOf(got) != "INVALID" {
			t.Errorf("a forged cursor: %s", got)
		}
	})
}
