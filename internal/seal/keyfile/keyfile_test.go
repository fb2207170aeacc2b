package keyfile_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/keyfile"
	"github.com/sala-exchange/sala/internal/seal/sealtest"
)

func rotate(t *testing.T, path string) {
	t.Helper()
	if err := keyfile.Rotate(path); err != nil {
		t.Fatal(err)
	}
}

func TestConform(t *testing.T) {
	path, w := sealtest.KeyFile(t)
	sealtest.ConformWrapper(t, w, func() { rotate(t, path) })
	if w.Keys() != 2 {
		t.Errorf("%d keys in the file, want 2", w.Keys())
	}
}

// TestModes: a key file that others may read is refused, also while it is in use; keys
// that are held go on opening.
func TestModes(t *testing.T) {
	path, w := sealtest.KeyFile(t)
	wrapped, err := w.Wrap(t.Context(), []byte("key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	rotate(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("after a rotation its mode is %v: %v", info.Mode(), err)
	}
	for _, mode := range []os.FileMode{0o604, 0o640, 0o644, 0o610} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := keyfile.Open(path); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("mode %v: %v", mode, err)
		}
		if _, err := w.Wrap(t.Context(), []byte("key"), nil); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("wrapping with mode %v: %v", mode, err)
		}
		if err := w.Check(t.Context()); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("checking with mode %v: %v", mode, err)
		}
		if _, _, err := w.Unwrap(t.Context(), wrapped, nil); err != nil {
			t.Errorf("unwrapping with a key that is held, mode %v: %v", mode, err)
		}
	}
}

// TestMalformed: what is no key file is refused, and no error quotes it.
func TestMalformed(t *testing.T) {
	path, w := sealtest.KeyFile(t)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{
		"empty": "", "cut": string(good[:len(good)/2]), "canary": `{"key":"canary"}`, "another type": `{"primaryKeyId":1,"key":[]}`,
	} {
		if err := os.WriteFile(path, []byte(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := keyfile.Open(path)
		if errs.KindOf(err) != errs.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
		for ; err != nil; err = errors.Unwrap(err) {
			if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), path) {
				t.Errorf("%s: the error quotes the file or its path: %v", name, err)
			}
		}
		if _, err := w.Wrap(t.Context(), []byte("key"), nil); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("%s: wrapping with a key that the file no longer holds: %v", name, err)
		}
	}
	if _, err := keyfile.Open(filepath.Join(t.TempDir(), "none")); errs.KindOf(err) != errs.Unavailable {
		t.Error("no file:", err)
	}
}

// TestNeverReplaced: Make does not write over keys.
func TestNeverReplaced(t *testing.T) {
	path, _ := sealtest.KeyFile(t)
	before, _ := os.ReadFile(path)
	if err := keyfile.Make(path); errs.KindOf(err) != errs.Conflict {
		t.Error("made where one is:", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the key file was replaced")
	}
}

// TestSideBySide: rotations of several processes are all kept, and a temporary file of
// one that was cut off is cleared away.
func TestSideBySide(t *testing.T) {
	path, w := sealtest.KeyFile(t)
	left := filepath.Join(filepath.Dir(path), ".kek.json.new-1")
	if err := os.WriteFile(left, []byte("half a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := keyfile.Rotate(path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := w.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if w.Keys() != 9 {
		t.Errorf("after 8 rotations the file holds %d keys, want 9", w.Keys())
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Error("a temporary file is left:", err)
	}
}

// TestRetire: an old key goes only when nothing needs it, and then for good.
func TestRetire(t *testing.T) {
	path, w := sealtest.KeyFile(t)
	old, err := w.Wrap(t.Context(), []byte("key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	rotate(t, path)
	inUse := errs.New(errs.Conflict, "in use")
	n, err := keyfile.Retire(path, func(only seal.Wrapper) error {
		if _, _, err := only.Unwrap(t.Context(), old, nil); !errors.Is(err, seal.ErrBroken) {
			t.Error("the primary key alone opens what the old one wrapped:", err)
		}
		return inUse
	})
	if n != 0 || !errors.Is(err, inUse) {
		t.Errorf("%d retired: %v", n, err)
	}
	if _, current, err := w.Unwrap(t.Context(), old, nil); err != nil || current {
		t.Errorf("after a refused retirement: current %v, %v", current, err)
	}
	if n, err := keyfile.Retire(path, func(seal.Wrapper) error { return nil }); n != 1 || err != nil {
		t.Errorf("%d retired: %v", n, err)
	}
	if _, _, err := w.Unwrap(t.Context(), old, nil); !errors.Is(err, seal.ErrBroken) {
		t.Error("a retired key still opens:", err)
	}
}

// TestLinked: a key file that is a link, as orchestrators mount them, is followed to its
// new content; a rotation replaces what it points to.
func TestLinked(t *testing.T) {
	path, _ := sealtest.KeyFile(t)
	link := filepath.Join(t.TempDir(), "kek")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	w, err := keyfile.Open(link)
	if err != nil {
		t.Fatal(err)
	}
	rotate(t, link)
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced:", err)
	}
	if err := w.Check(t.Context()); err != nil || w.Keys() != 2 {
		t.Errorf("%d keys through the link: %v", w.Keys(), err)
	}
}
