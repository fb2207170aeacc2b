package cli

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/services/identity/devissuer"
	"github.com/sala-exchange/sala/services/signin"
	"github.com/sala-exchange/sala/test/world"
)

// browser is a person with a browser: at the third question of the device she has
// decided. The issuer's clock has not moved meanwhile, so the second one came too soon.
type browser struct {
	t      *testing.T
	form   url.Values
	page   string
	waited []time.Duration
}

func (b *browser) show(p signin.Prompt) {
	b.page = p.Page
	b.form.Set("user_code", p.Code)
}

func (b *browser) wait(_ context.Context, d time.Duration) error {
	b.waited = append(b.waited, d)
	if len(b.waited) < 3 {
		return nil
	}
	res, err := http.PostForm(b.page, b.form)
	if err == nil {
		_ = res.Body.Close()
	}
	return err
}

func signIn(t *testing.T, s *world.Server, form url.Values) (*signin.Token, *browser, error) {
	t.Helper()
	b := &browser{t: t, form: form}
	i := signin.Issuer{URL: s.Issuer("lwu"), ClientID: devissuer.CLI, Scopes: []string{"openid"}, Wait: b.wait}
	token, err := i.Device(t.Context(), b.show)
	return token, b, err
}

// TestLogin: the device grant against a real issuer, slowing down when told to; the
// token serves the commands, and goes to no other server.
func TestLogin(t *testing.T) {
	w := world.OnSQLite(t, world.Options{})
	s := w.Serve(true)
	token, b, err := signIn(t, s, url.Values{"subject": {"worker"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []time.Duration{5 * time.Second, 5 * time.Second, 10 * time.Second}; len(b.waited) != 3 || b.waited[2] != want[2] || b.waited[0] != want[0] {
		t.Errorf("waited %v, want %v", b.waited, want)
	}
	if _, _, err := signIn(t, s, url.Values{"deny": {"yes"}}); errs.KindOf(err) != errs.Forbidden {
		t.Errorf("refused in the browser: %v", err)
	}
	home := t.TempDir()
	t.Setenv("SALA_CONFIG_HOME", home)
	t.Setenv("SALA_TOKEN", "")
	shelf := signin.Shelf{Folder: home}
	if err := shelf.Change(func(b *signin.Book) error {
		b.Current = "lwu"
		b.Profiles["lwu"] = &signin.Profile{Server: s.URL, Issuer: s.Issuer("lwu"), ClientID: devissuer.CLI, Token: token}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(home, "profiles.json")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of the sign-ins: %v, %v", info, err)
	}
	run(t, 0, "lwu", "whoami")
	run(t, command.ExitRefused, "another server", "whoami", "--endpoint", "https://elsewhere.example/graphql")
	run(t, 0, "yes", "profile", "list")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, command.ExitInput, "read by others", "whoami")
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, 0, "signed out", "logout")
	run(t, command.ExitRefused, "sala login", "whoami")
	if raw, err := os.ReadFile(file); err != nil || bytes.Contains(raw, []byte(token.Access)) {
		t.Errorf("the token is still in the file: %v", err)
	}
	run(t, command.ExitInput, "https", "login", "--issuer", "http://issuer.example")
	run(t, command.ExitUnavailable, "exactly this name", "login", "--issuer", s.Issuer("lwu")+"/")
}

// run runs a command and looks at its code and for words in what it wrote.
func run(t *testing.T, code int, says string, args ...string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	got := command.Execute(t.Context(), args, &out, &errOut)
	if got != code || !strings.Contains(out.String()+errOut.String(), says) {
		t.Errorf("sala %s: code %d, want %d\n%s%s", strings.Join(args, " "), got, code, out.String(), errOut.String())
	}
	return out.String()
}

// TestDocumentNamesEveryCommand: docs/cli.md is what the commands say of themselves.
func TestDocumentNamesEveryCommand(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "cli.md"))
	if err != nil || string(raw) != command.Document() {
		t.Errorf("docs/cli.md is not current: run make generate (%v)", err)
	}
	for _, name := range []string{"login", "logout", "whoami", "query", "cases", "agency list", "agreement list", "profile use", "import htcds", "completion bash"} {
		if !strings.Contains(string(raw), "\n## sala "+name+"\n") {
			t.Errorf("docs/cli.md lacks sala %s", name)
		}
	}
}
