package kubernetes

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/retry"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// Within a Secret an id stands behind one of these: its wrapped key, or the mark that it
// was destroyed.
const (
	held = "k."
	gone = "d."
)

// coding keeps ids apart within what the API server takes as a name.
var coding = base32.HexEncoding.WithPadding(base32.NoPadding)

func entry(kind, id string) string { return kind + strings.ToLower(coding.EncodeToString([]byte(id))) }

func idOf(name string) (id string, ok bool) {
	code, ok := strings.CutPrefix(name, held)
	raw, err := coding.DecodeString(strings.ToUpper(code))
	return string(raw), ok && err == nil
}

func shardOf(id string) int {
	sum := sha256.Sum256([]byte(id))
	return int(sum[0])
}

// byShard sorts ids by the Secret that they belong to.
func byShard(ids []string) map[int][]string {
	of := map[int][]string{}
	for _, id := range ids {
		of[shardOf(id)] = append(of[shardOf(id)], id)
	}
	return of
}

// Get implements seal.Store: one request a Secret that the ids are in.
func (s *Store) Get(ctx context.Context, ids ...string) (map[string][]byte, error) {
	if err := seal.ValidID(ids...); err != nil {
		return nil, err
	}
	var mu sync.Mutex
	found := make(map[string][]byte, len(ids))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for shard, ids := range byShard(ids) {
		work.Go(func() error {
			data, err := s.read(ctx, shard)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			for _, id := range ids {
				if wrapped := data[entry(held, id)]; wrapped != nil {
					found[id] = wrapped
				}
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return found, nil
}

// read returns what a shard holds. One that is missing was deleted, and its keys with it.
func (s *Store) read(ctx context.Context, shard int) (map[string][]byte, error) {
	is, err := s.secrets.get(ctx, s.shardName(shard))
	if apierrors.IsNotFound(err) {
		return nil, errs.Wrap(err, errs.Unavailable, "reading keys: a Secret of the key store is missing; restore it from its backup")
	}
	if err != nil {
		return nil, seal.Unavailable(err, "reading keys")
	}
	return is.Data, nil
}

// whoever loses a race for a Secret looks at it again soon.
var again = wait.Backoff{Steps: 40, Duration: 2 * time.Millisecond, Factor: 1.5, Jitter: 0.5, Cap: 500 * time.Millisecond}

// change replaces what a Secret holds by what to makes of it, unless somebody else does
// in between: then it looks again. to changes the map in place, or refuses.
func (s *Store) change(ctx context.Context, name, doing string, to func(data map[string][]byte) error) error {
	err := retry.OnError(again, func(err error) bool { return apierrors.IsConflict(err) && ctx.Err() == nil }, func() error {
		is, err := s.secrets.get(ctx, name)
		if err != nil {
			return err
		}
		if is.Data == nil {
			is.Data = map[string][]byte{}
		}
		if err := to(is.Data); err != nil {
			return err
		}
		return s.secrets.update(ctx, is, false)
	})
	var ours *errs.Error
	if errors.As(err, &ours) {
		return ours
	}
	return unavailable(err, doing)
}

// Create implements seal.Store.
func (s *Store) Create(ctx context.Context, keys map[string][]byte) error {
	if err := seal.ValidKeys(keys); err != nil {
		return err
	}
	of := map[int][]string{}
	for id := range keys {
		of[shardOf(id)] = append(of[shardOf(id)], id)
	}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for shard, ids := range of {
		work.Go(func() error {
			return s.change(ctx, s.shardName(shard), "storing keys", func(data map[string][]byte) error {
				for _, id := range ids {
					if _, destroyed := data[entry(gone, id)]; destroyed {
						return seal.ErrDestroyed
					}
					if _, exists := data[entry(held, id)]; exists {
						return seal.ErrExists
					}
					data[entry(held, id)] = keys[id]
				}
				return notFull(data)
			})
		})
	}
	return work.Wait()
}

func notFull(data map[string][]byte) error {
	size := 0
	for k, v := range data {
		size += len(k) + len(v)
	}
	if size > fullAt {
		return errs.New(errs.Unavailable, "storing keys: the key store is full; move to one in a database")
	}
	return nil
}

// Replace implements seal.Store.
func (s *Store) Replace(ctx context.Context, id string, old, renewed []byte) error {
	if err := seal.ValidKeys(map[string][]byte{id: renewed}); err != nil {
		return err
	}
	return s.change(ctx, s.shardName(shardOf(id)), "replacing a key", func(data map[string][]byte) error {
		if is, ok := data[entry(held, id)]; !ok || !bytes.Equal(is, old) {
			return seal.ErrChanged
		}
		data[entry(held, id)] = renewed
		return nil
	})
}

// Destroy implements seal.Store. The mark and the removal are one change.
func (s *Store) Destroy(ctx context.Context, id string) error {
	if err := seal.ValidID(id); err != nil {
		return err
	}
	return s.change(ctx, s.shardName(shardOf(id)), "destroying a key", func(data map[string][]byte) error {
		delete(data, entry(held, id))
		data[entry(gone, id)] = []byte{}
		return nil
	})
}

// listing is what is left of a list that is read in pages, so that each page does not
// read every Secret.
type listing struct {
	after string
	rest  []string
	until time.Time
}

// listFor is how long the rest of a list may stand in for the Secrets.
const listFor = time.Minute

// List implements seal.Store. A page that follows the one before shows the keys that
// were there at the first.
func (s *Store) List(ctx context.Context, after string, n int) ([]string, error) {
	s.mu.Lock()
	last := s.listed
	s.mu.Unlock()
	ids := last.rest
	if after == "" || after != last.after || !s.now().Before(last.until) {
		all, err := s.ids(ctx)
		if err != nil {
			return nil, err
		}
		ids = all[sort.Search(len(all), func(i int) bool { return all[i] > after }):]
		last.until = s.now().Add(listFor)
	}
	listed, rest := ids[:min(n, len(ids))], ids[min(n, len(ids)):]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listed = listing{}
	if len(listed) > 0 && len(rest) > 0 {
		s.listed = listing{after: listed[len(listed)-1], rest: rest, until: last.until}
	}
	return slices.Clone(listed), nil
}

// ids reads those of all keys, in byte order.
func (s *Store) ids(ctx context.Context) ([]string, error) {
	var mu sync.Mutex
	var ids []string
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for shard := range shards {
		work.Go(func() error {
			data, err := s.read(ctx, shard)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			for name := range data {
				if id, ok := idOf(name); ok {
					ids = append(ids, id)
				}
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	slices.Sort(ids)
	return ids, nil
}
