package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// oldest is the oldest major version that Sala runs on.
const oldest = 15

var errMissing = fmt.Errorf("there is no PostgreSQL %d or newer: install it (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql), or set SALA_TEST_WITHOUT_POSTGRES=1 to skip what needs it", oldest)

// finder looks for PostgreSQL on a machine, and installs it where it may.
type finder struct {
	globs    []string // folders of binaries beside PATH and pg_config
	root     bool
	messages io.Writer
}

// locate returns the folder of initdb and postgres. Where there is none, we are
// root and there is apt-get, it installs Debian's package and says so on stderr.
func locate(ctx context.Context) (string, error) {
	f := finder{
		globs:    []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin"},
		root:     os.Geteuid() == 0,
		messages: os.Stderr,
	}
	return f.locate(ctx)
}

func (f finder) locate(ctx context.Context) (string, error) {
	bin := f.newest(ctx)
	if bin != "" {
		return bin, nil
	}
	apt, err := exec.LookPath("apt-get")
	if err != nil || !f.root {
		return "", errMissing
	}
	fmt.Fprintln(f.messages, "test/postgres: there is no PostgreSQL here; installing Debian's package postgresql by apt-get")
	err = install(ctx, apt)
	if err != nil {
		return "", errors.Join(errMissing, err)
	}
	bin = f.newest(ctx)
	if bin == "" {
		return "", errMissing
	}
	return bin, nil
}

// newest returns the folder with the newest usable version, "" if there is none.
func (f finder) newest(ctx context.Context) string {
	var found string
	version := oldest - 1
	for _, dir := range f.folders(ctx) {
		v := major(ctx, dir)
		if v > version {
			found, version = dir, v
		}
	}
	return found
}

// folders lists where binaries may be, PATH first.
func (f finder) folders(ctx context.Context) []string {
	var dirs []string
	if p, err := exec.LookPath("postgres"); err == nil {
		// A link in PATH stands alone; initdb is beside the real one.
		if real, err := filepath.EvalSymlinks(p); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, g := range f.globs {
		if m, err := filepath.Glob(g); err == nil {
			dirs = append(dirs, m...)
		}
	}
	return dirs
}

var versionOf = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

// major is the version in dir, 0 where it lacks one of the two programs.
func major(ctx context.Context, dir string) int {
	if _, err := exec.LookPath(filepath.Join(dir, "initdb")); err != nil {
		return 0
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	m := versionOf.FindSubmatch(out)
	if m == nil {
		return 0
	}
	v, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return 0
	}
	return v
}

// install runs apt-get, refreshing its lists only where it has to. It waits for
// another package's tests that may be installing too.
func install(ctx context.Context, apt string) error {
	run := func(args ...string) error {
		cmd := exec.CommandContext(ctx, apt, append([]string{"-o", "DPkg::Lock::Timeout=300", "-q"}, args...)...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("running apt-get %s: %w:\n%s", args[0], err, out)
		}
		return nil
	}
	take := []string{"install", "-y", "--no-install-recommends", "postgresql"}
	if run(take...) == nil {
		return nil
	}
	err := run("update")
	if err != nil {
		return err
	}
	return run(take...)
}
