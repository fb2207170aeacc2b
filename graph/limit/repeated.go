package limit

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// The validation of a document compares every two fields that would be merged into
// one, and all below them with each other: a few thousand tokens of one field cost
// seconds. So this is looked at before it, on the parsed text alone.
const (
	MaxSame  = 24    // times that one response name may stand in one selection: once a kind of Node, and a little
	maxSteps = 20000 // of the look
)

// repeated reports whether a name stands too often in one selection, fragments spread.
// What cannot be parsed is not its business.
func repeated(text string) bool {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, MaxTokens)
	if err != nil || doc == nil {
		return false
	}
	l := &look{fragments: doc.Fragments}
	for _, o := range doc.Operations {
		l.below(o.SelectionSet)
	}
	for _, f := range doc.Fragments {
		l.below(f.SelectionSet)
	}
	return l.found || l.steps > maxSteps
}

type look struct {
	fragments ast.FragmentDefinitionList
	steps     int
	found     bool
}

// below looks at a selection and at every one in it.
func (l *look) below(set ast.SelectionSet) {
	l.count(set, map[string]int{}, map[string]bool{})
	for _, s := range set {
		if l.found || l.steps > maxSteps {
			return
		}
		switch s := s.(type) {
		case *ast.Field:
			l.below(s.SelectionSet)
		case *ast.InlineFragment:
			l.below(s.SelectionSet)
		}
	}
}

// count adds up the names that one selection brings together. A fragment counts once
// on each way to it; around gives those that stand around.
func (l *look) count(set ast.SelectionSet, names map[string]int, around map[string]bool) {
	for _, s := range set {
		if l.steps++; l.found || l.steps > maxSteps {
			return
		}
		switch s := s.(type) {
		case *ast.Field:
			names[s.Alias]++
			l.found = names[s.Alias] > MaxSame
		case *ast.InlineFragment:
			l.count(s.SelectionSet, names, around)
		case *ast.FragmentSpread:
			if f := l.fragments.ForName(s.Name); f != nil && !around[s.Name] {
				around[s.Name] = true
				l.count(f.SelectionSet, names, around)
				delete(around, s.Name)
			}
		}
	}
}
