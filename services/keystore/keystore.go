// Package keystore opens the key store and the key-encryption key that an operator
// names.
//
// It promises to make no store where one was asked for that is not there: a store that
// cannot be found must not look like one whose keys were all destroyed. What a store
// promises stands in its own package.
package keystore

import (
	"context"
	"strings"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/services/keystore/database"
	"github.com/sala-exchange/sala/services/keystore/folder"
	"github.com/sala-exchange/sala/services/keystore/kubernetes"
)

// Forms are the addresses of key stores that Open understands.
const Forms = "folder:PATH, sqlite:PATH, postgres://… or kubernetes:NAMESPACE/NAME"

// Open opens the key store at an address of one of the Forms. One that was not made by
// Init is refused with kind Unavailable.
func Open(ctx context.Context, address string) (seal.Store, error) {
	kind, place := split(address)
	switch kind {
	case "folder":
		s, err := folder.Open(place)
		return opened(s, err)
	case "sqlite", "postgres", "postgresql":
		s, err := database.Open(ctx, address)
		return opened(s, err)
	case "kubernetes":
		s, err := kubernetes.Open(ctx, place)
		return opened(s, err)
	}
	return nil, unknown()
}

// opened keeps a nil *Store from becoming a Store that is not nil.
func opened[S seal.Store](s S, err error) (seal.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Init makes an empty key store at an address. One that is there is refused with kind
// Conflict.
func Init(ctx context.Context, address string) error {
	kind, place := split(address)
	switch kind {
	case "folder":
		return folder.Make(place)
	case "sqlite", "postgres", "postgresql":
		return database.Init(ctx, address)
	case "kubernetes":
		return kubernetes.Init(ctx, place)
	}
	return unknown()
}

func split(address string) (kind, place string) {
	kind, place, _ = strings.Cut(address, ":")
	if place == "" {
		return "", ""
	}
	return kind, place
}

func unknown() error {
	return errs.New(errs.Invalid, "name the key store as %s", Forms)
}

// Place says where the keys are.
type Place struct {
	Store string // address of the key store, of one of the Forms
	KEK
}

// Keyring opens a Keyring over the store and the key-encryption key. The caller closes
// the store.
func (p Place) Keyring(ctx context.Context, o seal.Options) (*seal.Keyring, seal.Store, error) {
	w, err := p.Wrapper(ctx)
	if err != nil {
		return nil, nil, err
	}
	store, err := Open(ctx, p.Store)
	if err != nil {
		return nil, nil, err
	}
	return seal.New(store, w, o), store, nil
}
