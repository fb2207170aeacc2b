package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sala-exchange/sala/services/anonymity/table"
	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/test/showcase"
)

// TestPrivate: counts and rows that are made of files, with no server.
func TestPrivate(t *testing.T) {
	scripts(t, "private", func(*testscript.Env) {}, false)
}

// TestNothingIsHalfWritten: a run that is ended, at whatever moment, leaves no file.
func TestNothingIsHalfWritten(t *testing.T) {
	dir := t.TempDir()
	in, counts := filepath.Join(dir, "in.csv"), filepath.Join(dir, "counts.csv")
	f, err := os.Create(in)
	if err == nil {
		err = errors.Join(showcase.Table(4000, 1).Write(f, table.Options{}), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	if code := command.Execute(t.Context(), []string{"aggregate", in, "-o", counts, "--epsilon", "4"}, io.Discard, io.Discard); code != command.ExitOK {
		t.Fatalf("counting ends with %d", code)
	}
	before, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, args := range [][]string{
		{"aggregate", in, "-o", filepath.Join(dir, "out.csv"), "--epsilon", "1"},
		{"aggregate", in, "-o", filepath.Join(dir, "out.csv"), "--resolution", "10"},
		{"synthesize", counts, "-o", filepath.Join(dir, "out.csv")},
		{"synthesize", counts, "-o", filepath.Join(dir, "out.csv"), "--against", in},
	} {
		if code := command.Execute(stopped, args, io.Discard, io.Discard); code != command.ExitFailed {
			t.Errorf("%v: ends with %d", args[0], code)
		}
		after, err := os.ReadDir(dir)
		if err != nil || len(after) != len(before) {
			t.Errorf("%v: left something behind: %v, %v", args[0], after, err)
		}
	}
}
