package postgres

import (
	"context"
	"fmt"
	"os"
	"testing"
)

// Run gives a package's tests one server and returns the exit code for TestMain:
//
//	var server *postgres.Server
//
//	func TestMain(m *testing.M) {
//		os.Exit(postgres.Run(m, func(s *postgres.Server) { server = s }))
//	}
//
// Where SALA_TEST_WITHOUT_POSTGRES=1, use gets nil and the tests run; those that
// call [Server.Database] or [Server.Need] skip. Where there is no PostgreSQL
// otherwise, nothing runs and the code is 1.
func Run(m *testing.M, use func(*Server)) int {
	if Without() {
		use(nil)
		return m.Run()
	}
	s, err := Open(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "test/postgres:", err)
		return 1
	}
	use(s)
	code := m.Run()
	err = s.Stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "test/postgres:", err)
		return max(code, 1)
	}
	return code
}

// Without reports whether it is accepted that what needs PostgreSQL is skipped.
func Without() bool { return os.Getenv("SALA_TEST_WITHOUT_POSTGRES") == "1" }

// Need skips the test where s is nil.
func (s *Server) Need(t testing.TB) {
	t.Helper()
	if s == nil {
		t.Skip("skipped: this test needs PostgreSQL, and SALA_TEST_WITHOUT_POSTGRES=1 is set")
	}
}
