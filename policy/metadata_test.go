package policy

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// carriedOut are the rules that the policy has to name: those of access and act.
var carriedOut = []string{
	"A1", "A2", "A3", "A4", "A5", "A6", "B1", "B5", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9",
	"D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "E1", "E2", "E3", "E4", "E5", "E6", "F1", "F2", "F3", "F4", "F5", "I7", "J7",
}

// TestEveryRuleNamesItsNumber: each Rego rule has METADATA of its own, or of its whole
// name, with a title, the numbers of the rules that it carries out and its source.
func TestEveryRuleNamesItsNumber(t *testing.T) {
	known := numbers(t)
	named := map[string]bool{}
	for path, source := range sources(t) {
		rules, problems := annotated(t, path, string(source))
		for _, p := range problems {
			t.Error(p)
		}
		for _, r := range rules {
			if named[r] = true; !known[r] {
				t.Errorf("%s names %s, which docs/rules.md does not have", path, r)
			}
		}
	}
	for _, r := range carriedOut {
		if !named[r] {
			t.Errorf("no rule of the policy names %s", r)
		}
	}
}

// TestARuleWithoutANumberIsFound: the check above finds what it is for.
func TestARuleWithoutANumberIsFound(t *testing.T) {
	const block = "# METADATA\n# title: a\n# custom:\n#   rules: [A1]\n#   source: practice\n"
	for source, want := range map[string]int{
		block + "a := 1": 0,
		"a := 1":         1,
		block + "a if input.x == 1\n\na if input.x == 2": 1,
		"# METADATA\n# title: a\n# scope: document\n# custom:\n#   rules: [A1]\n#   source: practice\na if input.x == 1\n\na if input.x == 2": 0,
		"# METADATA\n# title: a\na := 1":                                                  1,
		"# METADATA\n# title: a\n# custom:\n#   source: practice\na := 1":                 1,
		"# METADATA\n# title: a\n# custom:\n#   rules: []\n#   source: practice\na := 1":  1,
		"# METADATA\n# title: a\n# custom:\n#   rules: [x]\n#   source: practice\na := 1": 1,
		"# METADATA\n# title: a\n# custom:\n#   rules: [A1]\na := 1":                      1,
		"# METADATA\n# custom:\n#   rules: [A1]\n#   source: practice\na := 1":            1,
	} {
		if _, problems := annotated(t, "made.rego", "package made\n\n"+source); len(problems) != want {
			t.Errorf("%q: %q, want %d problems", source, problems, want)
		}
	}
}

// annotated returns the numbers that a module's rules name, and what lacks one.
func annotated(t *testing.T, path, source string) (named, problems []string) {
	t.Helper()
	m, err := ast.ParseModuleWithOpts(path, source, ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1})
	if err != nil {
		t.Fatal(err)
	}
	set, errs := ast.BuildAnnotationSet([]*ast.Module{m})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, r := range m.Rules {
		blocks := set.GetRuleScope(r)
		if d := set.GetDocumentScope(r.Ref().GroundPrefix()); d != nil {
			blocks = append(blocks, d)
		}
		if d := set.GetDocumentScope(m.Package.Path.Extend(r.Ref().GroundPrefix())); d != nil {
			blocks = append(blocks, d)
		}
		whole := false
		for _, a := range blocks {
			found, ok := numbersOf(a)
			whole = whole || ok
			named = append(named, found...)
		}
		if !whole {
			problems = append(problems, r.Loc().String()+": "+string(r.Head.Name)+" has no METADATA with title, rules and source")
		}
	}
	return named, problems
}

var ruleNumber = regexp.MustCompile(`^[A-J][1-9][0-9]?$`)

func numbersOf(a *ast.Annotations) (found []string, whole bool) {
	list, _ := a.Custom["rules"].([]any)
	for _, v := range list {
		if s, ok := v.(string); ok && ruleNumber.MatchString(s) {
			found = append(found, s)
		}
	}
	source, _ := a.Custom["source"].(string)
	return found, a.Title != "" && source != "" && len(found) > 0 && len(found) == len(list)
}

// numbers are those that docs/rules.md explains.
func numbers(t *testing.T) map[string]bool {
	t.Helper()
	raw, err := os.ReadFile("../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^- \*\*([A-J][0-9]+)\*\*`).FindAllSubmatch(raw, -1) {
		out[string(m[1])] = true
	}
	if len(out) < len(carriedOut) {
		t.Fatalf("docs/rules.md has %q", slices.Sorted(maps.Keys(out)))
	}
	return out
}
