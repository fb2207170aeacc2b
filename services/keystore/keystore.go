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
	"github.com/sala-exchange/sala/services/keystore/folder"
)

// Open opens the key store at url: folder:PATH. A store that was not made by Init is
// refused with kind Unavailable.
func Open(_ context.Context, url string) (seal.Store, error) {
	if path, ok := strings.CutPrefix(url, "folder:"); ok && path != "" {
		return folder.Open(path)
	}
	return nil, unknown()
}

// Init makes an empty key store at url. One that is there is refused with kind Conflict.
func Init(_ context.Context, url string) error {
	if path, ok := strings.CutPrefix(url, "folder:"); ok && path != "" {
		return folder.Make(path)
	}
	return unknown()
}

func unknown() error {
	return errs.New(errs.Invalid, "name the key store as folder:PATH")
}
