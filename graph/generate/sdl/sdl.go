// Package sdl prints a GraphQL schema in a fixed form, for graph/schema.graphql and
// the test that it is current. It leaves out what GraphQL itself defines and the
// directives @defer and @stream, which Sala refuses.
package sdl

import (
	"maps"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// Print returns the schema definition language of s.
func Print(s *ast.Schema) string {
	shown := *s
	shown.Directives = maps.Clone(s.Directives)
	delete(shown.Directives, "defer")
	delete(shown.Directives, "stream")
	var b strings.Builder
	formatter.NewFormatter(&b, formatter.WithIndent("  ")).FormatSchema(&shown)
	return b.String()
}
