package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// script writes an executable shell script. The folder must exist.
func script(t *testing.T, path, body string) {
	t.Helper()
	err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755)
	if err != nil {
		t.Fatal(err)
	}
}

// machine makes a folder of versions, an empty PATH but for the shell, and a
// finder that sees only them.
func machine(t *testing.T) (f finder, path, versions string) {
	t.Helper()
	dir := t.TempDir()
	path, versions = filepath.Join(dir, "path"), filepath.Join(dir, "versions")
	for _, d := range []string{path, versions} {
		err := os.Mkdir(d, 0o755)
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", path)
	return finder{globs: []string{versions + "/*/bin"}, messages: new(bytes.Buffer)}, path, versions
}

func place(t *testing.T, versions string, major int, programs ...string) string {
	t.Helper()
	bin := filepath.Join(versions, fmt.Sprint(major), "bin")
	err := os.MkdirAll(bin, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range programs {
		script(t, filepath.Join(bin, p), fmt.Sprintf("echo '%s (PostgreSQL) %d.4'", p, major))
	}
	return bin
}

func TestTheNewestWholeVersionIsTaken(t *testing.T) {
	f, path, versions := machine(t)
	place(t, versions, 14, "postgres", "initdb")
	if bin, err := f.locate(t.Context()); !errors.Is(err, errMissing) {
		t.Errorf("version 14 alone gives %q, %v", bin, err)
	}
	old := place(t, versions, 15, "postgres", "initdb")
	want := place(t, versions, 17, "postgres", "initdb")
	place(t, versions, 18, "postgres") // the client packages bring no initdb
	err := os.Symlink(filepath.Join(old, "postgres"), filepath.Join(path, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	bin, err := f.locate(t.Context())
	if err != nil || bin != want {
		t.Errorf("got %q, %v, want %q", bin, err, want)
	}
}

func TestPostgresIsFoundBehindALinkAndByPgConfig(t *testing.T) {
	for name, arrange := range map[string]func(path, bin string){
		"link": func(path, bin string) {
			_ = os.Symlink(filepath.Join(bin, "postgres"), filepath.Join(path, "postgres"))
		},
		"pg_config": func(path, bin string) { script(t, filepath.Join(path, "pg_config"), "echo "+bin) },
	} {
		t.Run(name, func(t *testing.T) {
			f, path, versions := machine(t)
			want := place(t, versions, 16, "postgres", "initdb")
			f.globs = nil
			arrange(path, want)
			bin, err := f.locate(t.Context())
			if err != nil || bin != want {
				t.Errorf("got %q, %v, want %q", bin, err, want)
			}
		})
	}
}

// apt-get's lists are empty on a fresh container: the first try fails, and the
// update makes the second succeed.
func TestDebiansPackageIsInstalledForRootOnly(t *testing.T) {
	f, path, versions := machine(t)
	bin := place(t, versions, 17, "postgres", "initdb")
	hidden := filepath.Dir(bin) + ".deb"
	err := os.Rename(filepath.Dir(bin), hidden)
	if err != nil {
		t.Fatal(err)
	}
	f.globs = []string{versions + "/17/bin"}
	updated := filepath.Join(path, "updated")
	script(t, filepath.Join(path, "apt-get"), `case "$*" in
*update*) : > `+updated+` ;;
*install*-y*postgresql*) test -e `+updated+` && /bin/mv `+hidden+" "+filepath.Dir(bin)+` ;;
esac`)

	if _, err := f.locate(t.Context()); !errors.Is(err, errMissing) {
		t.Errorf("a user who is not root gets %v", err)
	}
	if _, err := os.Stat(updated); err == nil {
		t.Error("apt-get ran for a user who is not root")
	}
	f.root = true
	said := new(bytes.Buffer)
	f.messages = said
	got, err := f.locate(t.Context())
	if err != nil || got != bin {
		t.Errorf("got %q, %v, want %q", got, err, bin)
	}
	if !strings.Contains(said.String(), "installing") {
		t.Error("it installed without a word")
	}
}

func TestAFailedInstallationIsTold(t *testing.T) {
	f, path, _ := machine(t)
	f.root = true
	script(t, filepath.Join(path, "apt-get"), "echo no network; exit 100")
	_, err := f.locate(t.Context())
	if !errors.Is(err, errMissing) || !strings.Contains(err.Error(), "no network") {
		t.Errorf("got %v", err)
	}
}
