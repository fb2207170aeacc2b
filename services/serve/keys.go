package serve

import (
	"context"
	"errors"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// sampled is of how many cases a key is looked for: one that opens is enough.
const sampled = 20

// opening refuses keys that open none of the database's cases. With them nothing sealed could
// be read, and the keys of new cases would begin a second key store beside the right one.
func opening(ctx context.Context, st *store.Store, keys *seal.Keyring) error {
	var ids []string
	err := st.Run(ctx, rule.Scope{Mode: rule.Policy}, true, func(ctx context.Context, op *store.Op) (err error) {
		ids, err = op.Cases(ctx, "", sampled)
		return err
	})
	if err != nil || len(ids) == 0 {
		return err
	}
	switch err = keys.Opens(ctx, ids...); {
	case errors.Is(err, seal.ErrNoKey):
		return errs.Wrap(err, errs.Conflict, "the key store has no key of the database's cases, so nothing sealed could be read, and new keys would begin a second store beside the right one: check keyStore, or restore the key store from its own backup")
	case errors.Is(err, seal.ErrBroken):
		return errs.Wrap(err, errs.Conflict, "the key-encryption key opens no key of the database's cases, so nothing sealed could be read: check keyFile or kms, or whether the key store is another database's")
	}
	return err
}
