package keyfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// Make writes a fresh key to a new file. A file that is there is never replaced: what
// its keys wrapped could not be read again.
func Make(path string) error {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return errs.Wrap(err, errs.Internal, "making a key-encryption key")
	}
	unlock, err := lock(path)
	if err != nil {
		return err
	}
	defer unlock()
	temporary, err := write(path, h)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary) }()
	err = os.Link(temporary, path)
	if errors.Is(err, fs.ErrExist) {
		return errs.New(errs.Conflict, "making a key file: there is a file of that name, and it is not replaced; name another one")
	}
	if err != nil {
		return unwritable(err)
	}
	return syncFolder(path)
}

// Rotate adds a fresh key and makes it the primary one; the others stay, to unwrap.
func Rotate(path string) error {
	return change(path, func(k *keys) (*keyset.Handle, error) {
		m := keyset.NewManagerFromHandle(k.handle)
		id, err := m.Add(aead.AES256GCMKeyTemplate())
		if err != nil {
			return nil, err
		}
		if err := m.SetPrimary(id); err != nil {
			return nil, err
		}
		return m.Handle()
	})
}

// Retire removes all keys but the primary one and returns how many those were. unneeded
// is given a Wrapper of the primary key alone; unless it returns nil, which says that
// every stored key opens with that one, nothing is removed.
func Retire(path string, unneeded func(primaryOnly seal.Wrapper) error) (retired int, err error) {
	err = change(path, func(k *keys) (*keyset.Handle, error) {
		h, err := primaryOnly(k)
		if err != nil {
			return nil, err
		}
		only, err := newKeys(h)
		if err != nil {
			return nil, err
		}
		retired = k.handle.Len() - h.Len()
		return h, unneeded(&Wrapper{held: only})
	})
	if err != nil {
		return 0, err
	}
	return retired, nil
}

func primaryOnly(k *keys) (*keyset.Handle, error) {
	m := keyset.NewManagerFromHandle(k.handle)
	for _, info := range k.handle.KeysetInfo().GetKeyInfo() {
		if info.GetKeyId() == k.primary {
			continue
		}
		if err := m.Delete(info.GetKeyId()); err != nil {
			return nil, err
		}
	}
	return m.Handle()
}

// change replaces the key file by what to makes of it; one process at a time.
func change(path string, to func(*keys) (*keyset.Handle, error)) error {
	// Where the file is a link, what it points to is replaced.
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return unreadable(err)
	}
	unlock, err := lock(path)
	if err != nil {
		return err
	}
	defer unlock()
	k, _, err := read(path)
	if err != nil {
		return err
	}
	h, err := to(k)
	if err != nil {
		return safe(err)
	}
	temporary, err := write(path, h)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return unwritable(errors.Join(err, os.Remove(temporary)))
	}
	return syncFolder(path)
}

// lock keeps other processes from changing the file, and clears away the temporary
// files, keys in them, of one that was cut off.
func lock(path string) (unlock func(), err error) {
	unlock, err = lockedfile.MutexAt(path + ".lock").Lock()
	if err != nil {
		return nil, unwritable(err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	for _, e := range entries {
		if err == nil && strings.HasPrefix(e.Name(), temporaryPrefix(path)) {
			err = os.Remove(filepath.Join(filepath.Dir(path), e.Name()))
		}
	}
	if err != nil {
		unlock()
		return nil, unwritable(err)
	}
	return unlock, nil
}

func temporaryPrefix(path string) string { return "." + filepath.Base(path) + ".new-" }

// safe leaves our own errors as they are and hides Tink's.
func safe(err error) error {
	if errs.KindOf(err) != errs.Internal {
		return err
	}
	return errs.Wrap(err, errs.Internal, "changing the keys of a key file")
}

// write puts a keyset into a temporary file beside path, of mode 0600, durably.
func write(path string, h *keyset.Handle) (temporary string, err error) {
	var raw bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&raw)); err != nil {
		return "", errs.Wrap(err, errs.Internal, "writing a key file")
	}
	defer clear(raw.Bytes())
	f, err := os.CreateTemp(filepath.Dir(path), temporaryPrefix(path)+"*") // of mode 0600
	if err != nil {
		return "", unwritable(err)
	}
	_, err = f.Write(raw.Bytes())
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return "", unwritable(errors.Join(err, os.Remove(f.Name())))
	}
	return f.Name(), nil
}

func syncFolder(path string) error {
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return unwritable(err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return unwritable(err)
	}
	return nil
}

func unwritable(cause error) error {
	return errs.Wrap(cause, errs.Unavailable, "writing the key file: its folder cannot be written; check its path, owner and free space")
}
