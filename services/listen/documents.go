package listen

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"os"
	"sync/atomic"

	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
)

// Documents are those of a file and Sala's own, taken up anew when the file
// changes.
type Documents struct {
	Path    string // empty: Sala's own alone
	Log     *slog.Logger
	current atomic.Pointer[document.Set]
	seen    [sha256.Size]byte // of the file that was looked at last, good or broken
}

// Current is what is in force; nil before the first Look.
func (r *Documents) Current() *document.Set { return r.current.Load() }

// Look takes up a changed file. A broken one leaves the documents as they were, and is
// logged once.
func (r *Documents) Look() error {
	if r.Path == "" {
		r.current.Store(document.Owned())
		return nil
	}
	raw, err := os.ReadFile(r.Path) // the operator names the file
	digest := sha256.Sum256(raw)
	if err == nil && digest == r.seen {
		return nil
	}
	var set *document.Set
	if err == nil {
		set, err = document.Parse(raw)
	}
	switch {
	case err == nil:
		r.current.Store(document.Owned().Join(set))
		r.Log.LogAttrs(context.Background(), slog.LevelInfo, "the registered documents were taken up", slog.Int("documents", len(set.IDs())))
	case digest != r.seen || r.current.Load() == nil:
		r.Log.LogAttrs(context.Background(), slog.LevelError, "the registered documents cannot be taken up; those before are kept", slog.Any("error", err))
	}
	r.seen = digest
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "the registered documents cannot be read: check documents")
	}
	return nil
}
