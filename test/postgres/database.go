package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// objectInUse is PostgreSQL's answer when somebody is connected to the template.
const objectInUse = "55006"

// CreateDatabase makes a database as a copy of template, or of PostgreSQL's empty
// template0 where template is "". Nobody may be connected to the template. On a
// shared server the database lives until s is stopped.
func (s *Server) CreateDatabase(ctx context.Context, name, template string) error {
	if template == "" {
		template = "template0"
	}
	statement := "create database " + quoted(name) + " template " + quoted(template) + " strategy file_copy" // a few large files, not a log of each page
	err := s.exec(ctx, statement)
	// The server itself waits 5 s for a connection to the template to go away, so
	// asking again needs no pause. A pool that closes late is given 15 s.
	for again := 0; again < 2 && inUse(err); again++ {
		err = s.exec(ctx, statement)
	}
	if err != nil {
		return fmt.Errorf("creating a database from template %s: %w", template, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made[name] = true
	return nil
}

// DropDatabase drops a database and ends the connections to it. One that is not
// there is no error.
func (s *Server) DropDatabase(ctx context.Context, name string) error {
	err := s.exec(ctx, "drop database if exists "+quoted(name)+" with (force)")
	if err != nil {
		return fmt.Errorf("dropping a database: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.made, name)
	return nil
}

// Database makes a database of a random name from template, as CreateDatabase
// does, drops it after the test, and returns its name. It skips the test where s
// is nil.
func (s *Server) Database(t testing.TB, template string) string {
	t.Helper()
	s.Need(t)
	name := Name()
	err := s.CreateDatabase(t.Context(), name, template)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		err := s.DropDatabase(context.Background(), name)
		if err != nil {
			t.Error(err)
		}
	})
	return name
}

// Name returns a database name that nobody else has.
func Name() string { return "sala_test_" + strings.ToLower(rand.Text()) }

func (s *Server) dropMade() error {
	s.mu.Lock()
	names := make([]string, 0, len(s.made))
	for name := range s.made {
		names = append(names, name)
	}
	s.mu.Unlock()
	var err error
	for _, name := range names {
		err = errors.Join(err, s.DropDatabase(context.Background(), name))
	}
	return err
}

// exec runs one statement as the superuser, on a connection of its own.
func (s *Server) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres", superuser))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
}

func inUse(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == objectInUse
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
