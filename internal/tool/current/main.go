// Command current checks that committed generated files are current: it runs the
// generator given as its arguments and fails if that changed anything.
//
// It compares the work tree before and after, new files included, so it promises
// the same answer for a fresh clone and for one with edits under way. It will not
// see files that git is told to ignore, and it undoes nothing.
package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: current command [argument ...]")
		os.Exit(2)
	}
	changed, err := check(".", os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "current:", err)
		os.Exit(1)
	}
	if len(changed) == 0 {
		return
	}
	fmt.Fprintln(os.Stderr, "current: generated files are not current: run `make generate` and commit")
	for _, path := range changed {
		fmt.Fprintln(os.Stderr, "  "+path)
	}
	os.Exit(1)
}

// check runs the generator in dir and returns the files that it changed, made or
// removed.
func check(dir string, generator []string) ([]string, error) {
	before, err := snapshot(dir)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(generator[0], generator[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, os.Stdout, os.Stderr
	err = cmd.Run()
	if err != nil {
		return nil, fmt.Errorf("running the generator %s: %w", generator[0], err)
	}
	after, err := snapshot(dir)
	if err != nil {
		return nil, err
	}
	var changed []string
	for path, sum := range after {
		if old, ok := before[path]; !ok || old != sum {
			changed = append(changed, path)
		}
		delete(before, path)
	}
	for path := range before {
		changed = append(changed, path)
	}
	sort.Strings(changed)
	return changed, nil
}

// snapshot is the content of every file that git tracks or would add. A tracked
// file that is gone stands as absent.
func snapshot(dir string) (map[string][32]byte, error) {
	cmd := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the files of the work tree: %w; this check needs a git clone", err)
	}
	files := map[string][32]byte{}
	for name := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
		b, err := os.ReadFile(filepath.Join(dir, string(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files[string(name)] = sha256.Sum256(b)
	}
	return files, nil
}
