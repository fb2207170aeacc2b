package policy

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func ctxOf() context.Context { return context.Background() }

// explanation is docs/policy.md, the rules for a jurist.
func explanation(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// sections are the parts of docs/policy.md by the number of the rule.
func sections(t *testing.T) map[string]string {
	t.Helper()
	out, text := map[string]string{}, explanation(t)
	heads := regexp.MustCompile(`(?m)^#{2,3} .*$`).FindAllStringIndex(text, -1)
	number := regexp.MustCompile(`^### ([A-J][0-9]+) `)
	for i, h := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		if m := number.FindStringSubmatch(text[h[0]:h[1]]); m != nil {
			out[m[1]] = text[h[1]:end]
		}
	}
	return out
}

// Every example of docs/policy.md comes out as it says.
func TestExamples(t *testing.T) {
	p, block := builtIn(t), regexp.MustCompile("(?s)```example\n(.*?)```")
	ran := 0
	for number, text := range sections(t) {
		for i, m := range block.FindAllStringSubmatch(text, -1) {
			ran++
			looked := 0
			e := newExample()
			for _, line := range strings.Split(strings.TrimSpace(m[1]), "\n") {
				line = strings.TrimSuffix(strings.TrimSpace(line), ".")
				if line == "" {
					continue
				}
				did, what := told(t, e, p, line)
				if looked += did; what != "" {
					t.Errorf("%s, example %d: %q: %s", number, i+1, line, what)
				}
			}
			if looked == 0 {
				t.Errorf("%s, example %d says nothing that could fail", number, i+1)
			}
		}
	}
	if ran < 30 {
		t.Errorf("docs/policy.md has %d examples", ran)
	}
}

// told carries a line out, or compares it; looked is 1 where it compares.
func told(t *testing.T, e *example, p *Policy, line string) (looked int, what string) {
	t.Helper()
	for _, l := range looks {
		if m := whole(l.line, line); m != nil {
			got, want, err := l.got(e, p, m)
			if err != nil {
				return 1, err.Error()
			}
			if got != want {
				return 1, "it is " + quoted(got)
			}
			return 1, ""
		}
	}
	for _, s := range steps {
		if m := whole(s.line, line); m != nil {
			s.do(e, m)
			return 0, ""
		}
	}
	return 0, "no story holds such a line"
}

func quoted(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func whole(pattern, line string) []string {
	return regexp.MustCompile(`\A(?:` + pattern + `)\z`).FindStringSubmatch(line)
}

// closing are the rules that only say what stays shut.
var closing = []string{"B5", "C3", "E1", "J7"}

// A rule by which something opens has an example in which something does: where all is shut
// an example comes out as it says by any mistake in its story.
func TestExamplesShowWhatIsOpen(t *testing.T) {
	opens := regexp.MustCompile(`(?m)^(?:An? .* may [A-Z]|The \w+ may \w+ [^n]|(?:The|A supervisor of the) \w+ sees (?:the |everything|[A-Z]))`)
	for number, text := range sections(t) {
		if strings.Contains(text, "```example") && opens.MatchString(text) == slices.Contains(closing, number) {
			t.Errorf("%s shows nothing that is open, or is in closing and does", number)
		}
	}
}

// A wrong example is found.
func TestAWrongExampleIsFound(t *testing.T) {
	e := newExample()
	if _, what := told(t, e, builtIn(t), "The NGO sees IDENTITY for ASSISTANCE"); what == "" {
		t.Error("an NGO of which nobody spoke is said to see her identity")
	}
	if _, what := told(t, e, builtIn(t), "The NGO sees everything it likes"); what == "" {
		t.Error("a line that means nothing is let through")
	}
}

// docs/policy.md has a section for each number that the policy carries out, says which Rego
// rules do, and names none that is not there.
func TestTheExplanationIsWhole(t *testing.T) {
	rules := map[string]bool{}
	for path, source := range sources(t) {
		for _, m := range regexp.MustCompile(`(?m)^(?:default )?([a-z_]+)(?:\[|\(| |$)`).FindAllStringSubmatch(string(source), -1) {
			rules[m[1]] = true
		}
		_ = path
	}
	have := sections(t)
	for _, number := range carriedOut {
		text, ok := have[number]
		if !ok {
			t.Errorf("docs/policy.md has no section on %s", number)
			continue
		}
		named := regexp.MustCompile("(?m)^Rego: (.*)$").FindStringSubmatch(text)
		if named == nil {
			t.Errorf("%s names no Rego rule", number)
			continue
		}
		for _, m := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(named[1], -1) {
			if !rules[m[1]] {
				t.Errorf("%s names %s, which the policy does not have", number, m[1])
			}
		}
	}
}
