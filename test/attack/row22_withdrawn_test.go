package attack

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/test/world"
)

// Test22WithdrawnMeanwhile: her no comes between what an answer read and its record.
// Without the second look the answer leaves all the same; with it nothing does. The same
// for each thing that can close, and the order of the two: TestWhatClosedMeanwhileDoesNotLeave
// and TestTheRecordHoldsAWithdrawalBack.
func Test22WithdrawnMeanwhile(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		for name, unrecorded := range map[string]bool{"without a second look": true, "with it": false} {
			c := share(w, "Canary Twenty-two")
			no := func() { w.Withdraw("lwu", c.Case, "ngo") }
			s := serviceOf(t, w, func(d *desk) { d.unrecorded, d.meanwhile = unrecorded, no })
			got := s.ask("ngo", "worker", `query @purpose(of: ASSISTANCE) { case(id: "`+c.Case+`") { identities { names { text } } } }`)
			if leaves := strings.Contains(got, "Canary"); leaves != unrecorded || !unrecorded && codeOf(got) != "CHANGED" {
				t.Errorf("%s: %.300s", name, got)
			}
		}
	})
}

// Test22WithdrawnBetweenPages: the next page, by a cursor from before her no, holds
// nothing of her; without the no it does.
func Test22WithdrawnBetweenPages(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		s := serviceOf(t, w, nil)
		var cases []string
		for range 3 {
			cases = append(cases, share(w, "Canary Paged").Case)
		}
		page := func(after string) (answer, cursor string) {
			answer = s.ask("ngo", "worker", `query @purpose(of: ASSISTANCE) { cases(first: 1`+after+`) { edges { node { id identities { names { text } } } } pageInfo { endCursor } } }`)
			_, cursor, _ = strings.Cut(answer, `"endCursor":"`)
			cursor, _, _ = strings.Cut(cursor, `"`)
			return answer, `, after: "` + cursor + `"`
		}
		first, cursor := page("")
		second, _ := page(cursor)
		if !strings.Contains(first, "Canary") || !strings.Contains(second, "Canary") {
			t.Fatalf("the pages are empty while she permits them: %s %s", first, second)
		}
		for _, id := range cases {
			if !strings.Contains(first, id) {
				w.Withdraw("lwu", id, "ngo")
			}
		}
		if after, _ := page(cursor); strings.Contains(after, "Canary") {
			t.Errorf("the next page after her no: %s", after)
		}
	})
}
