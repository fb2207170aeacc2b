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
