package document

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFileComesBackAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "documents.json")
	s := Of("{ me { id } }", "query A { me { id } }")
	if err := s.Write(path); err != nil {
		t.Fatal(err)
	}
	back, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(back.IDs(), " "), strings.Join(s.IDs(), " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !back.Has("{ me { id } }") || back.Has("{ me { id }}") {
		t.Error("a document is known by its bytes")
	}
	if text, ok := back.Text(ID("query A { me { id } }")); !ok || text != "query A { me { id } }" {
		t.Errorf("%q %v", text, ok)
	}
}

func TestAnAlteredFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "documents.json")
	for name, content := range map[string]string{
		"not JSON":             "{",
		"another file":         `{"texts": {}}`,
		"a hash of other text": `{"documents": {"` + ID("{ me { id } }") + `": "{ agencies { totalCount } }"}}`,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || strings.Contains(err.Error(), "agencies") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(path + ".none"); err == nil {
		t.Error("a file that is not there was read")
	}
	if s, err := ReadOrNone(path + ".none"); err != nil || len(s.IDs()) != 0 {
		t.Errorf("%v %v", s, err)
	}
}

func TestWhatIsOwnIsKnown(t *testing.T) {
	text := Own("{ me { id } } # of this test")
	if !Owned().Has(text) || Owned().Has("{ me { id } }") {
		t.Error("own documents are those declared")
	}
}
