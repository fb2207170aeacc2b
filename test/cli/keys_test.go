package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/internal/seal/keyfile"
	"github.com/sala-exchange/sala/services/keystore"
)

// TestKeys: the life of the key-encryption key, on each kind of store.
func TestKeys(t *testing.T) {
	for name, address := range map[string]func(*testing.T, *testscript.Env) string{
		"folder": func(_ *testing.T, env *testscript.Env) string { return "folder:" + filepath.Join(env.WorkDir, "keys") },
		"SQLite": func(_ *testing.T, env *testscript.Env) string {
			return "sqlite:" + filepath.Join(env.WorkDir, "keys.db")
		},
		"PostgreSQL": func(t *testing.T, _ *testscript.Env) string { return server.URL(server.Database(t, ""), "postgres") },
	} {
		t.Run(name, func(t *testing.T) {
			scripts(t, "keys", func(env *testscript.Env) { env.Setenv("STORE", address(t, env)) }, false)
		})
	}
}

// fill makes keys for N new cases, as a server does.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fill N")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ctx := context.Background()
	p := keystore.Place{Store: ts.Getenv("SALA_KEY_STORE"), KEK: keystore.KEK{File: ts.Getenv("SALA_KEY_FILE")}}
	ring, store, err := p.Keyring(ctx, seal.Options{})
	ts.Check(err)
	defer store.Close()
	for i := range n {
		ts.Check(ring.Make(ctx, fmt.Sprint("case_", i)))
	}
}

// makekey makes a key file.
func makekey(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: makekey FILE")
	}
	ts.Check(keyfile.Make(ts.MkAbs(args[0])))
}
