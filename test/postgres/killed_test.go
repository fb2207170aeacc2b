package postgres

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// childVariable makes the test binary a process that starts a server, tells where
// it is, and waits to be killed.
const childVariable = "SALA_TEST_POSTGRES_CHILD"

func child() int {
	s, err := Start(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(s.URL("postgres", superuser), s.home.dir)
	select {}
}

// A test process that is killed takes its server with it, and its folder goes at
// the next start; a living process's folder stays.
func TestTheServerDiesWithItsProcess(t *testing.T) {
	server.Need(t)
	if runtime.GOOS != "linux" {
		t.Skip("skipped: only Linux can tell a child of its parent's death")
	}
	url, dir, kill := startChild(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	sweep(os.TempDir())
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("the folder of a living server was swept: %v", err)
	}

	kill()
	// Nothing ever notifies: this returns when the server ends the connection.
	_, err = conn.WaitForNotification(t.Context())
	if err == nil || !conn.IsClosed() {
		t.Fatalf("the server did not end: %v", err)
	}
	sweep(os.TempDir())
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder was not swept (%v)", err)
	}
}

func startChild(t *testing.T) (url, dir string, kill func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	err = cmd.Start()
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the child told nothing: %v", err)
	}
	url, dir, _ = strings.Cut(strings.TrimSpace(line), " ")
	return url, dir, func() {
		err := cmd.Process.Kill()
		if err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed: an error by design
	}
}

// A folder that is only being made has no lock under its name yet and stays.
func TestSweepLeavesWhatItDoesNotKnow(t *testing.T) {
	parent := t.TempDir()
	for _, path := range []string{homePrefix + "new/lock.new", homePrefix + "dead/lock", "other/lock"} {
		full := filepath.Join(parent, path)
		err := os.MkdirAll(filepath.Dir(full), 0o700)
		if err != nil {
			t.Fatal(err)
		}
		err = os.WriteFile(full, nil, 0o600)
		if err != nil {
			t.Fatal(err)
		}
	}
	sweep(parent)
	left, err := filepath.Glob(filepath.Join(parent, "*"))
	if err != nil {
		t.Fatal(err)
	}
	want := filepath.Join(parent, "other") + " " + filepath.Join(parent, homePrefix+"new")
	if got := strings.Join(left, " "); got != want {
		t.Errorf("left %s, want %s", got, want)
	}
}
