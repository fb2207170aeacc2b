package tlog

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Checkpoint says what a log held at one moment.
type Checkpoint struct {
	Origin string // the log's name, unique among logs, without blanks or plus signs
	Size   int64  // number of entries, 0 to MaxSize
	Root   Hash   // root hash of those entries
}

// ErrCheckpoint is the refusal of a checkpoint that is malformed, of another log,
// or not signed by the key asked for.
var ErrCheckpoint = errors.New("reading a checkpoint: it is not one of this log signed with this key; do not trust it")

// NewCheckpoint returns the checkpoint of the first n entries in store.
func NewCheckpoint(origin string, store HashStore, n int64) (Checkpoint, error) {
	root, err := Root(store, n)
	if err != nil {
		return Checkpoint{}, err
	}
	return Checkpoint{origin, n, root}, nil
}

// Text is the body of a transparency-dev checkpoint: origin, size in decimal and
// root in base64, each on its line.
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// ParseCheckpoint reads what Text wrote and nothing else: there is one spelling,
// and lines behind the root are refused. It checks no signature.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return Checkpoint{}, ErrCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, err2 := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || err2 != nil || len(root) != len(Hash{}) {
		return Checkpoint{}, ErrCheckpoint
	}
	c := Checkpoint{lines[0], size, Hash(root)}
	if !c.sound() || c.Text() != text {
		return Checkpoint{}, ErrCheckpoint
	}
	return c, nil
}

// sound reports whether c can be written and read back.
func (c Checkpoint) sound() bool {
	return c.Origin != "" && strings.ToValidUTF8(c.Origin, "") == c.Origin && !strings.ContainsAny(c.Origin, "+") &&
		strings.IndexFunc(c.Origin, func(r rune) bool { return r <= ' ' || r == 0x7f }) < 0 &&
		c.Size >= 0 && c.Size <= MaxSize
}

// Sign returns the checkpoint as a signed note (golang.org/x/mod/sumdb/note).
func (c Checkpoint) Sign(signers ...note.Signer) ([]byte, error) {
	if !c.sound() || len(signers) == 0 {
		return nil, fmt.Errorf("signing a checkpoint: it needs an origin without blanks, a size in range and a signer")
	}
	msg, err := note.Sign(&note.Note{Text: c.Text()}, signers...)
	if err != nil {
		return nil, fmt.Errorf("signing a checkpoint: %w", err)
	}
	return msg, nil
}

// OpenCheckpoint reads a signed checkpoint of the log named origin. The verifier's
// signature must be there and spelt in the one canonical way; signatures of others
// (witnesses) may stand beside it and prove nothing here. The error is
// ErrCheckpoint, possibly with a cause that holds no more than key names.
func OpenCheckpoint(msg []byte, origin string, verifier note.Verifier) (Checkpoint, error) {
	n, err := note.Open(msg, note.VerifierList(verifier))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	for _, s := range n.Sigs {
		// base64's decoder ignores the unused bits and line breaks.
		raw, err := base64.StdEncoding.DecodeString(s.Base64)
		if err != nil || base64.StdEncoding.EncodeToString(raw) != s.Base64 {
			return Checkpoint{}, ErrCheckpoint
		}
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil || c.Origin != origin {
		return Checkpoint{}, ErrCheckpoint
	}
	return c, nil
}
