package arch

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPackagesSayWhatTheyAre: what it is and what it promises, in its comment.
func TestPackagesSayWhatTheyAre(t *testing.T) {
	known(t, generatedEnt, []string{"graph/generated", "graph/region/generated"})
	for _, p := range listed(t) {
		if slices.Contains(generatedEnt, p.path()) || p.path() == "ent" || under(p.path(), "graph/generated", "graph/region/generated") {
			continue
		}
		if p.Doc == "" {
			t.Errorf("%s has no package comment: say what it is, what it promises and what it will not do", p.path())
		}
		for _, vague := range []string{"utils", "util", "common", "helpers", "helper", "manager", "misc"} {
			if p.Name == vague {
				t.Errorf("%s: the name says nothing", p.path())
			}
		}
	}
}

// committed lists the files that git knows.
func committed(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "-c", "safe.directory=*", "ls-files", "-z")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("no git checkout here, so nothing tells what is committed: %v", err)
	}
	files := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(files) < 100 {
		t.Fatalf("git knows %d files only", len(files))
	}
	return files
}

// The needles are put together here so that this file does not hold them.
var forbidden = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`\b` + "TO" + "DO" + `\b`, `\b` + "FIX" + "ME" + `\b`, "/wor" + "k/", "/roo" + "t/", `/tmp/` + `h\b`,
	"lang" + "uage model", "chat" + "gpt", "clau" + "de", `\b` + "an" + "thropic",
}, "|"))

// vendored files are others' work, kept as they came.
func vendored(path string) bool {
	return strings.HasPrefix(path, "services/api/graphiql/") && path != "services/api/graphiql/index.html" || path == "go.sum"
}

func TestNoFileHoldsWhatBelongsElsewhere(t *testing.T) {
	for _, f := range committed(t) {
		raw, err := os.ReadFile(filepath.Join("..", "..", f))
		if os.IsNotExist(err) || vendored(f) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if at := forbidden.FindIndex(raw); at != nil {
			t.Errorf("%s holds %q, which belongs in no committed file", f, raw[at[0]:at[1]])
		}
		if shared := "../" + "shared"; strings.Contains(string(raw), shared) && !strings.HasSuffix(f, "_test.go") &&
			!strings.HasPrefix(f, ".ci/") && f != "test/arch/words_test.go" && !strings.HasSuffix(f, ".md") {
			t.Errorf("%s names %s, which is no part of the project", f, shared)
		}
	}
	if !forbidden.MatchString("a "+"TO"+"DO here") || forbidden.MatchString("a sound line") {
		t.Error("the needles find nothing, or everything")
	}
}

// TestSharedIsOptional: a test that reads what lies outside the project skips where
// that is not there.
func TestSharedIsOptional(t *testing.T) {
	for _, f := range committed(t) {
		if !strings.HasSuffix(f, "_test.go") || strings.HasPrefix(f, "test/arch/") {
			continue
		}
		raw, err := os.ReadFile(filepath.Join("..", "..", f))
		if err != nil {
			continue
		}
		if strings.Contains(string(raw), "../"+"shared") && !strings.Contains(string(raw), ".Skip") {
			t.Errorf("%s uses files outside the project and does not skip without them", f)
		}
	}
}

func TestLicence(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "LICENSE"))
	if err != nil || !strings.Contains(string(raw), "Apache License") || !strings.Contains(string(raw), "Version 2.0") {
		t.Errorf("LICENSE is not the Apache License 2.0: %v", err)
	}
}
