// Package keyfile keeps the key-encryption key in a file: a Tink keyset in JSON, whose
// primary key wraps and whose other keys still unwrap.
//
// It promises to use no file that others than its owner may read (or, where root owns it,
// others than one group), to notice a file that was replaced without a restart, and to
// replace it as a whole or not at all. The file is not encrypted: whoever reads it and the
// key store and the database reads all, so it belongs on another machine's backup than
// those. It does not keep former versions.
package keyfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"os"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// wrappedFormat is the first byte of a key wrapped here.
const wrappedFormat = 1

// maxFile bounds what is read as a key file, in bytes: some hundred keys.
const maxFile = 64 << 10

// Wrapper is a seal.Wrapper over a key file. Safe for concurrent use.
type Wrapper struct {
	path string

	mu   sync.RWMutex
	held *keys
	info os.FileInfo // of the file that held was read from; nil for a Wrapper without a file
}

// keys are the keys of one version of the file.
type keys struct {
	handle  *keyset.Handle
	aead    tink.AEAD
	primary uint32
}

// Open reads the key file.
func Open(path string) (*Wrapper, error) {
	w := &Wrapper{path: path}
	return w, w.refresh(true)
}

// Wrap encrypts a case key under the primary key.
func (w *Wrapper) Wrap(_ context.Context, plain, associated []byte) ([]byte, error) {
	if err := w.refresh(false); err != nil {
		return nil, err
	}
	text, err := w.now().aead.Encrypt(plain, associated)
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "wrapping the key of a case")
	}
	return append([]byte{wrappedFormat}, text...), nil
}

// Unwrap decrypts a case key with whichever key of the file wrapped it. A file that has
// become unreadable stops nobody from reading with the keys that are held.
func (w *Wrapper) Unwrap(_ context.Context, wrapped, associated []byte) ([]byte, bool, error) {
	refused := w.refresh(false)
	plain, current, err := w.now().unwrap(wrapped, associated)
	if err == nil {
		return plain, current, nil
	}
	if refused == nil {
		// The file may have been replaced within the grain of its time stamp.
		refused = w.refresh(true)
	}
	if refused != nil {
		return nil, false, refused
	}
	return w.now().unwrap(wrapped, associated)
}

func (k *keys) unwrap(wrapped, associated []byte) ([]byte, bool, error) {
	// 1 format byte, then Tink's: a 1, the key's number, the ciphertext.
	if len(wrapped) < 6 || wrapped[0] != wrappedFormat {
		return nil, false, seal.ErrBroken
	}
	plain, err := k.aead.Decrypt(wrapped[1:], associated)
	if err != nil {
		return nil, false, seal.ErrBroken
	}
	return plain, wrapped[1] == 1 && binary.BigEndian.Uint32(wrapped[2:6]) == k.primary, nil
}

// Check says whether the file can be read and its primary key works.
func (w *Wrapper) Check(ctx context.Context) error {
	probe := []byte("probe")
	wrapped, err := w.Wrap(ctx, probe, nil)
	if err != nil {
		return err
	}
	plain, _, err := w.Unwrap(ctx, wrapped, nil)
	if err == nil && !bytes.Equal(plain, probe) {
		err = seal.ErrBroken
	}
	return err
}

// Keys is how many keys the file holds, the primary one among them.
func (w *Wrapper) Keys() int { return w.now().handle.Len() }

func (w *Wrapper) now() *keys {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.held
}

// refresh reads the file again where it is another one than before, or where forced.
func (w *Wrapper) refresh(force bool) error {
	if w.path == "" {
		return nil
	}
	if !force {
		info, err := os.Stat(w.path)
		if err != nil {
			return unreadable(err)
		}
		w.mu.RLock()
		same := sameFile(info, w.info)
		w.mu.RUnlock()
		if same {
			return nil
		}
	}
	k, info, err := read(w.path)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held, w.info = k, info
	return nil
}

func sameFile(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && a.Mode() == b.Mode()
}

func read(path string) (*keys, os.FileInfo, error) {
	f, err := os.Open(path) //nolint:gosec // G304: the operator names the key file
	if err != nil {
		return nil, nil, unreadable(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, unreadable(err)
	}
	if !info.Mode().IsRegular() || !private(info) {
		return nil, nil, errs.New(errs.Unavailable, "reading the key file: others than its owner may read it, or it is no plain file; chmod 600 it, and rotate the key if anybody could have read it")
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, nil, unreadable(err)
	}
	defer clear(raw)
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(raw)))
	if err != nil {
		return nil, nil, malformed(err)
	}
	k, err := newKeys(h)
	if err != nil {
		return nil, nil, malformed(err)
	}
	return k, info, nil
}

func newKeys(h *keyset.Handle) (*keys, error) {
	a, err := aead.New(h)
	if err != nil {
		return nil, err
	}
	return &keys{handle: h, aead: a, primary: h.KeysetInfo().GetPrimaryKeyId()}, nil
}

func unreadable(cause error) error {
	return errs.Wrap(cause, errs.Unavailable, "reading the key file: it is not there or cannot be read; check its path and owner")
}

// malformed drops the cause: a parser's message may quote the key.
func malformed(error) error {
	return errs.New(errs.Unavailable, "reading the key file: it is no Tink keyset for AEAD; restore it from its backup")
}
