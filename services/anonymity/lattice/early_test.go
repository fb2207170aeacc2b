package lattice

import (
	"testing"

	"pgregory.net/rapid"
)

// TestEarlyIsRight: at every node, what is seen from a part of the groups is what counting
// each class by the texts of its cells says.
func TestEarlyIsRight(t *testing.T) {
	failing, not := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p := small(t)
		p.Metric = Loss
		s, err := newSpace(p)
		if err != nil {
			t.Fatal(err)
		}
		e := newEarly(s)
		for n := range s.nodes {
			levels := s.levels(n, nil)
			classes, rows := map[string]int{}, 0
			for row := range s.rows {
				key := ""
				for i, l := range p.Quasi {
					key += plain(p, l, levels[i], i, row) + "|"
				}
				classes[key]++
			}
			for _, size := range classes {
				if size < p.Require.K {
					rows += size
				}
			}
			want := rows > s.limit
			if got := e.fails(levels); got != want {
				t.Fatalf("at %v %d rows are in small classes and %d may be: it says %v", levels, rows, s.limit, got)
			}
			if want {
				failing++
			} else {
				not++
			}
		}
	})
	if failing == 0 || not == 0 {
		t.Errorf("%d nodes fail and %d do not: nothing is told", failing, not)
	}
}
