package resolver

import (
	"context"
	"sync"

	"github.com/sala-exchange/sala/ent"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
)

// batch loads values for many rows of a page with one statement: the list names
// its rows, the first field that asks loads for all of them.
type batch[V any] struct {
	mu      sync.Mutex
	waiting map[string]bool
	got     map[string]V
	load    func(ctx context.Context, ids []string) (map[string]V, error)
}

func newBatch[V any](load func(context.Context, []string) (map[string]V, error)) *batch[V] {
	return &batch[V]{waiting: map[string]bool{}, got: map[string]V{}, load: load}
}

// expect names rows that will likely be asked for.
func (b *batch[V]) expect(ids ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		b.waiting[id] = true
	}
}

// get returns the value of a row, the zero value where there is none.
func (b *batch[V]) get(ctx context.Context, id string) (V, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if v, ok := b.got[id]; ok {
		return v, nil
	}
	b.waiting[id] = true
	ids := make([]string, 0, len(b.waiting))
	for w := range b.waiting {
		if _, done := b.got[w]; !done {
			ids = append(ids, w)
		}
	}
	loaded, err := b.load(ctx, ids)
	if err != nil {
		var none V
		return none, err
	}
	for _, w := range ids {
		b.got[w] = loaded[w]
	}
	clear(b.waiting)
	return b.got[id], nil
}

// batches is what one operation has loaded so far.
type batches struct {
	agencies  *batch[*ent.Agency]
	open      *batch[[]*ent.Access] // by case: the viewer's own accesses
	granted   *batch[[]*ent.Access] // by case: others' accesses to the viewer's agency's rows
	standing  *batch[bool]          // by referral: whether it opens anything to its receiver
	suspended *batch[bool]          // by agreement
	reference *batch[string]        // by case
}

type batchesKey struct{}

// Prepare makes ctx ready for one operation's resolvers, and its client read whole
// rows in a fixed order. It is called once, right after the operation began.
func Prepare(ctx context.Context, op *store.Op) context.Context {
	op.Intercept(wholeRows())
	return context.WithValue(ctx, batchesKey{}, &batches{
		agencies: newBatch(loadAgencies), open: newBatch(loadOpen), granted: newBatch(loadGranted),
		standing: newBatch(loadStanding), suspended: newBatch(loadSuspended), reference: newBatch(loadReferences),
	})
}

func batchesOf(ctx context.Context) (*batches, error) {
	b, ok := ctx.Value(batchesKey{}).(*batches)
	if !ok {
		return nil, errs.New(errs.Internal, "resolving outside an operation")
	}
	return b, nil
}
