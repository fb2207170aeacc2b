// Package fraction finds fractions in YAML where a whole number is meant.
//
// The decoder (go.yaml.in/yaml/v3) cuts a fraction off without a word: who writes that a
// class has 5.9 members at least would be given 5. It promises to find each in what one type
// says is a whole number, by its line, and tells no value. It decodes nothing.
package fraction

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Line is the line of the first fraction in a YAML document that stands where into, a
// struct or a pointer to one, has a whole number; 0 where there is none, or no YAML.
func Line(raw []byte, into any) int {
	var doc yaml.Node
	if yaml.Unmarshal(raw, &doc) != nil || len(doc.Content) == 0 {
		return 0
	}
	return within(doc.Content[0], reflect.TypeOf(into))
}

func within(n *yaml.Node, t reflect.Type) int {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case t == nil:
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!float" {
			return n.Line
		}
	case n.Kind == yaml.SequenceNode && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array):
		for _, c := range n.Content {
			if line := within(c, t.Elem()); line > 0 {
				return line
			}
		}
	case n.Kind == yaml.MappingNode:
		return inMapping(n, t)
	}
	return 0
}

func inMapping(n *yaml.Node, t reflect.Type) int {
	for i := 0; i+1 < len(n.Content); i += 2 {
		var of reflect.Type
		switch t.Kind() {
		case reflect.Map:
			of = t.Elem()
		case reflect.Struct:
			of = field(t, n.Content[i].Value)
		default:
			return 0
		}
		if line := within(n.Content[i+1], of); line > 0 {
			return line
		}
	}
	return 0
}

// field is the type of a struct's field by its YAML name; nil where there is none.
func field(t reflect.Type, name string) reflect.Type {
	for f := range t.Fields() {
		called, rest, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case called == name && name != "":
			return f.Type
		case called == "" && (rest == "inline" || f.Anonymous):
			if inner := field(f.Type, name); f.Type.Kind() == reflect.Struct && inner != nil {
				return inner
			}
		case called == "" && strings.EqualFold(f.Name, name):
			return f.Type
		}
	}
	return nil
}
