package seal_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/keyfile"
)

func (b *bench) rotate(t testing.TB) {
	t.Helper()
	if err := keyfile.Rotate(b.kek); err != nil {
		t.Fatal(err)
	}
}

// retire removes old keys from the key file if all stored keys open with the primary one.
func (b *bench) retire(t testing.TB) error {
	t.Helper()
	_, err := keyfile.Retire(b.kek, func(only seal.Wrapper) error {
		s, err := seal.New(b.store, only, seal.Options{}).Status(t.Context())
		if err == nil && s.Current != s.Keys {
			err = errs.New(errs.Conflict, "in use")
		}
		return err
	})
	return err
}

func TestRewrap(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	var ids []string
	for i := range 1200 {
		ids = append(ids, fmt.Sprintf("case_%04d", i))
	}
	b.make(t, ids...)
	sealed := value(b.first.Seal(ctx, row(ids[7]), []byte("x")))(t)
	b.rotate(t)
	if s := value(b.first.Status(ctx))(t); s != (seal.Status{Answers: true, Keys: 1200}) {
		t.Errorf("after a rotation: %+v", s)
	}
	if err := b.retire(t); errs.KindOf(err) != errs.Conflict {
		t.Error("a key-encryption key in use was retired:", err)
	}
	var told []int
	n, err := b.second.Rewrap(ctx, func(done int) { told = append(told, done) })
	if n != 1200 || err != nil || len(told) != 3 || told[2] != 1200 {
		t.Errorf("%d wrapped anew, told %v: %v", n, told, err)
	}
	if n, err := b.first.Rewrap(ctx, nil); n != 0 || err != nil {
		t.Errorf("the second time %d were wrapped anew: %v", n, err)
	}
	if err := b.retire(t); err != nil {
		t.Error(err)
	}
	b.clock.Add(ttl)
	if got, err := b.first.Open(ctx, row(ids[7]), sealed); err != nil || string(got) != "x" {
		t.Errorf("opened %q: %v", got, err)
	}
}

// TestMakeDuringRotation: the key-encryption key is rotated, everything wrapped anew and
// the old one retired between the wrapping of a new case's key and its storing; the key
// opens all the same.
func TestMakeDuringRotation(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	c := &counting{Store: b.store}
	ring := seal.New(c, b.open(t), seal.Options{Now: b.clock.Now})
	c.before = func() {
		b.rotate(t)
		if _, err := b.second.Rewrap(ctx, nil); err != nil {
			t.Error(err)
		}
		if err := b.retire(t); err != nil {
			t.Error(err)
		}
	}
	if err := ring.Make(ctx, "case_1", "case_2"); err != nil {
		t.Fatal(err)
	}
	sealed := value(ring.Seal(ctx, row("case_1"), []byte("x")))(t)
	if got, err := b.second.Open(ctx, row("case_1"), sealed); err != nil || string(got) != "x" {
		t.Errorf("elsewhere it opens as %q: %v", got, err)
	}
	if s := value(ring.Status(ctx))(t); s.Current != 2 || s.Broken != 0 {
		t.Errorf("status %+v", s)
	}
}

// TestRewrapSideBySide: rotations beside each other, beside makers, destroyers and
// readers: in the end each key is wrapped with the current key-encryption key, the
// destroyed ones are gone, and what was sealed opens.
func TestRewrapSideBySide(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	var ids []string
	for i := range 60 {
		ids = append(ids, fmt.Sprintf("case_%02d", i))
	}
	b.make(t, ids...)
	sealed := map[string][]byte{}
	for _, id := range ids {
		sealed[id] = value(b.first.Seal(ctx, row(id), []byte(id)))(t)
	}
	var all sync.WaitGroup
	for i, ring := range []*seal.Keyring{b.first, b.second, b.first} {
		all.Go(func() {
			for range 2 {
				b.rotate(t)
				if _, err := ring.Rewrap(ctx, nil); err != nil && errs.KindOf(err) != errs.Conflict {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for j := range 10 {
				if err := ring.Make(ctx, fmt.Sprintf("case_new_%d_%d", i, j)); err != nil {
					t.Error(err)
				}
				if err := ring.Destroy(ctx, ids[10*i+j]); err != nil {
					t.Error(err)
				}
				id := ids[30+10*i+j]
				if got, err := ring.Open(ctx, row(id), sealed[id]); err != nil || string(got) != id {
					t.Errorf("opened %q: %v", got, err)
				}
			}
		})
	}
	all.Wait()
	if _, err := b.second.Rewrap(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if err := b.retire(t); err != nil {
		t.Error(err)
	}
	if s := value(b.first.Status(ctx))(t); s != (seal.Status{Answers: true, Keys: 60, Current: 60}) {
		t.Errorf("status %+v", s)
	}
	b.clock.Add(ttl)
	for i, id := range ids {
		got, err := b.first.Open(ctx, row(id), sealed[id])
		if i < 30 != errors.Is(err, seal.ErrNoKey) || i >= 30 && string(got) != id {
			t.Errorf("key %d opens %q: %v", i, got, err)
		}
	}
}

// TestRewrapBroken: one key that does not open keeps no other from being wrapped anew,
// and is told of.
func TestRewrapBroken(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.make(t, "case_1", "case_2", "case_3")
	got := value(b.store.Get(ctx, "case_2"))(t)
	if err := b.store.Replace(ctx, "case_2", got["case_2"], []byte("broken")); err != nil {
		t.Fatal(err)
	}
	b.rotate(t)
	n, err := b.first.Rewrap(ctx, nil)
	if n != 2 || !errors.Is(err, seal.ErrBroken) || errs.KindOf(err) != errs.Conflict {
		t.Errorf("%d wrapped anew: %v", n, err)
	}
	if s := value(b.first.Status(ctx))(t); s.Keys != 3 || s.Current != 2 || s.Broken != 1 {
		t.Errorf("status %+v", s)
	}
	if err := b.retire(t); errs.KindOf(err) != errs.Conflict {
		t.Error("retired while one key does not open:", err)
	}
}
