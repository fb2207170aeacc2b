package operator

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/release"
)

// reference is docs/custom-resources.md.
func reference(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "custom-resources.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// definitions are the schemas of the kinds, by kind.
func definitions(t *testing.T) map[string]map[string]any {
	t.Helper()
	out := map[string]map[string]any{}
	files, err := filepath.Glob(filepath.Join("..", "..", "operator", "crd", "*.yaml"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%d definitions: %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			Spec struct {
				Names    struct{ Kind string }
				Versions []struct {
					Schema struct{ OpenAPIV3Schema map[string]any }
				}
			}
		}
		if err := yaml.Unmarshal(raw, &d); err != nil {
			t.Fatal(err)
		}
		out[d.Spec.Names.Kind] = d.Spec.Versions[0].Schema.OpenAPIV3Schema
	}
	return out
}

var example = regexp.MustCompile("(?s)```yaml\n(.*?)\n```")

// TestExamplesOfTheReference: the reference has one whole object of each kind: with every
// field, taken strictly by the API server and by operator/rules.
func TestExamplesOfTheReference(t *testing.T) {
	c := cluster(t)
	schemas := definitions(t)
	for _, m := range example.FindAllStringSubmatch(reference(t), -1) {
		u := object(t, m[1])
		kind := u.GetKind()
		left := missing(schemas[kind]["properties"].(map[string]any)["spec"].(map[string]any), u.Object["spec"], "spec")
		if kind == "Agency" { // which goes with state: OFFBOARDING alone
			left = slices.DeleteFunc(left, func(f string) bool { return f == "spec.offboarding" })
		}
		if len(left) > 0 {
			t.Errorf("the example of a %s lacks %v", kind, left)
		}
		err := c.Create(t.Context(), u, client.DryRunAll, client.FieldValidation("Strict"))
		if err != nil {
			t.Errorf("the example of a %s: %v", kind, err)
		}
		switch kind {
		case "Agency":
			sameWithoutACluster(t, m[1], err)
			leaving := strings.Replace(strings.Replace(m[1], "state: ACTIVE", "state: OFFBOARDING", 1), "# offboarding:", "offboarding:", 1)
			if err := c.Create(t.Context(), object(t, leaving), client.DryRunAll, client.FieldValidation("Strict")); err != nil || !strings.Contains(leaving, "\n  offboarding:") {
				t.Errorf("the example of an agency that leaves: %v", err)
			}
		case "ReleaseSchedule":
			var s v1alpha1.ReleaseSchedule
			if err := yaml.UnmarshalStrict([]byte(m[1]), &s); err != nil {
				t.Fatal(err)
			}
			if _, err := release.Parse([]byte(s.Spec.Definition)); err != nil {
				t.Errorf("the example's definition: %v", err)
			}
			if _, why := s.Spec.Refusal(); why != "" {
				t.Errorf("the example is refused: %s", why)
			}
		}
		delete(schemas, kind)
	}
	for kind := range schemas {
		t.Errorf("there is no example of a %s", kind)
	}
}

// missing are the fields of a schema that a value has nowhere; of a list, in no item.
func missing(schema map[string]any, value any, path string) []string {
	if items, is := schema["items"].(map[string]any); is {
		var out []string
		list, _ := value.([]any)
		for i, item := range list {
			left := missing(items, item, path+"[]")
			if i == 0 {
				out = left
				continue
			}
			out = slices.DeleteFunc(out, func(f string) bool { return !slices.Contains(left, f) })
		}
		return out
	}
	var out []string
	properties, _ := schema["properties"].(map[string]any)
	o, _ := value.(map[string]any)
	for name, of := range properties {
		if v, there := o[name]; there {
			out = append(out, missing(of.(map[string]any), v, path+"."+name)...)
		} else {
			out = append(out, path+"."+name)
		}
	}
	slices.Sort(out)
	return out
}

// TestRulesOfTheReference: what each rule of the definitions says, the reference says.
func TestRulesOfTheReference(t *testing.T) {
	text, n := reference(t), 0
	var look func(schema map[string]any)
	look = func(schema map[string]any) {
		rules, _ := schema["x-kubernetes-validations"].([]any)
		for _, r := range rules {
			n++
			if says := r.(map[string]any)["message"].(string); !strings.Contains(text, says) {
				t.Errorf("the reference does not say: %s", says)
			}
		}
		properties, _ := schema["properties"].(map[string]any)
		for _, p := range properties {
			look(p.(map[string]any))
		}
		for _, of := range []string{"items", "additionalProperties"} {
			if s, is := schema[of].(map[string]any); is {
				look(s)
			}
		}
	}
	for _, schema := range definitions(t) {
		look(schema)
	}
	if n < 25 {
		t.Errorf("%d rules were looked at", n)
	}
	if strings.Contains(text, "XValidation") {
		t.Error("a rule stands in the words of a marker")
	}
}
