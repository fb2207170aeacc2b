package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"debug/elf"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// small is a program that is quickly built, this one: others are built the same way.
const small = "github.com/sala-exchange/sala/internal/tool/image"

func built(t *testing.T) (folder string, digest v1.Hash) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir()) // another place each time
	o := options{out: t.TempDir(), tag: "0.1.0", repository: "localhost", platforms: []v1.Platform{{OS: "linux", Architecture: "amd64"}}}
	digest, err := program(t.Context(), o, small)
	if err != nil {
		t.Fatal(err)
	}
	return o.out, digest
}

// TestImage: built twice it is the same, byte for byte, with the list of what is in it; it
// is a sound image of a static program and the files that it looks for, not run by root.
func TestImage(t *testing.T) {
	a, first := built(t)
	b, second := built(t)
	if first != second {
		t.Errorf("built twice, two digests: %s and %s", first, second)
	}
	for _, name := range []string{"image-linux-amd64.tar", "image-linux-amd64.cdx.json"} {
		one, err := os.ReadFile(filepath.Join(a, name))
		if err != nil {
			t.Fatal(err)
		}
		if other, err := os.ReadFile(filepath.Join(b, name)); err != nil || !bytes.Equal(one, other) {
			t.Errorf("%s is not the same twice: %v", name, err)
		}
	}
	image, err := tarball.ImageFromPath(filepath.Join(a, "image-linux-amd64.tar"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(image); err != nil {
		t.Error(err)
	}
	config, err := image.ConfigFile()
	if err != nil || config.Config.User != user || !slices.Equal(config.Config.Entrypoint, []string{"/image"}) || !config.Created.Equal(epoch) {
		t.Errorf("its configuration: %+v %v", config, err)
	}
	binary := holds(t, image)
	static(t, binary)
	lists(t, filepath.Join(a, "image-linux-amd64.cdx.json"))
}

// holds reads the image's files and returns the program.
func holds(t *testing.T, image v1.Image) []byte {
	t.Helper()
	layers, err := image.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers: %v", len(layers), err)
	}
	stream, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(stream)
	if err != nil {
		t.Fatal(err)
	}
	// Go's reader asks for no end of an archive; others do.
	if !bytes.HasSuffix(raw, make([]byte, 1024)) {
		t.Error("the layer is cut off")
	}
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(raw)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Mode&0o022 != 0 || h.Uid != 0 || !h.ModTime.Equal(epoch) {
			t.Errorf("%s: mode %o of %d at %s", h.Name, h.Mode, h.Uid, h.ModTime)
		}
		if files[h.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) != 6 || len(files["etc/passwd"]) == 0 {
		t.Errorf("the image holds %d files", len(files))
	}
	if pool := x509.NewCertPool(); !pool.AppendCertsFromPEM(files["etc/ssl/certs/ca-certificates.crt"]) {
		t.Error("the image's list of authorities cannot be read")
	}
	return files["image"]
}

func static(t *testing.T, binary []byte) {
	t.Helper()
	e, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	if needed, err := e.ImportedLibraries(); err != nil || len(needed) > 0 {
		t.Errorf("the program needs %v: %v", needed, err)
	}
	for _, p := range e.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the program needs a loader")
		}
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if root := filepath.Dir(filepath.Dir(filepath.Dir(here))); bytes.Contains(binary, []byte(root+"/")) {
		t.Error("the program tells where it was built")
	}
}

func lists(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(f, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	names := map[string]cdx.Component{}
	for _, c := range *bom.Components {
		names[c.Name] = c
	}
	part := names["github.com/google/go-containerregistry"]
	if names["std"].Version == "" || part.Hashes == nil || !strings.HasPrefix(part.PackageURL, "pkg:golang/github.com/google/go-containerregistry@v") {
		t.Errorf("of %d parts: std %+v, go-containerregistry %+v", len(names), names["std"], part)
	}
}
