// Package seal is envelope encryption of what could hurt a person, a key a case;
// destroying the key erases her.
//
// Three things lie in three places: the sealed rows in the database, the wrapped case
// keys in a key store outside the database and its backups (a [Store]), and the
// key-encryption key, the KEK, in a file or a key management service (a [Wrapper]).
// Whoever lacks one of them reads nothing.
//
// It promises that a sealed text opens only as what it was sealed as: in its entity,
// under its row's id, in its case, as its contributor's ([Row]); that one changed byte
// in it, or a wrapped key put under another case's id, is noticed; that a destroyed key
// is never made again, and that every [Keyring] forgets it within its time to live;
// that no error holds an id, a key or a word of what was sealed.
//
// It does not promise to leave no key in memory: what it holds itself it overwrites,
// but Go copies, and Tink keeps its keys while they are cached. It does not hide how
// long a sealed text is, nor that a row exists. It cannot reach copies of the key store
// that others made, nor blocks that a disk set aside: those hold keys that are wrapped,
// so rotating the KEK and retiring the old one makes them worthless too.
package seal

import (
	"context"
	"errors"

	"github.com/sala-exchange/sala/internal/errs"
)

// The ways in which this package and the key stores say no. They are found with
// errors.Is and may be shown outward as they are.
var (
	// ErrNoKey: the case has no key; it was erased, or never had one.
	ErrNoKey = errs.New(errs.Withheld, "there is nothing to show under this id")
	// ErrBroken: a sealed text or a wrapped key does not open; it was changed or moved,
	// or the KEK is not the right one.
	ErrBroken = errs.New(errs.Internal, "a sealed text or a wrapped key does not open: it was changed or moved, or the key-encryption key is another one; keep the database and the key store as evidence")
	// ErrExists: the case has a key already.
	ErrExists = errs.New(errs.Conflict, "storing the keys of new cases: one of them has a key already")
	// ErrDestroyed: the key of this case was destroyed, and no other will be made.
	ErrDestroyed = errs.New(errs.Conflict, "storing the keys of new cases: the key of one was destroyed; use another id")
	// ErrChanged: what is stored is not what the caller believed.
	ErrChanged = errs.New(errs.Changed, "the key store changed in between: read again")
)

// Store keeps wrapped case keys outside the database and its backups. An id is 1 to
// [MaxID] bytes, a wrapped key 1 to [MaxWrapped], an entry of the erasure list 1 to
// [MaxEntry]; anything else is refused. Safe for concurrent use, also by several
// processes. A store that does not answer gives an error of kind Unavailable.
type Store interface {
	// Get returns the wrapped keys of those ids that have one; an id without one (never
	// made, or destroyed) is absent.
	Get(ctx context.Context, ids ...string) (map[string][]byte, error)
	// Create stores wrapped keys; ErrExists if one of them is there already,
	// ErrDestroyed if one was destroyed. Keys may have been stored in spite of the error,
	// but what exists is never replaced.
	Create(ctx context.Context, keys map[string][]byte) error
	// Replace puts a rewrapped key in place of old; ErrChanged if what is stored is not
	// old, or is gone.
	Replace(ctx context.Context, id string, old, new []byte) error
	// Destroy removes a key for good: Get no longer finds it and Create refuses the id
	// for ever. Idempotent; an id that never had a key is refused from then on as well.
	Destroy(ctx context.Context, id string) error
	// List returns up to n ids of stored keys after the given one, in byte order.
	List(ctx context.Context, after string, n int) ([]string, error)
	// AppendErasure adds an entry to the erasure list, an append-only sequence of opaque
	// signed entries, numbered from 0. It succeeds only if the list has exactly at
	// entries; ErrChanged otherwise.
	AppendErasure(ctx context.Context, at int, entry []byte) error
	// Erasures returns the entries from the given number on, oldest first.
	Erasures(ctx context.Context, from int) ([][]byte, error)
	// Check says whether the store can be read and written now.
	Check(ctx context.Context) error
	Close() error
}

// Wrapper wraps case keys with the KEK. Safe for concurrent use.
type Wrapper interface {
	// Wrap encrypts plain under the current KEK, bound to associated.
	Wrap(ctx context.Context, plain, associated []byte) (wrapped []byte, err error)
	// Unwrap is its reverse; current says whether it was wrapped with the current KEK.
	// What does not open is ErrBroken; a KEK that cannot be reached, kind Unavailable.
	Unwrap(ctx context.Context, wrapped, associated []byte) (plain []byte, current bool, err error)
	// Check says whether keys can be wrapped and unwrapped now.
	Check(ctx context.Context) error
}

// Named is a Wrapper that tells without opening a wrapped key whether it names the
// current KEK: one for which each opening is a paid call over the network.
type Named interface {
	Wrapper
	Current(wrapped []byte) bool
}

// What a Store must take, in bytes. A wrapped key is about 180.
const (
	MaxID      = 128
	MaxWrapped = 4 << 10
	MaxEntry   = 8 << 10
)

// ValidID refuses what no store takes as the id of a case.
func ValidID(ids ...string) error {
	for _, id := range ids {
		if len(id) == 0 || len(id) > MaxID {
			return errs.New(errs.Invalid, "asking the key store for a case: its id is not 1 to %d bytes", MaxID)
		}
	}
	return nil
}

// ValidKeys refuses what no store takes as new keys.
func ValidKeys(keys map[string][]byte) error {
	for id, wrapped := range keys {
		if err := ValidID(id); err != nil {
			return err
		}
		if len(wrapped) == 0 || len(wrapped) > MaxWrapped {
			return errs.New(errs.Invalid, "storing a wrapped key: it is not 1 to %d bytes", MaxWrapped)
		}
	}
	return nil
}

// ValidEntry refuses what no store takes as an entry of the erasure list.
func ValidEntry(at int, entry []byte) error {
	if at < 0 || len(entry) == 0 || len(entry) > MaxEntry {
		return errs.New(errs.Invalid, "adding to the erasure list: the entry is not 1 to %d bytes, or its number is negative", MaxEntry)
	}
	return nil
}

// Broken is ErrBroken with a cause that is not shown.
func Broken(cause error) error {
	return errs.Wrap(errors.Join(ErrBroken, cause), ErrBroken.Kind, "%s", ErrBroken.Message)
}

// Unavailable is the error of a store or KEK that does not answer.
func Unavailable(cause error, doing string) error {
	return errs.Wrap(cause, errs.Unavailable, "%s: the key store or the key-encryption key does not answer; try again, and look at the operators' log", doing)
}
