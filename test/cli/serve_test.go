package cli

import (
	"bytes"
	"context"
	"encoding/hex"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/test/world"
)

// TestServeRefusesAnotherPolicy: a program whose policy is not the one that the
// database lives under does not start.
func TestServeRefusesAnotherPolicy(t *testing.T) {
	key := filepath.Join(t.TempDir(), "cursor.key")
	if err := os.WriteFile(key, []byte(hex.EncodeToString(make([]byte, 32))), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]*world.World{
		"SQLite": world.OnSQLite(t, world.Options{}), "PostgreSQL": world.OnPostgres(t, server, world.Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			database := "sqlite:" + w.Path
			if w.AppURL != "" {
				database = w.AppURL
			}
			if _, err := w.Root().ExecContext(t.Context(), "UPDATE gates SET revision = 'another' WHERE id = 'policy'"); err != nil {
				t.Fatal(err)
			}
			var out, errOut bytes.Buffer
			code := command.Execute(t.Context(), []string{"serve", "--database", database, "--address", "127.0.0.1:0", "--operations-address", "127.0.0.1:0",
				"--issuer", "https://issuer.example", "--audience", "https://sala.example", "--cursor-key-file", key,
				"--key-store", w.KeyStore, "--key-file", w.KeyFile, "--erasure-key-file", w.ErasureKeyFile}, &out, &errOut)
			if code != 1 || !strings.Contains(errOut.String(), "another policy") {
				t.Errorf("%d %s%s", code, out.String(), errOut.String())
			}
		})
	}
}

// TestServeRefusesAnotherKeyStore: on a database with cases a key store without their keys,
// and a key-encryption key that opens none of them, keep the program from starting; while
// there is no case yet, an empty key store is what a deployment begins with.
func TestServeRefusesAnotherKeyStore(t *testing.T) {
	for name, w := range map[string]*world.World{
		"SQLite": world.OnSQLite(t, world.Options{}), "PostgreSQL": world.OnPostgres(t, server, world.Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			cursor := filepath.Join(dir, "cursor.key")
			if err := os.WriteFile(cursor, []byte(hex.EncodeToString(make([]byte, 32))), 0o600); err != nil {
				t.Fatal(err)
			}
			empty, other, erasures := "folder:"+filepath.Join(dir, "keys"), filepath.Join(dir, "kek.json"), filepath.Join(dir, "erasures.key")
			run(t, 0, "made a key file", "keys", "init", "--key-store", empty, "--key-file", other, "--erasure-key-file", erasures)
			database := "sqlite:" + w.Path
			if w.AppURL != "" {
				database = w.AppURL
			}
			s := w.Serve(true)
			serve := func(keyStore, keyFile, erasures string) (int, string) {
				ctx, stop := context.WithTimeout(t.Context(), 5*time.Second) // what starts ends then, with 0
				defer stop()
				var out, errOut bytes.Buffer
				code := command.Execute(ctx, []string{"serve", "--any-document", "--database", database, "--address", "127.0.0.1:0", "--operations-address", "127.0.0.1:0", "--drain-delay", "0s",
					"--issuer", s.Issuer("lwu"), "--audience", world.Audience, "--cursor-key-file", cursor,
					"--key-store", keyStore, "--key-file", keyFile, "--erasure-key-file", erasures}, &out, &errOut)
				return code, errOut.String()
			}
			if code, said := serve(empty, other, erasures); code != 0 {
				t.Errorf("without a case: %d %s", code, said)
			}
			w.Register("lwu", "Canary Key")
			if code, said := serve(w.KeyStore, w.KeyFile, w.ErasureKeyFile); code != 0 {
				t.Errorf("with its own keys: %d %s", code, said)
			}
			if code, said := serve(empty, other, erasures); code != command.ExitFailed || !strings.Contains(said, "no key of the database's cases") {
				t.Errorf("without its keys: %d %s", code, said)
			}
			if code, said := serve(w.KeyStore, other, w.ErasureKeyFile); code != command.ExitFailed || !strings.Contains(said, "opens no key of the database's cases") {
				t.Errorf("with another key-encryption key: %d %s", code, said)
			}
		})
	}
}

// TestServe: the server answers with a token of a registered issuer, has no GraphiQL,
// does not tell its schema, and ends when it is told to.
func TestServe(t *testing.T) {
	key := filepath.Join(t.TempDir(), "cursor.key")
	if err := os.WriteFile(key, []byte(hex.EncodeToString(make([]byte, 32))), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]*world.World{
		"SQLite": world.OnSQLite(t, world.Options{}), "PostgreSQL": world.OnPostgres(t, server, world.Options{}),
	} {
		t.Run(name, func(t *testing.T) {
			database := "sqlite:" + w.Path
			if w.AppURL != "" {
				database = w.AppURL
			}
			s, addr := w.Serve(true), freeAddress(t)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var out, errOut bytes.Buffer
			ended := make(chan int)
			go func() {
				ended <- command.Execute(ctx, []string{"serve", "--any-document", "--database", database, "--address", addr, "--operations-address", "127.0.0.1:0", "--drain-delay", "0s",
					"--issuer", s.Issuer("lwu"), "--audience", world.Audience, "--cursor-key-file", key,
					"--key-store", w.KeyStore, "--key-file", w.KeyFile, "--erasure-key-file", w.ErasureKeyFile}, &out, &errOut)
			}()
			c := &client.Client{Endpoint: "http://" + addr + "/graphql", Token: s.Token("lwu", "worker")}
			var me struct {
				Me struct{ Agency struct{ Code string } }
			}
			for until := time.Now().Add(20 * time.Second); me.Me.Agency.Code == "" && time.Now().Before(until); {
				select {
				case code := <-ended:
					t.Fatalf("the server ended with %d: %s", code, errOut.String())
				default:
				}
				_, _ = c.Do(ctx, "{ me { agency { code } } }", nil, &me)
				runtime.Gosched()
			}
			if me.Me.Agency.Code != "lwu" {
				t.Fatal("the server does not answer")
			}
			if _, err := c.Do(ctx, "{ __schema { types { name } } }", nil, nil); err == nil || !strings.Contains(err.Error(), "FORBIDDEN") {
				t.Errorf("asked for its schema: %v", err)
			}
			stranger := &client.Client{Endpoint: c.Endpoint, Token: s.Token("ngo", "worker")} // its issuer is not registered here
			if _, err := stranger.Do(ctx, "{ me { id } }", nil, nil); err == nil || !strings.Contains(err.Error(), "UNAUTHENTICATED") {
				t.Errorf("a token of an unknown issuer: %v", err)
			}
			page, err := http.Get("http://" + addr + "/")
			if err != nil || page.StatusCode != http.StatusNotFound {
				t.Errorf("GraphiQL without development: %v", err)
			}
			stop()
			if code := <-ended; code != 0 {
				t.Errorf("the server ended with %d: %s", code, errOut.String())
			}
		})
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
