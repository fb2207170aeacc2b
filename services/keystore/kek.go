package keystore

import (
	"context"
	"errors"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/keyfile"
	"github.com/sala-exchange/sala/services/keystore/kms"
)

// KEK says where the key-encryption key is: in a file, or in key management services.
// Of several, services before the file, the first wraps, and all unwrap: that is how
// keys move from one to another.
type KEK struct {
	File string   // path of a key file
	KMS  []string // URLs of key management services, as package kms has them
}

// Wrapper opens the key-encryption key.
func (k KEK) Wrapper(ctx context.Context) (seal.Wrapper, error) {
	var all []seal.Wrapper
	for _, url := range k.KMS {
		w, err := kms.Open(ctx, url)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	if k.File != "" {
		w, err := keyfile.Open(k.File)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	switch len(all) {
	case 0:
		return nil, errs.New(errs.Invalid, "name the key-encryption key: a key file, or the URL of a key management service")
	case 1:
		return all[0], nil
	}
	return moving(all), nil
}

// moving wraps with its first and unwraps with whichever can. It is in use while keys
// move from the others to the first.
type moving []seal.Wrapper

// Wrap implements seal.Wrapper.
func (m moving) Wrap(ctx context.Context, plain, associated []byte) ([]byte, error) {
	return m[0].Wrap(ctx, plain, associated)
}

// Unwrap implements seal.Wrapper. Where none opens it and one could not be asked, that
// one may be the right one.
func (m moving) Unwrap(ctx context.Context, wrapped, associated []byte) ([]byte, bool, error) {
	var unasked error
	for i, w := range m {
		plain, current, err := w.Unwrap(ctx, wrapped, associated)
		if err == nil {
			return plain, current && i == 0, nil
		}
		if !errors.Is(err, seal.ErrBroken) {
			unasked = err
		}
	}
	if unasked != nil {
		return nil, false, unasked
	}
	return nil, false, seal.ErrBroken
}

// Check implements seal.Wrapper.
func (m moving) Check(ctx context.Context) error {
	for _, w := range m {
		if err := w.Check(ctx); err != nil {
			return err
		}
	}
	return nil
}
