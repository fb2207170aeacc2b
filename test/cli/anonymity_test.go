package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sala-exchange/sala/services/command"
)

// TestAnonymity: commands on files, which need neither server nor database.
func TestAnonymity(t *testing.T) {
	scripts(t, "anonymity", func(*testscript.Env) {}, false)
}

// TestRiskIsStopped: who stops it is given no report, on the screen or as a file.
func TestRiskIsStopped(t *testing.T) {
	dir := t.TempDir()
	in, page := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.html")
	if err := os.WriteFile(in, []byte("a\n1\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for ctx, want := range map[context.Context]int{stopped: command.ExitFailed, t.Context(): command.ExitOK} {
		var said, wrong bytes.Buffer
		code := command.Execute(ctx, []string{"risk", in, "--qi", "a", "--html", page}, &said, &wrong)
		_, err := os.Stat(page)
		if code != want || (said.Len() > 0) != (want == command.ExitOK) || (err == nil) != (want == command.ExitOK) {
			t.Errorf("exit code %d, want %d: %s%s, %v", code, want, said.String(), wrong.String(), err)
		}
		_ = os.Remove(page)
	}
}

// TestAnonymizeLeavesNothing: whether it is stopped or fails, no file lies there after it
// that was not there before.
func TestAnonymizeLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var rows strings.Builder
	rows.WriteString("a,b\n")
	for i := range 1000 {
		fmt.Fprintf(&rows, "%d,%d\n", i%40, i%7)
	}
	in := write("in.csv", rows.String())
	good := write("good.yaml", "columns:\n  a: {role: quasi, hierarchy: {widths: [2, 4, 8, 16]}}\n  b: {role: quasi, hierarchy: {widths: [2, 4]}}\nrequire: {k: 5}\n")
	never := write("never.yaml", "columns: {a: {role: quasi}, b: {role: quasi}}\nrequire: {k: 5}\n")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, c := range map[string]struct {
		ctx  context.Context
		spec string
		code int
	}{
		"stopped": {stopped, good, command.ExitFailed},
		"fails":   {t.Context(), never, command.ExitFailed},
		"done":    {t.Context(), good, command.ExitOK},
	} {
		out := filepath.Join(dir, name)
		if err := os.Mkdir(out, 0o700); err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		if code := command.Execute(c.ctx, []string{"anonymize", c.spec, in, filepath.Join(out, "out.csv")}, &said, &said); code != c.code {
			t.Errorf("%s: the exit code is %d: %s", name, code, said.String())
		}
		left, err := os.ReadDir(out)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[int]int{command.ExitOK: 2}[c.code]; len(left) != want {
			t.Errorf("%s: %d files lie there, want %d: %v", name, len(left), want, left)
		}
	}
}
