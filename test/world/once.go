package world

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"github.com/sala-exchange/sala/ent/migrate/versions"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/policy"
	"github.com/sala-exchange/sala/test/postgres"
)

// What is the same for every world is made once a process: the migrations have tests of
// their own (ent/migrate/versions), and took a third of the time of all others.

// Policy is the built-in policy, compiled once.
var Policy = sync.OnceValues(policy.Embedded)

// migratedSQLite is an embedded database that the migrations have made and nobody used.
var migratedSQLite = sync.OnceValues(func() (_ []byte, err error) {
	dir, err := os.MkdirTemp("", "sala-world-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "sala.db")
	st, err := store.OpenSQLite(path, store.Options{})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(versions.Up(context.Background(), st.DB(), st.Dialect()), st.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path) // closing took in what its log held
})

// templates are the names of the databases that migratedPostgres made, by server.
var templates = struct {
	sync.Mutex
	of map[*postgres.Server]string
}{of: map[*postgres.Server]string{}}

// migratedPostgres is the name of a database that the migrations have made and nobody uses;
// it is dropped with its server.
func migratedPostgres(s *postgres.Server) (string, error) {
	templates.Lock()
	defer templates.Unlock()
	if name := templates.of[s]; name != "" {
		return name, nil
	}
	name := postgres.Name()
	if err := s.CreateDatabase(context.Background(), name, ""); err != nil {
		return "", err
	}
	owner, err := store.OpenPostgres(s.URL(name, "postgres"), store.Options{MaxConns: 1})
	if err != nil {
		return "", err
	}
	if err := errors.Join(versions.Up(context.Background(), owner.DB(), owner.Dialect()), owner.Close()); err != nil {
		return "", err
	}
	templates.of[s] = name
	return name, nil
}
