package casework

import (
	"math/rand/v2"
	"testing"
)

// TestWithheldCountsAreNotComputable: whatever the counts, none below the threshold is
// shown, and what is shown beside the total leaves a sum of at least two others that is no
// less than the threshold. Withholding the small ones alone does not do: there the total
// tells (F4, J1).
func TestWithheldCountsAreNotComputable(t *testing.T) {
	t.Parallel()
	const threshold = 11
	random := rand.New(rand.NewPCG(7, 11))
	told := 0
	for range 20000 {
		cells := make([]*RefusalCount, 1+random.IntN(9))
		was, sum, alone := make([]int, len(cells)), 0, 0
		for i := range cells {
			was[i] = random.IntN(30) * random.IntN(2)
			n := was[i]
			cells[i], sum = &RefusalCount{Persons: &n}, sum+n
			if n < threshold {
				alone++
			}
		}
		if alone == 1 {
			told++ // the total less the others
		}
		after, total := withheld(cells, threshold)
		hidden, persons := 0, 0
		for i, c := range after {
			switch {
			case c.Persons == nil:
				hidden, persons = hidden+1, persons+was[i]
			case *c.Persons < threshold || *c.Persons != was[i]:
				t.Fatalf("%v: a count of %d is shown", was, *c.Persons)
			}
		}
		if total != nil && (*total != sum || sum < threshold || hidden == 1 || hidden > 0 && persons < threshold) {
			t.Fatalf("%v: %d counts of %d persons are withheld beside the total", was, hidden, persons)
		}
	}
	if told == 0 {
		t.Error("the total never tells a count that is withheld alone: the attack is not tried")
	}
}
