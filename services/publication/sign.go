package publication

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
)

// maxNote bounds a signed note, in bytes.
const maxNote = 64 << 10

// What a signature says first, so that it proves nothing else.
const withdrawn = "sala withdrawal/1"

// statement is what is signed of a version.
func statement(r Ref, hash string) string {
	return Format + "\n" + r.String() + "\nsha256:" + hash + "\n"
}

// ErrUnsigned is the refusal of what no key that is trusted has signed.
var ErrUnsigned = errors.New("no trusted signature")

// opened reads a signed note of one of the keys and returns its text and the
// key, as keyID spells it. Signatures of keys that are not known may stand beside it and prove nothing.
func opened(msg []byte, keys note.Verifiers) (text, by string, err error) {
	n, err := note.Open(msg, keys)
	if err != nil {
		return "", "", errs.Wrap(errors.Join(ErrUnsigned, err), errs.Invalid, "the release is not signed by a key that is trusted here: do not use it; if it should be, add its publisher's key")
	}
	for _, s := range n.Sigs {
		// base64's decoder ignores the unused bits and line breaks.
		raw, err := base64.StdEncoding.DecodeString(s.Base64)
		if err != nil || base64.StdEncoding.EncodeToString(raw) != s.Base64 {
			return "", "", errs.Wrap(ErrUnsigned, errs.Invalid, "the release's signature is not spelt as it was written: get it again")
		}
	}
	return n.Text, keyID(n.Sigs[0].Name, n.Sigs[0].Hash), nil
}

// keyID names a key by its name and hash, as the beginning of a verifier key does.
func keyID(name string, hash uint32) string { return fmt.Sprintf("%s+%08x", name, hash) }

// Withdrawal is a notice that a version is not to be used any more.
type Withdrawal struct {
	On     Day
	Reason string // in one line, for readers
}

func (w Withdrawal) text(r Ref, hash string) string {
	return withdrawn + "\n" + r.String() + "\nsha256:" + hash + "\n" + string(w.On) + "\n" + w.Reason + "\n"
}

// parseWithdrawal reads what text wrote of this very manifest.
func parseWithdrawal(text string, r Ref, hash string) (*Withdrawal, error) {
	lines := strings.Split(text, "\n")
	if len(lines) == 6 {
		w := Withdrawal{Day(lines[3]), lines[4]}
		if w.text(r, hash) == text && w.check() == nil {
			return &w, nil
		}
	}
	return nil, errs.New(errs.Invalid, "the withdrawal's notice is not of this version: get the release again")
}

func (w Withdrawal) check() error {
	if !w.On.valid() || !sound(w.Reason) {
		return errs.New(errs.Invalid, "withdrawing: say on which day, and why in one line").WithFields("on", "reason")
	}
	return nil
}
