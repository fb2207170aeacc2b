package folder

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/sealtest"
)

func handles(t testing.TB) (seal.Store, seal.Store) { return twice(t) }

func twice(t testing.TB) (*Store, *Store) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "keys")
	if err := Make(root); err != nil {
		t.Fatal(err)
	}
	return reopen(t, root), reopen(t, root)
}

func reopen(t testing.TB, root string) *Store {
	t.Helper()
	s, err := Open(root)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConform(t *testing.T)     { sealtest.Conform(t, handles) }
func BenchmarkFolder(b *testing.B) { sealtest.Benchmark(b, handles) }

// each calls f for every file and folder of the store.
func each(t *testing.T, s *Store, f func(path string, info fs.FileInfo)) {
	t.Helper()
	err := filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			f(path, info)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestModes: nothing that the store makes is open to others, whatever the umask, and a
// store that somebody opened to others is refused.
func TestModes(t *testing.T) {
	a, b := twice(t)
	if err := a.Create(t.Context(), map[string][]byte{"case_1": []byte("wrapped"), "case_2": []byte("wrapped")}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Destroy(t.Context(), "case_2"), a.AppendErasure(t.Context(), 0, []byte("entry"))); err != nil {
		t.Fatal(err)
	}
	each(t, a, func(path string, info fs.FileInfo) {
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
	})
	if err := os.Chmod(a.at(keyDir, "case_1"), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Get(t.Context(), "case_1"); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("a key that others may read: %v", err)
	}
	for _, dir := range []string{"", keyDir, goneDir, eraseDir, newDir} {
		if err := os.Chmod(a.at(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(a.root); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("a store whose folder %q others may enter: %v", dir, err)
		}
		if err := b.Check(t.Context()); errs.KindOf(err) != errs.Unavailable {
			t.Errorf("checking it: %v", err)
		}
		if err := os.Chmod(a.at(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNotAStore: an empty folder, as a disk that is not mounted leaves, is no store whose
// keys were all destroyed; nor does one become so while it is open.
func TestNotAStore(t *testing.T) {
	if _, err := Open(t.TempDir()); errs.KindOf(err) != errs.Unavailable {
		t.Error("an empty folder:", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); errs.KindOf(err) != errs.Unavailable {
		t.Error("no folder:", err)
	}
	a, _ := twice(t)
	if err := Make(a.root); errs.KindOf(err) != errs.Conflict {
		t.Error("making a store where one is:", err)
	}
	if err := os.Rename(a.root, a.root+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Get(t.Context(), "case_1"); errs.KindOf(err) != errs.Unavailable {
		t.Error("getting a key after the folder went away:", err)
	}
	if err := a.Check(t.Context()); errs.KindOf(err) != errs.Unavailable {
		t.Error("checking after the folder went away:", err)
	}
}

// TestCutOff: what is left of a process that died at any point of its work does no harm,
// and the next one clears it away.
func TestCutOff(t *testing.T) {
	a, _ := twice(t)
	secret := []byte("the wrapped key of case_1")
	if err := a.Create(t.Context(), map[string][]byte{"case_1": secret}); err != nil {
		t.Fatal(err)
	}
	// Died between the link and removing the temporary name.
	if err := os.Link(a.at(keyDir, "case_1"), filepath.Join(a.at(newDir), "file-1")); err != nil {
		t.Fatal(err)
	}
	// Died while writing.
	if err := os.WriteFile(filepath.Join(a.at(newDir), "file-2"), secret[:5], 0o600); err != nil {
		t.Fatal(err)
	}
	// Died after the mark of case_1 and before its key was overwritten.
	if err := os.MkdirAll(filepath.Dir(a.at(goneDir, "case_1")), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a.at(goneDir, "case_1"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := a.Get(t.Context(), "case_1"); err != nil || len(got) != 0 {
		t.Errorf("a key marked as destroyed is given out: %v", err)
	}
	if ids, err := a.List(t.Context(), "", 10); err != nil || len(ids) != 0 {
		t.Errorf("a key marked as destroyed is listed: %v", err)
	}
	if err := a.Replace(t.Context(), "case_1", secret, []byte("renewed")); !errors.Is(err, seal.ErrChanged) {
		t.Errorf("a key marked as destroyed is replaced: %v", err)
	}
	b := reopen(t, a.root)
	each(t, b, func(path string, info fs.FileInfo) {
		if raw, err := os.ReadFile(path); err == nil && bytes.Contains(raw, secret[:5]) {
			t.Errorf("%s still holds the key", path)
		}
	})
	if err := b.Create(t.Context(), map[string][]byte{"case_1": secret}); !errors.Is(err, seal.ErrDestroyed) {
		t.Errorf("made again: %v", err)
	}
}

// TestOverwritten: the bytes of a destroyed key are not only unlinked.
func TestOverwritten(t *testing.T) {
	a, _ := twice(t)
	secret := []byte("the wrapped key of case_1")
	if err := a.Create(t.Context(), map[string][]byte{"case_1": secret}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(a.at(keyDir, "case_1")) // keeps the file after its name is gone
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := a.Destroy(t.Context(), "case_1"); err != nil {
		t.Fatal(err)
	}
	left := make([]byte, len(secret))
	if _, err := f.ReadAt(left, 0); err != nil || bytes.Equal(left, secret) {
		t.Errorf("the key is still in its file: %v", err)
	}
}

// TestHole: an erasure list out of which an entry was taken is refused, not shortened.
func TestHole(t *testing.T) {
	a, b := twice(t)
	for i := range 3 {
		if err := a.AppendErasure(t.Context(), i, []byte("entry")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(a.at(entryName(1))); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Erasures(t.Context(), 0); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("%d entries of a list with a hole: %v", len(got), err)
	}
}
