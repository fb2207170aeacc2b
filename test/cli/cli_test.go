package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/services/exchange"
	"github.com/sala-exchange/sala/test/postgres"
	"github.com/sala-exchange/sala/test/world"
)

var server *postgres.Server

// withPostgres runs the tests with a PostgreSQL beside them.
type withPostgres struct{ m *testing.M }

func (w withPostgres) Run() int {
	return postgres.Run(w.m, func(s *postgres.Server) { server = s })
}

func TestMain(m *testing.M) {
	testscript.Main(withPostgres{m}, map[string]func(){
		"sala": func() { os.Exit(command.Main()) },
	})
}

// TestImport: files brought in through the API of a served world.
func TestImport(t *testing.T) {
	for name, w := range map[string]*world.World{
		"SQLite":     world.OnSQLite(t, world.Options{}),
		"PostgreSQL": world.OnPostgres(t, server, world.Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			s := w.ServeRegistered(document.Owned) // the command line asks nothing else
			// One script after another: they count the cases of one world.
			scripts(t, "import", func(env *testscript.Env) {
				env.Setenv("ENDPOINT", s.URL)
				env.Setenv("SALA_TOKEN", s.Token("lwu", "worker"))
				env.Setenv("ADMIN_TOKEN", s.Token("lwu", "admin"))
				env.Values["world"] = w
			}, true)
		})
	}
}

// TestClient: commands that ask the API of a served world.
func TestClient(t *testing.T) {
	for name, w := range map[string]*world.World{
		"SQLite":     world.OnSQLite(t, world.Options{}),
		"PostgreSQL": world.OnPostgres(t, server, world.Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			documents := filepath.Join(t.TempDir(), "documents.json")
			s := w.ServeRegistered(registered(t, documents))
			file := []byte("First Name,Second Name,Consent,Birthdate,Mobile Phone,Trafficking Status,Reason for Case Closure\n" +
				"Kanaree,Canary,Yes,1994-05-17,+8562055500001,Possible victim of trafficking,'=1+1\n" +
				"ນາງ ຄຳ,Canary,Yes,1990,,Possible victim of trafficking,\n")
			if _, err := exchange.Import(t.Context(), s.Client("lwu", "worker"), bytes.NewReader(file), int64(len(file)), exchange.ReadOptions(valueset.CalendarGregorian), exchange.ImportOptions{}); err != nil {
				t.Fatal(err)
			}
			scripts(t, "client", func(env *testscript.Env) {
				env.Setenv("SALA_ENDPOINT", s.URL)
				env.Setenv("DOCUMENTS", documents)
				env.Setenv("SALA_CONFIG_HOME", filepath.Join(env.WorkDir, "home"))
				env.Setenv("SALA_TOKEN", s.Token("lwu", "worker"))
				env.Setenv("ADMIN_TOKEN", s.Token("lwu", "admin"))
				env.Setenv("NGO_TOKEN", s.Token("ngo", "worker"))
				key, err := age.GenerateX25519Identity()
				if err != nil {
					t.Fatal(err)
				}
				env.Setenv("RECIPIENT", key.Recipient().String())
				if err := os.WriteFile(filepath.Join(env.WorkDir, "key.txt"), []byte(key.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}, false)
		})
	}
}

// registered are the command line's own documents and those of the file, as it stands.
func registered(t *testing.T, path string) func() *document.Set {
	return func() *document.Set {
		set, err := document.ReadOrNone(path)
		if err != nil {
			t.Error(err)
		}
		return document.Owned().Join(set)
	}
}

// TestDatabase: commands that open a database of their own.
func TestDatabase(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		scripts(t, "database", func(env *testscript.Env) {
			at := "sqlite:" + filepath.Join(env.WorkDir, "sala.db")
			env.Setenv("OWNER", at)
			env.Setenv("SALA_DATABASE", at)
		}, false)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		scripts(t, "database", func(env *testscript.Env) {
			name := server.Database(t, "")
			env.Setenv("OWNER", server.URL(name, "postgres"))
			env.Setenv("SALA_DATABASE", server.URL(name, "sala_app"))
		}, false)
	})
}

func scripts(t *testing.T, folder string, setup func(*testscript.Env), inOrder bool) {
	p := testscript.Params{
		Dir:   filepath.Join("testdata", folder),
		Setup: func(env *testscript.Env) error { setup(env); return nil },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"cases":   cases,
			"expand":  expand,
			"field":   field,
			"opens":   opens,
			"exits":   exits,
			"fill":    fill,
			"makekey": makekey,
		},
	}
	if !inOrder {
		testscript.Run(t, p)
		return
	}
	files, err := filepath.Glob(filepath.Join(p.Dir, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", p.Dir, err)
	}
	p.Dir = ""
	for _, f := range files {
		p.Files = []string{f}
		testscript.RunT(sequential{t}, p)
	}
}

// sequential runs scripts one after another.
type sequential struct{ *testing.T }

func (s sequential) Parallel() {}

func (s sequential) Run(name string, f func(testscript.T)) {
	s.T.Run(name, func(t *testing.T) { f(sequential{t}) })
}

func (s sequential) Verbose() bool { return testing.Verbose() }

// cases asserts how many cases the world holds: nothing is half stored.
func cases(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: cases N")
	}
	w := ts.Value("world").(*world.World)
	counted := ""
	ts.Check(w.Store.Run(context.Background(), rule.Scope{Mode: rule.Policy}, true, func(ctx context.Context, op *store.Op) error {
		n, err := op.CaseFile.Query().Count(ctx)
		counted = strconv.Itoa(n)
		return err
	}))
	if counted != args[0] {
		ts.Fatalf("the world holds %s cases, want %s", counted, args[0])
	}
}

// field puts a field of a JSON file into the environment: field FILE NAME VARIABLE.
func field(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: field FILE NAME VARIABLE")
	}
	var all map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &all))
	ts.Setenv(args[2], fmt.Sprint(all[args[1]]))
}

// exits asserts the exit code of a command.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ...")
	}
	var failed *exec.ExitError
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		got = strconv.Itoa(failed.ExitCode())
	}
	if got != args[0] {
		ts.Fatalf("the exit code is %s, want %s", got, args[0])
	}
}

// opens decrypts FROM with the identity in KEY to TO.
func opens(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: opens KEY FROM TO")
	}
	key, err := age.ParseIdentities(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	plain, err := age.Decrypt(strings.NewReader(ts.ReadFile(args[1])), key...)
	ts.Check(err)
	raw, err := io.ReadAll(plain)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), raw, 0o600))
}

// expand writes FROM to TO with @OCTAL@ replaced by that byte, for what a text
// archive cannot hold.
func expand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: expand FROM TO")
	}
	parts := strings.Split(ts.ReadFile(args[0]), "@")
	for i := 1; i < len(parts); i += 2 {
		n, err := strconv.ParseUint(parts[i], 8, 8)
		ts.Check(err)
		parts[i] = string([]byte{byte(n)})
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Join(parts, "")), 0o600))
}
