package e2e

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"sync"

	"github.com/sala-exchange/sala/test/world"
)

// program is `sala serve`, running.
type program struct {
	cmd          *exec.Cmd
	api, operate string // addresses
	log          *journal
	ended        chan error
}

// journal is a log that may be read while it is written.
type journal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (j *journal) add(line []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.buf.Write(append(line, '\n'))
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.buf.String()
}

// serve starts the program on the world and waits until it serves.
func (c *canaries) serve(more ...string) *program {
	c.t.Helper()
	w := c.world
	p := &program{log: &journal{}, ended: make(chan error, 1)}
	p.cmd = c.command(append([]string{"serve", "--any-document", "--database", w.AppURL, "--address", "127.0.0.1:0", "--operations-address", "127.0.0.1:0",
		"--issuer", c.issuers.Issuer("lwu"), "--issuer-network", "127.0.0.0/8", "--audience", world.Audience, "--drain-delay", "0s",
		"--cursor-key-file", c.file("cursor.key", hex.EncodeToString(make([]byte, 32))),
		"--key-store", w.KeyStore, "--key-file", w.KeyFile, "--erasure-key-file", w.ErasureKeyFile}, more...)...)
	to, err := p.cmd.StderrPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	lines := bufio.NewScanner(to)
	for p.operate == "" && lines.Scan() {
		p.log.add(lines.Bytes())
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
		c.t.Fatalf("the program does not serve: %s", p.log)
	}
	go func() {
		for lines.Scan() {
			p.log.add(lines.Bytes())
		}
		p.ended <- p.cmd.Wait()
	}()
	return p
}
