package aggregate_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/services/anonymity/aggregate"
	"github.com/sala-exchange/sala/services/anonymity/noise"
	"github.com/sala-exchange/sala/services/anonymity/table"
	"github.com/sala-exchange/sala/test/privacyloss"
)

// TestPrivacyLossOfTheWhole: private counts of two tables that differ by one record, made
// many times. No event that is looked at is so much likelier on one of them that ε and δ do
// not allow it; with a budget of ten times as much, some is. The false alarm is 1e-7.
func TestPrivacyLossOfTheWhole(t *testing.T) {
	runs := 6000
	if testing.Short() {
		runs = 1500
	}
	const one = "A,B\n"
	rows := strings.Repeat("x,y\n", 30)
	without, with := read(t, one+rows), read(t, one+rows+"x,y\n")
	const epsilon, delta = 1.0, 1e-3
	told := func(epsilon float64) float64 {
		return lossAtLeast(outcomes(t, without, runs, epsilon, delta), outcomes(t, with, runs, epsilon, delta), runs, delta)
	}
	loss := told(epsilon)
	t.Logf("a loss of %.3f is shown, of %v promised", loss, epsilon)
	if loss > epsilon {
		t.Errorf("private counts lose %v, more than the epsilon of %v", loss, epsilon)
	}
	if loss := told(10 * epsilon); loss <= epsilon {
		t.Errorf("a budget of ten times as much is not found: the test is blind (%v)", loss)
	}
}

// outcomes counts in how many runs each of some events came: that a combination is told,
// and that a sum of counts reaches a limit.
func outcomes(t *testing.T, data *table.Table, runs int, epsilon, delta float64) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for range runs {
		a, _, err := aggregate.Counted(ctx, data, aggregate.Options{Length: 2},
			aggregate.Private{Budget: noise.Budget{Epsilon: epsilon, Delta: delta}, Records: 31, Bound: 2, Threshold: 1, Priority: aggregate.Even}, nil)
		if err != nil {
			t.Fatal(err)
		}
		// What tells the two tables apart best, by the noise on each: x, y, and both.
		told := named(a)
		sum := told["A:x"] + told["B:y"] + 2*told["A:x;B:y"]
		for limit := int64(60); limit <= 200; limit += 4 {
			if sum >= limit {
				seen[strconv.FormatInt(limit, 10)]++
			}
		}
		for name := range told {
			seen[name]++
		}
	}
	return seen
}

func lossAtLeast(a, b map[string]int, n int, delta float64) float64 {
	var events [][2]int
	for event := range a {
		events = append(events, [2]int{a[event], b[event]})
	}
	for event := range b {
		if _, both := a[event]; !both {
			events = append(events, [2]int{0, b[event]})
		}
	}
	return privacyloss.AtLeast(events, n, delta, 1e-7)
}
