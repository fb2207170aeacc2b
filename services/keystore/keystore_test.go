package keystore_test

import (
	"path/filepath"
	"testing"

	_ "gocloud.dev/secrets/localsecrets" // base64key://, which the program itself does not take

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/keyfile"
	"github.com/sala-exchange/sala/services/keystore"
)

func TestForms(t *testing.T) {
	for _, at := range []string{"folder:" + filepath.Join(t.TempDir(), "keys"), "sqlite:" + filepath.Join(t.TempDir(), "keys.db")} {
		if s, err := keystore.Open(t.Context(), at); errs.KindOf(err) != errs.Unavailable || s != nil {
			t.Errorf("a store that is not there: %v", err)
		}
		if err := keystore.Init(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		if err := keystore.Init(t.Context(), at); errs.KindOf(err) != errs.Conflict {
			t.Errorf("made twice: %v", err)
		}
		s, err := keystore.Open(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, at := range []string{"", "folder", "folder:", "/var/keys", "mysql://x", "file:x"} {
		if _, err := keystore.Open(t.Context(), at); errs.KindOf(err) != errs.Invalid {
			t.Errorf("opening %q: %v", at, err)
		}
		if err := keystore.Init(t.Context(), at); errs.KindOf(err) != errs.Invalid {
			t.Errorf("making %q: %v", at, err)
		}
	}
}

// TestMoving: the key-encryption key moves from a file into a key management service and
// on to another one, and nothing becomes unreadable on the way.
func TestMoving(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kek.json")
	if err := keyfile.Make(file); err != nil {
		t.Fatal(err)
	}
	p := keystore.Place{Store: "folder:" + filepath.Join(t.TempDir(), "keys"), KEK: keystore.KEK{File: file}}
	if err := keystore.Init(t.Context(), p.Store); err != nil {
		t.Fatal(err)
	}
	const first, second = "base64key://smGbjm71Nxd1Ig5FS0wj9SlbzAIrnolCz9bQQ6uAhl4=", "base64key://AAAAjm71Nxd1Ig5FS0wj9SlbzAIrnolCz9bQQ6uAhl4="
	row := seal.Row{Entity: "Identity", Case: "case_1"}
	var sealed []byte
	for i, kek := range []keystore.KEK{{File: file}, {KMS: []string{first}, File: file}, {KMS: []string{first}}, {KMS: []string{second, first}}, {KMS: []string{second}}} {
		p.KEK = kek
		ring, store, err := p.Keyring(t.Context(), seal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		if i == 0 {
			if err := ring.Make(t.Context(), "case_1"); err != nil {
				t.Fatal(err)
			}
			if sealed, err = ring.Seal(t.Context(), row, []byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := ring.Open(t.Context(), row, sealed); err != nil || string(got) != "x" {
			t.Fatalf("step %d: opened %q: %v", i, got, err)
		}
		if err := ring.Check(t.Context()); err != nil {
			t.Error(err)
		}
		n, err := ring.Rewrap(t.Context(), nil)
		if moves := i%2 == 1; err != nil || moves != (n == 1) {
			t.Fatalf("step %d: %d wrapped anew: %v", i, n, err)
		}
		if s, err := ring.Status(t.Context()); err != nil || s.Current != 1 {
			t.Errorf("step %d: status %+v: %v", i, s, err)
		}
	}
	if _, _, err := (keystore.Place{Store: p.Store}).Keyring(t.Context(), seal.Options{}); errs.KindOf(err) != errs.Invalid {
		t.Error("without a key-encryption key:", err)
	}
}
