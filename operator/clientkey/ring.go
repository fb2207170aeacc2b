// Package clientkey decides which keys of a client that signs in by private_key_jwt
// (OpenID Connect Core 1.0, section 9; RFC 7523) are made, handed out and withdrawn, and
// when.
//
// It promises that a public key is published before its private key is handed out, that
// whoever holds a key that may have been handed out can sign in until a later one has been
// handed out for as long as the overlap, and that this holds wherever a process ends in
// between: what is not known to have happened is taken to have happened where that keeps a
// key good, and not to have happened where that makes another. It keeps no private key and
// knows no cluster.
package clientkey

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Most is how many keys a ring holds at most; each process that ends between making a key
// and handing it out leaves one until the overlap is over.
const Most = 16

// Ring is the public state of one client's keys, oldest first.
type Ring struct {
	Keys []Key `json:"keys,omitempty"`
	// Said is what the Secret says beside the key; where that changes, so does the key.
	Said string `json:"said,omitempty"`
	// Secret is the UID of the Secret that was written last; empty where it is not there, or
	// not as it was written.
	Secret string `json:"secret,omitempty"`
}

// Key is one public key.
type Key struct {
	Public    jose.JSONWebKey `json:"public"`
	Published time.Time       `json:"published"`
	// Offered is true from just before its private key is handed out: from then on it may
	// have been.
	Offered bool `json:"offered,omitempty"`
	// Stored is when it was known to have been handed out.
	Stored *time.Time `json:"stored,omitempty"`
}

// Schedule is how often keys change.
type Schedule struct {
	Every   time.Duration // how long a key is in use
	Overlap time.Duration // how long the one before is good beside it
	Lead    time.Duration // how long a public key is there before its private key is handed out
}

// Grace is how long after its time a key that somebody else made and did not hand out is
// waited for, before it is given up and another is made.
const Grace = time.Minute

// Step is what is to be done next.
type Step int

// The steps.
const (
	Rest  Step = iota // nothing, until a time
	Make              // make a key and publish it
	Offer             // hand the newest key out
)

// Prune withdraws what is good no longer, and what was made by somebody else and never
// handed out, some time after it should have been; held is the id of the key that this
// process holds, or empty. It reports whether it changed anything.
func (r *Ring) Prune(now time.Time, s Schedule, held string) bool {
	var kept []Key
	for i, k := range r.Keys {
		givenUp := !k.Offered && k.Public.KeyID != held && !now.Before(k.Published.Add(s.Lead+Grace))
		if !givenUp && !r.outlived(i, now, s.Overlap) {
			kept = append(kept, k)
		}
	}
	changed := len(kept) != len(r.Keys)
	r.Keys = kept
	return changed
}

// outlived: a later key has been handed out for as long as the overlap.
func (r *Ring) outlived(i int, now time.Time, overlap time.Duration) bool {
	for _, later := range r.Keys[i+1:] {
		if later.Stored != nil && !now.Before(later.Stored.Add(overlap)) {
			return true
		}
	}
	return false
}

// Current is the key that was handed out last; nil where none was.
func (r *Ring) Current() *Key {
	for i := len(r.Keys) - 1; i >= 0; i-- {
		if r.Keys[i].Stored != nil {
			return &r.Keys[i]
		}
	}
	return nil
}

// newest is the key that is to be handed out next; nil where none is.
func (r *Ring) newest(held string) *Key {
	if n := len(r.Keys); n > 0 && held != "" && r.Keys[n-1].Stored == nil && r.Keys[n-1].Public.KeyID == held {
		return &r.Keys[n-1]
	}
	return nil
}

// Next is what is to be done now, or when to look again. said is what the Secret is to say
// beside the key. Where no key is in use, none waits for the lead.
func (r *Ring) Next(now time.Time, s Schedule, said, held string) (Step, time.Time) {
	current := r.Current()
	broken := current == nil || r.Secret == "" || r.Said != said
	if !broken && now.Before(current.Stored.Add(s.Every)) {
		at := current.Stored.Add(s.Every)
		if first := current.Stored.Add(s.Overlap); len(r.Keys) > 1 && now.Before(first) {
			at = first // when the one before goes
		}
		return Rest, at
	}
	key := r.newest(held)
	if key == nil {
		if n := len(r.Keys); n > 0 && !r.Keys[n-1].Offered {
			return Rest, r.Keys[n-1].Published.Add(s.Lead + Grace) // somebody else's
		}
		return Make, now
	}
	if at := key.Published.Add(s.Lead); !broken && now.Before(at) {
		return Rest, at
	}
	return Offer, now
}

// Add publishes a key.
func (r *Ring) Add(public jose.JSONWebKey, now time.Time) error {
	if len(r.Keys) >= Most {
		return fmt.Errorf("%d keys of a client were made and none was stored for as long as the overlap: see why, and wait for the overlap", len(r.Keys))
	}
	r.Keys = append(r.Keys, Key{Public: public, Published: now.UTC()})
	return nil
}

// Offered notes that the newest key is about to be handed out.
func (r *Ring) Offered() { r.Keys[len(r.Keys)-1].Offered = true }

// Stored notes that the newest key was handed out in the Secret of this UID, with what that
// says beside it.
func (r *Ring) Stored(now time.Time, said, secret string) {
	at := now.UTC()
	r.Keys[len(r.Keys)-1].Stored, r.Said, r.Secret = &at, said, secret
}

// JWKS is the key set that the issuer reads (RFC 7517); an empty one while shut is true.
func (r *Ring) JWKS(shut bool) ([]byte, error) {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range r.Keys {
		if !shut {
			set.Keys = append(set.Keys, k.Public)
		}
	}
	return json.Marshal(set)
}
