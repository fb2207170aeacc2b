// Package sealtest is what every key store must pass, and measures of them.
//
// It promises to try each word of seal.Store through two handles on one store, as two
// processes have them. It does not try what one kind of store alone can suffer: a file
// cut off, a lost connection.
package sealtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// Handles makes a new, empty store and returns two handles on it. It closes them at the
// end of the test.
type Handles func(t testing.TB) (a, b seal.Store)

// Conform runs the suite.
func Conform(t *testing.T, open Handles) {
	for name, test := range map[string]func(*testing.T, seal.Store, seal.Store){
		"keys":                   keys,
		"what exists stays":      existing,
		"replace":                replace,
		"destroyed for ever":     destroyed,
		"ids of all kinds":       odd,
		"refused input":          refused,
		"list":                   list,
		"erasures":               erasures,
		"creating side by side":  creating,
		"destroy beside replace": destroyBesideReplace,
		"destroy beside create":  destroyBesideCreate,
		"appending side by side": appending,
		"keyring":                keyring,
		"check":                  check,
		"cancelled":              cancelled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := open(t)
			test(t, a, b)
		})
	}
}

// wrapped is what stands for a wrapped key: of the usual length, with bytes of all kinds.
func wrapped(s string) []byte {
	return bytes.Repeat([]byte(s+"\x00\xff\n"), 1+180/(len(s)+3))
}

func create(t *testing.T, s seal.Store, ids ...string) {
	t.Helper()
	keys := map[string][]byte{}
	for _, id := range ids {
		keys[id] = wrapped(id)
	}
	if err := s.Create(t.Context(), keys); err != nil {
		t.Fatal("creating keys:", err)
	}
}

func get(t *testing.T, s seal.Store, ids ...string) map[string][]byte {
	t.Helper()
	got, err := s.Get(t.Context(), ids...)
	if err != nil {
		t.Fatal("getting keys:", err)
	}
	return got
}

func want(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

func keys(t *testing.T, a, b seal.Store) {
	if got := get(t, a, "case_1", "case_2"); len(got) != 0 {
		t.Errorf("an empty store holds %d keys", len(got))
	}
	create(t, a, "case_1", "case_2", "case_3")
	got := get(t, b, "case_3", "case_1", "case_4", "case_1")
	if len(got) != 2 || !bytes.Equal(got["case_1"], wrapped("case_1")) || !bytes.Equal(got["case_3"], wrapped("case_3")) {
		t.Errorf("of two that are there and one that is not, %d came back", len(got))
	}
	if got := get(t, b); len(got) != 0 {
		t.Errorf("asked for nothing, got %d keys", len(got))
	}
	if err := a.Create(t.Context(), nil); err != nil {
		t.Error("creating nothing:", err)
	}
}

func existing(t *testing.T, a, b seal.Store) {
	create(t, a, "case_1")
	err := b.Create(t.Context(), map[string][]byte{"case_1": wrapped("other"), "case_2": wrapped("case_2")})
	want(t, err, seal.ErrExists)
	for _, s := range []seal.Store{a, b} {
		if got := get(t, s, "case_1"); !bytes.Equal(got["case_1"], wrapped("case_1")) {
			t.Error("a key that existed was replaced")
		}
	}
}

func replace(t *testing.T, a, b seal.Store) {
	create(t, a, "case_1")
	if err := b.Replace(t.Context(), "case_1", wrapped("case_1"), wrapped("new")); err != nil {
		t.Fatal(err)
	}
	want(t, a.Replace(t.Context(), "case_1", wrapped("case_1"), wrapped("newer")), seal.ErrChanged)
	want(t, a.Replace(t.Context(), "case_2", wrapped("case_2"), wrapped("new")), seal.ErrChanged)
	if got := get(t, a, "case_1", "case_2"); len(got) != 1 || !bytes.Equal(got["case_1"], wrapped("new")) {
		t.Error("the replaced key is not there")
	}
}

func destroyed(t *testing.T, a, b seal.Store) {
	create(t, a, "case_1", "case_2")
	for range 2 {
		if err := b.Destroy(t.Context(), "case_1"); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Destroy(t.Context(), "case_never"); err != nil {
		t.Fatal(err)
	}
	for _, s := range []seal.Store{a, b} {
		if got := get(t, s, "case_1", "case_2", "case_never"); len(got) != 1 || got["case_2"] == nil {
			t.Errorf("after two destructions %d keys are left", len(got))
		}
		want(t, s.Create(t.Context(), map[string][]byte{"case_1": wrapped("again")}), seal.ErrDestroyed)
		want(t, s.Create(t.Context(), map[string][]byte{"case_never": wrapped("late")}), seal.ErrDestroyed)
		want(t, s.Replace(t.Context(), "case_1", wrapped("case_1"), wrapped("again")), seal.ErrChanged)
		if ids, err := s.List(t.Context(), "", 10); err != nil || !slices.Equal(ids, []string{"case_2"}) {
			t.Errorf("%d keys are listed: %v", len(ids), err)
		}
	}
}

// odd: ids are bytes that mean nothing to a store.
func odd(t *testing.T, a, b seal.Store) {
	ids := []string{"a", "A", "../../etc/passwd", "a/b", "a.b", "ກໍລະນີ", "'; drop table", "%", "_", "a b", "-", ".", "..", strings.Repeat("x", seal.MaxID)}
	create(t, a, ids...)
	got := get(t, b, ids...)
	for _, id := range ids {
		if !bytes.Equal(got[id], wrapped(id)) {
			t.Errorf("the key of %q is not what was stored", id)
		}
	}
	slices.Sort(ids)
	if listed, err := b.List(t.Context(), "", 100); err != nil || !slices.Equal(listed, ids) {
		t.Errorf("listed %q, want byte order %q: %v", listed, ids, err)
	}
}

func refused(t *testing.T, a, _ seal.Store) {
	long := strings.Repeat("x", seal.MaxID+1)
	_, getErr := a.Get(t.Context(), "case_1", long)
	for name, err := range map[string]error{
		"an empty id":             a.Create(t.Context(), map[string][]byte{"": wrapped("x")}),
		"a long id":               a.Create(t.Context(), map[string][]byte{long: wrapped("x")}),
		"an empty key":            a.Create(t.Context(), map[string][]byte{"case_1": nil}),
		"a large key":             a.Create(t.Context(), map[string][]byte{"case_1": make([]byte, seal.MaxWrapped+1)}),
		"getting a long id":       getErr,
		"destroying a long id":    a.Destroy(t.Context(), long),
		"replacing by nothing":    a.Replace(t.Context(), "case_1", wrapped("x"), nil),
		"an empty entry":          a.AppendErasure(t.Context(), 0, nil),
		"a large entry":           a.AppendErasure(t.Context(), 0, make([]byte, seal.MaxEntry+1)),
		"an entry before the 0th": a.AppendErasure(t.Context(), -1, []byte("x")),
	} {
		if errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "xxx") {
			t.Errorf("%s: the error holds the id", name)
		}
	}
	if ids, err := a.List(t.Context(), "", 10); err != nil || len(ids) != 0 {
		t.Errorf("of refused input %d keys were stored: %v", len(ids), err)
	}
}

func list(t *testing.T, a, b seal.Store) {
	const n = 1500
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("case_%06d", i*7919%n))
	}
	for part := range slices.Chunk(ids, 400) {
		create(t, a, part...)
	}
	slices.Sort(ids)
	var listed []string
	for after := ""; ; {
		page, err := b.List(t.Context(), after, 256)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		if len(page) > 256 {
			t.Fatalf("a page of 256 holds %d", len(page))
		}
		listed, after = append(listed, page...), page[len(page)-1]
	}
	if !slices.Equal(listed, ids) {
		t.Errorf("%d ids listed in pages, want the %d stored, in byte order", len(listed), n)
	}
	if got := get(t, b, ids...); len(got) != n {
		t.Errorf("%d of %d keys came back at once", len(got), n)
	}
	create(t, a, "case_000700b")
	if page, err := b.List(t.Context(), "case_000700", 1); err != nil || !slices.Equal(page, []string{"case_000700b"}) {
		t.Errorf("a key made between pages: listed %q: %v", page, err)
	}
}

func erasures(t *testing.T, a, b seal.Store) {
	if got, err := a.Erasures(t.Context(), 0); err != nil || len(got) != 0 {
		t.Fatalf("a new list has %d entries: %v", len(got), err)
	}
	entry := func(i int) []byte { return fmt.Appendf(nil, "entry %d \x00\xff", i) }
	for i := range 120 {
		s := []seal.Store{a, b}[i%2]
		want(t, s.AppendErasure(t.Context(), i+1, entry(i)), seal.ErrChanged)
		if err := s.AppendErasure(t.Context(), i, entry(i)); err != nil {
			t.Fatal(err)
		}
		want(t, s.AppendErasure(t.Context(), i, entry(i+1)), seal.ErrChanged)
	}
	for _, from := range []int{0, 1, 99, 100, 119, 120, 500} {
		got, err := b.Erasures(t.Context(), from)
		if err != nil || len(got) != max(0, 120-from) {
			t.Fatalf("from %d there are %d entries: %v", from, len(got), err)
		}
		for i, e := range got {
			if !bytes.Equal(e, entry(from+i)) {
				t.Errorf("entry %d is %q", from+i, e)
			}
		}
	}
	large := bytes.Repeat([]byte{7}, seal.MaxEntry)
	if err := a.AppendErasure(t.Context(), 120, large); err != nil {
		t.Fatal("the largest entry:", err)
	}
}

// side runs f n times at once, on both handles in turn.
func side(n int, a, b seal.Store, f func(i int, s seal.Store)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i, []seal.Store{a, b}[i%2]) })
	}
	all.Wait()
}

// creating: of many that make a key for one case, one does, and all read its key.
func creating(t *testing.T, a, b seal.Store) {
	var made atomic.Int32
	side(12, a, b, func(i int, s seal.Store) {
		err := s.Create(t.Context(), map[string][]byte{
			"case_all": wrapped(fmt.Sprint("of ", i)), fmt.Sprint("case_", i): wrapped("own"),
		})
		if err == nil {
			made.Add(1)
		} else if !errors.Is(err, seal.ErrExists) {
			t.Error(err)
		}
	})
	if made.Load() != 1 {
		t.Errorf("%d made the key of one case", made.Load())
	}
	if x, y := get(t, a, "case_all"), get(t, b, "case_all"); len(x) != 1 || !bytes.Equal(x["case_all"], y["case_all"]) {
		t.Error("the handles read different keys")
	}
}

// destroyBesideReplace: a rotation does not bring a destroyed key back.
func destroyBesideReplace(t *testing.T, a, b seal.Store) {
	for round := range 10 {
		id := fmt.Sprint("case_", round)
		create(t, a, id)
		side(6, a, b, func(i int, s seal.Store) {
			if i == 3 {
				if err := s.Destroy(t.Context(), id); err != nil {
					t.Error(err)
				}
				return
			}
			got, err := s.Get(t.Context(), id)
			if err != nil || got[id] == nil {
				return
			}
			if err := s.Replace(t.Context(), id, got[id], wrapped(fmt.Sprint(round, i))); err != nil && !errors.Is(err, seal.ErrChanged) {
				t.Error(err)
			}
		})
		if got := get(t, b, id); len(got) != 0 {
			t.Fatal("a destroyed key came back")
		}
	}
}

// destroyBesideCreate: whichever comes first, afterwards there is no key, for ever.
func destroyBesideCreate(t *testing.T, a, b seal.Store) {
	for round := range 10 {
		id := fmt.Sprint("case_", round)
		side(4, a, b, func(i int, s seal.Store) {
			var err error
			if i == 1 {
				err = s.Destroy(t.Context(), id)
			} else {
				err = s.Create(t.Context(), map[string][]byte{id: wrapped("x")})
			}
			if err != nil && !errors.Is(err, seal.ErrExists) && !errors.Is(err, seal.ErrDestroyed) {
				t.Error(err)
			}
		})
		if got := get(t, a, id); len(got) != 0 {
			t.Fatal("a destroyed key is there")
		}
		want(t, b.Create(t.Context(), map[string][]byte{id: wrapped("x")}), seal.ErrDestroyed)
	}
}

// appending: each place of the erasure list is taken once.
func appending(t *testing.T, a, b seal.Store) {
	const each = 8
	side(4, a, b, func(i int, s seal.Store) {
		for done := 0; done < each; {
			now, err := s.Erasures(t.Context(), 0)
			if err != nil {
				t.Error(err)
				return
			}
			err = s.AppendErasure(t.Context(), len(now), fmt.Appendf(nil, "%d of %d", done, i))
			if err == nil {
				done++
			} else if !errors.Is(err, seal.ErrChanged) {
				t.Error(err)
				return
			}
		}
	})
	got, err := b.Erasures(t.Context(), 0)
	if err != nil || len(got) != 4*each {
		t.Fatalf("%d entries, want %d: %v", len(got), 4*each, err)
	}
	seen := map[string]bool{}
	for _, e := range got {
		seen[string(e)] = true
	}
	if len(seen) != 4*each {
		t.Errorf("of %d entries %d differ", 4*each, len(seen))
	}
}

func check(t *testing.T, a, b seal.Store) {
	side(6, a, b, func(i int, s seal.Store) {
		if err := s.Check(t.Context()); err != nil {
			t.Error(err)
		}
		if i%3 == 0 {
			if err := s.Create(t.Context(), map[string][]byte{fmt.Sprint("case_", i): wrapped("x")}); err != nil {
				t.Error(err)
			}
		}
	})
	if ids, err := a.List(t.Context(), "", 10); err != nil || len(ids) != 2 {
		t.Errorf("after checks %d keys are there: %v", len(ids), err)
	}
}

// cancelled: who no longer waits is told so, and that is no answer "no key".
func cancelled(t *testing.T, a, _ seal.Store) {
	create(t, a, "case_1")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := a.Get(ctx, "case_1"); errs.KindOf(err) != errs.Unavailable {
		t.Errorf("cancelled: %d keys and %v, want an error of kind Unavailable", len(got), err)
	}
}
