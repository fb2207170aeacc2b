package seal

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/tink-crypto/tink-go/v2/tink"
	"golang.org/x/sync/errgroup"

	"github.com/sala-exchange/sala/internal/errs"
)

// Make makes the keys of new cases and stores them. ErrExists or ErrDestroyed where one
// had a key before; the others may have been made. A key made for a case that is then
// not stored does no harm.
func (k *Keyring) Make(ctx context.Context, caseIDs ...string) error {
	ids := slices.Compact(slices.Sorted(slices.Values(caseIDs)))
	if err := ValidID(ids...); err != nil || len(ids) == 0 {
		return err
	}
	asked, drops := k.now(), k.cache.asking()
	made, err := k.wrapNew(ctx, ids)
	defer made.forget()
	if err != nil {
		return err
	}
	if err := k.store.Create(ctx, made.wrapped); err != nil {
		return err
	}
	if err := k.renew(ctx, made); err != nil {
		return err
	}
	k.cache.keep(ids, made.keys, asked, drops)
	return nil
}

// batch are keys that are being made.
type batch struct {
	mu      sync.Mutex
	keys    map[string]tink.AEAD
	plain   map[string][]byte
	wrapped map[string][]byte
}

func (b *batch) forget() {
	for _, p := range b.plain {
		clear(p)
	}
}

func (b *batch) add(id string, key tink.AEAD, plain, wrapped []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys[id], b.plain[id], b.wrapped[id] = key, plain, wrapped
}

func (k *Keyring) wrapNew(ctx context.Context, ids []string) (*batch, error) {
	b := &batch{keys: map[string]tink.AEAD{}, plain: map[string][]byte{}, wrapped: map[string][]byte{}}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for _, id := range ids {
		work.Go(func() error {
			key, plain, err := newCaseKey()
			if err != nil {
				return errs.Wrap(err, errs.Internal, "making the key of a case")
			}
			wrapped, err := k.wrap.Wrap(ctx, plain, wrapBound(id))
			if err != nil {
				clear(plain)
				return err
			}
			b.add(id, key, plain, wrapped)
			return nil
		})
	}
	return b, work.Wait()
}

// renew wraps anew what was wrapped with a KEK that a rotation has replaced since: the
// rotation may have looked at the store before the keys were there, and the old KEK may
// be retired next.
func (k *Keyring) renew(ctx context.Context, made *batch) error {
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for id, old := range made.wrapped {
		work.Go(func() error {
			if k.current(ctx, id, old) {
				return nil
			}
			wrapped, err := k.wrap.Wrap(ctx, made.plain[id], wrapBound(id))
			if err != nil {
				return err
			}
			if err := k.store.Replace(ctx, id, old, wrapped); err != nil && !errors.Is(err, ErrChanged) {
				return err
			}
			return nil
		})
	}
	return work.Wait()
}

// current reports whether a wrapped key opens and is wrapped with the current KEK.
func (k *Keyring) current(ctx context.Context, id string, wrapped []byte) bool {
	if named, ok := k.wrap.(Named); ok {
		return named.Current(wrapped)
	}
	plain, current, err := k.wrap.Unwrap(ctx, wrapped, wrapBound(id))
	clear(plain)
	return err == nil && current
}

// Destroy destroys the key of a case for ever, whether it had one or not: what was
// sealed with it never opens again, here at once and elsewhere within the time to live.
func (k *Keyring) Destroy(ctx context.Context, caseID string) error {
	// Forgotten first too, so that nobody here uses it while the store works.
	k.cache.drop(caseID)
	err := k.store.Destroy(ctx, caseID)
	k.cache.drop(caseID)
	return err
}
