package cli

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/test/world"
)

// session is one person at a terminal, with files of her own.
type session struct {
	t   *testing.T
	dir string
}

func (s session) file(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

func (s session) run(args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	code = command.Execute(s.t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

func (s session) must(args ...string) string {
	s.t.Helper()
	code, out, errOut := s.run(args...)
	if code != 0 {
		s.t.Fatalf("%s: %d %s%s", strings.Join(args, " "), code, out, errOut)
	}
	return out
}

const agencyManifest = `apiVersion: sala.exchange/v1alpha1
kind: Agency
metadata:
  name: %[1]s
spec:
  displayName: Agency %[1]s
  kind: %[2]s
  administersPlatform: %[3]v
  signIn:
    issuers:
    - url: %[4]s
---
`

// TestOnboardByCommand: what the README says of a database of one's own, from bootstrap
// to an agency that signs in, by the commands alone.
func TestOnboardByCommand(t *testing.T) {
	for name, w := range map[string]*world.World{
		"SQLite": world.OnSQLite(t, world.Options{Empty: true}), "PostgreSQL": world.OnPostgres(t, server, world.Options{Empty: true}),
	} {
		t.Run(name, func(t *testing.T) {
			database := "sqlite:" + w.Path
			if w.AppURL != "" {
				database = w.AppURL
			}
			s, me := w.Serve(true), session{t, t.TempDir()}
			endpoint := startServe(t, w, me, database)
			manifest := func(code, kind string, platform bool) string {
				return fmt.Sprintf(agencyManifest, code, kind, platform, s.Issuer(code))
			}
			founders := me.file("founders.yaml", manifest("lwu", "UNION", true)+manifest("atd", "POLICE", true))
			printed := me.must("migrate", "bootstrap", "--database", database, "-f", founders)
			if code, _, errOut := me.run("migrate", "bootstrap", "--database", database, "-f", founders); code != 1 || !strings.Contains(errOut, "already") {
				t.Errorf("bootstrap a second time: %d %s", code, errOut)
			}
			token := func(code, subject string) string { return me.file(code+subject, s.Token(code, subject)) }
			for _, line := range strings.Split(strings.TrimSpace(printed), "\n") {
				code, secret, _ := strings.Cut(line, "\t")
				waitFor(t, endpoint, s.Token(code, "admin"))
				me.must("join", "--endpoint", endpoint, "--token-file", token(code, "admin"), "--invitation-file", me.file("invitation", secret))
				c := &client.Client{Endpoint: endpoint, Token: s.Token(code, "admin")}
				_, err := c.Do(t.Context(), `mutation($in: EnterMemberInput!) { enterMember(input: $in) { userErrors { message } } }`,
					map[string]any{"in": map[string]any{"issuer": s.Issuer(code), "subject": "platform", "roles": []string{"PLATFORM_ADMINISTRATOR"}}}, nil)
				if err != nil {
					t.Fatal(err)
				}
			}
			ngo := me.file("ngo.yaml", manifest("ngo", "NGO", false))
			as := func(code string, more ...string) []string {
				return append([]string{"apply", "--endpoint", endpoint, "--token-file", token(code, "platform"), "-f", ngo}, more...)
			}
			if out := me.must(as("lwu", "--dry-run")...); !strings.Contains(out, "create") || !strings.Contains(out, "waits for the approval of another agency") {
				t.Errorf("the plan: %s", out)
			}
			if code, _, errOut := me.run(as("lwu")...); code != 1 || !strings.Contains(errOut, "nothing was changed") {
				t.Errorf("nobody said yes: %d %s", code, errOut)
			}
			me.must(as("lwu", "--yes")...)
			var plan struct {
				Steps []struct{ Action, Waits, Place string }
			}
			if err := json.Unmarshal([]byte(me.must(as("lwu", "--yes", "-o", "json")...)), &plan); err != nil || plan.Steps[0].Action != "waiting" || !strings.HasSuffix(plan.Steps[0].Place, "document 1, line 1") {
				t.Errorf("%+v %v", plan, err)
			}
			me.must(as("atd", "--yes")...)
			if out := me.must(as("atd", "--yes")...); !strings.HasPrefix(out, "unchanged") {
				t.Errorf("a second run: %s", out)
			}
			secret := me.must("invite", "ngo", "--endpoint", endpoint, "--token-file", token("lwu", "platform"))
			waitFor(t, endpoint, s.Token("ngo", "admin"))
			if out := me.must("join", "--endpoint", endpoint, "--token-file", token("ngo", "admin"), "--invitation-file", me.file("invitation", secret)); !strings.Contains(out, "administer") {
				t.Error(out)
			}
			if code, _, errOut := me.run("join", "--endpoint", endpoint, "--token-file", token("ngo", "worker"), "--invitation-file", me.file("invitation", secret)); code != 1 || !strings.Contains(errOut, "WITHHELD") {
				t.Errorf("an invitation a second time: %d %s", code, errOut)
			}
			secondInvitation(t, me, endpoint, token)
			out := me.must("offboard", "ngo", "--start", "--endpoint", endpoint, "--token-file", token("ngo", "admin"))
			if !strings.Contains(out, `"agreementsEndedOn": "20`) || !strings.Contains(out, `"waiting": "export"`) {
				t.Errorf("the departure: %s", out)
			}
			broken := me.file("broken.yaml", strings.Replace(manifest("iom", "NGO", false), "displayName", "displayname", 1))
			if code, _, errOut := me.run("apply", "--endpoint", endpoint, "--token-file", token("lwu", "platform"), "-f", broken); code != 4 || !strings.Contains(errOut, "document 1, line 6: there is no field spec.displayname") {
				t.Errorf("an unknown field: %d %s", code, errOut)
			}
		})
	}
}

// secondInvitation: an agency that has an administrator is invited another only with two
// approvals, which are given by the proposal's id.
func secondInvitation(t *testing.T, me session, endpoint string, token func(code, subject string) string) {
	t.Helper()
	as := func(code, subject string, args ...string) []string {
		return append(args, "--endpoint", endpoint, "--token-file", token(code, subject))
	}
	me.must(as("lwu", "platform", "invite", "ngo")...)
	var waiting []struct{ ID, Kind, Agency, State string }
	if err := json.Unmarshal([]byte(me.must(as("atd", "platform", "proposal", "list", "-o", "json")...)), &waiting); err != nil ||
		len(waiting) != 1 || waiting[0].Kind != "ADMINISTRATOR" || waiting[0].Agency != "ngo" || waiting[0].State != "PROPOSED" {
		t.Fatalf("%+v %v", waiting, err)
	}
	if code, _, errOut := me.run(as("atd", "admin", "proposal", "approve", waiting[0].ID)...); code != 3 || !strings.Contains(errOut, "FORBIDDEN") {
		t.Errorf("approved by who does not administer the platform: %d %s", code, errOut)
	}
	me.must(as("atd", "platform", "proposal", "approve", waiting[0].ID)...)
	if out := me.must(as("lwu", "platform", "proposal", "list")...); !strings.Contains(out, "approved by: atd") {
		t.Error(out)
	}
	me.must(as("ngo", "admin", "proposal", "refuse", waiting[0].ID)...)
	if out := me.must(as("lwu", "platform", "proposal", "list")...); out != "" {
		t.Error(out)
	}
}

// startServe serves the world's database by the command until the test ends.
func startServe(t *testing.T, w *world.World, me session, database string) string {
	t.Helper()
	key, addr := me.file("cursor.key", hex.EncodeToString(make([]byte, 32))), freeAddress(t)
	ctx, stop := context.WithCancel(context.Background())
	var out, errOut bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- command.Execute(ctx, []string{"serve", "--database", database, "--address", addr, "--operations-address", "127.0.0.1:0", "--drain-delay", "0s",
			"--issuer-network", "127.0.0.0/8", "--audience", world.Audience, "--cursor-key-file", key,
			"--key-store", w.KeyStore, "--key-file", w.KeyFile, "--erasure-key-file", w.ErasureKeyFile}, &out, &errOut)
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("the server ended with %d: %s", code, errOut.String())
		}
	})
	return "http://" + addr + "/graphql"
}

// waitFor waits until the server knows the token's issuer, which was registered a
// moment ago.
func waitFor(t *testing.T, endpoint, token string) {
	t.Helper()
	c := &client.Client{Endpoint: endpoint, Token: token}
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); runtime.Gosched() {
		_, err := c.Do(t.Context(), "{ __typename }", nil, nil)
		if err == nil || strings.Contains(err.Error(), "FORBIDDEN") {
			return
		}
	}
	t.Fatal("the server does not learn of a new issuer")
}
