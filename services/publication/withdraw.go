package publication

import (
	"context"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
)

// Withdraw adds a signed notice to a version that the signer's key has published; its
// files stay as they are, since what was published cannot be called back. The keys must
// hold the signer's. A version that is withdrawn is of kind Conflict.
func Withdraw(ctx context.Context, s Store, ref Ref, w Withdrawal, signer note.Signer, keys note.Verifiers) error {
	err := w.check()
	if err != nil {
		return err
	}
	r, err := Open(ctx, s, ref, keys)
	if err != nil {
		return err
	}
	if r.SignedBy != keyID(signer.Name(), signer.KeyHash()) {
		return errs.New(errs.Invalid, "withdrawing: the release was signed by another key: use that one")
	}
	msg, err := note.Sign(&note.Note{Text: w.text(ref, r.Hash)}, signer)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "signing the withdrawal: the key cannot sign")
	}
	err = s.Create(ctx, ref.file(WithdrawalFile), msg)
	switch {
	case there(err):
		return errs.New(errs.Conflict, "withdrawing: this version is withdrawn already")
	case err != nil:
		return unwritten(err)
	}
	return nil
}
