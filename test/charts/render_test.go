package charts

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write what is rendered to testdata/golden, to be reviewed as a diff")

// sets are the values that the charts come with.
var sets = []set{
	{chart: "sala", name: "one-node"}, {chart: "sala", name: "production"}, {chart: "sala", name: "national"},
	{chart: "sala-operator", name: "standard"},
	{chart: "sala-operator", name: "one-node"},
}

// set is one rendering: a chart, a set of its values and what is put over it.
type set struct {
	chart, name string
	over        map[string]any
	upgrade     bool
}

func (s set) String() string { return s.chart + "-" + s.name }

// namespace is where a set is installed.
func (s set) namespace() string {
	if s.chart == "sala-operator" {
		return "sala-system"
	}
	return "sala"
}

// rendered is what Helm would send, by order of file and place, and its notes.
type rendered struct {
	set
	files   map[string]string
	objects []*unstructured.Unstructured
	notes   string
}

func path(elements ...string) string {
	return filepath.Join(append([]string{"..", "..", "charts"}, elements...)...)
}

func read(t testing.TB, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// try renders a set, or returns why Helm refuses.
func try(t testing.TB, s set) (map[string]string, error) {
	t.Helper()
	c, err := loader.Load(path(s.chart))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if s.name != "" {
		if err := yaml.Unmarshal([]byte(read(t, path(s.chart, "values", s.name+".yaml"))), &values); err != nil {
			t.Fatal(err)
		}
	}
	if err := chartutil.ProcessDependencies(c, values); err != nil {
		t.Fatal(err)
	}
	over := runtime.DeepCopyJSON(plain(t, s.over))
	capabilities := chartutil.DefaultCapabilities.Copy()
	capabilities.KubeVersion = chartutil.KubeVersion{Version: "v1.37.2", Major: "1", Minor: "37"}
	all, err := chartutil.ToRenderValues(c, chartutil.CoalesceTables(over, values), chartutil.ReleaseOptions{
		Name: s.chart, Namespace: s.namespace(), Revision: 1, IsInstall: !s.upgrade, IsUpgrade: s.upgrade,
	}, capabilities)
	if err != nil {
		return nil, err
	}
	return engine.Render(c, all)
}

// plain is a map as YAML's reader would have it.
func plain(t testing.TB, m map[string]any) map[string]any {
	t.Helper()
	raw, err := yaml.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := yaml.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func render(t testing.TB, s set) *rendered {
	t.Helper()
	files, err := try(t, s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	out := &rendered{set: s, files: map[string]string{}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch {
		case strings.HasSuffix(name, "NOTES.txt"):
			out.notes = files[name]
		case strings.HasSuffix(name, ".yaml") && strings.TrimSpace(files[name]) != "":
			out.files[name] = files[name]
			out.take(t, name, files[name])
		}
	}
	if len(out.objects) < 5 {
		t.Fatalf("%s renders %d objects", s, len(out.objects))
	}
	return out
}

func (r *rendered) take(t testing.TB, name, text string) {
	t.Helper()
	for _, doc := range strings.Split("\n"+text, "\n---") {
		u := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict([]byte(doc), &u.Object); err != nil {
			t.Fatalf("%s: %s is no YAML: %v\n%s", r.set, name, err, doc)
		}
		if u.Object == nil {
			continue
		}
		if u.GetKind() == "" || u.GetName() == "" {
			t.Fatalf("%s: %s holds an object without kind or name:\n%s", r.set, name, doc)
		}
		r.objects = append(r.objects, u)
	}
}

// of returns the objects of a kind.
func (r *rendered) of(kind string) (out []*unstructured.Unstructured) {
	for _, o := range r.objects {
		if o.GetKind() == kind {
			out = append(out, o)
		}
	}
	return out
}

// into reads an object of a kind and name as Kubernetes' own type.
func into[T any](t testing.TB, r *rendered, kind, name string) *T {
	t.Helper()
	for _, o := range r.of(kind) {
		if o.GetName() == name {
			return as[T](t, o)
		}
	}
	t.Fatalf("%s has no %s %s", r.set, kind, name)
	return nil
}

func as[T any](t testing.TB, o *unstructured.Unstructured) *T {
	t.Helper()
	var out T
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(o.Object, &out, true); err != nil {
		t.Fatalf("%s %s: %v", o.GetKind(), o.GetName(), err)
	}
	return &out
}

// TestGolden: what Helm would send is what was reviewed. After a change of a chart, write
// it anew by `go test ./test/charts -run TestGolden -update` and read the diff.
func TestGolden(t *testing.T) {
	for _, s := range sets {
		r := render(t, s)
		var text strings.Builder
		for _, name := range slices.Sorted(maps.Keys(r.files)) {
			fmt.Fprintf(&text, "# Source: %s\n%s\n", name, strings.TrimSpace(r.files[name]))
		}
		fmt.Fprintf(&text, "# Notes\n%s\n", strings.TrimRight(r.notes, "\n"))
		file := filepath.Join("testdata", "golden", s.String()+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, got := strings.Split(read(t, file), "\n"), strings.Split(text.String(), "\n")
		for i := range max(len(want), len(got)) {
			if i >= len(want) || i >= len(got) || want[i] != got[i] {
				t.Errorf("%s differs from %s at line %d: write it anew with -update and read the diff", s, file, i+1)
				break
			}
		}
	}
}

// TestChartsOfOneVersionAreReproducible: rendering twice gives the same bytes, so that an
// upgrade to the same version changes nothing.
func TestChartsOfOneVersionAreReproducible(t *testing.T) {
	for _, s := range sets {
		if a, b := render(t, s), render(t, s); !maps.Equal(a.files, b.files) {
			t.Errorf("%s is not the same twice", s)
		}
	}
}
