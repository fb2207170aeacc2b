package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/services/erasure"
	"github.com/sala-exchange/sala/services/keystore"
	"github.com/sala-exchange/sala/test/world"
)

// TestRestoreBringsNobodyBack: erase a person, and a cleared suspect's row of somebody else's
// case, restore yesterday's backup, and neither comes back; without a current list nothing is restored at all; whoever else was in
// it is there, and her name opens.
func TestRestoreBringsNobodyBack(t *testing.T) {
	for name, w := range map[string]*world.World{
		"SQLite": world.OnSQLite(t, world.Options{}), "PostgreSQL": world.OnPostgres(t, server, world.Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBackups(t, w)
			gone, kept := w.Register("lwu", "Canary Gone"), w.Register("lwu", "Canary Kept")
			suspect := w.Further("lwu", kept, "Canary Suspect")[category.Suspect]
			file := filepath.Join(b.dir, "yesterday.age")
			b.run(0, "backup", file, "--to", b.recipient)
			b.run(1, "backup", file, "--to", b.recipient) // is not replaced
			for _, canary := range []string{gone, "Canary"} {
				if raw, err := os.ReadFile(file); err != nil || bytes.Contains(raw, []byte(canary)) {
					t.Errorf("the backup can be read without its key: %v", err)
				}
			}
			b.erase(func(ctx context.Context, op *store.Op) (string, error) { return casework.AskErasure(ctx, op, gone) })
			w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
				return casework.CorrectSuspect(ctx, op, casework.CorrectInput{ID: suspect, Version: 1}, casework.SuspectInput{State: valueset.SuspectStateAcquitted})
			})
			b.erase(func(ctx context.Context, op *store.Op) (string, error) {
				return casework.AskSuspectErasure(ctx, op, suspect)
			})
			b.refusals(file)
			if err := b.list.Renew(t.Context()); err != nil { // by a server that runs today
				t.Fatal(err)
			}
			b.run(0, "restore", file, "--identity", b.identity)
			if !strings.Contains(b.out.String(), "1 erased persons were in it and are deleted again") {
				t.Errorf("%s%s", b.out.String(), b.errOut.String())
			}
			if !strings.Contains(b.out.String(), "the rows of 1 erased suspects were in it and are deleted again") {
				t.Errorf("%s%s", b.out.String(), b.errOut.String())
			}
			b.run(1, "restore", file, "--identity", b.identity) // the database is not empty any more
			st := b.restored()
			err := st.Run(t.Context(), w.As("lwu", category.ForAssistance), true, func(ctx context.Context, op *store.Op) error {
				rows, err := op.Identity.Query().All(ctx)
				if err == nil && (len(rows) != 1 || rows[0].CaseID != kept || rows[0].Names[0].Text != "Canary Kept") {
					t.Errorf("%d persons in the restored database", len(rows))
				}
				if err != nil {
					return err
				}
				suspects, err := op.Suspect.Query().Count(ctx)
				if err != nil {
					return err
				}
				proceedings, err := op.Proceeding.Query().Count(ctx)
				if suspects != 0 || proceedings != 1 {
					t.Errorf("%d suspects and %d proceedings in the restored database", suspects, proceedings)
				}
				return err
			})
			if err != nil {
				t.Errorf("%v (%v)", err, world.Cause(err))
			}
			b.run(0, "ledger", "verify")
		})
	}
}

// backups runs commands on a world's database, and then on the one that it is restored
// into.
type backups struct {
	t                   *testing.T
	world               *world.World
	dir                 string
	database            string
	recipient, identity string
	list                *erasure.List
	out, errOut         bytes.Buffer
}

func newBackups(t *testing.T, w *world.World) *backups {
	t.Helper()
	t.Setenv("PGPASSWORD", "")
	b := &backups{t: t, world: w, dir: t.TempDir(), database: "sqlite:" + w.Path}
	if w.URL != "" {
		b.database = w.URL
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	b.recipient, b.identity = id.Recipient().String(), filepath.Join(b.dir, "identity")
	if err := os.WriteFile(b.identity, []byte(id.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := keystore.Open(t.Context(), w.KeyStore)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	secret, err := os.ReadFile(w.ErasureKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	if b.list, err = erasure.Open(keys, string(secret), nil); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *backups) run(want int, args ...string) {
	b.t.Helper()
	b.out.Reset()
	b.errOut.Reset()
	args = append(args, "--database", b.database)
	if args[0] != "ledger" {
		args = append(args, "--key-store", b.world.KeyStore, "--key-file", b.world.KeyFile, "--erasure-key-file", b.world.ErasureKeyFile)
	}
	if got := command.Execute(b.t.Context(), args, &b.out, &b.errOut); (got == 0) != (want == 0) {
		b.t.Fatalf("%s: %d %s%s", args[0], got, b.out.String(), b.errOut.String())
	}
}

// erase has two people decide, lets the time go by and carries it out.
func (b *backups) erase(ask func(context.Context, *store.Op) (string, error)) {
	b.t.Helper()
	w := b.world
	supervisor := w.As("lwu", "")
	supervisor.Member = w.Agencies["lwu"].Supervisor
	var id string
	w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) (err error) {
		id, err = ask(ctx, op)
		return err
	})
	w.Must(supervisor, func(ctx context.Context, op *store.Op) error { return casework.ConfirmErasure(ctx, op, id) })
	w.Advance(15 * 24 * time.Hour)
	if n, err := erasure.Carry(b.t.Context(), w.Store, w.Keys, b.list); err != nil || n != 1 {
		b.t.Fatal(n, err)
	}
}

// refusals: the world's clock stands months back, so that the list looks old; another
// key's list is none; and what is not empty is not written over.
func (b *backups) refusals(file string) {
	b.t.Helper()
	b.run(1, "restore", file, "--identity", b.identity)
	if !strings.Contains(b.errOut.String(), "may not be the current one") && !strings.Contains(b.errOut.String(), "already") {
		b.t.Errorf("an old list: %s", b.errOut.String())
	}
	b.empty()
	right := b.world.ErasureKeyFile
	b.world.ErasureKeyFile = filepath.Join(b.dir, "another.key")
	secret, _, err := erasure.NewKey()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(b.world.ErasureKeyFile, []byte(secret), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.run(1, "restore", file, "--identity", b.identity)
	if !strings.Contains(b.errOut.String(), "without the current erasure list") {
		b.t.Errorf("a list of another key: %s", b.errOut.String())
	}
	b.world.ErasureKeyFile = right
	cut := filepath.Join(b.dir, "cut.age")
	raw, err := os.ReadFile(file)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(cut, raw[:len(raw)-100], 0o600); err != nil {
		b.t.Fatal(err)
	}
	entries, err := b.list.Entries(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	b.run(1, "restore", cut, "--identity", b.identity, "--list-as-of", time.UnixMicro(entries[len(entries)-1].At).UTC().Format(time.RFC3339))
	if !strings.Contains(b.errOut.String(), "nothing was restored") {
		b.t.Errorf("a backup that was cut off: %s", b.errOut.String())
	}
}

// empty makes a new database for what is restored.
func (b *backups) empty() {
	b.t.Helper()
	if b.world.URL == "" {
		b.database = "sqlite:" + filepath.Join(b.dir, "restored.db")
		return
	}
	b.database = server.URL(server.Database(b.t, ""), "postgres")
	b.run(0, "migrate", "up")
}

// restored opens the restored database as the application does.
func (b *backups) restored() *store.Store {
	b.t.Helper()
	o := store.Options{Clock: func() time.Time { return time.UnixMicro(b.world.Store.Now()) }, Keys: b.world.Keys, Secret: world.Secret}
	path, lite := strings.CutPrefix(b.database, "sqlite:")
	var st *store.Store
	var err error
	if lite {
		st, err = store.OpenSQLite(path, o)
	} else {
		st, err = store.OpenPostgres(strings.Replace(b.database, "postgres@", "sala_app@", 1), o)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = st.Close() })
	return st
}
