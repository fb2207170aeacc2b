package seal

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/sala-exchange/sala/internal/errs"
)

// page is how many keys are read from the store at a time.
const page = 500

// tries is how often a key that changes under a rotation is looked at again.
const tries = 5

// Rewrap wraps every key anew that is not wrapped with the current KEK, and returns how
// many those were. It is safe beside readers, beside Make and beside another Rewrap, and
// may be cut off and run again. progress, where not nil, is told from time to time how
// many keys were looked at. Keys that do not open are left as they are; the others are
// done all the same, then that is the error.
func (k *Keyring) Rewrap(ctx context.Context, progress func(done int)) (rewrapped int, err error) {
	var mu sync.Mutex
	done, broken := 0, 0
	err = k.each(ctx, func(ctx context.Context, id string, wrapped []byte) error {
		changed, err := k.rewrap(ctx, id, wrapped)
		mu.Lock()
		defer mu.Unlock()
		done++
		if changed {
			rewrapped++
		}
		if errors.Is(err, ErrBroken) {
			broken++
			return nil
		}
		return err
	}, func() {
		if progress != nil {
			progress(done)
		}
	})
	if err == nil && broken > 0 {
		err = errs.Wrap(ErrBroken, errs.Conflict, "wrapping the keys anew: %d of %d do not open under any key-encryption key at hand; bring back the one that they were wrapped with", broken, done)
	}
	return rewrapped, err
}

// rewrap does one key. One that was replaced meanwhile is looked at again; one that was
// destroyed is done.
func (k *Keyring) rewrap(ctx context.Context, id string, wrapped []byte) (bool, error) {
	for range tries {
		if k.current(ctx, id, wrapped) {
			return false, nil
		}
		plain, current, err := k.wrap.Unwrap(ctx, wrapped, wrapBound(id))
		if err != nil || current {
			clear(plain)
			return false, err
		}
		renewed, err := k.wrap.Wrap(ctx, plain, wrapBound(id))
		clear(plain)
		if err != nil {
			return false, err
		}
		err = k.store.Replace(ctx, id, wrapped, renewed)
		if !errors.Is(err, ErrChanged) {
			return err == nil, err
		}
		got, err := k.store.Get(ctx, id)
		if err != nil || got[id] == nil {
			return false, err
		}
		wrapped = got[id]
	}
	return false, errs.New(errs.Conflict, "wrapping the keys anew: somebody else changes them at the same time; wait for that to end and run it again")
}

// each calls do for every key of the store, some side by side, and after for every page.
func (k *Keyring) each(ctx context.Context, do func(ctx context.Context, id string, wrapped []byte) error, after func()) error {
	for last := ""; ; {
		ids, err := k.store.List(ctx, last, page)
		if err != nil || len(ids) == 0 {
			return err
		}
		wrapped, err := k.store.Get(ctx, ids...)
		if err != nil {
			return err
		}
		work, one := errgroup.WithContext(ctx)
		work.SetLimit(atOnce)
		for _, id := range ids {
			if w, ok := wrapped[id]; ok { // else destroyed since
				work.Go(func() error { return do(one, id, w) })
			}
		}
		if err := work.Wait(); err != nil {
			return err
		}
		after()
		last = ids[len(ids)-1]
	}
}

// Status is what an operator asks of the keys.
type Status struct {
	Answers  bool // the key store can be read and written; the rest is 0 where not
	Keys     int  // stored keys
	Current  int  // of these, wrapped with the current KEK
	Broken   int  // of these, open under no KEK at hand; where the KEK is a Named one, it is not asked and this is 0
	Erasures int  // entries of the erasure list
}

// Status looks at every key.
func (k *Keyring) Status(ctx context.Context) (Status, error) {
	var s Status
	if k.store.Check(ctx) != nil {
		return s, ctx.Err()
	}
	s.Answers = true
	var mu sync.Mutex
	err := k.each(ctx, func(ctx context.Context, id string, wrapped []byte) error {
		current, err := k.look(ctx, id, wrapped)
		mu.Lock()
		defer mu.Unlock()
		s.Keys++
		if current {
			s.Current++
		}
		if errors.Is(err, ErrBroken) {
			s.Broken++
			return nil
		}
		return err
	}, func() {})
	if err != nil {
		return s, err
	}
	entries, err := k.store.Erasures(ctx, 0)
	s.Erasures = len(entries)
	return s, err
}

func (k *Keyring) look(ctx context.Context, id string, wrapped []byte) (current bool, err error) {
	if named, ok := k.wrap.(Named); ok {
		return named.Current(wrapped), nil
	}
	plain, current, err := k.wrap.Unwrap(ctx, wrapped, wrapBound(id))
	clear(plain)
	return current, err
}
