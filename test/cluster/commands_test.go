package cluster

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// commands are what a script says besides the commands of its runbook.
func (i *installation) commands() map[string]func(*testscript.TestScript, bool, []string) {
	all := map[string]func(*testscript.TestScript, bool, []string){
		"colleagues": i.colleagues, "door": i.door, "eventually": eventually, "invitation": invitation, "listens": listens, "proposed": proposed, "token": i.token, "variable": variable,
		"load": i.underLoad, "lose": i.lose, "nothing": i.nothing, "recipient": recipient,
	}
	for _, program := range []string{"age", "age-keygen", "curl", "helm", "kubectl", "sala", "sh"} {
		all[program] = func(ts *testscript.TestScript, neg bool, args []string) {
			err := ts.Exec(program, args...)
			if neg != (err != nil) {
				ts.Fatalf("%s %s: %v", program, strings.Join(args, " "), err)
			}
		}
	}
	return all
}

// visited runs a verb of the visitor.
func (i *installation) visited(ts *testscript.TestScript, in string, verb ...string) string {
	out, err := i.inPod(context.Background(), ofVisitor, visitorPod, strings.NewReader(in), append([]string{"/visitor"}, verb...)...)
	if err != nil {
		ts.Fatalf("%s: %v\n%s", strings.Join(verb, " "), err, out)
	}
	return out
}

// token FILE CODE SUBJECT writes a fresh access token.
func (i *installation) token(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(i.visited(ts, "", "token", args[1], args[2])), 0o600))
}

// colleagues CODE: the administrator, who has joined, lets the others in.
func (i *installation) colleagues(ts *testscript.TestScript, _ bool, args []string) {
	i.visited(ts, "", "colleagues", args[0])
}

// door CODE SUBJECT KEYFILE: from inside a pod somebody lists what the counterparts' door
// serves, fetches every file of it and compares it to what the key has signed. Right after a
// pod took another's place the Service may still lead to the former: that is tried again.
func (i *installation) door(ts *testscript.TestScript, neg bool, args []string) {
	var out string
	var err error
	for end := time.Now().Add(time.Minute); ; time.Sleep(250 * time.Millisecond) {
		out, err = i.inPod(context.Background(), ofVisitor, visitorPod, strings.NewReader(ts.ReadFile(args[2])), "/visitor", "door", args[0], args[1])
		if err == nil || !strings.Contains(err.Error(), "cannot be reached") || time.Now().After(end) {
			break
		}
	}
	if neg != (err != nil) {
		ts.Fatalf("door %s %s: %v\n%s", args[0], args[1], err, out)
	}
	if err != nil {
		out = err.Error()
	}
	ts.Logf("%s", out)
	ts.Check(os.WriteFile(ts.MkAbs("door.said"), []byte(out), 0o600))
}

// eventually COMMAND…: it goes through within a minute.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		if err = ts.Exec(args[0], args[1:]...); neg == (err != nil) {
			return
		}
	}
	ts.Fatalf("not so within a minute: %s: %v", strings.Join(args, " "), err)
}

// invitation CODE FROM TO takes an agency's secret out of what bootstrap printed.
func invitation(ts *testscript.TestScript, _ bool, args []string) {
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if code, secret, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && code == args[0] {
			ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(secret), 0o600))
			return
		}
	}
	ts.Fatalf("no invitation for %s", args[0])
}

// listens PORT waits until something does, on loopback.
func listens(ts *testscript.TestScript, _ bool, args []string) {
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var c net.Conn
		if c, err = net.DialTimeout("tcp", "127.0.0.1:"+args[0], time.Second); err == nil {
			ts.Check(c.Close())
			return
		}
	}
	ts.Fatalf("nothing listens: %v", err)
}

// proposed VARIABLE CODE TOKENFILE puts the id of the only proposal about an agency into a
// variable.
func proposed(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("sala", "proposal", "list", "-o", "json", "--token-file", args[2]))
	var waiting []struct{ ID, Agency string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &waiting))
	waiting = slices.DeleteFunc(waiting, func(p struct{ ID, Agency string }) bool { return p.Agency != args[1] })
	if len(waiting) != 1 {
		ts.Fatalf("%d proposals about %s wait", len(waiting), args[1])
	}
	ts.Setenv(args[0], waiting[0].ID)
}

// load start, load stop: questions in between, of which none may fail.
func (i *installation) underLoad(ts *testscript.TestScript, _ bool, args []string) {
	if args[0] == "start" {
		i.desk.asked = i.load()
		return
	}
	r := i.desk.asked()
	ts.Logf("%d questions, %d failed, slowest %.2f s", r.Asked, r.Failed, r.Slowest)
	if r.Failed > 0 {
		ts.Fatalf("questions failed: %q", r.Errors)
	}
}

// nothing CODE: of the agency nothing is left in the cluster.
func (i *installation) nothing(ts *testscript.TestScript, _ bool, args []string) {
	for _, left := range i.leftOf(args[0]) {
		ts.Fatalf("left of %s: %s", args[0], left)
	}
}

// variable NAME FILE puts the first line of a file into a variable.
func variable(ts *testscript.TestScript, _ bool, args []string) {
	line, _, _ := strings.Cut(ts.ReadFile(args[1]), "\n")
	ts.Setenv(args[0], strings.TrimSpace(line))
}

// recipient VARIABLE IDENTITY puts the public key of an age identity into a variable.
func recipient(ts *testscript.TestScript, _ bool, args []string) {
	_, after, found := strings.Cut(ts.ReadFile(args[1]), "public key: ")
	if !found {
		ts.Fatalf("%s says no public key", args[1])
	}
	key, _, _ := strings.Cut(after, "\n")
	ts.Setenv(args[0], key)
}

// lose keys: the key store is gone at once.
func (i *installation) lose(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(i.plain.CoreV1().Secrets(ofKeys).DeleteCollection(context.Background(), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "sala.exchange/key-store=store"}))
}
