package clientkey

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var schedule = Schedule{Every: 100 * time.Hour, Overlap: 10 * time.Hour, Lead: time.Hour}

// issued is a client and the operators that keep its keys, one after the other: what is in
// the Secret, what each operator holds, and what ring is stored.
type issued struct {
	now    time.Time
	stored []byte // the ring
	held   string
	secret string               // id of the key that is in the Secret
	since  map[string]time.Time // when a key left the Secret
	writes int
}

func (w *issued) ring(t *rapid.T) *Ring {
	r := &Ring{}
	if w.stored != nil && json.Unmarshal(w.stored, r) != nil {
		t.Fatal("the ring does not come back")
	}
	return r
}

func (w *issued) save(t *rapid.T, r *Ring) {
	raw, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	w.stored = raw
}

// step does what is next, and ends before the part that dies says.
func (w *issued) step(t *rapid.T, dies int) {
	r := w.ring(t)
	if r.Prune(w.now, schedule, w.held) {
		w.save(t, r)
	}
	next, _ := r.Next(w.now, schedule, "said", w.held)
	switch next {
	case Make:
		key, err := New(ES256)
		if err != nil {
			t.Fatal(err)
		}
		if r.Add(key.Public(), w.now) != nil {
			return
		}
		if dies == 0 {
			w.held = ""
			return
		}
		w.save(t, r)
		w.held = key.KeyID
	case Offer:
		r.Offered()
		w.save(t, r)
		if dies == 0 {
			w.held = ""
			return
		}
		if w.secret != "" {
			w.since[w.secret] = w.now
		}
		w.secret, w.writes = w.held, w.writes+1
		w.held = ""
		if dies == 1 { // the Secret is written and nobody knows
			r.Secret = "" // until the next look at the Secret, which shows another key
			w.save(t, r)
			return
		}
		r.Stored(w.now, "said", "v")
		w.save(t, r)
	case Rest:
	}
}

// TestWhateverIsInTheSecretIsGood: wherever operators end, the key in the Secret is
// published, and one that was in it is for the overlap after it left.
func TestWhateverIsInTheSecretIsGood(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &issued{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), since: map[string]time.Time{}}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "hours")) * time.Hour)
			w.step(t, rapid.IntRange(0, 3).Draw(t, "dies"))
			if rapid.IntRange(0, 9).Draw(t, "another operator") == 0 {
				w.held = ""
			}
			var good []string
			for _, k := range w.ring(t).Keys {
				good = append(good, k.Public.KeyID)
			}
			if w.secret != "" && !slices.Contains(good, w.secret) {
				t.Fatalf("the key in the Secret is good no longer")
			}
			for id, left := range w.since {
				if w.now.Before(left.Add(schedule.Overlap)) && id != w.secret && !slices.Contains(good, id) {
					t.Fatalf("a key went %s after it left the Secret", w.now.Sub(left))
				}
			}
		}
	})
}

// TestRotation: published, handed out after the lead, and the one before goes after the
// overlap.
func TestRotation(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r := &Ring{}
	add := func() string {
		key, err := New(ES256)
		if err != nil || r.Add(key.Public(), now) != nil {
			t.Fatal(err)
		}
		return key.KeyID
	}
	expect := func(held string, want Step, at time.Time) {
		t.Helper()
		r.Prune(now, schedule, held)
		if got, when := r.Next(now, schedule, "s", held); got != want || !when.Equal(at) {
			t.Fatalf("next is %d at %s, want %d at %s", got, when, want, at)
		}
	}
	expect("", Make, now)
	first := add()
	expect(first, Offer, now) // nobody has one: nothing to wait for
	r.Offered()
	r.Stored(now, "s", "1")
	expect("", Rest, now.Add(schedule.Every))
	now = now.Add(schedule.Every)
	expect("", Make, now)
	second := add()
	expect(second, Rest, now.Add(schedule.Lead))
	now = now.Add(schedule.Lead)
	expect(second, Offer, now)
	r.Offered()
	r.Stored(now, "s", "2")
	expect("", Rest, now.Add(schedule.Overlap))
	if len(r.Keys) != 2 {
		t.Fatalf("%d keys in the overlap", len(r.Keys))
	}
	now = now.Add(schedule.Overlap)
	expect("", Rest, r.Current().Stored.Add(schedule.Every))
	if len(r.Keys) != 1 || r.Keys[0].Public.KeyID != second {
		t.Fatal("the one before is good for more than the overlap")
	}
	if got, _ := r.Next(now, schedule, "another id", ""); got != Make {
		t.Error("what the Secret says has changed and nothing is done")
	}
}
