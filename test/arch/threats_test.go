package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	// namedTest is how the threat model names a test: its file and its function.
	namedTest = regexp.MustCompile("`([a-zA-Z0-9_./-]+_test\\.go) ((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	threatRow = regexp.MustCompile(`(?m)^\| (\d+) \|.*$`)
	rowTest   = regexp.MustCompile(`(?m)^func (Test(\d\d)[A-Za-z0-9_]+)\(`)
)

// threats is how many there are.
const threats = 69

// TestTheThreatModelNamesTestsThatExist: each row says what shows it or that it is not
// built; each test that it names is there; and each test called after a row stands in it.
func TestTheThreatModelNamesTestsThatExist(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "threat-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	named := namedTest.FindAllStringSubmatch(text, -1)
	for _, n := range named {
		if missing := lacks(n[1], n[2]); missing != "" {
			t.Errorf("the threat model names %s %s: %s", n[1], n[2], missing)
		}
	}
	if len(named) < 100 {
		t.Errorf("only %d tests are named: the search is blind", len(named))
	}
	if lacks("test/arch/threats_test.go", "TestThatIsNowhere") == "" || lacks("test/arch/nowhere_test.go", "TestThat") == "" {
		t.Error("a test that is nowhere is found")
	}
	rows := map[int]string{}
	for _, row := range threatRow.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(row[1])
		if rows[n] != "" {
			t.Errorf("threat %d has two rows", n)
		}
		rows[n] = row[0]
	}
	for n := 1; n <= threats; n++ {
		if row := rows[n]; !namedTest.MatchString(row) && !strings.Contains(row, "not built yet") {
			t.Errorf("threat %d: nothing shows it, and it is not said that it is not built: %q", n, row)
		}
	}
	calledAfterARow(t, rows)
}

// lacks says what of a named test is missing.
func lacks(file, function string) string {
	raw, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
	if err != nil {
		return "there is no such file"
	}
	if !strings.Contains(string(raw), "\nfunc "+function+"(") {
		return "there is no such function in it"
	}
	return ""
}

// calledAfterARow fails the test where a test with a row's number is not in that row, or
// lies in the file of another.
func calledAfterARow(t *testing.T, rows map[int]string) {
	t.Helper()
	found := 0
	for _, folder := range []string{"test/attack", "services/identity/devissuer"} {
		files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(folder), "row[0-9][0-9]_*test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range rowTest.FindAllStringSubmatch(string(raw), -1) {
				found++
				n, _ := strconv.Atoi(m[2])
				if !strings.Contains(rows[n], folder+"/"+filepath.Base(file)+" "+m[1]) {
					t.Errorf("the threat model's row %d does not name %s/%s %s", n, folder, filepath.Base(file), m[1])
				}
				if filepath.Base(file)[3:5] != m[2] {
					t.Errorf("%s holds %s, which is another row's", filepath.Base(file), m[1])
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d tests are called after a row: the search is blind", found)
	}
}

var (
	ruleNumber = regexp.MustCompile(`(?m)^- \*\*([A-J]\d+)\*\*`)
	policyRule = regexp.MustCompile(`(?m)^(?:### |\| )([A-J]\d+) (.*)$`)
	namedFile  = regexp.MustCompile("`([a-z]+/[a-zA-Z0-9_./-]+\\.go)`")
	namedTable = regexp.MustCompile("tables? `([a-z_]+)`(?: and `([a-z_]+)`)?")
)

// TestThePolicyPageHasEveryRule: docs/policy.md has a section or a row for each rule, says of
// one that is decided elsewhere than in Rego where and what shows it, or that it is not
// built, and names no test, file or table that is not there.
func TestThePolicyPageHasEveryRule(t *testing.T) {
	page := func(name string) string {
		raw, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	text, has := page("policy.md"), map[string]bool{}
	for _, m := range policyRule.FindAllStringSubmatch(text, -1) {
		has[m[1]] = true
		if strings.HasPrefix(m[0], "| ") && !strings.Contains(m[2], "not built yet") && (!namedTest.MatchString(m[2]) || !strings.Contains(m[2], "`")) {
			t.Errorf("%s: it is not said what decides it, or what shows that", m[1])
		}
	}
	rules := ruleNumber.FindAllStringSubmatch(page("rules.md"), -1)
	for _, m := range rules {
		if !has[m[1]] {
			t.Errorf("docs/policy.md does not say where %s is decided", m[1])
		}
	}
	named := namedTest.FindAllStringSubmatch(text, -1)
	for _, n := range named {
		if missing := lacks(n[1], n[2]); missing != "" {
			t.Errorf("docs/policy.md names %s %s: %s", n[1], n[2], missing)
		}
	}
	for _, m := range namedFile.FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("docs/policy.md names %s, which is not there", m[1])
		}
	}
	tables := migrations(t)
	for _, m := range namedTable.FindAllStringSubmatch(text, -1) {
		for _, table := range m[1:] {
			if table != "" && !strings.Contains(tables, "CREATE TABLE "+table+" (") {
				t.Errorf("docs/policy.md names the table %s, which is not there", table)
			}
		}
	}
	if len(rules) < 50 || len(named) < 20 {
		t.Errorf("%d rules and %d tests are found: the search is blind", len(rules), len(named))
	}
}

// migrations is all SQL that makes the database.
func migrations(t *testing.T) (all string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "ent", "migrate", "versions", "postgres", "*.sql"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d migrations: %v", len(paths), err)
	}
	for _, path := range paths {
		all += string(read(t, path))
	}
	return strings.ReplaceAll(strings.ReplaceAll(all, `"`, ""), "IF NOT EXISTS ", "")
}
