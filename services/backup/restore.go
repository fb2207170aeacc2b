package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"entgo.io/ent/dialect"

	"github.com/sala-exchange/sala/ent/migrate/versions"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/services/erasure"
)

// MaxListAge is how old the newest entry of the erasure list may be: servers add one
// every six hours.
const MaxListAge = 24 * time.Hour

// Target is where a backup is restored to.
type Target struct {
	// Open opens the database as the owner of its tables: on PostgreSQL an empty one to
	// which all migrations were applied, on SQLite the file that the restore has made.
	Open func() (*store.Store, error)
	// Path is the file of an embedded database; empty on PostgreSQL.
	Path string
	Keys *seal.Keyring
	List *erasure.List
	// ListAsOf is the time of the list's newest entry, stated by hand where no server
	// ran for longer than MaxListAge; zero otherwise.
	ListAsOf time.Time
	Now      func() time.Time
}

// Result is what a restore did.
type Result struct {
	Manifest
	Erased   int // persons whom the backup held and who were deleted again
	Suspects int // rows of cleared suspects, likewise
	Departed int // agencies that had left, whose contributions it held and that were deleted again
}

// Restore reads a decrypted backup from r. It refuses where the erasure list cannot be
// read, is older than the backup, or may not be today's; and it is not done before
// everybody on the list is deleted. Until then no server takes the database.
func Restore(ctx context.Context, r io.Reader, t Target) (*Result, error) {
	entries, err := t.current(ctx)
	if err != nil {
		return nil, err
	}
	zipped, err := gzip.NewReader(r)
	if err != nil {
		return nil, broken(err)
	}
	in := &members{tar: tar.NewReader(zipped)}
	m, err := in.manifest()
	if err != nil {
		return nil, err
	}
	if entries < m.Erasures {
		return nil, errs.New(errs.Conflict, "the erasure list is older than the backup: bring the key store up to date first; nothing was restored")
	}
	if (m.Dialect == dialect.Postgres) != (t.Path == "") {
		return nil, errs.New(errs.Invalid, "the backup is of another kind of database: nothing was restored")
	}
	st, err := t.load(ctx, m, in)
	if err != nil {
		return nil, err
	}
	defer func() { _ = st.Close() }()
	n, err := t.List.Apply(ctx, st, t.Keys)
	if err != nil {
		return nil, errs.Wrap(err, errs.KindOf(err), "the data are restored, but the erasure list was not applied; run `sala erasures apply` before anything else: %s", errs.Public(err).Message)
	}
	return &Result{Manifest: *m, Erased: n.Persons, Suspects: n.Suspects, Departed: n.Agencies}, t.List.Check(ctx, st)
}

// current returns how many entries the list has, if it is today's.
func (t Target) current(ctx context.Context) (int, error) {
	entries, err := t.List.Entries(ctx)
	if err != nil {
		return 0, errs.Wrap(err, errs.KindOf(err), "nothing is restored without the current erasure list: %s", errs.Public(err).Message)
	}
	if len(entries) == 0 {
		return 0, errs.New(errs.Conflict, "the erasure list is empty, so that it may be a new key store's: nothing is restored without the current list")
	}
	newest := time.UnixMicro(entries[len(entries)-1].At).UTC()
	if t.Now().Sub(newest) > MaxListAge && !t.ListAsOf.Equal(newest.Truncate(time.Second)) {
		return 0, errs.New(errs.Conflict, "the erasure list may not be the current one: its newest entry is of %s; if no server has run since, say so with --list-as-of %[1]s",
			newest.Format(time.RFC3339))
	}
	return len(entries), nil
}

func (t Target) load(ctx context.Context, m *Manifest, in *members) (*store.Store, error) {
	if t.Path != "" {
		if err := readSQLite(t.Path, in); err != nil {
			return nil, outward(err)
		}
		return t.Open()
	}
	st, err := t.Open()
	if err != nil {
		return nil, err
	}
	applied, err := versions.List(ctx, st.DB(), st.Dialect())
	for _, v := range applied {
		if v.Applied != (v.Version <= m.Migration) {
			err = errs.New(errs.Conflict, "the backup is of other migrations than this database's: restore with the program that wrote it, then upgrade")
		}
	}
	if err == nil {
		err = readPostgres(ctx, st, m, in)
	}
	if err != nil {
		return nil, errors.Join(outward(err), st.Close())
	}
	return st, nil
}

func outward(err error) error {
	if errs.KindOf(err) != errs.Internal {
		return err
	}
	return errs.Wrap(err, errs.Unavailable, "restoring failed: nothing was restored; is the database migrated, and are you the owner of its tables?")
}

func broken(err error) error {
	return errs.Wrap(err, errs.Invalid, "the backup is damaged or was cut off: nothing was restored")
}

// members reads the data members of a backup; consecutive ones of one name are one
// stream.
type members struct {
	tar   *tar.Reader
	name  string // of the stream that Read gives
	next  string // of the member at which the reader stands
	bytes int64
	err   error
}

func (in *members) manifest() (*Manifest, error) {
	m := &Manifest{}
	h, err := in.tar.Next()
	if err != nil || h.Name != "manifest.json" || json.NewDecoder(in.tar).Decode(m) != nil {
		return nil, broken(err)
	}
	if m.Format != format {
		return nil, errs.New(errs.Invalid, "the backup is of a form that this program does not read: use the program that wrote it")
	}
	in.advance()
	return m, in.err
}

// advance goes to the next member. The end of the backup must be its own last member.
func (in *members) advance() {
	h, err := in.tar.Next()
	if err != nil {
		in.err, in.next = broken(err), ""
		return
	}
	if h.Name != "end.json" {
		in.next = strings.TrimPrefix(h.Name, "data/")
		return
	}
	var end ending
	if json.NewDecoder(in.tar).Decode(&end) != nil || end.Bytes != in.bytes {
		in.err = broken(nil)
	}
	in.next = ""
}

// more goes to the next stream and tells whether there is one.
func (in *members) more() bool {
	in.name = in.next
	return in.err == nil && in.name != ""
}

// Read implements io.Reader over the stream.
func (in *members) Read(p []byte) (int, error) {
	for in.err == nil && in.next == in.name {
		n, err := in.tar.Read(p)
		in.bytes += int64(n)
		if n > 0 || err == nil {
			return n, nil
		}
		if !errors.Is(err, io.EOF) {
			in.err = broken(err)
			break
		}
		in.advance()
	}
	if in.err != nil {
		return 0, in.err
	}
	return 0, io.EOF
}
