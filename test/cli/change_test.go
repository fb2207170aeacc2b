package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/test/world"
)

// policies are the files with which a policy is changed: two keys, and the policy by which
// supervisors see no account of exploitation, signed with each.
type policies struct {
	keys, bundles []string
}

func policyFiles(t *testing.T) policies {
	t.Helper()
	dir, modules := t.TempDir(), world.Altered(t, "access/words.rego", `supervisor_categories := {"CASE", "PROFILE", "TRAFFICKING", "ASSISTANCE"}`,
		`supervisor_categories := {"CASE", "PROFILE", "ASSISTANCE"}`)
	var p policies
	for i := range 2 {
		s := world.NewSigner(t)
		for name, content := range map[string][]byte{"key%d.pub": []byte(s.Public), "bundle%d.tar.gz": s.Bundle(t, modules)} {
			path := filepath.Join(dir, fmt.Sprintf(name, i))
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(name, "key") {
				p.keys = append(p.keys, "--policy-key", path)
			} else {
				p.bundles = append(p.bundles, path)
			}
		}
	}
	return p
}

// TestPolicyIsChangedUnderLoad: two programs under clients, one of them killed while a
// policy comes into force: reads go on, no answer is wrong, who has seen the new policy's
// answer sees no other again, at either program; and every case ends decided by it. The
// same in a hundred thousand cases: TestApply of test/bench.
func TestPolicyIsChangedUnderLoad(t *testing.T) {
	server.Need(t)
	w := world.OnPostgres(t, server, world.Options{})
	s, p := w.Serve(false), policyFiles(t)
	var ids []string
	for i := range 30 {
		id := w.Register("lwu", fmt.Sprintf("Canary %d", i))
		if i%3 == 0 {
			w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Profile)
			w.Accept("ngo", category.ForAssistance, w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Profile))
		}
		ids = append(ids, id)
	}
	flags := append([]string{"--database", w.AppURL, "--member-requests-per-minute", "0", "--member-concurrent-requests", "0"}, p.keys...)
	one, other := serving(t, s, flags...), serving(t, s, flags...)
	l := &load{t: t, s: s, servers: []string{one.api, other.api}, failures: map[string]int{}, acts: map[string]string{}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var clients sync.WaitGroup
	var looks, closed atomic.Int64
	for i := range 4 {
		clients.Go(func() { l.client(ctx, i) })
		clients.Go(func() { l.supervisor(ctx, i, ids, &looks, &closed) })
	}
	l.more(8)
	ran := func(args ...string) (string, int) {
		var out, errOut bytes.Buffer
		code := command.Execute(t.Context(), append(append(args, "--database", w.AppURL), p.keys...), &out, &errOut)
		return out.String() + errOut.String(), code
	}
	// One signature is not enough, of two keys that are known.
	if said, code := ran("policy", "apply", p.bundles[0]); code == 0 || !strings.Contains(said, "policySigners asks for 2") {
		t.Errorf("signed by one: %d %s", code, said)
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "list.age")
	said, code := ran("policy", "try", p.bundles[0], "-o", "json", "--owner", "lwu", "--seal-to", identity.Recipient().String(), "--file", list)
	if code != 0 || !strings.Contains(said, `"SUPERVISOR"`) || !strings.Contains(said, `"TRAFFICKING"`) {
		t.Errorf("try: %d %s", code, said)
	}
	sealed, err := os.ReadFile(list)
	if err != nil {
		t.Error(err)
	}
	for _, id := range ids {
		if strings.Contains(said, id) || bytes.Contains(sealed, []byte(id)) {
			t.Error("the operator sees which cases")
		}
	}
	opensTheList(t, w, list, identity, ids)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if said, code := ran(append([]string{"policy", "apply"}, p.bundles...)...); code != 0 || !strings.Contains(said, "is in force") {
			t.Errorf("apply: %d %s", code, said)
		}
	}()
	if err := one.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	<-one.ended
	<-done
	l.more(4)
	for end := time.Now().Add(20 * time.Second); closed.Load() == 0 && time.Now().Before(end); {
		l.more(1)
	}
	resp, err := http.Get("http://" + other.operate + "/readyz?verbose")
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the program that runs on is not ready: %v", err)
	}
	stop()
	clients.Wait()
	if looks.Load() == 0 || closed.Load() == 0 {
		t.Errorf("%d looks, %d of them under the new policy: nothing was shown", looks.Load(), closed.Load())
	}
	for _, step := range []struct {
		says string
		args []string
	}{
		{`0 differed`, []string{"fsck"}},
		{`(?s)LIVE.* FORMER`, []string{"policy", "status"}},
		{`is in force: `, []string{"policy", "rollback"}},
		{`0 differed`, []string{"fsck"}},
		{`no former policy is kept`, []string{"policy", "rollback"}},
	} {
		if said, _ := ran(step.args...); !regexp.MustCompile(step.says).MatchString(said) {
			t.Errorf("%v says %s", step.args, said)
		}
	}
	var uses int
	err = w.Root().QueryRowContext(t.Context(), "SELECT count(*) FROM disclosures WHERE kind = 'USE' AND verb IN ('try policy', 'apply policy', 'roll back policy')").Scan(&uses)
	if err != nil || uses < 8 {
		t.Errorf("%d entries of uses: %v", uses, err)
	}
}

// supervisor looks at cases in turn; the account of exploitation is gone once the policy
// has changed, and never comes back.
func (l *load) supervisor(ctx context.Context, number int, ids []string, looks, closed *atomic.Int64) {
	c := &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}
	defer c.CloseIdleConnections()
	for n := number; ctx.Err() == nil; n++ {
		before := closed.Load() > 0
		var out struct {
			Case *struct {
				Profiles, Traffickings []struct{ ID string }
			}
		}
		if !l.askAs(ctx, c, l.servers[n%len(l.servers)], "supervisor", `query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { profiles { id } traffickings { id } } }`,
			map[string]any{"id": ids[n%len(ids)]}, &out) {
			wait := time.NewTimer(20 * time.Millisecond)
			<-wait.C
			continue
		}
		looks.Add(1)
		switch {
		case out.Case == nil || len(out.Case.Profiles) != 1:
			l.t.Errorf("a supervisor does not see what both policies open: %+v", out.Case)
		case len(out.Case.Traffickings) == 0:
			closed.Add(1)
		case before:
			l.t.Error("an answer under the former policy after one under the new")
		}
	}
}

// opensTheList: the owner's focal point, who holds the identity, opens the list of the
// owner's cases by a command; whoever holds another does not, and the record names to whom
// it was sealed, so that one sealed to the operator's own is found.
func opensTheList(t *testing.T, w *world.World, list string, identity *age.X25519Identity, ids []string) {
	t.Helper()
	opened := func(key *age.X25519Identity, args ...string) (string, int) {
		path := filepath.Join(t.TempDir(), "list.identity")
		if err := os.WriteFile(path, []byte(key.String()+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errOut bytes.Buffer
		code := command.Execute(t.Context(), append([]string{"policy", "open", list, "--identity", path}, args...), &out, &errOut)
		return out.String() + errOut.String(), code
	}
	table, code := opened(identity)
	said, other := opened(identity, "-o", "json")
	var named []struct{ ID string }
	if err := json.Unmarshal([]byte(said), &named); code != 0 || other != 0 || err != nil || len(named) < len(ids) {
		t.Errorf("the owner's list has %d cases: %v %s", len(named), err, table)
	}
	for _, id := range ids {
		if !strings.Contains(table, id) || !strings.Contains(said, id) {
			t.Errorf("the owner's list lacks a case")
		}
	}
	operators, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if said, code := opened(operators); code == 0 || !strings.Contains(said, "does not open with this identity") || strings.Contains(said, "case_") {
		t.Errorf("with another identity: %d %s", code, said)
	}
	var on int
	if err := w.Root().QueryRowContext(t.Context(), "SELECT count(*) FROM disclosures WHERE kind = 'DECISION' AND contributor_id = $1 AND verb LIKE '%sealed to ' || $2",
		w.Agencies["lwu"].ID, identity.Recipient().String()).Scan(&on); err != nil || on != 1 {
		t.Errorf("on record with its recipient: %d %v", on, err)
	}
}
