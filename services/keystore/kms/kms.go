// Package kms wraps case keys in a key management service: its key never leaves it.
//
// It promises that a wrapped key opens for its own case only, and names the key that
// wrapped it. Each wrapping and unwrapping is a call over the network, which the cache
// of the Keyring makes rare. Who may call the service is the service's business.
//
// Two services are linked, each because somebody who runs Sala has it at hand and it
// authenticates what it encrypted: Vault or OpenBao on one's own machines
// (hashivault://KEY, with VAULT_ADDR and VAULT_TOKEN), and AWS (awskms:///ARN,
// awskms://ID?region=REGION). Azure's is left out: its keys encrypt with RSA, whose
// public half lets anybody make a wrapped key. Google's would do, and brings a hundred
// packages more into the program that holds identified data: it waits for somebody who
// needs it, and is one import.
package kms

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/vault/api"
	"gocloud.dev/gcerrors"
	"gocloud.dev/secrets"
	_ "gocloud.dev/secrets/awskms"     // awskms://
	_ "gocloud.dev/secrets/hashivault" // hashivault://

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// wrappedFormat is the first byte of a key wrapped here. Behind it are nameLength bytes
// that name the key, then what the service gave.
const (
	wrappedFormat = 2
	nameLength    = 8
	headLength    = 1 + nameLength
)

// within bounds one call of the service.
const within = 10 * time.Second

// Wrapper is a seal.Named wrapper. Safe for concurrent use.
type Wrapper struct {
	keeper *secrets.Keeper
	head   [headLength]byte
}

// Open opens the key at a URL. It does not call the service: Check does. The URL's host
// and path name the key in what it wraps; to rotate the key, name a new one.
func Open(ctx context.Context, at string) (*Wrapper, error) {
	u, err := url.Parse(at)
	// A local key without a value would be a fresh one at every start.
	if err != nil || u.Host+u.Path == "" {
		return nil, malformed(nil)
	}
	keeper, err := secrets.OpenKeeper(ctx, at)
	if err != nil {
		return nil, malformed(err)
	}
	w := &Wrapper{keeper: keeper}
	w.head[0] = wrappedFormat
	name := sha256.Sum256([]byte(u.Scheme + "://" + u.Host + u.Path))
	copy(w.head[1:], name[:])
	return w, nil
}

func malformed(cause error) error {
	return errs.Wrap(cause, errs.Invalid, "opening the key management service: its URL is hashivault://KEY (with VAULT_ADDR and VAULT_TOKEN), awskms:///ARN or awskms://ID?region=REGION")
}

// Wrap implements seal.Wrapper.
func (w *Wrapper) Wrap(ctx context.Context, plain, associated []byte) ([]byte, error) {
	text := append(w.bound(associated), plain...)
	defer clear(text)
	sealed, err := call(ctx, w.keeper.Encrypt, text)
	if err != nil {
		return nil, seal.Unavailable(err, "wrapping the key of a case")
	}
	return append(w.head[:], sealed...), nil
}

// bound stands before the key in what the service encrypts: services differ in whether
// they bind other data, and gocloud.dev passes none on. They all authenticate the text.
func (w *Wrapper) bound(associated []byte) []byte {
	text := binary.BigEndian.AppendUint32(w.head[:], uint32(len(associated)))
	return append(text, associated...)
}

// Unwrap implements seal.Wrapper.
func (w *Wrapper) Unwrap(ctx context.Context, wrapped, associated []byte) ([]byte, bool, error) {
	if !w.Current(wrapped) {
		return nil, false, seal.ErrBroken
	}
	text, err := call(ctx, w.keeper.Decrypt, wrapped[headLength:])
	if err != nil && refused(err) {
		return nil, false, seal.Broken(err)
	}
	if err != nil {
		return nil, false, seal.Unavailable(err, "unwrapping the key of a case")
	}
	bound := w.bound(associated)
	if len(text) < len(bound) || subtle.ConstantTimeCompare(text[:len(bound)], bound) != 1 {
		clear(text)
		return nil, false, seal.ErrBroken
	}
	return text[len(bound):], true, nil
}

// call asks the service. Its drivers do not all heed ctx, and Vault's panics at an answer
// without data.
func call(ctx context.Context, do func(context.Context, []byte) ([]byte, error), text []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	type answer struct {
		text []byte
		err  error
	}
	answered := make(chan answer, 1)
	text = bytes.Clone(text) // the caller clears its own, maybe before a late driver is done
	go func() {
		defer clear(text)
		defer func() {
			if recover() != nil {
				answered <- answer{err: errors.New("the driver panicked at the service's answer")}
			}
		}()
		out, err := do(ctx, text)
		answered <- answer{out, err}
	}()
	select {
	case a := <-answered:
		return a.text, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// refused tells a service that would not open a text from one that did not answer.
func refused(err error) bool {
	var vault *api.ResponseError
	if errors.As(err, &vault) {
		return vault.StatusCode == http.StatusBadRequest
	}
	return gcerrors.Code(err) == gcerrors.InvalidArgument
}

// Current implements seal.Named. A key of this name is the only one that this Wrapper
// opens.
func (w *Wrapper) Current(wrapped []byte) bool {
	return len(wrapped) > headLength && subtle.ConstantTimeCompare(wrapped[:headLength], w.head[:]) == 1
}

// Check implements seal.Wrapper: it wraps and unwraps a probe.
func (w *Wrapper) Check(ctx context.Context) error {
	wrapped, err := w.Wrap(ctx, []byte("probe"), nil)
	if err != nil {
		return err
	}
	plain, _, err := w.Unwrap(ctx, wrapped, nil)
	if err == nil && string(plain) != "probe" {
		err = seal.ErrBroken
	}
	return err
}
