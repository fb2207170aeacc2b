package attack

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/category"
)

// Test14Paths: by whatever path one comes to a row, nested, by a fragment, through the
// interface, under another name or from another row, the verdict is the same: what is
// shared is there, what is not is nowhere. The same for every stored kind and each of
// Ent's ways: TestEveryDoorShowsTheSame.
func Test14Paths(t *testing.T) {
	siege(t, func(t *testing.T, s *service, g guard) {
		id := full(t, s.w, "Canary Fourteen")
		db := raw(t, s.w)
		narrative := one[string](t, db, "SELECT id FROM narratives LIMIT 1")
		s.w.Share("lwu", id, "ngo", assistance, category.Contact)
		s.w.Accept("ngo", assistance, s.w.Refer("lwu", id, "ngo", assistance, category.Contact))
		const p, what = "query @purpose(of: ASSISTANCE) ", " narratives { text } identities { names { text } } contacts { address } "
		const shared = "+999" // what every path shows of the contact
		for name, document := range map[string]string{
			"by id":              p + `{ case(id: "` + id + `") {` + what + `} }`,
			"as a list":          p + `{ cases(first: 5) { edges { node {` + what + `} } } }`,
			"as a node":          p + `{ node(id: "` + id + `") { ... on Case {` + what + `} } }`,
			"by a fragment":      p + `{ case(id: "` + id + `") { ...f } } fragment f on Case { ...g } fragment g on Case {` + what + `}`,
			"under other names":  p + `{ a: case(id: "` + id + `") { b: narratives { c: text } d: contacts { address } } }`,
			"from the referral":  p + `{ referrals(first: 5, box: INBOX) { edges { node { case {` + what + `} } } } }`,
			"there and back":     p + `{ case(id: "` + id + `") { referrals { case { referrals { case {` + what + `} } } } } }`,
			"past a null beside": p + `{ node(id: "case_x") { id } case(id: "` + id + `") {` + what + `} }`,
		} {
			got := s.ask("ngo", "worker", document)
			g.shows(t, name, got, "Canary Fourteen")
			if !strings.Contains(got, shared) {
				t.Errorf("%s: what is shared is not there: %.400s", name, got)
			}
		}
		g.shows(t, "the row itself", s.ask("ngo", "worker", p+`{ node(id: "`+narrative+`") { ... on Narrative { text } } }`), "Canary Fourteen")
	})
}
