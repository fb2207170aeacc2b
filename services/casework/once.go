package casework

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"time"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/idempotencykey"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/canon"
	"github.com/sala-exchange/sala/internal/errs"
)

// How long a key is remembered in microseconds, and how long it may be in bytes.
const (
	remembered = int64(24 * time.Hour / time.Microsecond)
	longestKey = 128
)

// Once runs do at most once in 24 hours for the member, the mutation and the key.
// A replay returns the ids of the first run, to be read again under present access;
// the same key with another input is an error. With an empty key it just runs.
// The input itself is not stored.
func Once(ctx context.Context, op *store.Op, mutation, key string, input any, do func() ([]string, error)) ([]string, error) {
	if key == "" {
		return do()
	}
	if len(key) > longestKey || canon.Identifier(key) != nil {
		return nil, errs.New(errs.Invalid, "the idempotency key is at most %d bytes of plain characters", longestKey).WithFields("idempotencyKey")
	}
	digest, err := digestOf(op, mutation, input)
	if err != nil {
		return nil, err
	}
	row, err := op.IdempotencyKey.Query().Where(idempotencykey.MemberID(op.Scope.Member),
		idempotencykey.Mutation(mutation), idempotencykey.Key(key)).Only(ctx)
	switch {
	case err == nil && row.ExpiresOn > op.Scope.Now:
		if subtle.ConstantTimeCompare(row.Digest, digest) != 1 {
			return nil, errs.New(errs.Conflict, "this idempotency key was used with other input: choose a new one").WithFields("idempotencyKey")
		}
		return row.ResultIds, nil
	case err == nil:
		if err := op.IdempotencyKey.DeleteOneID(row.ID).Exec(ctx); err != nil {
			return nil, outward(err, "forgetting an old idempotency key")
		}
	case !ent.IsNotFound(err):
		return nil, outward(err, "reading the idempotency key")
	}
	ids, err := do()
	if err != nil {
		return nil, err
	}
	err = op.IdempotencyKey.Create().SetAgencyID(op.Scope.Agency).SetMemberID(op.Scope.Member).SetMutation(mutation).
		SetKey(key).SetDigest(digest).SetResultIds(ids).SetExpiresOn(op.Scope.Now + remembered).Exec(ctx)
	if ent.IsConstraintError(err) {
		return nil, errs.Wrap(err, errs.Conflict, "the same request is under way: repeat it").WithFields("idempotencyKey")
	}
	return ids, outward(err, "keeping the idempotency key")
}

// digestOf is keyed: the input may be a name, and a stolen database must not confirm
// a guess at it.
func digestOf(op *store.Op, mutation string, input any) ([]byte, error) {
	b, err := json.Marshal(input)
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "reading the input failed")
	}
	return op.Digest([]byte("idempotency"), []byte(mutation), b)
}
