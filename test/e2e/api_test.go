package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/document"
	"github.com/sala-exchange/sala/test/world"
)

// TestTheAPIPageRuns: the commands of docs/api.md, as they stand there and in their order,
// against a server that answers registered documents and the page's first text; what an
// officer would wait for at a stream happens while it is open, and before it goes on.
func TestTheAPIPageRuns(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(raw), -1)
	if len(blocks) < 6 {
		t.Fatalf("the page has %d commands", len(blocks))
	}
	for name, w := range map[string]func(*testing.T) *world.World{
		"sqlite":   func(t *testing.T) *world.World { return world.OnSQLite(t, world.Options{}) },
		"postgres": func(t *testing.T) *world.World { server.Need(t); return world.OnPostgres(t, server, world.Options{}) },
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, w(t))
			for _, b := range blocks {
				switch text := b[1]; {
				case strings.Contains(text, "-sN"):
					p.stream(text)
				default:
					p.run(text)
				}
			}
			if p.events != 2 {
				t.Errorf("%d events came", p.events)
			}
		})
	}
}

// page is a reader who types a page's commands in one folder.
type page struct {
	t      *testing.T
	w      *world.World
	id     string // of a case
	folder string
	set    []string // the environment
	last   string   // the id of the last event
	events int
}

func open(t *testing.T, w *world.World) *page {
	p := &page{t: t, w: w, id: w.Register("lwu", "Canary Page"), folder: t.TempDir()}
	w.Share("lwu", p.id, "ngo", category.ForAssistance, category.Identity)
	s := w.ServeRegistered(func() *document.Set {
		set, err := document.ReadOrNone(filepath.Join(p.folder, "documents.json"))
		if err != nil {
			t.Error(err)
			return document.Of()
		}
		// The page's first command is about a server that answers any document.
		set.Add(`query Inbox @purpose(of: ASSISTANCE) { referrals(first: 20, box: INBOX) { edges { node { id state service } } } }`)
		return set
	})
	p.set = append(os.Environ(), "SALA_ENDPOINT="+s.URL, "TOKEN="+s.Token("ngo", "worker"))
	return p
}

func (p *page) command(text string) *exec.Cmd {
	cmd := exec.CommandContext(p.t.Context(), "sh", "-e", "-c", text)
	cmd.Dir, cmd.Env = p.folder, append(p.set, "LAST="+p.last)
	cmd.WaitDelay = time.Second
	return cmd
}

// run runs commands that end.
func (p *page) run(text string) {
	out, err := p.command(text).CombinedOutput()
	said := string(out)
	if err != nil || strings.Contains(said, `"errors"`) || strings.Contains(text, "curl") != strings.Contains(said, `"edges"`) ||
		strings.Contains(text, "register") && !strings.Contains(said, "registered") {
		p.t.Errorf("%s\nends with %v and says %s", text, err, said)
	}
}

// stream runs a command that goes on, until one event has come. What goes on behind an event
// is told of what happened in between.
func (p *page) stream(text string) {
	goesOn := strings.Contains(text, "Last-Event-ID")
	if goesOn {
		p.offer()
	}
	cmd := p.command(strings.Replace(text, "\ncurl", "\nexec curl", 1)) // so that what is killed is the client
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill() }()
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	before := p.last
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		switch id, isID := strings.CutPrefix(line, "id: "); {
		case line == ": open" && !goesOn:
			p.offer()
		case isID:
			p.last = id
		case strings.HasPrefix(line, "data: ") && strings.Contains(line, `"REFERRAL_OFFERED"`) && p.last != before:
			p.events++
			return
		}
	}
	p.t.Errorf("no event came of %s", text)
}

// offer makes that happen of which the stream tells.
func (p *page) offer() {
	p.w.Refer("lwu", p.id, "ngo", category.ForAssistance, category.Identity)
}
