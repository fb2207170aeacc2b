package database

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/sealtest"
	"github.com/sala-exchange/sala/test/postgres"
)

var server *postgres.Server

func TestMain(m *testing.M) {
	os.Exit(postgres.Run(m, func(s *postgres.Server) { server = s }))
}

// addresses makes a place for a new store of each kind.
var addresses = map[string]func(testing.TB) string{
	"SQLite":     func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "keys.db") },
	"PostgreSQL": func(t testing.TB) string { return server.URL(server.Database(t, ""), "postgres") },
}

func opened(t testing.TB, at string) *Store {
	t.Helper()
	s, err := Open(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func handles(address func(testing.TB) string) sealtest.Handles {
	return func(t testing.TB) (seal.Store, seal.Store) {
		t.Helper()
		at := address(t)
		if err := Init(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		return opened(t, at), opened(t, at)
	}
}

func TestConform(t *testing.T) {
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) { sealtest.Conform(t, handles(address)) })
	}
}

func BenchmarkDatabase(b *testing.B) {
	for name, address := range addresses {
		b.Run(name, func(b *testing.B) { sealtest.Benchmark(b, handles(address)) })
	}
}

// TestInit: a store is made once, and never beside cases.
func TestInit(t *testing.T) {
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			at := address(t)
			if _, err := Open(t.Context(), at); errs.KindOf(err) != errs.Unavailable {
				t.Error("a database that is no key store:", err)
			}
			if err := Init(t.Context(), at); err != nil {
				t.Fatal(err)
			}
			if err := Init(t.Context(), at); errs.KindOf(err) != errs.Conflict {
				t.Error("made twice:", err)
			}
			s := opened(t, at)
			if _, err := s.db.ExecContext(t.Context(), "UPDATE sala_key_store SET version = 2"); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(t.Context(), at); errs.KindOf(err) != errs.Unavailable {
				t.Error("a store of another version:", err)
			}
			if err := s.Check(t.Context()); errs.KindOf(err) != errs.Unavailable {
				t.Error("checking it:", err)
			}
		})
	}
	t.Run("beside cases", func(t *testing.T) {
		at := addresses["PostgreSQL"](t)
		s, err := connect(at)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.db.ExecContext(t.Context(), "CREATE TABLE case_files (id TEXT)"); err != nil {
			t.Fatal(err)
		}
		if err := Init(t.Context(), at); errs.KindOf(err) != errs.Conflict {
			t.Error("made in a database with cases:", err)
		}
	})
}

// TestTriggers: a statement that some program sends by mistake makes no destroyed key
// again and shortens no erasure list.
func TestTriggers(t *testing.T) {
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			a, _ := handles(address)(t)
			s := a.(*Store)
			err := errors.Join(s.Create(t.Context(), map[string][]byte{"case_1": []byte("wrapped")}),
				s.Destroy(t.Context(), "case_1"), s.AppendErasure(t.Context(), 0, []byte("entry")))
			if err != nil {
				t.Fatal(err)
			}
			mistakes := []string{
				"UPDATE sala_keys SET wrapped = 'x'", "UPDATE sala_keys SET id = 'x'", "DELETE FROM sala_keys",
				"UPDATE sala_erasures SET entry = 'x'", "DELETE FROM sala_erasures",
			}
			if !s.lite {
				mistakes = append(mistakes, "TRUNCATE sala_keys", "TRUNCATE sala_erasures")
			}
			for _, m := range mistakes {
				if _, err := s.db.ExecContext(t.Context(), m); err == nil || !strings.Contains(err.Error(), "never changed or deleted") {
					t.Errorf("%s: %v", m, err)
				}
			}
		})
	}
}

// TestWiped: the bytes of a destroyed key are in no file of an SQLite store.
func TestWiped(t *testing.T) {
	at := addresses["SQLite"](t)
	if err := Init(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	s := opened(t, at)
	secret := []byte("the wrapped key of case_1, long enough to be found")
	if err := s.Create(t.Context(), map[string][]byte{"case_1": secret, "case_2": []byte("stays")}); err != nil {
		t.Fatal(err)
	}
	if !onDisk(t, at, secret) {
		t.Fatal("the key is not found where it is; the test proves nothing")
	}
	if err := s.Destroy(t.Context(), "case_1"); err != nil {
		t.Fatal(err)
	}
	if onDisk(t, at, secret) {
		t.Error("the destroyed key is still on the disk")
	}
}

func onDisk(t *testing.T, at string, secret []byte) bool {
	t.Helper()
	files, err := filepath.Glob(strings.TrimPrefix(at, "sqlite:") + "*")
	if err != nil || len(files) == 0 {
		t.Fatal("no files:", err)
	}
	found := false
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		found = found || bytes.Contains(raw, secret)
		if info, err := os.Stat(f); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", f, info.Mode())
		}
	}
	return found
}

// TestModes: a file that others may read is refused.
func TestModes(t *testing.T) {
	at := addresses["SQLite"](t)
	if err := Init(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(strings.TrimPrefix(at, "sqlite:"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), at); errs.KindOf(err) != errs.Unavailable {
		t.Error("opened:", err)
	}
}

// TestGone: a database that no longer answers gives an error, not "no key".
func TestGone(t *testing.T) {
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			a, _ := handles(address)(t)
			a.Close()
			if _, err := a.Get(t.Context(), "case_1"); errs.KindOf(err) != errs.Unavailable {
				t.Error("getting:", err)
			}
			if err := a.Check(t.Context()); errs.KindOf(err) != errs.Unavailable {
				t.Error("checking:", err)
			}
		})
	}
}
