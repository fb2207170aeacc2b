package cluster

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// The tags of the two versions that are installed: the second is the same program in an
// image that differs.
const (
	firstVersion  = "e2e-1"
	secondVersion = "e2e-2"
)

// pgBin is where PostgreSQL's programs are, here and in the visitor's image.
func pgBin(t testing.TB) string { return strings.TrimSpace(said(t, "pg_config", "--bindir")) }

// said runs a command and returns what it prints.
func said(t testing.TB, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, problem.String())
	}
	return string(out)
}

// images are the programs' images, and the visitor's with PostgreSQL; it has the cluster take them in. It returns the folder of archives.
func images(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SALA_TEST_ARCHIVES")
	if dir == "" {
		dir = t.TempDir()
		built(t, dir)
	}
	archives := []string{archive(dir, "sala"), archive(dir, "sala-operator"), archive(dir, "sala-region")}
	archives = append(archives, withPostgres(t, dir))
	for _, program := range []string{"sala", "sala-operator"} {
		archives = append(archives, renewed(t, dir, program))
	}
	load := strings.Fields(os.Getenv("SALA_TEST_LOAD"))
	if len(load) == 0 {
		t.Fatal("SALA_TEST_LOAD is not set: name a command that takes image archives in, such as `kind load image-archive`")
	}
	for _, a := range archives {
		said(t, load[0], append(load[1:], a)...)
	}
	return dir
}

// built builds the images as `make images` does.
func built(t testing.TB, dir string) {
	t.Helper()
	begun := time.Now()
	cmd := exec.CommandContext(t.Context(), "go", "run", "./internal/tool/image", "-out", dir, "-tag", firstVersion,
		"./services/cmd/sala", "./services/cmd/sala-region", "./operator/cmd/sala-operator", "./test/cluster/visitor")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building the images: %v: %s", err, out)
	}
	t.Logf("images built in %.0f s", time.Since(begun).Seconds())
}

func archive(dir, program string) string {
	return filepath.Join(dir, program+"-linux-amd64.tar")
}

// opened reads an image of one of the archives.
func opened(t testing.TB, file string) v1.Image {
	t.Helper()
	image, err := tarball.ImageFromPath(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func written(t testing.TB, file, as string, image v1.Image) string {
	t.Helper()
	tag, err := name.NewTag(as)
	if err == nil {
		err = tarball.WriteToFile(file, tag, image)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// renewed is the same program as another version.
func renewed(t testing.TB, dir, program string) string {
	t.Helper()
	image := opened(t, archive(dir, program))
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config = config.DeepCopy()
	config.Config.Labels = map[string]string{"version": secondVersion}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		t.Fatal(err)
	}
	return written(t, filepath.Join(dir, program+"-2.tar"), "localhost/"+program+":"+secondVersion, image)
}

// withPostgres puts this machine's PostgreSQL beside the visitor: its programs, what they
// load and read, and the shell by which initdb starts them.
func withPostgres(t testing.TB, dir string) string {
	t.Helper()
	bin := pgBin(t)
	lib, share := strings.TrimSpace(said(t, "pg_config", "--pkglibdir")), strings.TrimSpace(said(t, "pg_config", "--sharedir"))
	// tar, sleep and rm are what a pod needs for `kubectl cp`.
	programs := []string{"/bin/sh", "/bin/tar", "/bin/sleep", "/bin/rm", filepath.Join(bin, "postgres"), filepath.Join(bin, "initdb")}
	files := map[string]bool{}
	for _, p := range programs {
		files[p] = true
	}
	for _, tree := range []string{share, "/usr/share/zoneinfo"} {
		err := filepath.WalkDir(tree, func(path string, d os.DirEntry, err error) error {
			switch {
			case err != nil:
			case d.IsDir() && (d.Name() == "right" || d.Name() == "posix"): // the same zones once more
				return filepath.SkipDir
			case d.Type().IsRegular(), d.Type()&os.ModeSymlink != 0:
				if at, err := os.Stat(path); err == nil && at.Mode().IsRegular() {
					files[path] = true
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, module := range []string{"plpgsql.so", "dict_snowball.so"} {
		files[filepath.Join(lib, module)] = true
	}
	conversions, err := filepath.Glob(filepath.Join(lib, "*_and_*.so"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range conversions {
		files[c] = true
	}
	for _, program := range programs {
		for line := range strings.Lines(said(t, "ldd", program)) {
			for _, word := range strings.Fields(line) {
				if strings.HasPrefix(word, "/") {
					files[word] = true
				}
			}
		}
	}
	layer := layerOf(t, files)
	image, err := mutate.AppendLayers(opened(t, archive(dir, "visitor")), layer)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, filepath.Join(dir, "visitor-postgres.tar"), "localhost/sala-visitor:"+firstVersion, image)
}

// layerOf is a layer of some files of this machine, each where it is here.
func layerOf(t testing.TB, files map[string]bool) v1.Layer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		in, err := os.Stat(path)
		if err == nil {
			err = w.WriteHeader(&tar.Header{Name: strings.TrimPrefix(path, "/"), Mode: int64(in.Mode().Perm()), Size: int64(len(raw)), Typeflag: tar.TypeReg})
		}
		if err == nil {
			_, err = w.Write(raw)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	return layer
}

// program takes a program out of its image, to run it outside the cluster.
func program(t testing.TB, dir, called string) string {
	t.Helper()
	raw := mutate.Extract(opened(t, archive(dir, called)))
	defer func() { _ = raw.Close() }()
	for r := tar.NewReader(raw); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			t.Fatalf("the image of %s does not hold it", called)
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimPrefix(h.Name, "/") != called {
			continue
		}
		path := filepath.Join(t.TempDir(), called)
		out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
		if err == nil {
			_, err = io.Copy(out, r)
			err = errors.Join(err, out.Close())
		}
		if err != nil {
			t.Fatal(fmt.Errorf("taking %s out of its image: %w", called, err))
		}
		return path
	}
}
