package anonymize

import (
	"strings"
	"testing"

	"github.com/sala-exchange/sala/services/anonymity/table"
)

const good = `separator: ";"
columns:
  age: {role: quasi, hierarchy: {builtin: ages}}
  year: {role: quasi, hierarchy: {widths: [2, 4]}}
  grade: {role: quasi, hierarchy: {bounds: [[0, 5, 10], [0, 10]]}}
  sex: {role: quasi}
  form: {role: sensitive}
  note: {role: drop}
  weight: {role: keep}
require:
  k: 3
  sensitive:
    - {columns: [form], distinct: 2, recursive: {c: 4, l: 2}, equal: 0.5}
metric: loss
suppress: 0.1
`

func TestParse(t *testing.T) {
	s, err := Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if s.Algorithm != Optimal || s.Metric != "loss" || s.Require.K != 3 || s.Require.Sensitive[0].Recursive.C != 4 || s.Options().Separator != ';' {
		t.Errorf("read as %+v", s)
	}
}

// TestBadSpecs: what is wrong is told with its line or column, without the value.
func TestBadSpecs(t *testing.T) {
	replace := func(old, new string) string {
		out := strings.Replace(good, old, new, 1)
		if out == good {
			t.Fatalf("%q is not in the spec", old)
		}
		return out
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":             {"", "empty"},
		"comment":           {"# nothing\n", "empty"},
		"two documents":     {good + "---\nrequire: {k: 2}\n", "more than one document"},
		"unknown key":       {replace("metric: loss", "metrics: loss"), `line 14: there is no key "metrics"`},
		"unknown below":     {replace("builtin: ages", "bultin: ages"), `line 3: there is no key "bultin"`},
		"key twice":         {replace("metric: loss", "suppress: 0.2"), "line 15: a key stands twice"},
		"wrong kind":        {replace("k: 3", "k: Kanaree"), "line 11: this is not the kind of value"},
		"a part of k":       {replace("k: 3", "k: 3.9"), "line 11: a whole number is meant"},
		"a part of l":       {replace("distinct: 2", "distinct: 2.9"), "a whole number is meant"},
		"a part below":      {replace("l: 2}", "l: 2.5}"), "a whole number is meant"},
		"no YAML":           {replace("k: 3", "k: [Kanaree"), "the spec, line"},
		"a list":            {"- Kanaree\n", "line 1: this is not the kind"},
		"no k":              {replace("k: 3", "k: 1"), "k is 2 or more"},
		"no role":           {replace("sex: {role: quasi}", "sex: {}"), `column "sex" needs a role`},
		"no column":         {replace("sex: {role: quasi}", "sex:"), `column "sex" needs a role`},
		"other role":        {replace("sex: {role: quasi}", "sex: {role: identifying}"), `column "sex" needs a role`},
		"no quasi":          {"columns: {a: {role: keep}}\nrequire: {k: 2}\n", "no column has the role quasi"},
		"no columns":        {"require: {k: 2}\n", "gives no column a role"},
		"hierarchy of keep": {replace("weight: {role: keep}", "weight: {role: keep, hierarchy: {builtin: ages}}"), "not the role quasi"},
		"two ways":          {replace("builtin: ages", "builtin: ages, widths: [2]"), "is one of builtin"},
		"no way":            {replace("{builtin: ages}", "{}"), "is one of builtin"},
		"separator alone":   {replace("builtin: ages", `builtin: ages, separator: ";"`), "a separator and no file"},
		"separator":         {replace(`";"`, `"|"`), "a separator is"},
		"algorithm":         {good + "algorithm: best\n", "optimal or mondrian"},
		"mondrian":          {good + "algorithm: mondrian\n", "for the algorithm optimal only"},
		"metric":            {replace("metric: loss", "metric: gain"), "the metric is entropy"},
		"suppress":          {replace("suppress: 0.1", "suppress: 4"), "from 0 to 1"},
		"not sensitive":     {replace("columns: [form]", "columns: [weight]"), `column "weight" has a requirement`},
		"no model":          {replace(", distinct: 2, recursive: {c: 4, l: 2}, equal: 0.5", ""), "ask for distinct"},
		"t of 1":            {replace("equal: 0.5", "equal: 1"), "a t is above 0"},
		"l of 1":            {replace("distinct: 2", "distinct: 1"), "2 or more"},
		"too long":          {good + "#" + strings.Repeat("x", maxSpec), "longer than"},
	} {
		_, err := Parse([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "Kanaree") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

// FuzzParse: a spec that is read is one that runs, or says why not; nothing panics.
func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add("columns: {age: {role: quasi, hierarchy: {widths: [5]}}}\nrequire: {k: 2}\n")
	f.Add("columns: {age: {role: quasi}, year: {role: drop}, grade: {role: drop}, sex: {role: quasi}, form: {role: sensitive}, note: {role: keep}, weight: {role: keep}}\nseparator: ';'\nrequire: {k: 2}\nsuppress: 0.9\ncells: true\n")
	f.Add("columns: {age: &a {role: quasi}, b: *a}\nrequire: {k: 2, sensitive: [{columns: []}]}\n")
	of, err := table.Read(strings.NewReader("age;year;grade;sex;form;note;weight\n1;2001;1;F;a;;\n2;2001;2;F;b;;\n3;2001;3;F;a;;\n"), table.Options{Separator: ';'})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse([]byte(text))
		if err != nil {
			return
		}
		for _, c := range s.Columns {
			if c.Hierarchy != nil && c.Hierarchy.File != "" {
				return // no file is to be opened here
			}
		}
		out, _, err := s.Run(t.Context(), of, nil)
		if err != nil {
			return
		}
		if _, err := s.Certify(out); err != nil {
			t.Errorf("what was made is not what was asked for: %v", err)
		}
	})
}
