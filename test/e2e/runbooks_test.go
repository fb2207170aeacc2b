package e2e

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/sala-exchange/sala/ent/migrate/versions"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/services/exchange/client"
	"github.com/sala-exchange/sala/test/world"
)

// TestRunbooks runs each runbook's script, with programs of their own, beside a world
// that only lends its issuers.
func TestRunbooks(t *testing.T) {
	server.Need(t)
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: func(env *testscript.Env) error { return prepare(t, env) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"answers": answers, "database": database, "finds": finds, "issuer": issuer, "manifest": manifest,
			"invitation": invitation, "known": known, "proposed": proposed, "random": random, "renewed": renewed, "secret": secret, "sql": statement, "token": token,
			"variable": variable, "signers": signers,
		},
	})
}

// prepare gives a script free addresses, an age key, a database's name and a world.
func prepare(t *testing.T, env *testscript.Env) error {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(env.WorkDir, "backup.identity"), []byte(key.String()+"\n"), 0o600); err != nil {
		return err
	}
	name := server.Database(t, "")
	for variable, value := range map[string]string{
		"RECIPIENT": key.Recipient().String(), "DATABASE": name, "OWNER": server.URL(name, "postgres"), "ROOT": server.URL(name, "postgres"),
		"NEW": server.URL(name+"_new", "postgres"), "NEWAPP": server.URL(name+"_new", "sala_app"),
		"SALA_DATABASE": server.URL(name, "sala_app"), "SALA_CONFIG": filepath.Join(env.WorkDir, "sala.yaml"),
		"SALA_KEY_STORE": "folder:" + filepath.Join(env.WorkDir, "keys"), "SALA_CONFIG_HOME": filepath.Join(env.WorkDir, "home"), "PGPASSWORD": "",
	} {
		env.Setenv(variable, value)
	}
	for _, variable := range []string{"SALA_ADDRESS", "SALA_OPERATIONS_ADDRESS"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		env.Setenv(variable, l.Addr().String())
		if err := l.Close(); err != nil {
			return err
		}
	}
	env.Setenv("OPERATIONS", env.Getenv("SALA_OPERATIONS_ADDRESS"))
	env.Setenv("SALA_ENDPOINT", "http://"+env.Getenv("SALA_ADDRESS")+"/graphql")
	env.Values["testing"] = t
	env.Values["served"] = world.OnSQLite(t, world.Options{Empty: true}).Serve(false)
	return nil
}

// root runs on the script's database as PostgreSQL's superuser.
func root(ts *testscript.TestScript, do func(context.Context, *store.Store) error) {
	st, err := store.OpenPostgres(ts.Getenv("ROOT"), store.Options{MaxConns: 1})
	ts.Check(err)
	defer func() { _ = st.Close() }()
	ts.Check(do(context.Background(), st))
}

// database: fresh, as PostgreSQL comes; at N, migrated by an older program; quiet, with a
// log that holds nothing typed.
func database(ts *testscript.TestScript, neg bool, args []string) {
	usage := "usage: database fresh | quiet | at VERSION"
	if neg || len(args) == 0 {
		ts.Fatalf("%s", usage)
	}
	if args[0] == "fresh" {
		return
	}
	root(ts, func(ctx context.Context, st *store.Store) error {
		for _, set := range []string{"log_error_verbosity = terse", "log_parameter_max_length = 0", "log_parameter_max_length_on_error = 0"} {
			if _, err := st.DB().ExecContext(ctx, "ALTER DATABASE "+ts.Getenv("DATABASE")+" SET "+set); err != nil {
				return err
			}
		}
		switch {
		case args[0] == "quiet":
			return nil
		case args[0] == "at" && len(args) == 2:
			n, err := strconv.ParseInt(args[1], 10, 64)
			ts.Check(err)
			return versions.UpTo(ctx, st.DB(), st.Dialect(), n)
		}
		ts.Fatalf("%s", usage)
		return nil
	})
}

// statement runs one statement of SQL as the superuser.
func statement(ts *testscript.TestScript, neg bool, args []string) {
	root(ts, func(ctx context.Context, st *store.Store) error {
		_, err := st.DB().ExecContext(ctx, strings.Join(args, " "))
		if neg != (err != nil) {
			ts.Fatalf("sql: %v", err)
		}
		return nil
	})
}

// finds WORD QUERY: some row of the query's only column is the word.
func finds(ts *testscript.TestScript, neg bool, args []string) {
	found := false
	root(ts, func(ctx context.Context, st *store.Store) error {
		rows, err := st.DB().QueryContext(ctx, strings.Join(args[1:], " "))
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			found = found || text == args[0]
		}
		return rows.Err()
	})
	if found == neg {
		ts.Fatalf("%s is found: %v", args[0], found)
	}
}

// answers URL WORDS waits until the address answers with the words.
func answers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: answers URL WORDS")
	}
	last := "nothing"
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for until := time.Now().Add(time.Minute); time.Now().Before(until); <-again.C {
		resp, err := http.Get(args[0])
		if err != nil {
			continue
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if last = string(body); err == nil && strings.Contains(last, args[1]) && !strings.HasPrefix(last, "not "+args[1]) {
			return
		}
	}
	ts.Fatalf("%s answers %s", args[0], last)
}

// random FILE writes 32 random bytes in hexadecimal.
func random(ts *testscript.TestScript, _ bool, args []string) {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(hex.EncodeToString(b)), 0o600))
}

// secret FILE makes a file that only its owner reads.
func secret(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("unused where everybody is trusted\n"), 0o600))
}

// lent are the issuers that a script signs in by.
func lent(ts *testscript.TestScript) *world.Server { return ts.Value("served").(*world.Server) }

// issuer VARIABLE CODE puts the URL of an agency's issuer into a variable.
func issuer(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], lent(ts).Issuer(args[1]))
}

// token FILE CODE SUBJECT writes a fresh access token.
func token(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(lent(ts).Token(args[1], args[2])), 0o600))
}

// manifest FILE: replaces the variables in a file, for what is named by address.
func manifest(ts *testscript.TestScript, _ bool, args []string) {
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// invitation CODE FROM TO takes an agency's secret out of what bootstrap printed.
func invitation(ts *testscript.TestScript, _ bool, args []string) {
	for line := range strings.SplitSeq(ts.ReadFile(args[1]), "\n") {
		if code, secret, ok := strings.Cut(line, "\t"); ok && code == args[0] {
			ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(secret), 0o600))
			return
		}
	}
	ts.Fatalf("no invitation for %s", args[0])
}

// known FILE waits until the server knows the issuer of a token, which was registered a
// moment ago.
func known(ts *testscript.TestScript, _ bool, args []string) {
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	c := &client.Client{Endpoint: ts.Getenv("SALA_ENDPOINT"), Token: ts.ReadFile(args[0])}
	var err error
	for until := time.Now().Add(time.Minute); time.Now().Before(until); <-again.C {
		if _, err = c.Do(context.Background(), "{ __typename }", nil, nil); err == nil || strings.Contains(err.Error(), "FORBIDDEN") || strings.Contains(err.Error(), "not registered") {
			return
		}
	}
	ts.Fatalf("the server does not learn of an issuer: %v", err)
}

// renewed waits until a server has renewed the erasure list.
func renewed(ts *testscript.TestScript, _ bool, _ []string) {
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for until := time.Now().Add(time.Minute); time.Now().Before(until); <-again.C {
		ts.Check(ts.Exec("sala", "erasures", "list"))
		if strings.Contains(ts.ReadFile("stdout"), "CURRENT") {
			return
		}
	}
	ts.Fatalf("no server renews the erasure list")
}

// proposed VARIABLE TOKENFILE puts the id of the only proposal that waits into a variable.
func proposed(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("sala", "proposal", "list", "-o", "json", "--token-file", args[1]))
	var waiting []struct{ ID string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &waiting))
	if len(waiting) != 1 {
		ts.Fatalf("%d proposals wait", len(waiting))
	}
	ts.Setenv(args[0], waiting[0].ID)
}

// variable NAME FILE puts the last line of a file into a variable.
func variable(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile(args[1])), "\n")
	ts.Setenv(args[0], strings.TrimSpace(lines[len(lines)-1]))
}

var (
	quoted      = regexp.MustCompile("`(sala [^`]+)`")
	commandLine = regexp.MustCompile(`^sala((?: [a-z][a-z-]*)+)`)
	option      = regexp.MustCompile(`(?:^| )(--?[a-z][a-z-]*)`)
)

// notRun are the runbooks without a script, each with why; they say so themselves.
var notRun = map[string]string{
	"alerts": "what to do depends on what broke; that each alert has its entry: test/charts",
}

// taken are the runbooks whose blocks of commands a test takes from the text and runs.
var taken = map[string]string{"restore-objects-on-a-cluster": "test/operator/restore_test.go"}

// takes reports whether a test runs a runbook's blocks, which both say.
func takes(t *testing.T, name, text string) bool {
	t.Helper()
	file := taken[name]
	if file == "" {
		return false
	}
	source, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
	if err != nil || !strings.Contains(string(source), `"`+name+`.md"`) || !strings.Contains(text, file) {
		t.Errorf("%s: %s does not run it, or it does not say so: %v", name, file, err)
	}
	return true
}

// TestRunbooksAreScripts: each runbook has a script, and each command that a runbook
// names, with each of its flags, is run there.
func TestRunbooksAreScripts(t *testing.T) {
	folder := filepath.Join("..", "..", "docs", "runbooks")
	books, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil || len(books) < 7 {
		t.Fatalf("%d runbooks: %v", len(books), err)
	}
	for _, book := range books {
		name := strings.TrimSuffix(filepath.Base(book), ".md")
		text, err := os.ReadFile(book)
		if err != nil {
			t.Fatal(err)
		}
		script, there, err := scriptOf(name)
		if err != nil && takes(t, name, string(text)) {
			continue
		}
		if err != nil {
			if notRun[name] == "" || !strings.Contains(string(text), "Not run by a test.") {
				t.Errorf("%s has no script", name)
			}
			continue
		}
		if notRun[name] != "" {
			t.Errorf("%s has a script, and is said to have none", name)
		}
		if strings.HasPrefix(there, "test/cluster") {
			if !strings.Contains(string(text), there) {
				t.Errorf("%s does not say that %s runs it", name, there)
			}
			verbatim(t, name, string(text), string(script))
		}
		for _, line := range commandsOf(string(text)) {
			verb := strings.TrimSpace(commandLine.FindString(line))
			ran := linesWith(string(script), verb)
			if ran == "" {
				t.Errorf("%s: its script does not run %q", name, verb)
			}
			for _, o := range option.FindAllStringSubmatch(line, -1) {
				if !strings.Contains(ran, o[1]) {
					t.Errorf("%s: its script does not run %q with %s", name, verb, o[1])
				}
			}
		}
	}
}

// TestClusterRunbooksSayWhere: each runbook for a cluster whose commands of Sala ask
// something leads to where it is told what that is, and how a private authority is trusted.
func TestClusterRunbooksSayWhere(t *testing.T) {
	const section = "From outside the cluster"
	books, err := filepath.Glob(filepath.Join("..", "..", "docs", "runbooks", "*-a-cluster.md"))
	if err != nil || len(books) < 6 {
		t.Fatalf("%d runbooks: %v", len(books), err)
	}
	for _, book := range append(books, filepath.Join("..", "..", "docs", "runbooks", "schedule-a-release.md")) {
		raw, err := os.ReadFile(book)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		if len(commandsOf(text)) == 0 {
			continue
		}
		if filepath.Base(book) == "install-on-a-cluster.md" {
			_, told, _ := strings.Cut(text, "\n## "+section+"\n")
			for _, word := range []string{"SALA_ENDPOINT", "--endpoint", "SALA_DATABASE", "KUBECONFIG", "SSL_CERT_FILE", "sslrootcert", "`ca`"} {
				if !strings.Contains(told, word) {
					t.Errorf("%q says nothing of %s", section, word)
				}
			}
		} else if !strings.Contains(text, "install-on-a-cluster.md#"+strings.ToLower(strings.ReplaceAll(section, " ", "-"))) {
			t.Errorf("%s does not say where its commands ask", filepath.Base(book))
		}
	}
}

// scriptOf is a runbook's script, and where it is; those for a cluster are beside the test
// that has one.
func scriptOf(name string) (script []byte, at string, err error) {
	if script, err = os.ReadFile(filepath.Join("testdata", name+".txtar")); err == nil {
		return script, "test/e2e/testdata/" + name + ".txtar", nil
	}
	script, err = os.ReadFile(filepath.Join("..", "cluster", "testdata", name+".txtar"))
	return script, "test/cluster/testdata/" + name + ".txtar", err
}

// commandsOf are the commands of Sala in a text: in lines of code and in back quotes.
func commandsOf(text string) []string {
	var out []string
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			for line := range strings.SplitSeq(part, "\n") {
				if line = strings.TrimSpace(line); commandLine.MatchString(line) {
					out = append(out, line)
				}
			}
			continue
		}
		for _, m := range quoted.FindAllStringSubmatch(part, -1) {
			if commandLine.MatchString(m[1]) {
				out = append(out, m[1])
			}
		}
	}
	return out
}

// linesWith are the lines of a script that run a command.
func linesWith(script, verb string) string {
	var out []string
	for line := range strings.SplitSeq(script, "\n") {
		if strings.HasPrefix(prefixes.ReplaceAllString(line, ""), verb) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// signers makes two keys of policies, and a changed policy as each has signed it:
// first.pub, second.pub, first.tar.gz and second.tar.gz.
func signers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: signers")
	}
	t := ts.Value("testing").(*testing.T)
	modules := world.Altered(t, "access/words.rego", `supervisor_categories := {"CASE", "PROFILE", "TRAFFICKING", "ASSISTANCE"}`,
		`supervisor_categories := {"CASE", "PROFILE", "ASSISTANCE"}`)
	for _, who := range []string{"first", "second"} {
		s := world.NewSigner(t)
		ts.Check(os.WriteFile(ts.MkAbs(who+".pub"), []byte(s.Public), 0o600))
		ts.Check(os.WriteFile(ts.MkAbs(who+".tar.gz"), s.Bundle(t, modules), 0o600))
	}
}
