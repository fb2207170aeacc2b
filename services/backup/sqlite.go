package backup

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
)

// writeSQLite copies the embedded database, which SQLite itself writes anew of one
// moment, without the pages of what was deleted.
func writeSQLite(ctx context.Context, st *store.Store, m *Manifest, out *archive) error {
	dir, err := os.MkdirTemp("", "sala-backup-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "sala.db") // as sealed as the database itself
	if _, err := st.DB().ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return err
	}
	if err := out.json("manifest.json", m); err != nil {
		return err
	}
	file, err := os.Open(path) //nolint:gosec // made above
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	w := out.data("sala.db")
	if _, err := io.Copy(w, file); err != nil {
		return err
	}
	return w.Close()
}

// readSQLite writes the file of an embedded database, whole or not at all.
func readSQLite(path string, in *members) error {
	if _, err := os.Stat(path); err == nil {
		return errs.New(errs.Conflict, "there is a file of that name already: restore into a new one")
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".sala-restore-")
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "the file of the database cannot be made: check its folder")
	}
	defer func() { _ = os.Remove(file.Name()) }()
	for in.more() {
		if _, err := io.Copy(file, in); err != nil {
			return err
		}
	}
	if in.err != nil {
		return in.err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
