// Package rules says of a manifest, without a cluster, what a cluster would refuse in it.
//
// It promises the same answer as an API server that has the definition: what the schema
// says is read from the definition itself, and of its CEL rules each that looks at one
// object alone has its counterpart here; a test holds both against a real API server, and
// another finds a keyword or a rule that has none. A problem names the field and the rule,
// never the value. It knows no look-up: whether a code is taken is decided elsewhere.
package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/sala-exchange/sala/operator/crd"
)

// Problem is what is wrong with one field.
type Problem struct {
	Field string // as spec.units[0].name
	Says  string // what it has to be
}

// schema is what is read of a definition's schema (OpenAPI 3, structural).
type schema struct {
	Type                 string             `yaml:"type"`
	Properties           map[string]*schema `yaml:"properties"`
	AdditionalProperties *schema            `yaml:"additionalProperties"`
	Items                *schema            `yaml:"items"`
	Required             []string           `yaml:"required"`
	Default              any                `yaml:"default"`
	Enum                 []string           `yaml:"enum"`
	Pattern              string             `yaml:"pattern"`
	MinLength            *int               `yaml:"minLength"`
	MaxLength            *int               `yaml:"maxLength"`
	Minimum              *int               `yaml:"minimum"`
	Maximum              *int               `yaml:"maximum"`
	MinItems             *int               `yaml:"minItems"`
	MaxItems             *int               `yaml:"maxItems"`
	MaxProperties        *int               `yaml:"maxProperties"`
	Keys                 []string           `yaml:"x-kubernetes-list-map-keys"`
	ListType             string             `yaml:"x-kubernetes-list-type"`
	Validations          []struct {
		Rule    string `yaml:"rule"`
		Message string `yaml:"message"`
	} `yaml:"x-kubernetes-validations"`
}

var agencies = sync.OnceValue(func() *schema {
	var d struct {
		Spec struct {
			Versions []struct {
				Schema struct {
					V3 schema `yaml:"openAPIV3Schema"`
				} `yaml:"schema"`
			} `yaml:"versions"`
		} `yaml:"spec"`
	}
	if err := yaml.Unmarshal(crd.Agencies, &d); err != nil || len(d.Spec.Versions) != 1 {
		panic(fmt.Sprintf("rules: the embedded definition of agencies: %v", err)) // generated
	}
	return &d.Spec.Versions[0].Schema.V3
})

// Kinds are the kinds of agency, in the definition's order.
func Kinds() []string { return slices.Clone(agencies().at("spec", "kind").Enum) }

// NeedsToKnow are the modes of need to know, in the definition's order.
func NeedsToKnow() []string { return slices.Clone(agencies().at("spec", "needToKnow").Enum) }

func (s *schema) at(path ...string) *schema {
	for _, p := range path {
		s = s.Properties[p]
	}
	return s
}

// Agency checks the manifest of an agency, as YAML that v1alpha1.Decode has read.
func Agency(manifest []byte) ([]Problem, error) {
	var n yaml.Node
	if err := yaml.Unmarshal(manifest, &n); err != nil {
		return nil, fmt.Errorf("reading a manifest that was decoded before: %w", err)
	}
	worded(&n)
	var o map[string]any
	if err := n.Decode(&o); err != nil {
		return nil, fmt.Errorf("reading a manifest that was decoded before: %w", err)
	}
	c := &check{}
	delete(o, "status") // which no manifest has
	agencies().complete(o)
	c.value(agencies(), o, "")
	return c.found, nil
}

// complete puts defaults in, as the API server does before it looks at rules.
func (s *schema) complete(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, of := range s.Properties {
			if _, there := v[name]; !there && of.Default != nil {
				v[name] = of.standard()
			}
			of.complete(v[name])
		}
	case []any:
		for _, item := range v {
			if s.Items != nil {
				s.Items.complete(item)
			}
		}
	}
}

// standard is a default that nothing else holds.
func (s *schema) standard() any {
	if o, is := s.Default.(map[string]any); is {
		return maps.Clone(o)
	}
	return s.Default
}

// worded makes texts of dates and times, as a cluster reads them.
func worded(n *yaml.Node) {
	if n.ShortTag() == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, c := range n.Content {
		worded(c)
	}
}

// check collects problems.
type check struct{ found []Problem }

func (c *check) add(field, says string, args ...any) {
	c.found = append(c.found, Problem{strings.TrimPrefix(field, "."), fmt.Sprintf(says, args...)})
}

func (c *check) value(s *schema, v any, field string) {
	before := len(c.found)
	switch s.Type {
	case "object":
		c.object(s, v, field)
	case "array":
		c.array(s, v, field)
	case "string":
		c.text(s, v, field)
	case "integer":
		c.number(s, v, field)
	case "boolean":
		if _, is := v.(bool); !is {
			c.add(field, "is true or false")
		}
	}
	for _, r := range s.Validations {
		one, there := written[r.Rule]
		if !there || c.names(before, field+one.field) || one.holds(v) {
			continue
		}
		c.add(field+one.field, "%s", r.Message)
	}
}

// names reports whether a field has a problem already, of those found since: a rule may
// rely on what the schema says of its field.
func (c *check) names(since int, field string) bool {
	return slices.ContainsFunc(c.found[since:], func(p Problem) bool { return p.Field == strings.TrimPrefix(field, ".") })
}

func (c *check) object(s *schema, v any, field string) {
	o, is := v.(map[string]any)
	if !is {
		c.add(field, "is a group of fields")
		return
	}
	for _, name := range s.Required {
		if _, there := o[name]; !there {
			c.add(field+"."+name, "is required")
		}
	}
	if s.MaxProperties != nil && len(o) > *s.MaxProperties {
		c.add(field, "holds at most %d", *s.MaxProperties)
	}
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		of := s.AdditionalProperties
		if s.Properties[name] != nil {
			of = s.Properties[name]
		}
		if of != nil {
			c.value(of, o[name], field+"."+name)
		}
	}
}

func (c *check) array(s *schema, v any, field string) {
	list, is := v.([]any)
	if !is {
		c.add(field, "is a list")
		return
	}
	if s.MinItems != nil && len(list) < *s.MinItems {
		c.add(field, "holds %d or more", *s.MinItems)
	}
	if s.MaxItems != nil && len(list) > *s.MaxItems {
		c.add(field, "holds at most %d", *s.MaxItems)
	}
	seen := map[string]bool{}
	for i, item := range list {
		at := field + "[" + strconv.Itoa(i) + "]"
		c.value(s.Items, item, at)
		if s.ListType != "map" && s.ListType != "set" {
			continue
		}
		if key := s.key(item); seen[key] {
			c.add(at, "stands twice")
		} else {
			seen[key] = true
		}
	}
}

// key is what makes an item of a list the one that it is.
func (s *schema) key(item any) string {
	o, is := item.(map[string]any)
	if !is {
		return fmt.Sprint(item)
	}
	var out []string
	for _, k := range s.Keys {
		out = append(out, fmt.Sprint(o[k]))
	}
	return strings.Join(out, "\x00")
}

func (c *check) text(s *schema, v any, field string) {
	text, is := v.(string)
	if !is {
		c.add(field, "is a text: put it into quotes")
		return
	}
	n := utf8.RuneCountInString(text)
	switch {
	case s.MinLength != nil && n < *s.MinLength:
		c.add(field, "is not empty")
	case s.MaxLength != nil && n > *s.MaxLength:
		c.add(field, "is at most %d characters long", *s.MaxLength)
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, text):
		c.add(field, "is one of %s", strings.Join(s.Enum, ", "))
	case s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text): // the definition's own
		c.add(field, "is of the form %s", s.Pattern)
	}
}

func (c *check) number(s *schema, v any, field string) {
	n, is := v.(int)
	switch {
	case !is:
		c.add(field, "is a whole number")
	case s.Minimum != nil && n < *s.Minimum || s.Maximum != nil && n > *s.Maximum:
		low, high := "", ""
		if s.Minimum != nil {
			low = strconv.Itoa(*s.Minimum)
		}
		if s.Maximum != nil {
			high = strconv.Itoa(*s.Maximum)
		}
		c.add(field, "is from %s to %s", low, high)
	}
}
