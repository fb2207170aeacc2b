package serve

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	docs "github.com/sala-exchange/sala/internal/document"
)

// TestDocumentsAreTakenUp: a server answers what its file says, takes up a changed file,
// keeps what it had where the file is broken, and does not start on a broken one.
func TestDocumentsAreTakenUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "documents.json")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const first, second = "query First { me { id } }", "query Second { me { id } }"
	must(docs.Of(first).Write(path))
	s := &server{log: quiet()}
	r := &registered{path: path, log: s.log}
	must(r.look())
	if !r.current.Load().Has(first) || r.current.Load().Has(second) {
		t.Error("the server answers something else than its file says")
	}
	must(docs.Of(first, second).Write(path))
	must(r.look())
	if !r.current.Load().Has(second) {
		t.Error("a changed file was not taken up")
	}
	must(os.WriteFile(path, []byte(strings.Replace(`{"documents": {"ID": "other"}}`, "ID", docs.ID(first), 1)), 0o600))
	if err := r.look(); err == nil || !r.current.Load().Has(second) {
		t.Errorf("an altered file: %v", err)
	}
	if err := (&registered{path: path, log: s.log}).look(); err == nil {
		t.Error("a server starts on an altered file")
	}
	if err := (&registered{path: path + ".none", log: s.log}).look(); err == nil {
		t.Error("a server starts without the file that it is told of")
	}
	own := &registered{log: s.log}
	must(own.look())
	if own.current.Load().Has(first) {
		t.Error("without a file more than Sala's own is answered")
	}
}
