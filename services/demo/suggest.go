package demo

import (
	"context"
)

const anyCase = `query Any @purpose(of: ASSISTANCE) { cases(first: 1, orderBy: {field: OPENED_ON, direction: DESC}) { edges { node { reference } } } }`

// suggest prints what to try on the command line, and how notices are read as they come.
func (s *session) suggest(ctx context.Context) error {
	worker, err := s.as("lwu", "worker")
	if err != nil {
		return err
	}
	var found struct {
		Cases struct {
			Edges []struct{ Node struct{ Reference string } }
		}
	}
	if _, err := worker.Do(ctx, anyCase, nil, &found); err != nil {
		return err
	}
	s.say("\nOn the command line, in another terminal (`sala` is this program: go run ./services/cmd/sala). Sign in as LWU's case worker, by a click on the page that it names, and ask:")
	s.say("  sala login --issuer %s --server %s/graphql", s.issuer.IssuerURL("lwu"), s.base)
	s.say("  sala cases --purpose ASSISTANCE")
	if len(found.Cases.Edges) > 0 { // a file that is read in may hold none
		s.say("  sala explain --case %s --agency ngo --purpose ASSISTANCE", found.Cases.Edges[0].Node.Reference)
	}
	s.say("  sala explain --help")
	token, err := s.issuer.Mint("ngo", "worker")
	if err != nil {
		return err
	}
	s.say("\nThe NGO's notices as they come (refer a case to the NGO meanwhile, and see docs/api.md):")
	s.say(`  curl -sN %s/graphql -H "Authorization: Bearer %s" -H "Content-Type: application/json" -H "Accept: text/event-stream" -d '{"query": "subscription { noticeAdded { id kind createdOn } }"}'`, s.base, token)
	return nil
}
