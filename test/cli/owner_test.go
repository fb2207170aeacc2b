package cli

import (
	"bytes"
	"database/sql"
	"path/filepath"
	"testing"

	"filippo.io/age"

	"github.com/sala-exchange/sala/services/command"
)

// TestOwnerIsNoSuperuser: the owner of the tables, made as docs/install-kubernetes.md says,
// migrates and backs up, which it has to put on record in the ledger.
func TestOwnerIsNoSuperuser(t *testing.T) {
	server.Need(t)
	name := server.Database(t, "")
	db, err := sql.Open("pgx", server.URL(name, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var version int
	if err := db.QueryRowContext(t.Context(), "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		t.Fatal(err)
	}
	if version >= 160000 {
		t.Skip("since 16 only who made a role grants it, and here other tests' superuser did: test/cluster has a server of its own")
	}
	for _, s := range []string{
		"CREATE ROLE tables_owner LOGIN CREATEROLE", "ALTER DATABASE " + name + " OWNER TO tables_owner",
		"ALTER DATABASE " + name + " SET log_error_verbosity = terse", "ALTER DATABASE " + name + " SET log_parameter_max_length = 0",
		"ALTER DATABASE " + name + " SET log_parameter_max_length_on_error = 0",
	} {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keys := []string{"--key-store", "folder:" + filepath.Join(dir, "keys"), "--key-file", filepath.Join(dir, "kek.json"), "--erasure-key-file", filepath.Join(dir, "erasures.key")}
	at := []string{"--database", server.URL(name, "tables_owner")}
	for _, args := range [][]string{
		append([]string{"migrate", "up"}, at...), append([]string{"keys", "init"}, keys...),
		append(append([]string{"backup", filepath.Join(dir, "x.age"), "--to", key.Recipient().String()}, at...), keys...),
	} {
		var out, said bytes.Buffer
		if code := command.Execute(t.Context(), args, &out, &said); code != 0 {
			t.Fatalf("%s ends with %d: %s", args[0], code, said.String())
		}
	}
}
