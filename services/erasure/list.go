// Package erasure carries out the erasure of a person (H4): the key of her case is
// destroyed, everything that names the case is deleted, and a signed entry in the
// erasure list says so. Of a cleared suspect one row is erased and no key destroyed (B2):
// the case stays. The list lies in the key store, outside the database and its
// backups, so that a restored database can be told whom it must not bring back.
//
// It promises that nobody is erased without two people and 14 days, that a deed
// broken off at any point is finished later, and that a database which holds somebody
// on the list, or knows of a deed that the list does not, is found out. Agencies that
// left and whose contributions were deleted stand on the same list, as do cases that
// were taken back with their import; what an import had staged is wiped when it has
// ended. It cannot reach copies that were exported: those who had them are told to
// delete them.
package erasure

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
)

// Origin is the name under which entries are signed.
const Origin = "sala.example/erasures"

// The kinds of entries.
const (
	Erased  = "ERASED"  // a person was erased
	Suspect = "SUSPECT" // one cleared suspect's row was erased; its case stays
	Undone  = "UNDONE"  // cases were taken back with the import that made them
	Current = "CURRENT" // nobody more was, up to this time
	// Departed: an agency left, holds its export, and what it had contributed is deleted.
	Departed = "DEPARTED"
)

// Entry is one entry of the list. It holds random ids and times, and nothing about her.
type Entry struct {
	Number      int    `json:"number"` // from 0
	Kind        string `json:"kind"`
	At          int64  `json:"at"` // UTC microseconds
	Case        string `json:"case,omitempty"`
	Suspect     string `json:"suspect,omitempty"` // of SUSPECT: the row
	Agency      string `json:"agency,omitempty"`  // the owner; of SUSPECT the contributor; of DEPARTED the agency that left
	Digest      string `json:"digest,omitempty"`  // of DEPARTED: that of the agency's export
	AskedBy     string `json:"askedBy,omitempty"`
	AskedOn     int64  `json:"askedOn,omitempty"`
	ConfirmedBy string `json:"confirmedBy,omitempty"`
	ConfirmedOn int64  `json:"confirmedOn,omitempty"`
	Import      string `json:"import,omitempty"`
	// Cases are those of an UNDONE entry; AskedBy took them back.
	Cases    []string `json:"cases,omitempty"`
	Previous string   `json:"previous"` // SHA-256 of the entry before, hexadecimal; empty for the first
}

// List is the erasure list of a deployment. It is safe for concurrent use. What was
// verified once is not verified again: entries are only added.
type List struct {
	store    seal.Store
	signer   note.Signer // nil: to be read only
	verifier note.Verifier
	now      func() time.Time

	mu       sync.Mutex
	known    []Entry
	previous string // SHA-256 of the last of them, hexadecimal
}

// NewKey makes a signing key: the secret line for servers, the public line for whoever
// only reads.
func NewKey() (secret, public string, err error) {
	secret, public, err = note.GenerateKey(rand.Reader, Origin)
	if err != nil {
		return "", "", errs.Wrap(err, errs.Internal, "making a key failed")
	}
	return secret, public, nil
}

// Open opens the list in the key store with the secret or the public line of its key;
// now is time.Now where nil.
func Open(store seal.Store, key string, now func() time.Time) (*List, error) {
	l := &List{store: store, now: now}
	if now == nil {
		l.now = time.Now
	}
	public := strings.TrimSpace(key)
	if strings.HasPrefix(public, "PRIVATE+KEY+") {
		signer, err := note.NewSigner(public)
		if err != nil {
			return nil, malformed()
		}
		l.signer = signer
		if public, err = publicOf(public); err != nil {
			return nil, err
		}
	}
	verifier, err := note.NewVerifier(public)
	if err != nil || verifier.Name() != Origin {
		return nil, malformed()
	}
	l.verifier = verifier
	return l, nil
}

func malformed() error {
	return errs.New(errs.Invalid, "the key of the erasure list is malformed: it is a line that `sala keys init` made")
}

// publicOf derives the public line of a secret one (Ed25519, as package note writes them).
func publicOf(secret string) (string, error) {
	parts := strings.SplitN(secret, "+", 5) // PRIVATE+KEY+name+hash+key; the key may hold a +
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return "", malformed()
	}
	public, err := note.NewEd25519VerifierKey(Origin, ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey))
	if err != nil {
		return "", malformed()
	}
	return public, nil
}

// digestOf is an entry's SHA-256, hexadecimal.
func digestOf(msg []byte) string {
	sum := sha256.Sum256(msg)
	return hex.EncodeToString(sum[:])
}

const heading = "sala erasure list v1\n"

// Entries returns the whole list, oldest first. A signature that does not verify, or an
// entry that does not follow on the one before, is an error: such a list is no list.
func (l *List) Entries(ctx context.Context) ([]Entry, error) {
	entries, _, err := l.read(ctx)
	return entries, err
}

// read returns the list and the digest of its last entry.
func (l *List) read(ctx context.Context) ([]Entry, string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	raw, err := l.store.Erasures(ctx, max(len(l.known)-1, 0))
	if err != nil {
		return nil, "", err
	}
	// The last that is known is read once more: a list that lost it is an older copy.
	if len(l.known) > 0 {
		if len(raw) == 0 || digestOf(raw[0]) != l.previous {
			return nil, "", errs.New(errs.Unavailable, "the erasure list is not the one that was read before, which was longer: bring back the newest copy of the key store")
		}
		raw = raw[1:]
	}
	for _, msg := range raw {
		var e Entry
		i := len(l.known)
		n, err := note.Open(msg, note.VerifierList(l.verifier))
		if err != nil {
			return nil, "", errs.Wrap(err, errs.Internal, "entry %d of the erasure list is not signed by its key: keep the key store as evidence", i)
		}
		text, ok := strings.CutPrefix(n.Text, heading)
		if !ok || json.Unmarshal([]byte(text), &e) != nil || e.Number != i || e.Previous != l.previous {
			return nil, "", errs.New(errs.Internal, "entry %d of the erasure list does not follow on the one before: keep the key store as evidence", i)
		}
		l.known, l.previous = append(l.known, e), digestOf(msg)
	}
	return slices.Clone(l.known), l.previous, nil
}

// add signs an entry and puts it at the end.
func (l *List) add(ctx context.Context, e Entry) error {
	if l.signer == nil {
		return errs.New(errs.Invalid, "the erasure list is written with its secret key: name that file")
	}
	for range 20 {
		before, previous, err := l.read(ctx)
		if err != nil {
			return err
		}
		e.Number, e.Previous = len(before), previous
		text, err := json.Marshal(e)
		if err != nil {
			return errs.Wrap(err, errs.Internal, "writing the erasure list failed")
		}
		msg, err := note.Sign(&note.Note{Text: heading + string(text) + "\n"}, l.signer)
		if err != nil {
			return errs.Wrap(err, errs.Internal, "signing the erasure list failed")
		}
		if err := l.store.AppendErasure(ctx, e.Number, msg); errors.Is(err, seal.ErrChanged) {
			continue
		} else if err != nil {
			return err
		}
		_, _, err = l.read(ctx) // known from now on: it may not be lost
		return err
	}
	return errs.New(errs.Unavailable, "the erasure list is written by others all the time: try again")
}

// fresh is how old the newest entry may be before Renew adds one.
const fresh = 6 * time.Hour

// Renew says that the list is current, where its newest entry is older than six hours:
// whoever restores a backup can so tell today's list from an old copy.
func (l *List) Renew(ctx context.Context) error {
	entries, err := l.Entries(ctx)
	if err != nil {
		return err
	}
	now := l.now().UTC()
	if n := len(entries); n > 0 && now.Sub(time.UnixMicro(entries[n-1].At)) < fresh {
		return nil
	}
	return l.add(ctx, Entry{Kind: Current, At: now.UnixMicro()})
}
