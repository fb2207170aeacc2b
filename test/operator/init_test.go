package operator

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestWhatInitWritesIsTaken: every manifest that the tests of `sala agency init` compare
// its output to passes a strict look of the API server, and operator/rules.
func TestWhatInitWritesIsTaken(t *testing.T) {
	c := cluster(t)
	a, err := txtar.ParseFile(filepath.Join("..", "cli", "testdata", "manifest", "agency-init.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range a.Files {
		if !strings.HasSuffix(f.Name, ".yaml") {
			continue
		}
		n++
		err := c.Create(t.Context(), object(t, string(f.Data)), client.DryRunAll, client.FieldValidation("Strict"))
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		sameWithoutACluster(t, string(f.Data), err)
	}
	if n < 3 {
		t.Errorf("%d manifests were looked at", n)
	}
}
