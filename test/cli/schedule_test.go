package cli

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/category"
	"github.com/sala-exchange/sala/internal/valueset"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
	"github.com/sala-exchange/sala/services/casework"
	"github.com/sala-exchange/sala/services/command"
	"github.com/sala-exchange/sala/test/world"
)

// scheduledDefinition is a real one; its figures are of the cases that stocked makes.
const scheduledDefinition = `name: persons
title: Persons by sex and year
publisher: Secretariat
country: LA
geography: Lao People's Democratic Republic
population: {name: persons, unit: CASE}
period: {from: 2023, to: 2024}
columns:
  - {name: year}
  - {name: sex}
method: counts
audience: COUNTERPARTS
`

// stocked is a world with cases whose owner has an agreement for STATISTICS, and the login
// of builds, which may act for releases and for the ledger alone.
func stocked(t *testing.T) (w *world.World, login string) {
	t.Helper()
	w = world.OnPostgres(t, server, world.Options{})
	for i := range 180 { // 45 of a sex and year: the risk of a class of 44 is below 3 %
		at := time.Date(2023+i%2, 6, 15, 3, 0, 0, 0, time.UTC).UnixMicro()
		sex := []valueset.Sex{valueset.SexFemale, valueset.SexMale}[i/2%2]
		w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
			_, err := casework.RegisterCase(ctx, op, casework.RegisterCaseInput{
				Kind: valueset.CaseKindPresumedVictim, OccurredOn: &at, Recording: world.Recording(category.ForAssistance),
				Identity: world.Adult("Canary Scheduled"), Profile: &casework.ProfileInput{Sex: &sex, Citizenships: []string{"LA"}},
			})
			return err
		})
	}
	w.InForce([]string{"lwu", "iom"}, []category.Purpose{category.Statistics}, []category.Category{category.Profile}, 24*time.Hour, 3000*24*time.Hour)
	db, err := sql.Open("pgx", w.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	login = "sala_builder"
	for _, statement := range []string{ // as docs/runbooks/schedule-a-release.md says it
		"DO $$ BEGIN CREATE ROLE sala_builder LOGIN NOINHERIT; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
		"GRANT sala_release, sala_ledger TO sala_builder",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return w, strings.Replace(w.AppURL, "sala_app", login, 1)
}

// job is a rendered CronJob, with its container's disk in a folder.
type job struct {
	t       *testing.T
	root    string
	command []string
	environ []string
}

// laid renders the CronJob of a schedule by the template that charts/sala has, and lays its
// volumes down.
func laid(t *testing.T, spec v1alpha1.ReleaseScheduleSpec, database string) *job {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "charts", "testdata", "golden", "sala-national.txt"))
	if err != nil {
		t.Fatal(err)
	}
	template, config := &corev1.PodTemplate{}, &corev1.ConfigMap{}
	for _, doc := range strings.Split(string(raw), "\n---\n") {
		switch {
		case strings.Contains(doc, "\nkind: PodTemplate\n"):
			err = errors.Join(err, yaml.Unmarshal([]byte(doc), template))
		case strings.Contains(doc, "kind: ConfigMap\n") && strings.Contains(doc, "name: sala-release\n"):
			err = errors.Join(err, yaml.Unmarshal([]byte(doc), config))
		}
	}
	s := &v1alpha1.ReleaseSchedule{ObjectMeta: metav1.ObjectMeta{Name: "persons", UID: "u"}, Spec: spec}
	cron, e := specs.Release(s, template, false)
	if err = errors.Join(err, e); err != nil {
		t.Fatal(err)
	}
	j := &job{t: t, root: t.TempDir()}
	j.put("/etc/sala/definition/definition.yaml", specs.Definition(s, "sala-releases").Data["definition.yaml"])
	j.put("/etc/sala/secrets/database-password", "password")
	j.put("/dev/termination-log", "")
	j.put("/var/lib/sala-candidates/.keep", "")
	j.keys("builder", "publisher")
	at := strings.Index(config.Data["sala.yaml"], "postgres://")
	text := config.Data["sala.yaml"]
	text = text[:at] + database + text[at+strings.IndexAny(text[at:], "\n"):] // the one thing that is elsewhere
	j.put("/etc/sala/config/sala.yaml", j.within(text))
	c := cron.Spec.JobTemplate.Spec.Template.Spec.Containers[0]
	for _, v := range c.Env {
		value := j.within(v.Value)
		if v.Name == "JOB_NAME" {
			value = "sala-release-persons-1"
		}
		j.environ = append(j.environ, v.Name+"="+value)
	}
	for _, a := range c.Args {
		j.command = append(j.command, j.within(strings.ReplaceAll(a, "$(JOB_NAME)", "sala-release-persons-1")))
	}
	return j
}

// within puts the container's absolute paths under the folder.
func (j *job) within(text string) string {
	for _, place := range []string{"/etc/sala/", "/var/lib/sala-candidates", "/dev/termination-log"} {
		text = strings.ReplaceAll(text, place, j.root+place)
	}
	return text
}

func (j *job) put(path, text string) {
	j.t.Helper()
	path = filepath.Join(j.root, path)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		j.t.Fatal(err)
	}
}

func (j *job) read(path string) string {
	raw, err := os.ReadFile(filepath.Join(j.root, path))
	if err != nil {
		return ""
	}
	return string(raw)
}

// keys makes the builder's key and the public keys of both.
func (j *job) keys(names ...string) {
	j.t.Helper()
	if err := os.MkdirAll(filepath.Join(j.root, "etc/sala/keys"), 0o700); err != nil {
		j.t.Fatal(err)
	}
	for i, name := range names {
		file := filepath.Join(j.root, name+".key")
		if i == 0 {
			file = filepath.Join(j.root, "etc/sala/secrets/builder.key")
		}
		var out, said bytes.Buffer
		if code := command.Execute(j.t.Context(), []string{"release", "key", file, "--name", name}, &out, &said); code != 0 {
			j.t.Fatal(said.String())
		}
		j.put("/etc/sala/keys/"+name+".pub", out.String())
	}
}

// run runs the command line as a process of its own.
func (j *job) run() (code int, message, said string) {
	j.t.Helper()
	j.put("/dev/termination-log", "")
	c := j.process()
	raw, err := c.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		j.t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), j.read("/dev/termination-log"), string(raw)
}

func (j *job) process() *exec.Cmd {
	c := exec.CommandContext(j.t.Context(), "sala", j.command...)
	c.Env = append(os.Environ(), j.environ...)
	return c
}

// without drops flags of the command line, each with its value where it has one.
func (j *job) without(flags ...string) *job {
	var kept []string
	for i := 0; i < len(j.command); i++ {
		if !slices.Contains(flags, j.command[i]) {
			kept = append(kept, j.command[i])
			continue
		}
		if i+1 < len(j.command) && !strings.HasPrefix(j.command[i+1], "--") {
			i++
		}
	}
	j.command = kept
	return j
}

func (j *job) candidate() string {
	return filepath.Join(j.root, "var/lib/sala-candidates/sala-release-persons-1.json")
}

func counts() v1alpha1.ReleaseScheduleSpec {
	return v1alpha1.ReleaseScheduleSpec{Definition: scheduledDefinition, Schedule: "@monthly", TimeZone: "Asia/Vientiane", Audience: "COUNTERPARTS"}
}

// TestTheScheduledBuild: the very command line of the CronJob, against a real PostgreSQL,
// by a login that may do nothing but build.
func TestTheScheduledBuild(t *testing.T) {
	w, database := stocked(t)
	j := laid(t, counts(), database)
	code, message, said := j.run()
	if code != 0 || message != "BUILT done" || !strings.Contains(said, "built ") {
		t.Fatalf("%d %q %s", code, message, said)
	}
	first, err := os.ReadFile(j.candidate())
	if err != nil {
		t.Fatal(err)
	}
	// Another attempt of the same run builds nothing anew.
	if code, message, said = j.run(); code != 0 || message != "BUILT before" {
		t.Errorf("the second attempt: %d %q %s", code, message, said)
	}
	if second, err := os.ReadFile(j.candidate()); err != nil || !bytes.Equal(first, second) {
		t.Error("the second attempt changed the candidate")
	}
	if n := used(t, w); n != 1 {
		t.Errorf("%d builds are on the ledger, want 1", n)
	}
	// Who builds does not publish: with its own key it is refused, with the other's it is not.
	if _, said := j.publish("etc/sala/secrets/builder.key", database); !strings.Contains(said, "another key of releaseKey") {
		t.Errorf("the builder publishes: %s", said)
	}
	if code, said := j.publish("publisher.key", w.AppURL); code != 0 {
		t.Errorf("a person cannot publish what was built: %d %s", code, said)
	}
	// The login of builds reads no case and takes on no other role.
	db, err := sql.Open("pgx", database)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range []string{"SELECT count(*) FROM identities", "SET ROLE sala_request", "SET ROLE sala_onboarding", "SET ROLE sala_policy", "SET ROLE sala_erasure", "INSERT INTO releases (id) VALUES ('x')"} {
		if _, err := db.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("the login of builds may: %s", statement)
		}
	}
}

// publish is a person's part.
func (j *job) publish(key, database string) (int, string) {
	j.t.Helper()
	store := filepath.Join(j.root, "store")
	_ = os.MkdirAll(store, 0o700)
	c := exec.CommandContext(j.t.Context(), "sala", "release", "publish", j.candidate(), "--key", filepath.Join(j.root, key), "--store", store, "--database", database)
	c.Env = append(os.Environ(), j.environ...)
	raw, _ := c.CombinedOutput()
	return c.ProcessState.ExitCode(), string(raw)
}

// used counts the builds that are on the ledger as done.
func used(t *testing.T, w *world.World) (n int) {
	t.Helper()
	db, err := sql.Open("pgx", w.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM disclosures WHERE row_to_json(disclosures)::text LIKE '%build release as builder%' AND row_to_json(disclosures)::text LIKE '%outcome=done%'`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTheScheduledBuildIsRefused: by words of a fixed list, with a code that a Job does not
// try again, and nothing is left behind.
func TestTheScheduledBuildIsRefused(t *testing.T) {
	_, database := stocked(t)
	private := strings.Replace(scheduledDefinition, "method: counts", "method: private\nparameters: {epsilon: 2, delta: 0.000001}", 1)
	for name, c := range map[string]struct {
		change  func(*v1alpha1.ReleaseScheduleSpec)
		lay     func(*job)
		message string
		code    int
	}{
		"too few persons": {func(s *v1alpha1.ReleaseScheduleSpec) {
			s.Definition = strings.Replace(s.Definition, "{from: 2023, to: 2024}", "{from: 2001, to: 2002}", 1)
		}, nil, "REFUSED not-releasable", 1},
		"a period that is not over": {func(s *v1alpha1.ReleaseScheduleSpec) {
			s.Definition = strings.Replace(s.Definition, "to: 2024", "to: 2099", 1)
		}, nil, "REFUSED not-releasable", 1},
		"a direct identifier": {func(s *v1alpha1.ReleaseScheduleSpec) {
			s.Definition = strings.Replace(s.Definition, "{name: sex}", "{name: name}", 1)
		}, nil, "REFUSED definition", 4},
		"another text than was declared": {nil, func(j *job) { j.put("/etc/sala/definition/definition.yaml", private) }, "REFUSED definition", 4},
		"another audience":               {func(s *v1alpha1.ReleaseScheduleSpec) { s.Audience = "PUBLIC" }, nil, "REFUSED audience", 4},
		"no budget":                      {func(s *v1alpha1.ReleaseScheduleSpec) { s.Definition = private }, nil, "REFUSED budget", 4},
		"less budget": {func(s *v1alpha1.ReleaseScheduleSpec) {
			s.Definition, s.PrivacyBudget = private, &v1alpha1.PrivacyBudget{Epsilon: "1.5", Delta: "0.000001"}
		}, nil, "REFUSED budget", 4},
		"enough budget": {func(s *v1alpha1.ReleaseScheduleSpec) {
			s.Definition, s.PrivacyBudget = private, &v1alpha1.PrivacyBudget{Epsilon: "2", Delta: "0.000001"}
		}, nil, "BUILT done", 0},
		"a key of nobody": {nil, func(j *job) { j.put("/etc/sala/secrets/builder.key", "x") }, "FAILED input", 4},
		"somebody's file": {nil, func(j *job) { j.put("/var/lib/sala-candidates/sala-release-persons-1.json", "{}") }, "FAILED input", 4},
		"no database": {nil, func(j *job) {
			j.put("/etc/sala/config/sala.yaml", strings.Replace(j.read("/etc/sala/config/sala.yaml"), database, "postgres://sala_builder@127.0.0.1:1/none", 1))
		}, "FAILED unavailable", 6},
	} {
		t.Run(name, func(t *testing.T) {
			spec := counts()
			if c.change != nil {
				c.change(&spec)
			}
			j := laid(t, spec, database)
			if c.lay != nil {
				c.lay(j)
			}
			code, message, said := j.run()
			if code != c.code || message != c.message {
				t.Errorf("%d %q %s, want %d %q", code, message, said, c.code, c.message)
			}
			if o, k, understood := v1alpha1.ParseMessage(message); !understood {
				t.Errorf("the operator does not understand %s %s", o, k)
			}
			if strings.Contains(said+message, "Canary") {
				t.Error("a person is named")
			}
			if _, err := os.Stat(j.candidate()); name != "somebody's file" && (err == nil) != (c.code == 0) {
				t.Errorf("a candidate is there: %v", err == nil)
			}
		})
	}
}

// TestAGateRefusesTheScheduledBuild: what was published before and this together would give
// somebody away; the candidate is not kept.
func TestAGateRefusesTheScheduledBuild(t *testing.T) {
	w, database := stocked(t)
	j := laid(t, counts(), database)
	if code, message, said := j.run(); code != 0 {
		t.Fatal(code, message, said)
	}
	if code, said := j.publish("publisher.key", w.AppURL); code != 0 {
		t.Fatal(said)
	}
	at, sex := time.Date(2024, 6, 15, 3, 0, 0, 0, time.UTC).UnixMicro(), valueset.SexFemale
	w.Must(w.As("lwu", category.ForAssistance), func(ctx context.Context, op *store.Op) error {
		_, err := casework.RegisterCase(ctx, op, casework.RegisterCaseInput{
			Kind: valueset.CaseKindPresumedVictim, OccurredOn: &at, Recording: world.Recording(category.ForAssistance),
			Identity: world.Adult("Canary Later"), Profile: &casework.ProfileInput{Sex: &sex, Citizenships: []string{"LA"}}})
		return err
	})
	next := laid(t, counts(), database)
	code, message, said := next.run()
	if code != 1 || message != "REFUSED gate-pairs" {
		t.Errorf("%d %q %s", code, message, said)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(next.candidate()), "sala-*")); len(left) > 0 {
		t.Errorf("what a gate refused is kept: %v", left)
	}
	if code, message, said := next.without("--check").run(); code != 0 || message != "BUILT done" {
		t.Errorf("without --check it is not kept either, so that the test shows nothing: %d %q %s", code, message, said)
	}
}

// TestWithoutItsGuardsTheScheduledBuildIsAnothers: whoever can put another text where the
// definition lies has that built, where the command line does not say what was declared.
func TestWithoutItsGuardsTheScheduledBuildIsAnothers(t *testing.T) {
	_, database := stocked(t)
	forged := strings.NewReplacer("method: counts", "method: private\nparameters: {epsilon: 8, delta: 0.0001}", "audience: COUNTERPARTS", "audience: PUBLIC").Replace(scheduledDefinition)
	for _, c := range []struct {
		without []string
		message string
	}{
		{nil, "REFUSED definition"},
		{[]string{"--sha256"}, "REFUSED audience"},
		{[]string{"--sha256", "--audience"}, "REFUSED budget"},
		{[]string{"--sha256", "--audience", "--max-epsilon", "--max-delta"}, "BUILT done"},
	} {
		j := laid(t, counts(), database).without(c.without...)
		j.put("/etc/sala/definition/definition.yaml", forged)
		if code, message, said := j.run(); message != c.message {
			t.Errorf("without %v: %d %q %s, want %q", c.without, code, message, said, c.message)
		}
	}
}

// TestAKilledBuildLeavesNothingWhole: what is killed at any time leaves no candidate, or a
// whole one, and the next attempt ends well; told to end, it says so.
func TestAKilledBuildLeavesNothingWhole(t *testing.T) {
	w, database := stocked(t)
	for i, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(fmt.Sprintf("%d %v", i, signal), func(t *testing.T) {
			j := laid(t, counts(), database)
			j.put("/var/lib/sala-candidates/sala-release-persons-1.json.partial", `{"half`)
			c := j.process()
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(20+i*60) * time.Millisecond)
			_ = c.Process.Signal(signal)
			_ = c.Wait()
			_, before := os.Stat(j.candidate())
			killed := c.ProcessState.ExitCode() == -1
			if message := j.read("/dev/termination-log"); !killed && signal == syscall.SIGTERM && message != "FAILED stopped" && message != "BUILT done" {
				t.Errorf("told to end, it says %q", message)
			}
			code, message, said := j.run()
			want := "BUILT done"
			if before == nil {
				want = "BUILT before"
			}
			if code != 0 || message != want {
				t.Errorf("the next attempt: %d %q %s, want %q", code, message, said, want)
			}
			if left, _ := filepath.Glob(j.candidate() + ".partial"); len(left) > 0 {
				t.Errorf("half a candidate is left: %v", left)
			}
		})
	}
	db, err := sql.Open("pgx", w.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var spent int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM budget_entries").Scan(&spent); err != nil || spent != 0 {
		t.Errorf("builds spent the privacy budget %d times: %v", spent, err)
	}
}
