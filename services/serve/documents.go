package serve

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"os"
	"sync/atomic"

	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/configuration"
)

// documents says which documents are answered: nil for any.
func (s *server) documents(v *configuration.Values) (func() *document.Set, error) {
	if configuration.AnyDocument.In(v) {
		return nil, nil
	}
	r := &registered{path: configuration.Documents.In(v), log: s.log}
	if err := r.look(); err != nil {
		return nil, err
	}
	if r.path != "" {
		s.jobs = append(s.jobs, func(ctx context.Context) { watch(ctx, configuration.DocumentsReloadInterval.In(v), r.look) })
	}
	return r.current.Load, nil
}

// registered is the documents of a file and Sala's own, taken up anew when the file
// changes.
type registered struct {
	path    string // empty: Sala's own alone
	log     *slog.Logger
	current atomic.Pointer[document.Set]
	seen    [sha256.Size]byte // of the file that was looked at last, good or broken
}

// look takes up a changed file. A broken one leaves the documents as they were, and is
// logged once.
func (r *registered) look() error {
	if r.path == "" {
		r.current.Store(document.Owned())
		return nil
	}
	raw, err := os.ReadFile(r.path) // the operator names the file
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
		r.log.LogAttrs(context.Background(), slog.LevelInfo, "the registered documents were taken up", slog.Int("documents", len(set.IDs())))
	case digest != r.seen || r.current.Load() == nil:
		r.log.LogAttrs(context.Background(), slog.LevelError, "the registered documents cannot be taken up; those before are kept", slog.Any("error", err))
	}
	r.seen = digest
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "the registered documents cannot be read: check documents")
	}
	return nil
}
