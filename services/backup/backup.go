// Package backup copies the whole database into one file and back.
//
// It promises that a backup is of one moment, encrypted before it touches a disk, and
// whole or not there; that a restore goes into an empty database of the same
// migrations, and only beside a current list of those who were erased, who are deleted
// again before it says that it is done. A backup holds no key: without the key store
// nobody in it has a name. It does not back the key store up.
package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"time"

	"entgo.io/ent/dialect"

	"github.com/sala-exchange/sala/ent/migrate/versions"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/erasure"
)

// format is raised when what a backup is made of changes.
const format = 1

// Manifest is the first member of a backup.
type Manifest struct {
	Format    int       `json:"format"`
	Dialect   string    `json:"dialect"` // postgres or sqlite3
	At        time.Time `json:"at"`
	Migration int64     `json:"migration"` // the newest that was applied
	Erasures  int       `json:"erasures"`  // entries of the erasure list at that moment
	Tables    []Table   `json:"tables"`
}

// Table is one table, in an order in which none refers to a later one.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
}

// ending is the last member: without it a backup was cut off.
type ending struct {
	Bytes int64 `json:"bytes"`
}

// Write writes a backup of the database to w, which the caller encrypts. st must be
// bound to the owner of the tables.
func Write(ctx context.Context, st *store.Store, l *erasure.List, w io.Writer) (*Manifest, error) {
	entries, err := l.Entries(ctx)
	if err != nil {
		return nil, err
	}
	m := &Manifest{Format: format, Dialect: st.Dialect(), At: time.UnixMicro(st.Now()).UTC(), Erasures: len(entries)}
	applied, err := versions.List(ctx, st.DB(), st.Dialect())
	if err != nil {
		return nil, err
	}
	for _, v := range applied {
		if v.Applied {
			m.Migration = max(m.Migration, v.Version)
		}
	}
	zipped := gzip.NewWriter(w)
	out := &archive{tar: tar.NewWriter(zipped)}
	if st.Dialect() == dialect.Postgres {
		err = writePostgres(ctx, st, m, out)
	} else {
		err = writeSQLite(ctx, st, m, out)
	}
	if err == nil {
		err = out.json("end.json", ending{Bytes: out.bytes})
	}
	if err == nil {
		err = out.tar.Close()
	}
	if err == nil {
		err = zipped.Close()
	}
	if err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "writing the backup failed: there is none")
	}
	return m, nil
}

// archive is the tar that a backup is: data in members of at most a mebibyte, so that
// neither side holds a table in memory.
type archive struct {
	tar   *tar.Writer
	bytes int64
}

const chunk = 1 << 20

func (a *archive) member(name string, b []byte) error {
	if err := a.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(b)), Format: tar.FormatPAX}); err != nil {
		return err
	}
	_, err := a.tar.Write(b)
	return err
}

func (a *archive) json(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return a.member(name, b)
}

// data returns a writer of the members of one name; Close writes the last.
func (a *archive) data(name string) *chunks { return &chunks{archive: a, name: name} }

type chunks struct {
	archive *archive
	name    string
	buf     []byte
}

func (c *chunks) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		take := min(chunk-len(c.buf), len(p))
		c.buf, p = append(c.buf, p[:take]...), p[take:]
		if len(c.buf) == chunk {
			if err := c.flush(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

func (c *chunks) flush() error {
	if len(c.buf) == 0 {
		return nil
	}
	c.archive.bytes += int64(len(c.buf))
	err := c.archive.member("data/"+c.name, c.buf)
	c.buf = c.buf[:0]
	return err
}

// Close implements io.Closer.
func (c *chunks) Close() error { return c.flush() }
