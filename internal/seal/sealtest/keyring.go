package sealtest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/keyfile"
)

// Clock is a clock that stands until it is told to go on.
type Clock struct{ at atomic.Int64 }

// Now is the clock's time.
func (c *Clock) Now() time.Time { return time.UnixMicro(c.at.Load()) }

// Add sets it forward.
func (c *Clock) Add(d time.Duration) { c.at.Add(d.Microseconds()) }

// KeyFile makes a fresh key file for the test.
func KeyFile(t testing.TB) (string, *keyfile.Wrapper) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kek.json")
	if err := keyfile.Make(path); err != nil {
		t.Fatal(err)
	}
	w, err := keyfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, w
}

// keyring: the life of keys on this store, rotation and erasure included.
func keyring(t *testing.T, a, b seal.Store) {
	path, w := KeyFile(t)
	other, err := keyfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	clock := &Clock{}
	ring := seal.New(a, w, seal.Options{Now: clock.Now})
	second := seal.New(b, other, seal.Options{Now: clock.Now})
	ctx := t.Context()
	rows := map[string][]byte{}
	for i := range 20 {
		id := fmt.Sprint("case_", i)
		if err := ring.Make(ctx, id); err != nil {
			t.Fatal(err)
		}
		if rows[id], err = ring.Seal(ctx, seal.Row{Entity: "Identity", Case: id}, []byte(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := keyfile.Rotate(path); err != nil {
		t.Fatal(err)
	}
	if n, err := second.Rewrap(ctx, nil); n != 20 || err != nil {
		t.Fatalf("%d keys of 20 wrapped anew: %v", n, err)
	}
	if _, err := keyfile.Retire(path, func(seal.Wrapper) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := ring.Destroy(ctx, "case_7"); err != nil {
		t.Fatal(err)
	}
	clock.Add(time.Minute)
	for id, sealed := range rows {
		plain, err := second.Open(ctx, seal.Row{Entity: "Identity", Case: id}, sealed)
		if id == "case_7" {
			want(t, err, seal.ErrNoKey)
		} else if err != nil || string(plain) != id {
			t.Errorf("after the rotation %s opens as %q: %v", id, plain, err)
		}
	}
	if s, err := ring.Status(ctx); err != nil || s != (seal.Status{Answers: true, Keys: 19, Current: 19}) {
		t.Errorf("status %+v: %v", s, err)
	}
}

// Benchmark measures a store, two handles on it: 50 keys read and unwrapped, 1,000 made.
func Benchmark(b *testing.B, open Handles) {
	_, w := KeyFile(b)
	fifty := make([]string, 50)
	for i := range fifty {
		fifty[i] = fmt.Sprintf("case_%026d", i*20)
	}
	b.Run("make 1000", func(b *testing.B) {
		store, _ := open(b)
		ring := seal.New(store, w, seal.Options{})
		for round := 0; b.Loop(); round++ {
			ids := make([]string, 1000)
			for i := range ids {
				ids[i] = fmt.Sprintf("case_%020d%06d", round, i)
			}
			if err := ring.Make(b.Context(), ids...); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("load 50", func(b *testing.B) {
		store, _ := open(b)
		ids := make([]string, 1000)
		for i := range ids {
			ids[i] = fmt.Sprintf("case_%026d", i)
		}
		if err := seal.New(store, w, seal.Options{}).Make(b.Context(), ids...); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			// A new Keyring has nothing in its cache.
			if err := seal.New(store, w, seal.Options{Cached: 64}).Load(b.Context(), fifty...); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// ConformWrapper is what every KEK must pass. rotate makes another key the current one,
// and is nil where that cannot be done from here.
func ConformWrapper(t *testing.T, w seal.Wrapper, rotate func()) {
	ctx, plain, bound := t.Context(), []byte("a case key\x00"), []byte("case_1")
	wrapped, err := w.Wrap(ctx, plain, bound)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(wrapped, plain) || len(wrapped) > seal.MaxWrapped {
		t.Error("the wrapped key shows the key, or is too long for a store")
	}
	got, current, err := w.Unwrap(ctx, wrapped, bound)
	if err != nil || !current || !bytes.Equal(got, plain) {
		t.Errorf("unwrapped %q, current %v: %v", got, current, err)
	}
	notBound(ctx, t, w, wrapped)
	for i := range wrapped {
		changed := bytes.Clone(wrapped)
		changed[i] ^= 1
		_, _, err := w.Unwrap(ctx, changed, bound)
		want(t, err, seal.ErrBroken)
	}
	for i := range wrapped {
		_, _, err := w.Unwrap(ctx, wrapped[:i], bound)
		want(t, err, seal.ErrBroken)
	}
	if err := w.Check(ctx); err != nil {
		t.Error(err)
	}
	if rotate == nil {
		return
	}
	rotate()
	got, current, err = w.Unwrap(ctx, wrapped, bound)
	if err != nil || current || !bytes.Equal(got, plain) {
		t.Errorf("after a rotation unwrapped %q, current %v: %v", got, current, err)
	}
}

// notBound: a wrapped key does not open as another case's.
func notBound(ctx context.Context, t *testing.T, w seal.Wrapper, wrapped []byte) {
	t.Helper()
	for _, other := range [][]byte{nil, []byte("case_2"), []byte("case_1\x00"), binary.BigEndian.AppendUint32(nil, 6)} {
		if _, _, err := w.Unwrap(ctx, wrapped, other); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("unwrapped bound to %q: %v", other, err)
		}
	}
}
