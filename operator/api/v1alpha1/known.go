package v1alpha1

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// unknownField is a field that the type has not, with its line and path.
type unknownField struct {
	line int
	path string
}

func (u *unknownField) Error() string { return "unknown field" }

// aliased is a use of a YAML anchor.
type aliased struct{ line int }

func (a *aliased) Error() string { return "alias" }

func shapeOf(v any) reflect.Type { return reflect.TypeOf(v).Elem() }

// known walks a document beside its type and refuses the first field that is not the
// type's, by its exact spelling.
func known(n *yaml.Node, t reflect.Type) error { return walk(n, t, "") }

func walk(n *yaml.Node, t reflect.Type, path string) error {
	if n.Kind == yaml.AliasNode {
		return &aliased{n.Line} // which may hold itself
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode:
		fields := fieldsOf(t)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			at := strings.TrimPrefix(path+"."+shown(key.Value), ".")
			of, ok := fields[key.Value]
			if !ok || key.Kind != yaml.ScalarNode {
				return &unknownField{key.Line, at}
			}
			if err := walk(n.Content[i+1], of, at); err != nil {
				return err
			}
		}
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			if err := walk(item, t.Elem(), path); err != nil {
				return err
			}
		}
	}
	return nil
}

// shown keeps a misplaced text out of a message.
func shown(key string) string {
	if len(key) > 40 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "(unreadable)"
	}
	return key
}

func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		out[name] = t.Field(i).Type
	}
	return out
}
