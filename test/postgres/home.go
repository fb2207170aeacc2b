package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is the user that the server runs as; nil is ourselves.
type account struct{ uid, gid int }

// unprivileged picks the account: PostgreSQL refuses to run as root.
func unprivileged() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errU := strconv.Atoi(u.Uid)
		gid, errG := strconv.Atoi(u.Gid)
		if errU == nil && errG == nil && uid != 0 {
			return &account{uid, gid}, nil
		}
	}
	return nil, errors.New("starting PostgreSQL as root: it refuses, and there is no user postgres or nobody to run it as; add one")
}

const homePrefix = "sala-pg-"

// home is the temporary folder of one server: data, socket and log. While we
// live we hold a lock on it, so that others can tell it from a dead process's.
type home struct {
	dir  string
	lock *os.File
}

func (h *home) data() string { return filepath.Join(h.dir, "data") }
func (h *home) log() string  { return filepath.Join(h.dir, "log") }

func newHome(parent string, who *account) (*home, error) {
	sweep(parent)
	dir, err := os.MkdirTemp(parent, homePrefix)
	if err != nil {
		return nil, fmt.Errorf("making a folder for PostgreSQL: %w", err)
	}
	h := &home{dir: dir}
	err = h.claim(who)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making a folder for PostgreSQL: %w", err), h.remove())
	}
	return h, nil
}

// claim locks the folder and gives it to the account. The lock appears under its
// name only once it is held: sweep must never see it free.
func (h *home) claim(who *account) error {
	f, err := os.OpenFile(filepath.Join(h.dir, "lock.new"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	h.lock = f
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return err
	}
	err = os.Rename(f.Name(), filepath.Join(h.dir, "lock"))
	if err != nil || who == nil {
		return err
	}
	return os.Chown(h.dir, who.uid, who.gid)
}

// remove deletes the folder, then lets go of it.
func (h *home) remove() error {
	err := os.RemoveAll(h.dir)
	if err != nil {
		err = fmt.Errorf("removing the folder of PostgreSQL: %w", err)
	}
	if h.lock != nil {
		h.lock.Close()
	}
	return err
}

// sweep removes the folders of processes that were killed: those whose lock is
// free. What it may not touch, another user's for instance, it leaves.
func sweep(parent string) {
	locks, err := filepath.Glob(filepath.Join(parent, homePrefix+"*", "lock"))
	if err != nil {
		return
	}
	for _, path := range locks {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(filepath.Dir(path))
		}
		f.Close()
	}
}

// tail is the end of a log, for an error message.
func tail(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "(no log: " + err.Error() + ")"
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}
