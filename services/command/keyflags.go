package command

import (
	"context"

	"github.com/sala-exchange/sala/internal/seal"
)

// open returns the keyring. The program's end closes its store.
func (k *keyFlags) open(ctx context.Context) (*seal.Keyring, error) {
	p, err := k.read()
	if err != nil {
		return nil, err
	}
	ring, _, err := p.Keyring(ctx, seal.Options{})
	if err != nil {
		return nil, err
	}
	return ring, ring.Check(ctx)
}
