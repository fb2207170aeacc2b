package command

import (
	"cmp"
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/keyfile"
	"github.com/sala-exchange/sala/services/keystore"
)

// keyFlags name what unseals: the key store and the key-encryption key.
type keyFlags struct{ store, file string }

func (k *keyFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&k.store, "key-store", "", "where the wrapped case keys lie, outside the database: folder:PATH; SALA_KEY_STORE where left out")
	c.Flags().StringVar(&k.file, "key-file", "", "file with the key-encryption key; SALA_KEY_FILE where left out")
}

// open returns the keyring. The program's end closes its store.
func (k *keyFlags) open(ctx context.Context) (*seal.Keyring, error) {
	url, file := cmp.Or(k.store, os.Getenv("SALA_KEY_STORE")), cmp.Or(k.file, os.Getenv("SALA_KEY_FILE"))
	if url == "" || file == "" {
		return nil, errs.New(errs.Invalid, "refusing to start without --key-store and --key-file: nothing about a person could be stored")
	}
	wrapper, err := keyfile.Open(file)
	if err != nil {
		return nil, err
	}
	st, err := keystore.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	ring := seal.New(st, wrapper, seal.Options{})
	if err := ring.Check(ctx); err != nil {
		return nil, err
	}
	return ring, nil
}
