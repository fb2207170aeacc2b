package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sala-exchange/sala/test/postgres"
)

// told runs a shell that writes down what it is given, and returns that.
func told(t *testing.T, script string) (string, int) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	code, err := run(t.Context(), []string{"sh", "-c", "exec >" + out + "; " + script}, postgres.StartInMemory)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b)), code
}

func TestTheCommandSharesALivingServer(t *testing.T) {
	if postgres.Without() {
		t.Skip("skipped: this test needs PostgreSQL, and SALA_TEST_WITHOUT_POSTGRES=1 is set")
	}
	t.Setenv("SALA_TEST_POSTGRES", "")
	got, code := told(t, `echo "$SALA_TEST_POSTGRES"; grep -c "ready to accept" "$SALA_TEST_POSTGRES_LOG"; echo "$SALA_TEST_POSTGRES_LOG"; exit 7`)
	if !strings.HasPrefix(got, "postgres://postgres@127.0.0.1:") || !strings.Contains(got, "\n1\n/") || code != 7 {
		t.Errorf("the command was told %q, and its exit code came as %d", got, code)
	}
	// The folder of the log went with the server.
	log := got[strings.LastIndex(got, "\n")+1:]
	if _, err := os.Stat(log); !os.IsNotExist(err) {
		t.Errorf("the server left its log (%v)", err)
	}
}

func TestAnEnclosingServerIsKept(t *testing.T) {
	t.Setenv("SALA_TEST_POSTGRES", "postgres://postgres@127.0.0.1:1/postgres")
	got, code := told(t, `echo "$SALA_TEST_POSTGRES"`)
	if got != "postgres://postgres@127.0.0.1:1/postgres" || code != 0 {
		t.Errorf("the command was told %q, exit code %d", got, code)
	}
}

func TestWithoutPostgresTheCommandRunsAlone(t *testing.T) {
	t.Setenv("SALA_TEST_POSTGRES", "")
	t.Setenv("SALA_TEST_WITHOUT_POSTGRES", "1")
	got, code := told(t, `echo "[$SALA_TEST_POSTGRES]"`)
	if got != "[]" || code != 0 {
		t.Errorf("the command was told %q, exit code %d", got, code)
	}
}

func TestACommandThatIsNotThereIsAnError(t *testing.T) {
	t.Setenv("SALA_TEST_WITHOUT_POSTGRES", "1")
	code, err := run(t.Context(), []string{filepath.Join(t.TempDir(), "absent")}, postgres.Start)
	if code == 0 || err == nil {
		t.Errorf("got %d, %v", code, err)
	}
}
