package postgres

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

var errPortTaken = errors.New("the port is taken")

// process is a running postmaster.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has ended
	err    error         // how it ended; read after exited
}

// startProcess starts the postmaster and waits until it accepts connections.
func startProcess(ctx context.Context, h *home, who *account, path string, args []string) (*process, error) {
	f, err := os.OpenFile(h.log(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	log := &watched{to: f, ready: make(chan struct{})}
	p := &process{cmd: exec.Command(path, args...), exited: make(chan struct{})}
	p.cmd.Stderr = log
	p.cmd.Dir, p.cmd.Env = h.dir, environment(h)
	p.cmd.SysProcAttr = attributes(who)
	p.cmd.WaitDelay = stopWithin

	started := make(chan error)
	go p.keep(started, f)
	err = <-started
	if err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w", err)
	}
	select {
	case <-log.ready:
		return p, nil
	case <-p.exited:
		if log.sawPortTaken() {
			return nil, errPortTaken
		}
		return nil, fmt.Errorf("starting PostgreSQL: it ended at once (%w); the end of its log:\n%s", p.err, tail(h.log()))
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("starting PostgreSQL: %w; the end of its log:\n%s", ctx.Err(), tail(h.log())), p.stop())
	}
}

// keep starts the process and stays with it. Linux sends the parent-death signal
// when the thread that started the child ends, not the process, so the thread is
// held until the child is gone.
func (p *process) keep(started chan<- error, log *os.File) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer log.Close()
	err := p.cmd.Start()
	started <- err
	if err == nil {
		p.err = p.cmd.Wait()
	}
	close(p.exited)
}

// stop ends the process: politely, then at once, then by force.
func (p *process) stop() error {
	if p.ended() {
		return fmt.Errorf("it had ended by itself: %w", cmp.Or(p.err, errors.New("exit status 0")))
	}
	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		err := p.cmd.Process.Signal(sig)
		if err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		timer := time.NewTimer(stopWithin)
		select {
		case <-p.exited:
			timer.Stop()
			return p.err
		case <-timer.C:
		}
	}
	return errors.New("it does not end, even when killed")
}

// quit ends the process at once, as a crash does.
func (p *process) quit() error {
	if err := p.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		return fmt.Errorf("crashing PostgreSQL: %w", err)
	}
	timer := time.NewTimer(stopWithin)
	defer timer.Stop()
	select {
	case <-p.exited:
		return nil
	case <-timer.C:
		return errors.New("crashing PostgreSQL: it does not end")
	}
}

// ended reports whether the process is over and its log complete.
func (p *process) ended() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// initdb makes the cluster: UTF-8, the C locale, everybody trusted.
func initdb(ctx context.Context, h *home, bin string, who *account) error {
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", h.data(), "-U", superuser, "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	cmd.Dir, cmd.Env = h.dir, environment(h)
	cmd.SysProcAttr = attributes(who)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("making a PostgreSQL cluster: %w:\n%s", err, out)
	}
	return nil
}

// environment is all that the server gets of ours: no PG* setting reaches it.
func environment(h *home) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + h.dir, "LC_ALL=C", "TZ=UTC"}
}

// attributes say as whom a child runs and that it dies with us.
func attributes(who *account) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true} // an interrupt from the terminal is ours to pass on
	if who != nil {
		a.Credential = &syscall.Credential{Uid: uint32(who.uid), Gid: uint32(who.gid)}
	}
	dieWithParent(a)
	return a
}

// watched passes the log on and notices the two lines that decide a start.
type watched struct {
	to    *os.File
	ready chan struct{} // closed by "ready to accept connections"

	mu      sync.Mutex
	decided bool
	taken   bool
	partial []byte // a line that has not ended yet
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.decided {
		w.look(b)
	}
	return w.to.Write(b)
}

func (w *watched) look(b []byte) {
	w.partial = append(w.partial, b...)
	if bytes.Contains(w.partial, []byte("could not bind")) {
		w.taken = true
	}
	if bytes.Contains(w.partial, []byte("ready to accept connections")) {
		w.decided = true
		close(w.ready)
	}
	w.partial = w.partial[bytes.LastIndexByte(w.partial, '\n')+1:]
}

func (w *watched) sawPortTaken() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.taken
}
