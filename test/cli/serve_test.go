package cli

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/services/command"
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
			code := command.Execute(t.Context(), []string{"serve", "--database", database, "--addr", "127.0.0.1:0",
				"--issuer", "https://issuer.example", "--audience", "https://sala.example", "--cursor-key", key}, &out, &errOut)
			if code != 1 || !strings.Contains(errOut.String(), "another policy") {
				t.Errorf("%d %s%s", code, out.String(), errOut.String())
			}
		})
	}
}
