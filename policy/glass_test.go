package policy

import (
	"context"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/sala-exchange/sala/ent/rule"
)

// broken is granting with a break-glass of somebody who is not on the case, who asked for
// more than there is.
func broken(locked bool) *rule.Facts {
	f := granting()
	f.Locked = locked
	f.BreakGlass = []rule.GlassFacts{{ID: "g1", Agency: "shl", Member: "shi", Owner: "lwu", Purpose: "PROTECTION",
		Categories: []string{"IDENTITY", "WHEREABOUTS", "HEALTH"}, From: 500, Until: 600}}
	return f
}

// TestBreakGlass: one access, to that member; in a locked case none (F3).
func TestBreakGlass(t *testing.T) {
	p := builtIn(t)
	for locked, want := range map[bool]int{false: 1, true: 0} {
		rows, err := p.Access(context.Background(), broken(locked))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, a := range rows {
			if a.Basis != "BREAK_GLASS" {
				continue
			}
			if n++; a.BreakGlass != "g1" || a.Member != "shi" || a.Contributor != "lwu" || len(a.Categories) != 3 || a.From != 500 || a.Until != 600 {
				t.Errorf("locked %v: %+v", locked, a)
			}
		}
		if n != want {
			t.Errorf("locked %v: %d accesses by break-glass, want %d", locked, n, want)
		}
	}
}

// TestErosionOfBreakGlass: a broken leaf of a break-glass, of a lock or of whose case it is
// adds nothing; in a locked case nothing at all.
func TestErosionOfBreakGlass(t *testing.T) {
	t.Parallel()
	p := builtIn(t)
	for _, locked := range []bool{false, true} {
		f := broken(locked)
		full, err := p.Access(context.Background(), f)
		if err != nil {
			t.Fatal(err)
		}
		before, fewer := atoms(full), 0
		erode(t, f, func(name string, input ast.Value) {
			after, refused := accessOf(p, input)
			if extra := added(before, after); extra != "" {
				t.Errorf("locked %v: %s opens %s", locked, name, extra)
			}
			if refused || len(after) < len(before) {
				fewer++
			}
		}, "[break_glass ", "[locked]", "[agencies lwu ", "[agencies shl ", "[case ")
		if !locked && fewer == 0 {
			t.Error("no erosion takes anything away")
		}
	}
}
