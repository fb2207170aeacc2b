package seal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/keyfile"
	"github.com/sala-exchange/sala/internal/seal/sealtest"
	"github.com/sala-exchange/sala/services/keystore/folder"
)

const ttl = time.Minute

// bench is one key store and one key file with two keyrings, as two processes have them.
type bench struct {
	store         seal.Store
	kek           string // path of the key file
	clock         *sealtest.Clock
	first, second *seal.Keyring
}

func newBench(t testing.TB) *bench {
	t.Helper()
	root := filepath.Join(t.TempDir(), "keys")
	if err := folder.Make(root); err != nil {
		t.Fatal(err)
	}
	store, err := folder.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{store: store, clock: &sealtest.Clock{}}
	path, w := sealtest.KeyFile(t)
	b.kek = path
	b.first = seal.New(store, w, seal.Options{TTL: ttl, Now: b.clock.Now})
	b.second = seal.New(store, b.open(t), seal.Options{TTL: ttl, Now: b.clock.Now})
	return b
}

func (b *bench) open(t testing.TB) *keyfile.Wrapper {
	t.Helper()
	w, err := keyfile.Open(b.kek)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (b *bench) make(t testing.TB, ids ...string) {
	t.Helper()
	if err := b.first.Make(context.Background(), ids...); err != nil {
		t.Fatal(err)
	}
}

// value is for what cannot fail unless the test is wrong.
func value[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func row(caseID string) seal.Row {
	return seal.Row{Entity: "Identity", ID: "identity_1", Case: caseID, Contributor: "agency_lwu"}
}

// TestSealedOpensInItsPlaceOnly: whatever is sealed opens again, and after one change
// anywhere, of the text or of its place, it does not.
func TestSealedOpensInItsPlaceOnly(t *testing.T) {
	b := newBench(t)
	cases := []string{"case_1", "case_2", "case_12"}
	b.make(t, cases...)
	ctx := t.Context()
	word := rapid.StringN(0, 12, 40)
	rapid.Check(t, func(t *rapid.T) {
		r := seal.Row{
			Entity: word.Draw(t, "entity"), ID: word.Draw(t, "id"),
			Case: rapid.SampledFrom(cases).Draw(t, "case"), Contributor: word.Draw(t, "contributor"),
		}
		plain := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "plain")
		sealed, err := b.first.Seal(ctx, r, plain)
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) != len(plain)+34 {
			t.Fatalf("sealing %d bytes gave %d", len(plain), len(sealed))
		}
		if got, err := b.second.Open(ctx, r, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("does not open in its place: %v", err)
		}
		text := bytes.Clone(sealed)
		text[rapid.IntRange(0, len(text)-1).Draw(t, "at")] ^= rapid.ByteRange(1, 255).Draw(t, "by")
		closed(t, b, r, text, "a changed byte")
		closed(t, b, r, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(t, "cut")], "a cut end")
		closed(t, b, r, append(bytes.Clone(sealed), 0), "a byte more")
		for name, moved := range elsewhere(t, r, cases) {
			if moved != r {
				closed(t, b, moved, sealed, name)
			}
		}
	})
}

func closed(t *rapid.T, b *bench, r seal.Row, sealed []byte, why string) {
	if got, err := b.second.Open(context.Background(), r, sealed); !errors.Is(err, seal.ErrBroken) || got != nil {
		t.Fatalf("%s: opened, or the wrong error: %v", why, err)
	}
}

// elsewhere are places that differ from r in one part, or in where one part ends and the
// next begins.
func elsewhere(t *rapid.T, r seal.Row, cases []string) map[string]seal.Row {
	change := func(s, label string) string {
		if s == "" {
			return "x"
		}
		at := rapid.IntRange(0, len(s)-1).Draw(t, label)
		return s[:at] + string(s[at]^1) + s[at+1:]
	}
	moved := map[string]seal.Row{}
	other := r
	other.Entity = change(r.Entity, "entity at")
	moved["another entity"] = other
	other = r
	other.ID = change(r.ID, "id at")
	moved["another row"] = other
	other = r
	other.Contributor = change(r.Contributor, "contributor at")
	moved["another contributor"] = other
	other = r
	other.Case = rapid.SampledFrom(cases).Draw(t, "other case")
	moved["another case"] = other
	other = r
	other.Entity, other.ID = r.Entity+r.ID, ""
	moved["the border between entity and id"] = other
	return moved
}

// TestDestroyed: nothing of an erased case opens, at once where it was destroyed, and
// elsewhere once the time to live is over; other cases stay as they are.
func TestDestroyed(t *testing.T) {
	b, ctx, round := newBench(t), t.Context(), 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		n := rapid.IntRange(1, 6).Draw(rt, "cases")
		sealed, name := map[string][]byte{}, func(i int) string { return fmt.Sprintf("case_%d_%d", round, i) }
		for i := range n {
			id := name(i)
			b.make(t, id)
			sealed[id] = value(b.first.Seal(ctx, row(id), []byte(id)))(t)
		}
		for _, i := range rapid.SliceOf(rapid.IntRange(0, n-1)).Draw(rt, "read elsewhere") {
			if _, err := b.second.Open(ctx, row(name(i)), sealed[name(i)]); err != nil {
				rt.Fatal(err)
			}
		}
		b.clock.Add(time.Duration(rapid.IntRange(0, 90).Draw(rt, "seconds later")) * time.Second)
		gone := map[string]bool{}
		for _, i := range rapid.SliceOf(rapid.IntRange(0, n-1)).Draw(rt, "erased") {
			gone[name(i)] = true
			if err := b.first.Destroy(ctx, name(i)); err != nil {
				rt.Fatal(err)
			}
		}
		for _, ring := range []*seal.Keyring{b.first, b.second} {
			for id, text := range sealed {
				_, err := ring.Open(ctx, row(id), text)
				_, sealErr := ring.Seal(ctx, row(id), nil)
				if gone[id] != errors.Is(err, seal.ErrNoKey) || gone[id] != errors.Is(sealErr, seal.ErrNoKey) || !gone[id] && err != nil {
					rt.Fatalf("%s, erased %v: %v, %v", id, gone[id], err, sealErr)
				}
			}
			b.clock.Add(ttl) // from here on it holds elsewhere too
		}
	})
}

// TestTimeToLive: without the time to live, a keyring elsewhere would go on opening what
// was erased: just before its end it still does.
func TestTimeToLive(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.make(t, "case_1")
	sealed := value(b.second.Seal(ctx, row("case_1"), []byte("x")))(t)
	if err := b.first.Destroy(ctx, "case_1"); err != nil {
		t.Fatal(err)
	}
	b.clock.Add(ttl - time.Microsecond)
	if _, err := b.second.Open(ctx, row("case_1"), sealed); err != nil {
		t.Fatalf("the key is not cached, so this test proves nothing: %v", err)
	}
	b.clock.Add(time.Microsecond)
	if _, err := b.second.Open(ctx, row("case_1"), sealed); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("after the time to live: %v", err)
	}
}

// counting counts the questions to a store, and does what it is told between an answer
// and its arrival, or before new keys arrive.
type counting struct {
	seal.Store
	gets   int
	after  func()
	before func()
}

func (c *counting) Create(ctx context.Context, keys map[string][]byte) error {
	if c.before != nil {
		c.before()
	}
	return c.Store.Create(ctx, keys)
}

func (c *counting) Get(ctx context.Context, ids ...string) (map[string][]byte, error) {
	c.gets++
	got, err := c.Store.Get(ctx, ids...)
	if c.after != nil {
		after := c.after
		c.after = nil
		after()
	}
	return got, err
}

// TestDestroyedWhileRead: a key that is destroyed while its reader waits for the store's
// answer is not kept.
func TestDestroyedWhileRead(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.make(t, "case_1")
	sealed := value(b.first.Seal(ctx, row("case_1"), []byte("x")))(t)
	c := &counting{Store: b.store}
	ring := seal.New(c, b.open(t), seal.Options{Now: b.clock.Now})
	c.after = func() {
		if err := ring.Destroy(ctx, "case_1"); err != nil {
			t.Error(err)
		}
	}
	if _, err := ring.Open(ctx, row("case_1"), sealed); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("opened with a key that was destroyed before its answer came: %v", err)
	}
	if _, err := ring.Open(ctx, row("case_1"), sealed); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("the destroyed key was cached: %v", err)
	}
}

// TestQuestions: a page is one question to the store, erased persons in it included, and
// the cache is bounded.
func TestQuestions(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	var ids []string
	for i := range 30 {
		ids = append(ids, fmt.Sprint("case_", i))
	}
	b.make(t, ids...)
	if err := b.first.Destroy(ctx, "case_3"); err != nil {
		t.Fatal(err)
	}
	c := &counting{Store: b.store}
	ring := seal.New(c, b.open(t), seal.Options{Cached: 40, TTL: ttl, Now: b.clock.Now})
	page := func() {
		t.Helper()
		if err := ring.Load(ctx, append(ids, "case_never", ids[0])...); err != nil {
			t.Fatal(err)
		}
		for _, id := range append(ids, "case_never") {
			if _, err := ring.Seal(ctx, row(id), nil); err != nil && !errors.Is(err, seal.ErrNoKey) {
				t.Fatal(err)
			}
		}
	}
	page()
	page()
	if c.gets != 1 {
		t.Errorf("two pages were %d questions, want 1", c.gets)
	}
	// A key that another process makes is found soon after "there is none".
	b.make(t, "case_never")
	b.clock.Add(ttl / 20)
	if _, err := ring.Seal(ctx, row("case_never"), nil); err != nil {
		t.Errorf("a key made elsewhere is not found: %v", err)
	}
	small := seal.New(c, b.open(t), seal.Options{Cached: 10, TTL: ttl, Now: b.clock.Now})
	c.gets = 0
	for range 2 {
		if err := small.Load(ctx, ids...); err != nil {
			t.Fatal(err)
		}
	}
	if c.gets != 2 {
		t.Errorf("30 keys twice through a cache of 10: %d questions, want 2", c.gets)
	}
}

// TestMake: a key is made once; not for an id whose key was destroyed; and one that is
// known to be missing is used as soon as it is made.
func TestMake(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	if _, err := b.first.Seal(ctx, row("case_1"), nil); !errors.Is(err, seal.ErrNoKey) {
		t.Error("sealing for a case without a key:", err)
	}
	b.make(t, "case_1", "case_1")
	if _, err := b.first.Seal(ctx, row("case_1"), nil); err != nil {
		t.Error("sealing with a key just made:", err)
	}
	if err := b.second.Make(ctx, "case_1"); !errors.Is(err, seal.ErrExists) {
		t.Error("made twice:", err)
	}
	if err := b.second.Destroy(ctx, "case_1"); err != nil {
		t.Fatal(err)
	}
	if err := b.first.Make(ctx, "case_1"); !errors.Is(err, seal.ErrDestroyed) {
		t.Error("made after it was destroyed:", err)
	}
	if err := b.first.Make(ctx); err != nil {
		t.Error("making nothing:", err)
	}
	if err := b.first.Make(ctx, "case_2", ""); errs.KindOf(err) != errs.Invalid {
		t.Error("making a key for no id:", err)
	}
}

// TestMovedKey: a wrapped key that somebody puts under another case's id does not open
// that case's rows, nor new ones.
func TestMovedKey(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.make(t, "case_1", "case_2")
	sealed := value(b.first.Seal(ctx, row("case_1"), []byte("x")))(t)
	got := value(b.store.Get(ctx, "case_1", "case_2"))(t)
	if err := b.store.Replace(ctx, "case_1", got["case_1"], got["case_2"]); err != nil {
		t.Fatal(err)
	}
	if _, err := b.second.Open(ctx, row("case_1"), sealed); !errors.Is(err, seal.ErrBroken) {
		t.Error("opened with a moved key:", err)
	}
	if _, err := b.second.Seal(ctx, row("case_1"), nil); !errors.Is(err, seal.ErrBroken) {
		t.Error("sealed with a moved key:", err)
	}
	if status, err := b.second.Status(ctx); err != nil || status.Broken != 1 || status.Keys != 2 {
		t.Errorf("status %+v: %v", status, err)
	}
}

// TestErrorsTellNothing: no error holds an id or a word of what is sealed.
func TestErrorsTellNothing(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	const id, secret = "case_canary_id", "canary plain text"
	b.make(t, id)
	sealed := value(b.first.Seal(ctx, row(id), []byte(secret)))(t)
	_, moved := b.first.Open(ctx, seal.Row{Entity: "Identity", ID: "identity_2", Case: id}, sealed)
	exists := b.first.Make(ctx, id)
	noMore := errors.Join(b.first.Destroy(ctx, id), b.first.Make(ctx, id))
	_, gone := b.first.Open(ctx, row(id), sealed)
	over, cancel := context.WithCancel(ctx)
	cancel()
	unreachable := b.second.Load(over, id)
	for name, err := range map[string]error{"moved": moved, "exists": exists, "no more": noMore, "gone": gone, "unreachable": unreachable} {
		if err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(errs.Public(err).Message, "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if errs.Public(gone).Message != errs.NotHere().Message {
		t.Error("outward, an erased case looks other than one that is not there")
	}
}

func BenchmarkSeal(b *testing.B) { measure(b, 200, true) }
func BenchmarkOpen(b *testing.B) { measure(b, 200, false) }

func measure(b *testing.B, size int, sealing bool) {
	w, ctx := newBench(b), context.Background()
	w.make(b, "case_1")
	plain := make([]byte, size)
	sealed := value(w.first.Seal(ctx, row("case_1"), plain))(b)
	b.ReportAllocs()
	b.SetBytes(int64(size))
	for b.Loop() {
		var err error
		if sealing {
			_, err = w.first.Seal(ctx, row("case_1"), plain)
		} else {
			_, err = w.first.Open(ctx, row("case_1"), sealed)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// One case whose key is there and opens is enough; else it is said which of the two fails.
func TestOpens(t *testing.T) {
	b, ctx := newBench(t), context.Background()
	if err := b.first.Opens(ctx, "one", "two"); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("no key: %v", err)
	}
	b.make(t, "two")
	if err := b.first.Opens(ctx, "one", "two"); err != nil {
		t.Errorf("one key: %v", err)
	}
	_, stranger := sealtest.KeyFile(t)
	if err := seal.New(b.store, stranger, seal.Options{}).Opens(ctx, "one", "two"); !errors.Is(err, seal.ErrBroken) {
		t.Errorf("another key-encryption key: %v", err)
	}
}
