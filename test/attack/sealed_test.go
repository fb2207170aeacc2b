package attack

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// canaries stand in every sealed field that takes free text.
var canaries = []string{"Canary Keomany", "ນາງແກ້ວມະນີ", "canary street", "canary code word", "canary present", "canary statement", "CANARY-1234", "canary further"}

// secretive registers a case with a canary wherever somebody can type one.
func secretive(w *world.World) string {
	w.T.Helper()
	id := w.Register("lwu", canaries[0])
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		if _, err := casework.RecordContact(ctx, op, id, casework.ContactInput{Channel: valueset.ContactChannelMobilePhone,
			Street: &canaries[2], CodeWord: &canaries[3]}); err != nil {
			return err
		}
		_, err := casework.RecordNarrative(ctx, op, id, casework.NarrativeInput{Kind: "STATEMENT", Text: canaries[5]})
		return err
	})
	w.Further("lwu", id, canaries[7])
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		in := world.Recording(assistance)
		in.CaseID, in.Present = id, &canaries[4]
		_, err := casework.RecordConsent(ctx, op, in)
		return err
	})
	w.Must(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
		row, err := op.Identity.Query().Only(ctx)
		if err != nil {
			return err
		}
		in := *world.Adult(canaries[1])
		in.Names[0].Script = valueset.ScriptLao
		in.Documents = []*casework.DocumentInput{{Kind: valueset.DocumentKindPassport, Number: canaries[6]}}
		return casework.CorrectIdentity(ctx, op, casework.CorrectInput{ID: row.ID, Version: row.Version}, in)
	})
	return id
}

// A stolen database tells no name: nothing that somebody typed about who she is, how to
// reach her or what she said stands in it in clear, in any table or in the file.
func TestAStolenDatabaseTellsNoName(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		id := secretive(w)
		stolen := dump(t, w)
		if !strings.Contains(stolen, id) {
			t.Fatal("the dump holds no case: it proves nothing")
		}
		for _, c := range canaries {
			for _, form := range []string{c, hex.EncodeToString([]byte(c)), escaped(c)} {
				if strings.Contains(stolen, form) {
					t.Errorf("the stolen database tells %q", c)
				}
			}
		}
		w.Look(as(w, "lwu"), func(ctx context.Context, op *store.Op) error {
			rows, err := op.Identity.Query().All(ctx)
			if err == nil && (len(rows) != 1 || rows[0].Names[0].Text != canaries[1]) {
				t.Error("with its keys the database does not tell it either: the test proves nothing")
			}
			return err
		})
	})
}

func escaped(s string) string { b, _ := json.Marshal(s); return strings.Trim(string(b), `"`) }

// dump is everything that lies in the database, as text: every column of every table,
// and the file itself where there is one.
func dump(t *testing.T, w *world.World) string {
	t.Helper()
	db, list := w.Root(), "SELECT group_concat(name) FROM sqlite_master WHERE type = 'table'"
	var out bytes.Buffer
	if w.URL != "" {
		list = "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'"
	} else {
		for _, suffix := range []string{"", "-wal"} {
			raw, err := os.ReadFile(w.Path + suffix)
			if err != nil && suffix == "" {
				t.Fatal(err)
			}
			out.Write(raw)
		}
	}
	tables := strings.Split(one[string](t, db, list), ",")
	for _, table := range tables {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new(any)
			}
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				switch v := (*v.(*any)).(type) {
				case []byte:
					out.Write(v)
				default:
					fmt.Fprint(&out, v)
				}
				out.WriteByte('\n')
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// Whoever can write to the database cannot have Sala show one person's row as
// another's, or in another category, or to another agency: it opens in its place only,
// and an answer that holds one that does not open is no answer.
func TestASealedRowOpensInItsPlaceOnly(t *testing.T) {
	both(t, func(t *testing.T, w *world.World) {
		mine, hers := w.Register("lwu", "Canary Mine"), w.Register("lwu", "Canary Hers")
		db := w.Root()
		text := func(query string) string { return one[string](t, db, query) }
		row := text("SELECT id FROM identities WHERE case_id = '" + mine + "'")
		other := text("SELECT id FROM identities WHERE case_id = '" + hers + "'")
		contact := text("SELECT id FROM contacts WHERE case_id = '" + mine + "'")
		keep := one[[]byte](t, db, "SELECT sealed FROM identities WHERE id = '"+row+"'")
		put := func(sealed []byte) {
			t.Helper()
			forge(t, w, "UPDATE identities SET sealed = "+literal(w, sealed)+" WHERE id = '"+row+"'")
		}
		read := func() error {
			return w.Store.Run(t.Context(), as(w, "lwu"), true, func(ctx context.Context, op *store.Op) error {
				_, err := op.Identity.Query().All(ctx)
				return err
			})
		}
		flipped := bytes.Clone(keep)
		flipped[len(flipped)/2] ^= 1
		for name, sealed := range map[string][]byte{
			"another person's":   one[[]byte](t, db, "SELECT sealed FROM identities WHERE id = '"+other+"'"),
			"another category's": one[[]byte](t, db, "SELECT sealed FROM contacts WHERE id = '"+contact+"'"),
			"one bit changed":    flipped,
			"empty":              {},
			"plain text":         []byte(`{"names":[{"text":"Forged"}]}`),
		} {
			put(sealed)
			wantKind(t, name, read(), errs.Internal)
		}
		put(keep)
		if err := read(); err != nil {
			t.Errorf("the row itself, put back: %v (%v)", err, world.Cause(err))
		}
		if err := w.Keys.Destroy(t.Context(), hers); err != nil {
			t.Fatal(err)
		}
		wantKind(t, "a case whose key is destroyed", read(), errs.Changed)
	})
}

func literal(w *world.World, b []byte) string {
	if w.URL != "" {
		return `'\x` + hex.EncodeToString(b) + `'::bytea`
	}
	return "x'" + hex.EncodeToString(b) + "'"
}

// forge runs a statement as somebody who owns the server, past every trigger.
func forge(t *testing.T, w *world.World, statement string) {
	t.Helper()
	if w.URL == "" {
		lift(t, w, statement)
		return
	}
	tx, err := w.Root().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"SET LOCAL session_replication_role = replica", statement} {
		if _, err := tx.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// lift runs a statement as somebody who owns the database.
func lift(t *testing.T, w *world.World, statement string) {
	t.Helper()
	if _, err := w.Root().ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// Without a key store nothing that could hurt her is stored, and nothing is shown.
func TestNothingIsStoredWithoutKeys(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	id := w.Register("lwu", "Canary Keyless")
	keys := w.Keys
	w.Keys = nil
	bare := behind(t, w, store.Options{})
	w.Keys = keys
	for name, do := range map[string]func(context.Context, *store.Op) error{
		"reading": func(ctx context.Context, op *store.Op) error { _, err := op.Identity.Query().All(ctx); return err },
		"recording": func(ctx context.Context, op *store.Op) error {
			_, err := casework.RecordContact(ctx, op, id, casework.ContactInput{Channel: valueset.ContactChannelEmail})
			return err
		},
		"registering": func(ctx context.Context, op *store.Op) error {
			_, err := casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: valueset.CaseKindPresumedVictim, Recording: world.Recording(assistance)})
			return err
		},
	} {
		wantKind(t, name, bare.Run(t.Context(), as(w, "lwu"), name == "reading", do), errs.Unavailable)
	}
}
