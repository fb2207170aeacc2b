package cli

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/sala-exchange/sala/test/world"
)

// process is the program itself, serving.
type process struct {
	cmd     *exec.Cmd
	api     string // address of the API
	operate string // address of health and metrics
	ended   chan error
}

// serving starts the program on a world and waits until it serves.
func serving(t *testing.T, s *world.Server, more ...string) *process {
	t.Helper()
	key := filepath.Join(t.TempDir(), "cursor.key")
	if err := os.WriteFile(key, []byte(hex.EncodeToString(make([]byte, 32))), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{ended: make(chan error, 1)}
	if !slices.Contains(more, "--database") {
		more = append(more, "--database", "sqlite:"+s.Path)
	}
	p.cmd = &exec.Cmd{Path: self, Args: append([]string{"sala", "serve", "--any-document", "--address", "127.0.0.1:0",
		"--operations-address", "127.0.0.1:0", "--issuer", s.Issuer("lwu"), "--audience", world.Audience, "--cursor-key-file", key,
		"--key-store", s.KeyStore, "--key-file", s.KeyFile, "--erasure-key-file", s.ErasureKeyFile}, more...)}
	errOut, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	lines := bufio.NewScanner(errOut)
	for p.operate == "" && lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		switch line.Msg {
		case "serving the API":
			p.api = line.Address
		case "serving health and metrics":
			p.operate = line.Address
		}
	}
	if p.operate == "" {
		t.Fatalf("the program does not serve: %v", lines.Err())
	}
	go func() {
		for lines.Scan() {
		}
		p.ended <- p.cmd.Wait()
	}()
	return p
}

func (p *process) ready(t *testing.T) int {
	t.Helper()
	resp, err := http.Get("http://" + p.operate + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// TestSignals: the first ends the program in order, a second one at once.
func TestSignals(t *testing.T) {
	s := world.OnSQLite(t, world.Options{}).Serve(false)
	t.Run("first", func(t *testing.T) {
		p := serving(t, s, "--drain-delay", "0s")
		if got := p.ready(t); got != http.StatusOK {
			t.Errorf("ready: %d", got)
		}
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		if err := <-p.ended; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
	t.Run("second", func(t *testing.T) {
		p := serving(t, s, "--drain-delay", "10m")
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		for p.ready(t) == http.StatusOK { // it goes on for ten minutes, not ready
		}
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		var exit *exec.ExitError
		if err := <-p.ended; !errors.As(err, &exit) || !exit.Sys().(syscall.WaitStatus).Signaled() {
			t.Errorf("ended with %v, not by the signal", err)
		}
	})
}
