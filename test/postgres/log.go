package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Log is everything that the server has logged until now, other packages' part
// included where the server is shared. It panics where the log cannot be read to
// its end: a sweep of nothing would find nothing.
func (s *Server) Log() string {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if s.own == nil || !s.own.ended() {
		err := s.flush(ctx)
		if err != nil {
			panic("reading the log of PostgreSQL: " + err.Error())
		}
	}
	return s.read()
}

func (s *Server) read() string {
	b, err := os.ReadFile(s.log)
	if err != nil {
		panic("reading the log of PostgreSQL: " + err.Error())
	}
	return string(b)
}

// flush has the server log a mark and returns when the mark has arrived. The log
// comes through a pipe, in order: what was logged before is there by then.
func (s *Server) flush(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres", superuser))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	mark := Name()
	_, err = conn.Exec(ctx, fmt.Sprintf("do $$ begin raise log '%s'; end $$", mark))
	// The server does the waiting, so this is no busy loop.
	for err == nil && !strings.Contains(s.read(), mark) {
		_, err = conn.Exec(ctx, "select pg_sleep(0.01)")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("what it logs does not reach the log file: is SALA_TEST_POSTGRES_LOG another server's?")
	}
	return err
}
