package postgres

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

var server *Server

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(child())
	}
	os.Exit(Run(m, func(s *Server) { server = s }))
}

// connect opens a connection that is closed after the test.
func connect(t *testing.T, s *Server, db string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.URL(db, superuser))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestTheServerIsRealAndSetForTests(t *testing.T) {
	server.Need(t)
	conn := connect(t, server, "postgres")
	for setting, want := range map[string]string{
		"fsync": "off", "server_encoding": "UTF8", "lc_collate": "C",
		"log_min_error_statement": "panic", "TimeZone": "UTC",
	} {
		var got string
		err := conn.QueryRow(t.Context(), "select current_setting($1)", setting).Scan(&got)
		if err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", setting, got, want, err)
		}
	}
	var version int
	err := conn.QueryRow(t.Context(), "select current_setting('server_version_num')::int").Scan(&version)
	if err != nil || version < oldest*10000 {
		t.Errorf("the version is %d, want %d.0 or newer (%v)", version, oldest, err)
	}
}

// A refused statement must not bring its values into the log (threats.md row 46).
// With PostgreSQL's own defaults it would: the second half shows that the sweep
// would find it.
func TestTheLogHoldsNoValues(t *testing.T) {
	db := server.Database(t, "")
	conn := connect(t, server, db)
	value := Name() // the log is shared with other packages and runs
	mustExec(t, conn, "create table known (name text constraint c"+value[10:]+"_key primary key)")
	violate := func() {
		_, err := conn.Exec(t.Context(), "insert into known select '"+value+"' from generate_series(1, 2) where $1::text is not null", value)
		if err == nil {
			t.Fatal("a second row with the same key was accepted")
		}
	}

	violate()
	if log := server.Log(); !strings.Contains(log, value[10:]+"_key") || strings.Contains(log, value) {
		t.Errorf("the log must tell of the refusal and not of the value; it ends\n%s", tail(server.log))
	}
	mustExec(t, conn, "set log_error_verbosity = 'default'")
	violate()
	if !strings.Contains(server.Log(), value) {
		t.Error("without the setting the value was expected in the log: the check above proves nothing")
	}
}

func mustExec(t *testing.T, conn *pgx.Conn, statement string) {
	t.Helper()
	_, err := conn.Exec(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
}

func TestStopLeavesNothing(t *testing.T) {
	server.Need(t)
	s, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.address == server.address {
		t.Error("two servers have one address")
	}
	if log := s.Log(); !strings.Contains(log, "ready to accept connections") {
		t.Errorf("its log is %q", log)
	}
	err = s.Stop()
	if err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(s.home.dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there (%v)", err)
	}
	if _, err := pgx.Connect(t.Context(), s.URL("postgres", superuser)); err == nil {
		t.Error("the stopped server accepts connections")
	}
}

func TestStopTellsThatTheServerHadDied(t *testing.T) {
	server.Need(t)
	s, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = s.own.cmd.Process.Kill()
	if err != nil {
		t.Fatal(err)
	}
	<-s.own.exited
	err = s.Stop()
	if err == nil || !strings.Contains(err.Error(), "had ended by itself") {
		t.Errorf("stopping a dead server gives %v", err)
	}
}

func TestOpenShares(t *testing.T) {
	server.Need(t)
	for _, e := range server.Environment() {
		k, v, _ := strings.Cut(e, "=")
		t.Setenv(k, v)
	}
	shared, err := Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	name := Name()
	err = shared.CreateDatabase(t.Context(), name, "")
	if err != nil {
		t.Fatal(err)
	}
	if !exists(t, name) {
		t.Error("the database is not on the shared server")
	}
	err = shared.Stop()
	if err != nil {
		t.Fatal(err)
	}
	if exists(t, name) {
		t.Error("the database outlived the one that made it")
	}
}

func TestOpenRefusesHalfAnEnvironment(t *testing.T) {
	t.Setenv("SALA_TEST_POSTGRES_LOG", "")
	for _, shared := range []string{"nonsense", "postgres://postgres@127.0.0.1:1/postgres"} {
		t.Setenv("SALA_TEST_POSTGRES", shared)
		s, err := Open(t.Context())
		if err == nil || s != nil {
			t.Errorf("SALA_TEST_POSTGRES=%s without a log was accepted", shared)
		}
	}
}

func TestNeedSkipsWhereThatIsAccepted(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run", "^TestTheLogHoldsNoValues$")
	cmd.Env = append(os.Environ(), "SALA_TEST_WITHOUT_POSTGRES=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "skipped: this test needs PostgreSQL") {
		t.Errorf("without PostgreSQL: %v\n%s", err, out)
	}
}
