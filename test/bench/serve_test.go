package bench

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/test/world"
)

// salaName is the name under which this test's program is the program `sala`.
const salaName = "sala"

// profileTo names the file of a CPU profile: SIGUSR1 begins it, SIGUSR2 ends it. The
// program that people run has no such door.
const profileTo = "SALA_BENCH_PROFILE"

func serveProfiled() int {
	if path := os.Getenv(profileTo); path != "" {
		told := make(chan os.Signal, 1)
		signal.Notify(told, syscall.SIGUSR1, syscall.SIGUSR2)
		go func() {
			for s := range told {
				if s == syscall.SIGUSR2 {
					pprof.StopCPUProfile()
					continue
				}
				f, err := os.Create(path)
				if err == nil {
					err = pprof.StartCPUProfile(f)
				}
				if err != nil {
					panic(err)
				}
			}
		}()
	}
	return command.Main()
}

// process is a server under measure.
type process struct {
	cmd     *exec.Cmd
	address string
}

// serveSala starts `sala serve` on a world, as a process of its own: TLS apart, all that
// stands before the data in production.
func serveSala(t *testing.T, s *world.Server, connections, profileFile string, more ...string) *process {
	t.Helper()
	key := filepath.Join(t.TempDir(), "cursor.key")
	if err := os.WriteFile(key, []byte(hex.EncodeToString(make([]byte, 32))), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: &exec.Cmd{Path: self, Args: append([]string{salaName, "serve", "--any-document", "--database", s.AppURL, "--address", "127.0.0.1:0",
		"--operations-address", "127.0.0.1:0", "--issuer", s.Issuer("lwu"), "--issuer-network", "127.0.0.0/8", "--audience", world.Audience,
		"--cursor-key-file", key, "--key-store", s.KeyStore, "--key-file", s.KeyFile, "--erasure-key-file", s.ErasureKeyFile,
		"--database-max-connections", connections, "--drain-delay", "0s"}, more...),
		Env: append(os.Environ(), profileTo+"="+profileFile)}}
	errOut, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.start(t, syscall.SIGTERM)
	lines := bufio.NewScanner(errOut)
	var said []string
	for p.address == "" && lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line); line.Msg == "serving the API" {
			p.address = line.Address
		}
		said = append(said, lines.Text())
	}
	if p.address == "" {
		t.Fatalf("sala does not serve: %s", strings.Join(said, "\n"))
	}
	go func() { _, _ = io.Copy(io.Discard, errOut) }()
	return p
}

// start starts the process; it is told to end with the test, and killed where it does
// not.
func (p *process) start(t *testing.T, end os.Signal) {
	t.Helper()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = p.cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(end)
		late := time.NewTimer(20 * time.Second)
		defer late.Stop()
		select {
		case <-ended:
		case <-late.C:
			_ = p.cmd.Process.Kill()
			<-ended
		}
	})
}
