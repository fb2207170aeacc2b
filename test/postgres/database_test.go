package postgres

import (
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

func exists(t *testing.T, db string) bool {
	t.Helper()
	var found bool
	err := connect(t, server, "postgres").QueryRow(t.Context(),
		"select exists (select from pg_database where datname = $1)", db).Scan(&found)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDatabasesAreCopiesOfTheirTemplate(t *testing.T) {
	template := server.Database(t, "")
	conn := connect(t, server, template)
	mustExec(t, conn, "create table planted (n int)")
	conn.Close(t.Context())

	var all errgroup.Group
	for range 4 {
		all.Go(func() error {
			name := Name()
			err := server.CreateDatabase(t.Context(), name, template)
			if err != nil {
				return err
			}
			return server.DropDatabase(t.Context(), name)
		})
	}
	err := all.Wait()
	if err != nil {
		t.Error(err)
	}
	mustExec(t, connect(t, server, server.Database(t, template)), "insert into planted values (1)")
}

// A pool of the test before may close late: the copy waits for it.
func TestCreateDatabaseWaitsForTheTemplate(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: PostgreSQL itself takes 5 s to give up once; run `make test-long`")
	}
	template := server.Database(t, "")
	late := connect(t, server, template)
	name := Name()
	done := make(chan error)
	go func() { done <- server.CreateDatabase(t.Context(), name, template) }()
	for refused := `source database "` + template + `" is being accessed`; !strings.Contains(server.Log(), refused); {
		mustExec(t, connect(t, server, "postgres"), "select pg_sleep(0.1)") // PostgreSQL does the waiting
	}
	late.Close(t.Context())
	err := <-done
	if err != nil {
		t.Fatal(err)
	}
	err = server.DropDatabase(t.Context(), name)
	if err != nil {
		t.Error(err)
	}
}

func TestCreateDatabaseRefuses(t *testing.T) {
	name := server.Database(t, "")
	for what, err := range map[string]error{
		"a taken name":       server.CreateDatabase(t.Context(), name, ""),
		"a missing template": server.CreateDatabase(t.Context(), Name(), "no_such_template"),
	} {
		if err == nil {
			t.Errorf("%s was accepted", what)
		}
	}
}

func TestDropDatabaseEndsConnections(t *testing.T) {
	name := server.Database(t, "")
	conn := connect(t, server, name)
	err := server.DropDatabase(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if exists(t, name) || conn.Ping(t.Context()) == nil {
		t.Error("the database or a connection to it is still there")
	}
	err = server.DropDatabase(t.Context(), name)
	if err != nil {
		t.Errorf("dropping what is not there: %v", err)
	}
}

// Names are quoted: a hostile one is a name, not a statement.
func TestNamesAreQuoted(t *testing.T) {
	server.Need(t)
	hostile := Name() + `"; drop database template1; --`
	err := server.CreateDatabase(t.Context(), hostile, "")
	if err != nil {
		t.Fatal(err)
	}
	if !exists(t, hostile) || !exists(t, "template1") {
		t.Error("the name was not taken as a name")
	}
	err = server.DropDatabase(t.Context(), hostile)
	if err != nil {
		t.Error(err)
	}
}
