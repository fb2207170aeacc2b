package charts

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
)

// others are metrics that Sala's programs have from libraries, or Prometheus itself makes.
var others = []string{
	"up", "go_sql_in_use_connections", "go_sql_max_open_connections", "go_sql_wait_duration_seconds_total", "process_resident_memory_bytes",
	"controller_runtime_reconcile_errors_total",
}

// declared finds the metrics that Sala's programs make, where they are declared.
func declared(t *testing.T) []string {
	t.Helper()
	name := regexp.MustCompile(`Name: "(sala_[a-z_]+)"`)
	found := slices.Clone(others)
	for _, folder := range []string{"services/serve", "services/region", "operator/controller"} {
		err := filepath.WalkDir(filepath.Join("..", "..", filepath.FromSlash(folder)), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, "metrics.go") {
				return err
			}
			raw, err := os.ReadFile(path)
			for _, m := range name.FindAllStringSubmatch(string(raw), -1) {
				found = append(found, m[1], m[1]+"_bucket")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < 30 {
		t.Fatalf("only %d metrics were found", len(found))
	}
	return found
}

// metrics are those that an expression asks for.
func metrics(t *testing.T, where, expression string) (names []string) {
	t.Helper()
	e, err := metricsql.Parse(expression)
	if err != nil {
		t.Errorf("%s: %v: %s", where, err, expression)
		return nil
	}
	metricsql.VisitAll(e, func(one metricsql.Expr) {
		m, ok := one.(*metricsql.MetricExpr)
		if !ok {
			return
		}
		for _, filters := range m.LabelFilterss {
			for _, f := range filters {
				if f.Label == "__name__" {
					names = append(names, f.Value)
				}
			}
		}
	})
	if len(names) == 0 {
		t.Errorf("%s asks for no metric: %s", where, expression)
	}
	return names
}

// rule is an alert as it is rendered.
type rule struct {
	Alert, Expr, For string
	Annotations      struct {
		Summary string
		Runbook string `json:"runbook_url"`
	}
}

func rules(t *testing.T) (out []rule) {
	t.Helper()
	for _, s := range sets[2:] {
		for _, o := range render(t, s).of("PrometheusRule") {
			raw, err := json.Marshal(o.Object["spec"])
			if err != nil {
				t.Fatal(err)
			}
			var spec struct {
				Groups []struct{ Rules []rule }
			}
			if err := json.Unmarshal(raw, &spec); err != nil {
				t.Fatal(err)
			}
			for _, g := range spec.Groups {
				out = append(out, g.Rules...)
			}
		}
	}
	if len(out) < 15 {
		t.Fatalf("only %d alerts are rendered", len(out))
	}
	return out
}

// TestAlerts: each asks for metrics that there are, of this release alone, and has an entry
// in the runbook, where there is none of an alert that is gone.
func TestAlerts(t *testing.T) {
	known := declared(t)
	book := read(t, filepath.Join("..", "..", "docs", "runbooks", "alerts.md"))
	headings := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^## (\w+)$`).FindAllStringSubmatch(book, -1) {
		headings[m[1]] = true
	}
	for _, r := range rules(t) {
		for _, m := range metrics(t, r.Alert, r.Expr) {
			if !slices.Contains(known, m) {
				t.Errorf("%s asks for %s, which nobody makes", r.Alert, m)
			}
		}
		if !strings.Contains(r.Expr, `job="sala-`) || strings.Contains(r.Expr, "$job") {
			t.Errorf("%s asks for metrics of others too: %s", r.Alert, r.Expr)
		}
		if !headings[r.Alert] {
			t.Errorf("docs/runbooks/alerts.md does not say what to do about %s", r.Alert)
		}
		if want := "docs/runbooks/alerts.md#" + strings.ToLower(r.Alert); !strings.HasSuffix(r.Annotations.Runbook, want) {
			t.Errorf("%s names the runbook %s", r.Alert, r.Annotations.Runbook)
		}
		delete(headings, r.Alert)
	}
	for h := range headings {
		t.Errorf("docs/runbooks/alerts.md tells of %s, which is no alert", h)
	}
}

// TestTheDashboard asks for metrics that there are.
func TestTheDashboard(t *testing.T) {
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(ours(render(t, sets[2]), "sala-dashboard").Data["sala.json"]), &board); err != nil {
		t.Fatal(err)
	}
	known, seen := declared(t), 0
	for _, p := range board.Panels {
		for _, one := range p.Targets {
			for _, m := range metrics(t, p.Title, one.Expr) {
				seen++
				if !slices.Contains(known, m) {
					t.Errorf("%q asks for %s, which nobody makes", p.Title, m)
				}
			}
		}
	}
	if seen < 15 {
		t.Errorf("only %d metrics were looked at", seen)
	}
}
