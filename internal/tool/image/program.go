package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// program writes all of one program and returns the digest of its index of platforms.
func program(ctx context.Context, o options, pkg string) (v1.Hash, error) {
	called := filepath.Base(pkg)
	tag, err := name.NewTag(o.repository + "/" + called + ":" + o.tag)
	if err != nil {
		return v1.Hash{}, err
	}
	if err := os.MkdirAll(o.out, 0o750); err != nil {
		return v1.Hash{}, err
	}
	var index v1.ImageIndex = empty.Index
	for _, p := range o.platforms {
		at := filepath.Join(o.out, fmt.Sprintf("%s-%s-%s", called, p.OS, p.Architecture))
		binary, err := compile(ctx, pkg, p)
		if err != nil {
			return v1.Hash{}, err
		}
		bill, err := contents(called, o.tag, binary)
		if err != nil {
			return v1.Hash{}, err
		}
		if err := os.WriteFile(at+".cdx.json", bill, 0o644); err != nil { //nolint:gosec // for everybody to read
			return v1.Hash{}, err
		}
		image, err := wrap(called, binary, p)
		if err != nil {
			return v1.Hash{}, err
		}
		if err := tarball.WriteToFile(at+".tar", tag, image); err != nil {
			return v1.Hash{}, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &p}})
	}
	folder := filepath.Join(o.out, called)
	if err := os.RemoveAll(folder); err != nil {
		return v1.Hash{}, err
	}
	if _, err := layout.Write(folder, index); err != nil {
		return v1.Hash{}, err
	}
	return index.Digest()
}

// compile builds a static program that tells nothing of where it was built.
func compile(ctx context.Context, pkg string, p v1.Platform) ([]byte, error) {
	dir, err := os.MkdirTemp("", "image-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "program")
	// Whether the tree has a commit, and which, is not the source's: the version is the tag.
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid=", "-o", out, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+p.OS, "GOARCH="+p.Architecture, "GOAMD64=v1", "GOARM64=v8.0")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go build: %w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	return os.ReadFile(out)
}
