package seal

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"
	"golang.org/x/sync/errgroup"

	"github.com/sala-exchange/sala/internal/errs"
)

// Keyring seals and opens rows. Safe for concurrent use.
type Keyring struct {
	store Store
	wrap  Wrapper
	cache *cache
	now   func() time.Time
}

// Options of a Keyring. The zero value is what servers use.
type Options struct {
	Cached int              // case keys held in memory at most; 10,000 where not positive
	TTL    time.Duration    // how long one is held, and so how long a destroyed key may live on elsewhere; 1 minute where not positive
	Now    func() time.Time // time.Now where nil
}

// New returns a Keyring over a key store and a KEK. The caller closes the store.
func New(store Store, w Wrapper, o Options) *Keyring {
	if o.Cached <= 0 {
		o.Cached = 10_000
	}
	if o.TTL <= 0 {
		o.TTL = time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Keyring{store: store, wrap: w, cache: newCache(o.Cached, o.TTL), now: o.Now}
}

// sealedFormat is the first byte of a sealed text.
const sealedFormat = 1

// atOnce is how many keys are wrapped or unwrapped side by side: a key management
// service takes milliseconds each.
const atOnce = 16

// Load brings the keys of the cases into memory, with one question to the store for all
// that are not there. Cases without a key are left out.
func (k *Keyring) Load(ctx context.Context, caseIDs ...string) error {
	_, err := k.keys(ctx, caseIDs)
	return err
}

// keys returns the keys of those cases that have one.
func (k *Keyring) keys(ctx context.Context, ids []string) (map[string]tink.AEAD, error) {
	found, missing := make(map[string]tink.AEAD, len(ids)), []string(nil)
	asked := k.now()
	for _, id := range ids {
		if key, known := k.cache.get(id, asked); !known {
			missing = append(missing, id)
		} else if key != nil {
			found[id] = key
		}
	}
	slices.Sort(missing)
	missing = slices.Compact(missing)
	for len(missing) > 0 {
		asked, drops := k.now(), k.cache.asking()
		keys, err := k.fetch(ctx, missing)
		if err != nil {
			return nil, err
		}
		// A key that was destroyed while we asked must not come back: ask again.
		if !k.cache.keep(missing, keys, asked, drops) {
			continue
		}
		for id, key := range keys {
			found[id] = key
		}
		break
	}
	return found, nil
}

// fetch reads and unwraps keys.
func (k *Keyring) fetch(ctx context.Context, ids []string) (map[string]tink.AEAD, error) {
	wrapped, err := k.store.Get(ctx, ids...)
	if err != nil {
		return nil, err
	}
	keys := make([]tink.AEAD, len(ids))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for i, id := range ids {
		w, ok := wrapped[id]
		if !ok {
			continue
		}
		work.Go(func() error {
			plain, _, err := k.wrap.Unwrap(ctx, w, wrapBound(id))
			if err != nil {
				return err
			}
			defer clear(plain)
			if keys[i], err = readCaseKey(plain); err != nil {
				return Broken(err)
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	found := make(map[string]tink.AEAD, len(ids))
	for i, id := range ids {
		if keys[i] != nil {
			found[id] = keys[i]
		}
	}
	return found, nil
}

// key returns the key of one case, or ErrNoKey.
func (k *Keyring) key(ctx context.Context, id string) (tink.AEAD, error) {
	if key, known := k.cache.get(id, k.now()); known {
		if key == nil {
			return nil, ErrNoKey
		}
		return key, nil
	}
	if err := ValidID(id); err != nil {
		return nil, ErrNoKey
	}
	keys, err := k.keys(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	if keys[id] == nil {
		return nil, ErrNoKey
	}
	return keys[id], nil
}

// Seal encrypts plain, bound to its place. ErrNoKey where the case has no key: erased,
// or never made. The sealed text is 34 bytes longer.
func (k *Keyring) Seal(ctx context.Context, r Row, plain []byte) ([]byte, error) {
	key, err := k.key(ctx, r.Case)
	if err != nil {
		return nil, err
	}
	text, err := key.Encrypt(plain, r.associated())
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "sealing a row")
	}
	return append([]byte{sealedFormat}, text...), nil
}

// Open is the reverse of Seal. ErrNoKey where the case has no key; ErrBroken where the
// text does not open: changed, or moved from another place.
func (k *Keyring) Open(ctx context.Context, r Row, sealed []byte) ([]byte, error) {
	key, err := k.key(ctx, r.Case)
	if err != nil {
		return nil, err
	}
	if len(sealed) == 0 || sealed[0] != sealedFormat {
		return nil, ErrBroken
	}
	plain, err := key.Decrypt(sealed[1:], r.associated())
	if err != nil {
		return nil, ErrBroken
	}
	return plain, nil
}

// Check says whether keys can be read, written, wrapped and unwrapped now.
func (k *Keyring) Check(ctx context.Context) error {
	if err := k.store.Check(ctx); err != nil {
		return err
	}
	return k.wrap.Check(ctx)
}

// Opens looks for one of the cases whose key is there and opens, as one does of cases that
// are stored beside this key store. ErrNoKey where none has a key; ErrBroken where some have
// and none opens.
func (k *Keyring) Opens(ctx context.Context, caseIDs ...string) error {
	var refused error = ErrNoKey
	for _, id := range caseIDs {
		switch keys, err := k.fetch(ctx, []string{id}); {
		case errors.Is(err, ErrBroken):
			refused = ErrBroken
		case err != nil:
			return err
		case keys[id] != nil:
			return nil
		}
	}
	return refused
}
