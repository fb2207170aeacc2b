package attack

import "testing"

// lists are the questions whose answer has a length, a flag or a number in it.
var lists = map[string]string{
	"the length of a page":       `query @purpose(of: ASSISTANCE) { cases(first: 5) { edges { node { kind } } } }`,
	"whether there is a next":    `query @purpose(of: ASSISTANCE) { cases(first: 1) { pageInfo { hasNextPage } } }`,
	"the length of the worklist": `query @purpose(of: ASSISTANCE) { worklist(first: 5) { edges { node { __typename } } pageInfo { hasNextPage } } }`,
}

// ownLists are such questions about what is addressed to the agency: the resolver asks for
// that alone, whatever the walls.
var ownLists = map[string]string{
	"the number of notices":     `{ noticeCounts { unread unacknowledged } }`,
	"the length of the inbox":   `query @purpose(of: ASSISTANCE) { referrals(first: 5, box: INBOX) { edges { node { state } } pageInfo { hasNextPage } } }`,
	"the length of the notices": `{ notices(first: 5) { edges { node { kind } } } }`,
}

// Test16Counts: whatever is counted is counted over what the viewer sees: before and
// after other agencies have registered and referred cases the answers are the same.
// Generated: TestTwoWorlds.
func Test16Counts(t *testing.T) {
	siege(t, func(t *testing.T, s *service, g guard) {
		before := map[string]string{}
		for _, of := range []map[string]string{lists, ownLists} {
			for name, document := range of {
				before[name] = s.ask("mops", "worker", document)
			}
		}
		share(s.w, "Canary Sixteen")
		id := s.w.Register("lwu", "Canary Sixteen B")
		s.w.Share("lwu", id, "ngo", assistance, "IDENTITY")
		s.w.Refer("lwu", id, "ngo", assistance, "IDENTITY")
		for name, document := range lists {
			after := s.ask("mops", "worker", document)
			if name == "the length of the worklist" && g == nothingStands {
				continue // its one statement has the predicate in it, and is no query of Ent's
			}
			g.alike(t, name, after, before[name])
		}
		for name, document := range ownLists {
			if after := s.ask("mops", "worker", document); after != before[name] && g == allStand {
				t.Errorf("%s: %s, before %s", name, after, before[name])
			}
		}
	})
}
