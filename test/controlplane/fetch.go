package controlplane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// How long is waited: to learn whether the programs are to be had, and for them. The former
// compiles setup-envtest as well where that is not cached.
const (
	toAsk   = time.Minute
	toFetch = 5 * time.Minute
)

// fetch brings the programs into dir by setup-envtest (controller-runtime), which checks
// each archive by the checksum of its index; whole or not at all. They are of the pinned
// minor version, of which a patch is published now and then. index is where releases are
// listed; setup-envtest's own where empty.
func fetch(ctx context.Context, module, dir, index string) error {
	version, err := kubernetes(module)
	if err != nil {
		return err
	}
	minor := strings.TrimPrefix(version[:strings.LastIndex(version, ".")], "v") + ".x"
	half, err := os.MkdirTemp(filepath.Dir(dir), "fetching-")
	if err != nil {
		return fmt.Errorf("making the cache folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(half) }()
	store := filepath.Join(half, "store")
	ask := func(patience time.Duration, verb string, more ...string) (string, error) {
		ctx, done := context.WithTimeout(ctx, patience)
		defer done()
		args := append([]string{"tool", "-modfile=" + filepath.Join(module, "..", "fetch", "go.mod"), "setup-envtest", verb, minor, "--bin-dir", store}, more...)
		if index != "" {
			args = append(args, "--index", index)
		}
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir, cmd.WaitDelay = module, time.Second
		cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
		var said, wrong bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &wrong
		err := cmd.Run()
		return said.String(), err
	}
	if listed, err := ask(toAsk, "list"); err != nil || !strings.Contains(listed, "(available)") {
		return errors.New("the network allows it not, or there is none of the version")
	}
	path, err := ask(toFetch, "use", "-p", "path")
	if err != nil {
		return errors.New("it did not come, or not as its checksum says")
	}
	whole := filepath.Join(half, "whole")
	if err := os.Mkdir(whole, 0o755); err != nil {
		return fmt.Errorf("making the cache folder: %w", err)
	}
	for _, p := range programs {
		if err := os.Rename(filepath.Join(strings.TrimSpace(path), p.name), filepath.Join(whole, p.name)); err != nil {
			return fmt.Errorf("it holds no %s", p.name)
		}
	}
	_ = os.RemoveAll(dir) // what an earlier, broken cache left
	if err := os.Rename(whole, dir); err != nil {
		return fmt.Errorf("moving the control plane into its place: %w", err)
	}
	return nil
}
