package cli

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

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
				add := []string{"agency", "member", "add", "platform", "--issuer", s.Issuer(code), "--role", "PLATFORM_ADMINISTRATOR", "--endpoint", endpoint, "--token-file", token(code, "admin")}
				if first := me.must(add...); first != me.must(add...) {
					t.Error("entered twice, a member is another")
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
			shown(t, me, s.Issuer("ngo"), endpoint, token("atd", "platform"))
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
			administration(t, me, endpoint, token)
			settings(t, me, endpoint, token, strings.TrimSuffix(manifest("lwu", "UNION", true), "---\n"))
			departure(t, me, endpoint, token, func() {
				// The agency was let in again a moment ago, which begins the time anew.
				for _, past := range []string{"UPDATE offboardings SET deletion_due_on = deletion_due_on - 259200000000", "UPDATE gates SET changed_on = changed_on - 259200000000"} {
					if _, err := w.Root().ExecContext(t.Context(), past); err != nil {
						t.Fatal(err)
					}
				}
			})
			broken := me.file("broken.yaml", strings.Replace(manifest("iom", "NGO", false), "displayName", "displayname", 1))
			if code, _, errOut := me.run("apply", "--endpoint", endpoint, "--token-file", token("lwu", "platform"), "-f", broken); code != 4 || !strings.Contains(errOut, "document 1, line 6: there is no field spec.displayname") {
				t.Errorf("an unknown field: %d %s", code, errOut)
			}
		})
	}
}

// administration: what an administrator does by commands alone, and what they print for
// programs.
func administration(t *testing.T, me session, endpoint string, token func(code, subject string) string) {
	t.Helper()
	as := func(code, subject string, args ...string) []string {
		return append(args, "--endpoint", endpoint, "--token-file", token(code, subject))
	}
	if out := me.must(as("lwu", "admin", "agency", "list")...); !strings.Contains(out, "ACTIVE") {
		t.Error(out)
	}
	team := strings.TrimSpace(me.must(as("lwu", "admin", "agency", "team", "add", "night", "Night")...))
	var members []struct{ ID, Subject string }
	if err := json.Unmarshal([]byte(me.must(as("lwu", "admin", "agency", "members", "-o", "json")...)), &members); err != nil || len(members) < 2 {
		t.Fatalf("%+v %v", members, err)
	}
	for _, args := range [][]string{
		{"agency", "show", "lwu"}, {"agency", "units", "lwu"}, {"agency", "team", "join", team, members[0].ID}, {"agency", "team", "leave", team, members[0].ID},
		{"agency", "team", "list"}, {"agency", "team", "dissolve", team}, {"agency", "team", "dissolve", team}, {"agreement", "list"},
	} {
		me.must(as("lwu", "admin", args...)...)
	}
	for code, args := range map[int][]string{4: {"agency", "show", "nobody"}, 1: {"agency", "team", "add", "night", "Another"}} {
		if got, out, errOut := me.run(as("lwu", "admin", args...)...); got != code {
			t.Errorf("%v: %d %s%s", args, got, out, errOut)
		}
	}
	if got, _, errOut := me.run(as("lwu", "admin", "agreement", "sign", "nothing")...); got != 4 {
		t.Errorf("an agreement that is not there: %d %s", got, errOut)
	}
}

// settings: what an agency's administrator says of it by a manifest is shown; what a later
// one leaves out stays, names by language too, and {} takes them away.
func settings(t *testing.T, me session, endpoint string, token func(code, subject string) string, base string) {
	t.Helper()
	as := func(args ...string) []string {
		return append(args, "--endpoint", endpoint, "--token-file", token("lwu", "admin"))
	}
	shown := func(want ...string) {
		t.Helper()
		out := me.must(as("agency", "show", "lwu")...)
		for _, w := range want {
			if found := regexp.MustCompile(strings.TrimPrefix(w, "!")).MatchString(out); found == strings.HasPrefix(w, "!") {
				t.Errorf("shown, looking for %s:\n%s", w, out)
			}
		}
	}
	with := func(more string) string { return me.file("lwu.yaml", base+more) }
	me.must(as("apply", "--yes", "-f", with("  displayNames: {lo: ສະຫະພັນ, vi: Hội}\n  retention: {closedCases: 240}\n  units:\n  - {name: north, displayName: North, displayNames: {lo: ເໜືອ}}\n"))...)
	names := []string{`name \(lo\) +ສະຫະພັນ`, `name \(vi\) +Hội`, `keeps closed cases +240 months`, `unit north +North`, `unit north \(lo\) +ເໜືອ`}
	shown(names...)
	if out := me.must(as("apply", "--yes", "-f", with(""))...); !strings.HasPrefix(out, "unchanged") {
		t.Errorf("a manifest that says nothing of names: %s", out)
	}
	shown(names...)
	me.must(as("apply", "--yes", "-f", with("  units:\n  - {name: north, displayName: Northern}\n"))...)
	shown(append(names[:3:3], `unit north +Northern`, names[4])...)
	me.must(as("apply", "--yes", "-f", with("  displayNames: {lo: ສະຫະພັນ}\n  units:\n  - {name: north, displayName: Northern, displayNames: {}}\n"))...)
	shown(names[0], "!"+names[1], "!"+names[4])
	me.must(as("apply", "--yes", "-f", with("  displayNames: {}\n"))...)
	shown("!"+names[0], names[2])
}

// departure: an agency without cases leaves by commands alone; what is in the way is
// told with exit code 1.
func departure(t *testing.T, me session, endpoint string, token func(code, subject string) string, past func()) {
	t.Helper()
	ngo := func(args ...string) []string {
		return append([]string{"offboard", "ngo", "--endpoint", endpoint, "--token-file", token("ngo", "admin")}, args...)
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if code, out, errOut := me.run(ngo("--start")...); code != 1 || !strings.Contains(errOut, "age public key") {
		t.Errorf("without a key: %d %s%s", code, out, errOut)
	}
	terms(t, me, ngo, endpoint, token, key.Recipient().String())
	if code, out, errOut := me.run(ngo("--start", "--export-to", key.Recipient().String())...); code != 1 || !strings.Contains(out, "in the way: the agency's administrator fetches its export") {
		t.Errorf("the departure: %d %s%s", code, out, errOut)
	}
	if _, out, _ := me.run(ngo()...); !regexp.MustCompile(`cases are offered to +lwu\n`).MatchString(out) || !regexp.MustCompile(`deadline +20\d\d-`).MatchString(out) {
		t.Errorf("to whom and until when: %s", out)
	}
	if code, out, _ := me.run(ngo("-o", "json")...); code != 1 || !strings.Contains(out, `"agreementsEndedOn": "20`) || !strings.Contains(out, `"waiting": "export"`) || !strings.Contains(out, `"inTheWay": [`) {
		t.Errorf("the departure for programs: %d %s", code, out)
	}
	file := filepath.Join(me.dir, "ngo.tar")
	me.must(ngo("--export", file)...)
	if code, _, errOut := me.run(ngo("--export", file)...); code != 1 || !strings.Contains(errOut, "not replaced") {
		t.Errorf("over another file: %d %s", code, errOut)
	}
	raw, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	parts := tar.NewReader(raw)
	if h, err := parts.Next(); err != nil || h.Name != "part-00001.jsonl.age" {
		t.Errorf("the file: %+v %v", h, err)
	}
	if r, err := age.Decrypt(parts, key); err != nil {
		t.Error(err)
	} else if plain, err := io.ReadAll(r); err != nil || len(plain) != 0 {
		t.Errorf("an agency without cases took along %d bytes: %v", len(plain), err)
	}
	if code, out, _ := me.run(ngo()...); code != 1 || !strings.Contains(out, "who administers the platform at another agency") {
		t.Errorf("its own administrator alone has its rows deleted: %d %s", code, out)
	}
	other := []string{"offboard", "ngo", "--endpoint", endpoint, "--token-file", token("lwu", "platform")}
	if code, out, _ := me.run(other...); code != 1 || !strings.Contains(out, "--stop-deletion") {
		t.Errorf("another agency agrees to the deletion: %d %s", code, out)
	}
	me.must(ngo("--stop-deletion")...)
	if code, out, _ := me.run(other...); code != 1 || !strings.Contains(out, "fetches its export") {
		t.Errorf("the agency has taken it back: %d %s", code, out)
	}
	me.must(ngo("--export", filepath.Join(me.dir, "again.tar"))...)
	for range 2 {
		if code, out, _ := me.run(other...); code != 1 || !strings.Contains(out, "deletion agreed to, from") {
			t.Errorf("before it is due: %d %s", code, out)
		}
	}
	past() // 72 hours
	if out := me.must(other...); !strings.Contains(out, "digest of the export") {
		t.Errorf("the end: %s", out)
	}
}

// terms: with the start come whom cases are offered to and until when, which never change;
// who approves is shown them.
func terms(t *testing.T, me session, ngo func(...string) []string, endpoint string, token func(code, subject string) string, key string) {
	t.Helper()
	by := time.Now().Add(100 * 24 * time.Hour).UTC().Format(time.DateOnly)
	for _, bad := range [][]string{{"--hand-over-to", "ngo"}, {"--hand-over-to", "nobody"}, {"--deadline", "soon"}, {"--deadline", "2020-01-01"}} {
		if code, out, errOut := me.run(ngo(append([]string{"--start", "--export-to", key}, bad...)...)...); code != 1 && code != 4 || !strings.Contains(errOut, "deadline") && !strings.Contains(errOut, "regional counterpart") {
			t.Errorf("%v: %d %s%s", bad, code, out, errOut)
		}
	}
	if code, _, errOut := me.run(ngo("--deadline", by)...); code != 4 || !strings.Contains(errOut, "--start") {
		t.Errorf("a deadline for what has begun: %d %s", code, errOut)
	}
	proposed := me.must("offboard", "ngo", "--start", "--hand-over-to", "atd", "--deadline", by, "--endpoint", endpoint, "--token-file", token("lwu", "platform"))
	if out := me.must("proposal", "list", "--endpoint", endpoint, "--token-file", token("atd", "platform")); !strings.Contains(out, "cases are offered to atd, deadline 20") {
		t.Errorf("who approves is shown: %s", out)
	}
	_, id, _ := strings.Cut(proposed, "approve ")
	id, _, _ = strings.Cut(id, " ")
	me.must("proposal", "refuse", id, "--endpoint", endpoint, "--token-file", token("lwu", "platform"))
	code, out, errOut := me.run(ngo("--start", "--export-to", key, "--hand-over-to", "lwu", "--deadline", by, "-o", "json")...)
	if code != 1 || !strings.Contains(out, `"handOverTo": "lwu"`) || !strings.Contains(out, `"overdue": false`) {
		t.Errorf("begun: %d %s%s", code, out, errOut)
	}
	if code, out, errOut := me.run(ngo("--start", "--hand-over-to", "atd")...); code != 1 || !strings.Contains(errOut, "never changes") {
		t.Errorf("another target: %d %s%s", code, out, errOut)
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
	if code, out, errOut := me.run(as("lwu", "platform", "invite", "ngo")...); code != 0 || out != "" || !strings.Contains(errOut, "waits already") {
		t.Errorf("the same invitation again: %d %q %q", code, out, errOut)
	}
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
		// By then it is known who asks: that nobody registered the question comes after.
		if err == nil || strings.Contains(err.Error(), "FORBIDDEN") || strings.Contains(err.Error(), "not registered") {
			return
		}
	}
	t.Fatal("the server does not learn of a new issuer")
}

// shown: who is asked for a yes reads every field of what would be, and an id that is not
// there says nothing.
func shown(t *testing.T, me session, issuer, endpoint, token string) {
	t.Helper()
	id, _, _ := strings.Cut(me.must("proposal", "list", "--endpoint", endpoint, "--token-file", token), " ")
	out := me.must("proposal", "show", id, "--endpoint", endpoint, "--token-file", token)
	for _, want := range []string{"NEW_AGENCY", "issuers[0].url", issuer, "ngo", "lwu", "PROPOSED"} {
		if !strings.Contains(out, want) {
			t.Errorf("a proposal is shown without %s:\n%s", want, out)
		}
	}
	if code, _, errOut := me.run("proposal", "show", "proposal_none", "--endpoint", endpoint, "--token-file", token); code != 4 || !strings.Contains(errOut, "sala proposal list") {
		t.Errorf("one that is not there: %d %s", code, errOut)
	}
}
