package disclosure

import (
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/tlog"
)

// ReadCheckpoint reads a signed checkpoint that was saved outside from the file at path,
// and the log's public key from the one at keyPath. It fails for a file that cannot be
// read, a malformed key, and for whatever is not a checkpoint of this log signed with
// that key: one changed byte is enough.
func ReadCheckpoint(path, keyPath string) (tlog.Checkpoint, error) {
	var none tlog.Checkpoint
	msg, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return none, errs.Wrap(err, errs.Invalid, "the checkpoint cannot be read: check --checkpoint")
	}
	public, err := os.ReadFile(keyPath) //nolint:gosec // the operator names the file
	if err != nil {
		return none, errs.Wrap(err, errs.Invalid, "the log's public key cannot be read: check --key")
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(public)))
	if err != nil {
		return none, errs.New(errs.Invalid, "the log's public key is malformed: it is the line that `sala ledger key` printed")
	}
	return tlog.OpenCheckpoint(msg, Origin, verifier)
}
