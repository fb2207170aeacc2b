package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
)

// maxCandidate is how long a candidate may be, in bytes.
const maxCandidate = 256 << 20

// candidateHeading begins what a builder signs, so that it proves nothing else.
const candidateHeading = "sala candidate/1"

// candidate is a built table as a file, signed by who built it.
type candidate struct {
	Built json.RawMessage `json:"built"`
	Note  string          `json:"note"`
}

func statement(built []byte) string {
	sum := sha256.Sum256(built)
	return candidateHeading + "\nsha256:" + hex.EncodeToString(sum[:]) + "\n"
}

// Seal writes a built table as a candidate, signed by its builder.
func Seal(w io.Writer, b *Built, builder note.Signer) error {
	built, err := b.encode()
	if err != nil {
		return errs.Wrap(err, errs.Internal, "writing the candidate")
	}
	signed, err := note.Sign(&note.Note{Text: statement(built)}, builder)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "signing the candidate: the key cannot sign")
	}
	text, err := json.Marshal(candidate{built, string(signed)})
	if err != nil {
		return errs.Wrap(err, errs.Internal, "writing the candidate")
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// Open reads a candidate that one of the keys signed, and says whose.
func Open(r io.Reader, keys note.Verifiers) (*Built, string, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxCandidate+1))
	if err != nil {
		return nil, "", errs.Wrap(err, errs.Unavailable, "the candidate cannot be read")
	}
	if len(raw) > maxCandidate {
		return nil, "", errs.New(errs.Limited, "the candidate is longer than %d bytes", maxCandidate)
	}
	var c candidate
	if err := strict(raw, &c); err != nil {
		return nil, "", err
	}
	n, err := note.Open([]byte(c.Note), keys)
	if err != nil || n.Text != statement(c.Built) {
		return nil, "", errs.New(errs.Invalid, "the candidate is not signed by a key of releaseKey, or was changed since: build it again")
	}
	b := &Built{}
	if err := strict(c.Built, b); err != nil {
		return nil, "", err
	}
	return b, n.Sigs[0].Name, nil
}

func strict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, e := d.Token(); e != io.EOF {
			err = errs.New(errs.Invalid, "something stands behind its end")
		}
	}
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "the candidate is damaged, or of another program: build it again")
	}
	return nil
}

// Keys reads public keys, one a line, and refuses two of one name: a name is who somebody is.
func Keys(texts ...[]byte) (note.Verifiers, []string, error) {
	var list []note.Verifier
	var names []string
	seen := map[string]bool{}
	for _, text := range texts {
		for _, l := range strings.Fields(string(text)) {
			v, err := note.NewVerifier(l)
			if err != nil {
				return nil, nil, errs.Wrap(err, errs.Invalid, "a key of releaseKey is malformed: make one with `sala release key`")
			}
			if seen[v.Name()] {
				return nil, nil, errs.New(errs.Invalid, "two keys of releaseKey have one name: each is one person's or one office's")
			}
			seen[v.Name()] = true
			list, names = append(list, v), append(names, v.Name())
		}
	}
	return note.VerifierList(list...), names, nil
}
