package attack

import (
	"testing"
	"time"
)

// Test45TokenTimes: clocks that are not alike. A token counts to 30 seconds past its end
// and from a minute before its beginning, to the second and no further; a clock that is a
// day behind would take yesterday's, and a token that was made to last takes no part in
// that. Ends of accesses, to the microsecond: TestEndsAreExclusive; days and zones:
// TestEighteenthWhereMidnightIsSkipped, TestABirthDateInTheFutureIsJudgedInTheDeploymentsZone.
func Test45TokenTimes(t *testing.T) {
	t.Parallel()
	i := ownIssuer(t)
	made := time.Unix(1_800_000_000, 0)
	at := func(offset time.Duration) { i.now = func() time.Time { return made.Add(offset) } }
	at(0)
	v, token := i.verifier(t), i.sign(t, i.claims(nil)) // for an hour
	lasting := i.sign(t, i.claims(map[string]any{"exp": made.Add(72 * time.Hour).Unix()}))
	for _, c := range []struct {
		offset time.Duration
		want   bool
	}{
		{0, true},
		{-time.Minute, true},
		{-time.Minute - time.Second, false},
		{-24 * time.Hour, false},
		{time.Hour + 30*time.Second - time.Microsecond, true},
		{time.Hour + 30*time.Second, false},
		{time.Hour + 5*time.Minute, false},
		{24 * time.Hour, false},
	} {
		at(c.offset)
		if _, ok := accepts(t, v, token); ok != c.want {
			t.Errorf("%v after it was made: accepted %v", c.offset, ok)
		}
		if _, ok := accepts(t, v, lasting); ok {
			t.Errorf("a token for three days is accepted %v after it was made", c.offset)
		}
	}
	// What the server's own clock guards: a day later, on a clock that is a day behind, the
	// token is good.
	at(0)
	if _, ok := accepts(t, v, token); !ok {
		t.Error("on a clock that is behind the token is refused, so that nothing is shown")
	}
}
