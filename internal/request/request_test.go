package request

import (
	"context"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/pubid"
)

// TestIDs: an offered id is kept only where no name could be written so.
func TestIDs(t *testing.T) {
	for _, good := range []string{
		"0af7651916cd43dd8448eb211c80319c", "123e4567-e89b-12d3-a456-426614174000", strings.Repeat("a", 16), strings.Repeat("F", 64),
	} {
		if got := New(good).ID(); got != good {
			t.Errorf("%s became %s", good, got)
		}
	}
	for _, bad := range []string{
		"", "short", strings.Repeat("a", 15), strings.Repeat("a", 65), "Kanaree-Phommachanh", "ນາງ ກ 0123456789abcdef",
		"0123456789abcdef\n", "0123456789abcdef{}", "0123456789 abcdef",
	} {
		if got := New(bad).ID(); !pubid.Valid(got, "req") {
			t.Errorf("%q became %q", bad, got)
		}
	}
	if one, other := New(""), New(""); one.ID() == other.ID() {
		t.Error("two requests have one id")
	}
}

// TestNote: what is told is there, and a missing note takes everything in silence.
func TestNote(t *testing.T) {
	n := New("")
	ctx := NewContext(context.Background(), n)
	From(ctx).SetOperation("query")
	From(ctx).SetOutcome("OK")
	From(ctx).SetAgencyKind("UNION")
	if got := n.Facts(); got != (Facts{"query", "OK", "UNION"}) {
		t.Errorf("%v", got)
	}
	none := From(context.Background())
	none.SetOperation("query")
	none.SetOutcome("OK")
	none.SetAgencyKind("UNION")
	if none.ID() != "" || none.Facts() != (Facts{}) {
		t.Error("no note holds something")
	}
}
