package arch

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// replaced is a module that the program is built of and that a test alters; it is small and
// needs little else.
const replaced = "github.com/hashicorp/go-multierror"

// TestAnAlteredDependencyIsNotBuilt: whoever stands between a build and the place that modules
// come from, and gives another text under the same version, is found out by the hashes in
// go.sum; without these the altered text is taken (threat 69).
func TestAnAlteredDependencyIsNotBuilt(t *testing.T) {
	root := filepath.Join("..", "..")
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	list := exec.Command("go", "mod", "download", "-json", replaced)
	list.Dir = root
	out, err := list.Output()
	var is struct{ Version, Info, GoMod, Zip string }
	if err != nil || json.Unmarshal(out, &is) != nil || is.Zip == "" {
		t.Fatalf("the module cannot be had: %v", err)
	}
	for name, c := range map[string]struct {
		alter, hashes bool
		refused       string
	}{
		"altered, without hashes": {true, false, ""},
		"altered":                 {true, true, "checksum mismatch"},
		"as it is":                {false, true, ""},
	} {
		from := filepath.Join(t.TempDir(), "from")
		at := filepath.Join(from, filepath.FromSlash(replaced), "@v")
		write(t, filepath.Join(at, is.Version+".info"), read(t, is.Info))
		write(t, filepath.Join(at, is.Version+".mod"), read(t, is.GoMod))
		text := read(t, is.Zip)
		if c.alter {
			text = altered(t, is.Zip)
		}
		write(t, filepath.Join(at, is.Version+".zip"), text)
		build := t.TempDir()
		write(t, filepath.Join(build, "go.mod"), []byte("module example.org/build\n\ngo 1.26.0\n\nrequire "+replaced+" "+is.Version+"\n"))
		if c.hashes {
			write(t, filepath.Join(build, "go.sum"), sums)
		}
		cmd := exec.Command("go", "mod", "download", "-modcacherw", replaced)
		cmd.Dir = build
		cmd.Env = append(os.Environ(), "GOPROXY=file://"+filepath.ToSlash(from), "GOMODCACHE="+t.TempDir(), "GOFLAGS=", "GOSUMDB=off", "GOWORK=off", "GOTOOLCHAIN=local")
		said, err := cmd.CombinedOutput()
		if (err != nil) != (c.refused != "") || !strings.Contains(string(said), c.refused) {
			t.Errorf("%s: %v: %s", name, err, said)
		}
	}
}

// altered is a module's archive with one line more in a file of its code.
func altered(t *testing.T, path string) []byte {
	t.Helper()
	in, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	var out bytes.Buffer
	archive, done := zip.NewWriter(&out), false
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil {
			t.Fatal(err)
		}
		if !done && strings.HasSuffix(f.Name, ".go") {
			text, done = append(text, "\nfunc init() { panic(\"altered\") }\n"...), true
		}
		w, err := archive.Create(f.Name)
		if err == nil {
			_, err = w.Write(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil || !done {
		t.Fatalf("altered %v: %v", done, err)
	}
	return out.Bytes()
}

// past is what a build goes round the hashes by: a module from elsewhere, the database of
// hashes turned off, or a version that is not fixed.
var past = regexp.MustCompile(`(?m)^\s*(replace|exclude)\b.*=>|GONOSUMDB|GONOSUMCHECK|GOSUMDB=|GOINSECURE|GOPRIVATE|-mod=mod\b|go (run|install) [^\s]+@latest`)

// TestNoBuildGoesRoundTheHashes: nothing that builds the program or its tools turns off what
// TestAnAlteredDependencyIsNotBuilt shows (threat 69).
func TestNoBuildGoesRoundTheHashes(t *testing.T) {
	for _, name := range []string{"go.mod", "Makefile", ".ci/run", "internal/tool/ci/main.go", "test/controlplane/build.go"} {
		if found := past.FindString(string(read(t, filepath.Join("..", "..", filepath.FromSlash(name))))); found != "" {
			t.Errorf("%s: %s", name, found)
		}
	}
	for _, found := range []string{"replace example.org/a => ../a", "export GONOSUMDB=*", "go install example.org/tool@latest", "go build -mod=mod ./..."} {
		if !past.MatchString(found) {
			t.Errorf("%q is not found", found)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, text, 0o600)); err != nil {
		t.Fatal(err)
	}
}
