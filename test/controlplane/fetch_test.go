package controlplane

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// archive is a release of the programs, which say what they are.
func archive(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, name := range names {
		if err := w.WriteHeader(&tar.Header{Name: "controller-tools/envtest/" + name, Mode: 0o755, Size: int64(len(name)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFetch: what comes is checked, and is there whole or not at all, so that what does not
// come is built. The releases are listed and served by this test.
func TestFetch(t *testing.T) {
	_, module, err := place()
	if err != nil {
		t.Fatal(err)
	}
	good := archive(t, "etcd", "kube-apiserver", "kubectl")
	served := map[string][]byte{"/good": good, "/half": archive(t, "etcd")}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if content, ok := served[r.URL.Path]; ok {
			_, _ = w.Write(content)
			return
		}
		http.NotFound(w, r)
	}))
	defer s.Close()
	list := func(at string, version string, content []byte) string {
		sum := sha512.Sum512(content)
		name := "/list" + at + version
		served[name] = fmt.Appendf(nil, "releases:\n  %s:\n    envtest-%s-%s-%s.tar.gz:\n      hash: %s\n      selfLink: %s%s\n", version, version, runtime.GOOS, runtime.GOARCH, hex.EncodeToString(sum[:]), s.URL, at)
		return s.URL + name
	}
	version, err := kubernetes(module)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		index string
		comes bool
	}{
		"a release":          {list("/good", version, good), true},
		"another's checksum": {list("/good", version+"0", []byte("another")), false},
		"half a release":     {list("/half", version, served["/half"]), false},
		"another version":    {list("/good", "v1.2.3", good), false},
		"no list":            {s.URL + "/none", false},
	} {
		dir := filepath.Join(t.TempDir(), "kept")
		err := fetch(t.Context(), module, dir, c.index)
		if (err == nil) != c.comes || (present(dir) == nil) != c.comes {
			t.Errorf("%s: %v", what, err)
		}
		if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) > 1 {
			t.Errorf("%s leaves %v: %v", what, left, err)
		}
	}
}
