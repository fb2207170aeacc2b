package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/test/postgres"
	"github.com/sala-exchange/sala/test/programs"
)

// server is a PostgreSQL of this package's own. Its log says as much as an operator may
// make it say: a database that is served keeps what people typed out of it.
var server *postgres.Server

var talkative = []string{
	"log_error_verbosity=default", "log_min_error_statement=error", "log_parameter_max_length=-1",
	"log_min_duration_statement=0", "log_statement=all",
}

type withServer struct{ m *testing.M }

func (w withServer) Run() int {
	if postgres.Without() {
		return w.m.Run()
	}
	s, err := postgres.Start(context.Background(), talkative...)
	if err != nil {
		fmt.Fprintln(os.Stderr, "test/e2e:", err)
		return 1
	}
	server = s
	code := w.m.Run()
	if err := s.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "test/e2e:", err)
		return max(code, 1)
	}
	return code
}

func TestMain(m *testing.M) {
	testscript.Main(withServer{m}, map[string]func(){"sala": func() { os.Exit(command.Main()) }, "curl": programs.Curl})
}
