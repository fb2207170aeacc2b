package controlplane

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"time"
)

// programs are what is built, with their packages.
var programs = []struct{ name, pkg string }{
	{"etcd", "go.etcd.io/etcd/server/v3"},
	{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"},
}

// Binaries returns a folder with etcd and kube-apiserver. Where KUBEBUILDER_ASSETS names
// none and the cache has none of these versions, it fetches them, and builds them where they
// are not to be had.
func Binaries(ctx context.Context) (string, error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		return dir, present(dir)
	}
	dir, module, err := place()
	if err != nil || present(dir) == nil {
		return dir, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", fmt.Errorf("making the cache folder: %w", err)
	}
	release, err := lock(ctx, dir+".lock")
	if err != nil {
		return "", err
	}
	defer release()
	if present(dir) == nil { // somebody else built it meanwhile
		return dir, nil
	}
	err = fetch(ctx, module, dir, "")
	if err == nil {
		return dir, nil
	}
	fmt.Fprintf(os.Stderr, "test/controlplane: etcd and kube-apiserver are not fetched by setup-envtest: %v\n", err)
	return dir, build(ctx, module, dir)
}

// present finds all programs in a folder.
func present(dir string) error {
	for _, p := range programs {
		if _, err := os.Stat(filepath.Join(dir, p.name)); err != nil {
			return fmt.Errorf("%s holds no %s: name another folder by KUBEBUILDER_ASSETS, or none and they are built", dir, p.name)
		}
	}
	return nil
}

var pinned = regexp.MustCompile(`(?m)^\tk8s.io/kubernetes (v\S+)`)

// place is the cache's folder for the pinned versions, and the module that pins them.
func place() (dir, module string, err error) {
	_, here, _, _ := runtime.Caller(0)
	module = filepath.Join(filepath.Dir(here), "..", "..", "internal", "tool", "controlplane", "binaries")
	pins, err := os.ReadFile(filepath.Join(module, "go.sum"))
	if err != nil {
		return "", "", fmt.Errorf("reading what is pinned: %w", err)
	}
	version, err := kubernetes(module)
	if err != nil {
		return "", "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", "", fmt.Errorf("finding the cache folder: %w: set HOME", err)
	}
	sum := sha256.Sum256(pins)
	return filepath.Join(cache, "sala", "controlplane", version+"-"+hex.EncodeToString(sum[:4])), module, nil
}

// kubernetes is the pinned version of Kubernetes, as v1.37.2.
func kubernetes(module string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(module, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("reading what is pinned: %w", err)
	}
	found := pinned.FindSubmatch(raw)
	if found == nil {
		return "", errors.New("the module of the control plane pins no k8s.io/kubernetes")
	}
	return string(found[1]), nil
}

// build makes the programs beside dir and moves them there when all are done.
func build(ctx context.Context, module, dir string) error {
	version, err := kubernetes(module)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "test/controlplane: building etcd and kube-apiserver %s from Go modules into %s, once; 4 to 10 minutes on two cores\n", version, dir)
	begun := time.Now()
	half, err := os.MkdirTemp(filepath.Dir(dir), "building-")
	if err != nil {
		return fmt.Errorf("making the cache folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(half) }()
	// Without its version the server calls itself v0.0.0.
	stamp := "-s -w -X k8s.io/component-base/version.gitVersion=" + version + " -X k8s.io/component-base/version.gitTreeState=clean"
	for _, p := range programs {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", stamp, "-o", filepath.Join(half, p.name), p.pkg)
		cmd.Dir = module
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("building %s: %w: %s", p.name, err, bytes.TrimSpace(said.Bytes()))
		}
		fmt.Fprintf(os.Stderr, "test/controlplane: %s is built after %.0f s\n", p.name, time.Since(begun).Seconds())
	}
	_ = os.RemoveAll(dir) // what an earlier, broken cache left
	if err := os.Rename(half, dir); err != nil {
		return fmt.Errorf("moving the control plane into its place: %w", err)
	}
	return nil
}
