package listen

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
	r := &Documents{Path: path, Log: quiet()}
	must(r.Look())
	if !r.Current().Has(first) || r.Current().Has(second) {
		t.Error("the server answers something else than its file says")
	}
	must(docs.Of(first, second).Write(path))
	must(r.Look())
	if !r.Current().Has(second) {
		t.Error("a changed file was not taken up")
	}
	must(os.WriteFile(path, []byte(strings.Replace(`{"documents": {"ID": "other"}}`, "ID", docs.ID(first), 1)), 0o600))
	if err := r.Look(); err == nil || !r.Current().Has(second) {
		t.Errorf("an altered file: %v", err)
	}
	if err := (&Documents{Path: path, Log: quiet()}).Look(); err == nil {
		t.Error("a server starts on an altered file")
	}
	if err := (&Documents{Path: path + ".none", Log: quiet()}).Look(); err == nil {
		t.Error("a server starts without the file that it is told of")
	}
	own := &Documents{Log: quiet()}
	must(own.Look())
	if own.Current().Has(first) {
		t.Error("without a file more than Sala's own is answered")
	}
}
