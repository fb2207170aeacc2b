package rules

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/sala-exchange/sala/operator/crd"
)

// understood are the keywords of a schema that check knows, and those that say nothing of
// a manifest.
var understood = []string{
	"type", "properties", "additionalProperties", "items", "required", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum",
	"minItems", "maxItems", "maxProperties", "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-validations", "description", "default", "format",
}

// TestTheWholeDefinitionIsUnderstood: a keyword that is new, or a rule without its
// counterpart, would let through here what the cluster refuses.
func TestTheWholeDefinitionIsUnderstood(t *testing.T) {
	var d map[string]any
	if err := yaml.Unmarshal(crd.Agencies, &d); err != nil {
		t.Fatal(err)
	}
	versions := at(d, "spec", "versions").([]any)
	root := at(versions[0], "schema", "openAPIV3Schema").(map[string]any)
	delete(root["properties"].(map[string]any), "status") // which no manifest has
	seen := map[string]bool{}
	walk(t, root, seen)
	for rule := range written {
		if !seen[rule] {
			t.Errorf("the definition has no rule %s: take its counterpart away", rule)
		}
	}
}

func walk(t *testing.T, s map[string]any, seen map[string]bool) {
	t.Helper()
	for _, keyword := range slices.Sorted(maps.Keys(s)) {
		if !slices.Contains(understood, keyword) {
			t.Errorf("the keyword %s is not understood", keyword)
		}
	}
	rules, _ := s["x-kubernetes-validations"].([]any)
	for _, r := range rules {
		rule := text(r, "rule")
		left := strings.Contains(rule, "oldSelf")
		if _, there := written[rule]; !there && !left {
			t.Errorf("the rule %s has no counterpart", rule)
		}
		seen[rule] = true
	}
	properties, _ := s["properties"].(map[string]any)
	for _, p := range properties {
		walk(t, p.(map[string]any), seen)
	}
	for _, of := range []string{"items", "additionalProperties"} {
		if o, is := s[of].(map[string]any); is {
			walk(t, o, seen)
		}
	}
}

// TestWhatIsWrongIsNamed by its field, and without its value.
func TestWhatIsWrongIsNamed(t *testing.T) {
	found, err := Agency([]byte("apiVersion: sala.exchange/v1alpha1\nkind: Agency\nmetadata: {name: Canary}\nspec:\n  kind: CANARY\n  units:\n  - {name: a1, displayName: A}\n  - {name: a1, displayName: canary}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, p := range found {
		fields = append(fields, p.Field)
		if strings.Contains(strings.ToLower(p.Says), "canary") {
			t.Errorf("%s repeats what was written: %s", p.Field, p.Says)
		}
	}
	if want := []string{"spec.displayName", "spec.kind", "spec.units[1]", "metadata.name"}; !slices.Equal(fields, want) {
		t.Errorf("found %v, want %v", fields, want)
	}
}
