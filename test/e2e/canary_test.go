package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/sala-exchange/sala/ent/identity"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/ent/trafficking"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/test/world"
)

// What the canaries' names begin with, in two scripts, and what is made unique of them.
const (
	latin = "Qxkanari"
	lao   = "ກຂຄງຈສຊ"
	// visible stands in a field that is not sealed: who finds no canary finds this one.
	visible = "Zvisible"
)

func canary(i int) string { return fmt.Sprintf("%s%02d %s%02d", latin, i, lao, i) }

// sought are the forms in which a canary may lie about.
func sought() []string {
	var out []string
	for _, c := range []string{latin, lao} {
		quoted, _ := json.Marshal(c)
		out = append(out, c, hex.EncodeToString([]byte(c)), strings.ToUpper(hex.EncodeToString([]byte(c))),
			strings.Trim(fmt.Sprintf("%+q", c), `"`), strings.Trim(string(quoted), `"`))
		for shift := range 3 { // base64 at each place of three bytes, without its ends
			text := base64.StdEncoding.EncodeToString(append(make([]byte, shift), c...))
			out = append(out, text[4:len(text)-4])
		}
	}
	return out
}

// sweep looks for canaries in a file, or in every file of a folder.
func sweep(t *testing.T, what, root string) (found int) {
	t.Helper()
	needles := sought()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found += bytes.Count(raw, []byte(visible))
		for _, n := range needles {
			if i := bytes.Index(raw, []byte(n)); i >= 0 {
				t.Errorf("%s hold a canary: %s in %s: %q", what, n, filepath.Base(path), raw[max(0, i-80):min(len(raw), i+80)])
				return nil
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestNoCanaryGetsOut: persons with unique names go through everything that Sala does,
// what fails and what is slow included, on a PostgreSQL that logs each statement. No
// name is in a log, a metric, a trace, a temporary file, the database's files, a dump or
// a backup that somebody has opened.
func TestNoCanaryGetsOut(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	server.Need(t)
	c := newCanaries(t)
	c.imports()
	c.caseWork()
	c.failures()
	c.leaves()
	c.operations()

	for what, text := range map[string]string{"the server's log": c.program.log.String(), "metrics": c.metrics, "traces": c.traces.String(), "what commands print": c.printed.String()} {
		holds(t, what, text)
	}
	holds(t, "PostgreSQL's log", server.Log())
	if strings.Contains(server.Log(), visible) {
		t.Error("PostgreSQL's log holds what is not sealed in the database either")
	}
	for _, proof := range []string{"duration:", "STATEMENT:", "insert into", "canceling statement due to"} {
		if !strings.Contains(strings.ToLower(server.Log()), strings.ToLower(proof)) {
			t.Errorf("PostgreSQL's log holds no %q: it proves nothing", proof)
		}
	}
	sweep(t, "temporary files", c.temporary)
	sweep(t, "the key store's files", strings.TrimPrefix(c.world.KeyStore, "folder:"))
	sweep(t, "encrypted files", c.encrypted)
	for what, path := range map[string]string{"a dump": c.dumped, "an opened backup": c.opened, "the database's files": server.Data()} {
		if sweep(t, what, path) == 0 {
			t.Errorf("%s do not hold what is not sealed either: it proves nothing", what)
		}
	}
}

// TestATalkativeLogTells what the settings that a server insists on keep out of it: with
// PostgreSQL's own defaults, a logged statement has its parameters beside it.
func TestATalkativeLogTells(t *testing.T) {
	server.Need(t)
	w := world.OnPostgres(t, server, world.Options{})
	told := "Ztoldplace"
	w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RegisterCase(ctx, op, casework.RegisterCaseInput{Kind: valueset.CaseKindPresumedVictim,
			Recording: world.Recording(category.ForAssistance), Trafficking: &casework.TraffickingInput{ExploitationPlace: &told}})
		return err
	})
	if !strings.Contains(server.Log(), told) {
		t.Error("the log does not tell: TestNoCanaryGetsOut proves nothing of it")
	}
}

func holds(t *testing.T, where, text string) {
	t.Helper()
	for _, n := range sought() {
		if i := strings.Index(text, n); i >= 0 {
			t.Errorf("%s hold a canary: %q", where, text[max(0, i-120):min(len(text), i+120)])
			return
		}
	}
}

// canaries is one run: a world, the program that serves it, and what came of it.
type canaries struct {
	t       *testing.T
	world   *world.World
	issuers *world.Server
	program *program
	traces  *collector

	dir, temporary, encrypted string
	dumped, opened            string // after operations
	metrics                   string
	printed                   bytes.Buffer
	backupKey                 *age.X25519Identity
}

func newCanaries(t *testing.T) *canaries {
	t.Setenv("PGPASSWORD", "")
	c := &canaries{t: t, world: world.OnPostgres(t, server, world.Options{}), dir: t.TempDir(), traces: &collector{}}
	for _, set := range []string{"log_error_verbosity = terse", "log_parameter_max_length = 0"} {
		c.sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET " + set + "', current_database()); END $$")
	}
	for at, path := range map[string]*string{"temporary": &c.temporary, "encrypted": &c.encrypted} {
		*path = filepath.Join(c.dir, at)
		if err := os.Mkdir(*path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	c.backupKey = key
	backend := httptest.NewServer(c.traces)
	t.Cleanup(backend.Close)
	c.issuers = c.world.Serve(false)
	c.program = c.serve("--trace-endpoint", backend.URL+"/v1/traces", "--trace-share", "1", "--log-level", "debug", "--statement-timeout", "300ms")
	return c
}

func (c *canaries) sql(statement string) {
	c.t.Helper()
	if _, err := c.world.Root().ExecContext(c.t.Context(), statement); err != nil {
		c.t.Fatal(err)
	}
}

// file writes something that a person keeps herself, outside what is swept.
func (c *canaries) file(name, text string) string {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

// sala runs a command; what it prints is kept. It returns whether it succeeded.
func (c *canaries) sala(args ...string) bool {
	c.t.Helper()
	cmd := c.command(args...)
	out, err := cmd.CombinedOutput()
	c.printed.Write(out)
	return err == nil
}

func (c *canaries) must(args ...string) {
	c.t.Helper()
	from := c.printed.Len()
	if !c.sala(args...) {
		c.t.Fatalf("sala %s: %s", strings.Join(args[:2], " "), c.printed.Bytes()[from:])
	}
}

func (c *canaries) command(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := exec.CommandContext(c.t.Context(), self, args...)
	cmd.Args[0] = "sala"
	cmd.Env = append(os.Environ(), "TMPDIR="+c.temporary, "SALA_CONFIG_HOME="+filepath.Join(c.dir, "home"))
	return cmd
}

func (c *canaries) as(code, subject string, args ...string) []string {
	return append(args, "--endpoint", "http://"+c.program.api+"/graphql", "--token-file", c.file(code+subject, c.issuers.Token(code, subject)))
}

// imports: a file with canaries in every column that takes text; the same with a mistake.
func (c *canaries) imports() {
	var rows strings.Builder
	rows.WriteString("First Name,Second Name,Consent,Birthdate,Mobile Phone,Trafficking Status,Reason for Case Closure,Incoming Referral Details,Referring Primary Case Worker\n")
	for i := range 8 {
		fmt.Fprintf(&rows, "%[1]s,%[1]s,Yes,1990-05-17,+85620555012%02[2]d,Possible victim of trafficking,%[1]s,%[1]s,%[1]s\n", canary(i), i)
	}
	good := c.file("good.csv", rows.String())
	c.must(c.as("lwu", "worker", "import", "htcds", good, "--calendar", "GREGORIAN", "--dry-run")...)
	c.must(c.as("lwu", "worker", "import", "htcds", good, "--calendar", "GREGORIAN")...)
	bad := c.file("bad.csv", strings.ReplaceAll(strings.ReplaceAll(rows.String(), "Possible victim", canary(0)), "1990-05-17", canary(1)))
	if c.sala(c.as("lwu", "worker", "import", "htcds", bad, "--calendar", "GREGORIAN")...) {
		c.t.Error("a broken file came in")
	}
	for _, form := range []string{"htcds", "csv"} {
		c.must(c.as("lwu", "worker", "export", form, filepath.Join(c.encrypted, "out."+form+".age"), "--purpose", "ASSISTANCE", "--to", c.backupKey.Recipient().String())...)
	}
}

// caseWork: consent, referral, acceptance, reading and correcting, withdrawal.
func (c *canaries) caseWork() {
	w := c.world
	// The program beside it lives today: the ledger's entries stand in the order of time.
	w.Advance(time.Since(time.UnixMicro(w.Store.Now())))
	id := w.Register("lwu", canary(20))
	lwu := w.As("lwu", category.ForAssistance)
	w.Must(lwu, func(ctx context.Context, op *store.Op) error {
		name := canary(21)
		if _, err := casework.RecordNarrative(ctx, op, id, casework.NarrativeInput{Kind: "STATEMENT", Text: name}); err != nil {
			return err
		}
		in := world.Recording(category.ForAssistance)
		in.CaseID, in.Present = id, &name
		_, err := casework.RecordConsent(ctx, op, in)
		return err
	})
	w.Must(lwu, func(ctx context.Context, op *store.Op) error {
		row, err := op.Identity.Query().Where(identity.CaseID(id)).Only(ctx)
		if err != nil {
			return err
		}
		return casework.CorrectIdentity(ctx, op, casework.CorrectInput{ID: row.ID, Version: row.Version}, *world.Adult(canary(22)))
	})
	w.Further("lwu", id, canary(23))
	// By the program: the connections of the world itself were there before its log was
	// made quiet.
	var at casework.CorrectInput
	w.Must(lwu, func(ctx context.Context, op *store.Op) error {
		row, err := op.Trafficking.Query().Where(trafficking.CaseID(id)).Only(ctx)
		if err == nil {
			at = casework.CorrectInput{ID: row.ID, Version: row.Version}
		}
		return err
	})
	if answer := c.ask("lwu", "worker", `mutation($id: ID!, $version: Int!, $place: String) @purpose(of: ASSISTANCE) {
  correctTrafficking(at: {id: $id, version: $version}, input: {exploitationPlace: $place}) { trafficking { version } userErrors { message } } }`,
		map[string]any{"id": at.ID, "version": at.Version, "place": visible}); !strings.Contains(answer, `"version":2`) {
		c.t.Fatalf("correcting: %s", answer)
	}
	w.Share("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Contact)
	w.Accept("ngo", category.ForAssistance, w.Refer("lwu", id, "ngo", category.ForAssistance, category.Identity, category.Contact))
	if answer := c.ask("ngo", "worker", `query($id: ID!) @purpose(of: ASSISTANCE) { case(id: $id) { identities { names { text } } contacts { address } } }`, map[string]any{"id": id}); !strings.Contains(answer, latin+"22") {
		c.t.Errorf("the receiver does not see what it may: %s", answer)
	}
	w.Withdraw("lwu", id, "ngo")
	supervisor := w.As("lwu", "")
	supervisor.Member = w.Agencies["lwu"].Supervisor
	var erasing string
	w.Must(lwu, func(ctx context.Context, op *store.Op) (err error) {
		erasing, err = casework.AskErasure(ctx, op, id)
		return err
	})
	w.Must(supervisor, func(ctx context.Context, op *store.Op) error { return casework.ConfirmErasure(ctx, op, erasing) })
}

// failures: whatever is malformed, refused or too slow.
func (c *canaries) failures() {
	register := `mutation($in: RegisterCaseInput!) @purpose(of: ASSISTANCE) { registerCase(input: $in) { case { id } userErrors { message } } }`
	in := func(text, birth string) map[string]any {
		return map[string]any{"in": map[string]any{"kind": "PRESUMED_VICTIM",
			"recording": map[string]any{"kind": "RECORDING", "interpretation": "NONE_NEEDED", "setting": "SAFE_PLACE", "provisions": []any{
				map[string]any{"decision": "PERMIT", "purposes": []string{"ASSISTANCE"}, "categories": []string{"IDENTITY"}}}},
			"identity": map[string]any{"birthDate": birth, "names": []any{map[string]any{"text": text, "kind": "LEGAL", "script": "LATIN"}}}}}
	}
	c.ask("lwu", "worker", register, in(canary(30), canary(31)))
	c.ask("lwu", "worker", register, in(canary(32)+"\x00", "1990-01-01"))
	c.ask("lwu", "worker", register, in(strings.Repeat(canary(33), 2000), "1990-01-01"))
	c.ask("lwu", "worker", `{ node(id: "`+canary(34)+`") { id } }`, nil)
	c.ask("lwu", "worker", `query { `+latin+` }`, nil)
	c.ask("lwu", "admin", register, in(canary(35), "1990-01-01"))
	c.post(c.issuers.Token("lwu", "worker"), `{"query": "`+canary(36))
	c.post(canary(37), `{}`)
	lock, err := c.world.Root().BeginTx(c.t.Context(), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := lock.ExecContext(c.t.Context(), "LOCK TABLE persons, identities IN ACCESS EXCLUSIVE MODE"); err != nil {
		c.t.Fatal(err)
	}
	if answer := c.ask("lwu", "worker", register, in(canary(38), "1990-01-01")); !strings.Contains(answer, "errors") {
		c.t.Errorf("a statement that is too slow: %s", answer)
	}
	_ = lock.Rollback()
}

// leaves ends the program in order.
func (c *canaries) leaves() {
	resp, err := http.Get("http://" + c.program.operate + "/metrics")
	if err != nil {
		c.t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if c.metrics = string(raw); err != nil || !strings.Contains(c.metrics, "sala_operations_total") {
		c.t.Fatalf("no metrics: %v", err)
	}
	_ = c.program.cmd.Process.Signal(syscall.SIGTERM)
	if err := <-c.program.ended; err != nil {
		c.t.Errorf("the program ended with %v", err)
	}
}

// operations: what those who run it do with the database.
func (c *canaries) operations() {
	keys := []string{"--key-store", c.world.KeyStore, "--key-file", c.world.KeyFile, "--erasure-key-file", c.world.ErasureKeyFile}
	c.must("fsck", "--database", c.world.AppURL)
	c.must("ledger", "verify", "--database", c.world.AppURL)
	backup := filepath.Join(c.encrypted, "backup.age")
	c.must(append([]string{"backup", backup, "--to", c.backupKey.Recipient().String(), "--database", c.world.URL}, keys...)...)
	sealed, err := os.Open(backup)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = sealed.Close() }()
	plain, err := age.Decrypt(sealed, c.backupKey)
	if err != nil {
		c.t.Fatal(err)
	}
	zipped, err := gzip.NewReader(plain)
	if err != nil {
		c.t.Fatal(err)
	}
	raw, err := io.ReadAll(zipped)
	if err != nil {
		c.t.Fatal(err)
	}
	c.opened = c.file("opened", string(raw))
	c.dumped = filepath.Join(c.dir, "dump.sql")
	if out, err := exec.Command(server.Tool("pg_dump"), "--file", c.dumped, c.world.URL).CombinedOutput(); err != nil {
		c.t.Fatalf("%v: %s", err, out)
	}
	c.sql("CHECKPOINT")
}

func (c *canaries) ask(code, subject, query string, variables map[string]any) string {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.post(c.issuers.Token(code, subject), string(body))
}

func (c *canaries) post(token, body string) string {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, "http://"+c.program.api+"/graphql", strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header["Authorization"] = []string{"Bearer " + strings.Map(func(r rune) rune {
		if r < 0x80 {
			return r
		}
		return -1
	}, token)}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(raw)
}

// collector takes traces as a collector does.
type collector struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.Copy(&c.text, r.Body)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (c *collector) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}
