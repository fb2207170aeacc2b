package e2e

import (
	"regexp"
	"strings"
	"testing"
)

var (
	// prefixes are what a script says before a command.
	prefixes = regexp.MustCompile(`^\s*(?:(?:!|eventually|exec) )*`)
	// inline is a command in prose, with what follows it.
	inline      = regexp.MustCompile("`((?:kubectl|helm|curl|age) [^`]+)`( \\(not run[^)]*\\))?")
	behind      = regexp.MustCompile(`\s+&(?:[a-z]+&)?\s*$`)
	comment     = regexp.MustCompile(`(?:^|\s{2,})#.*$`)
	placeholder = regexp.MustCompile(`\b(?:CODE|OTHER|NODE|NAME|URL|ID|JOB|FILE|TOKEN)\b|age1…|…|\b\d{4}-\d\d-\d\d\b|\b\d+[smh]\b|'`)
)

// verbatim: each line of a runbook's blocks of commands, and each command of a cluster in
// its prose, is a line of its script. Not compared are what each site has otherwise: what
// stands in capitals, URLs of databases, ports, dates, durations and quotes. A line that says "not
// run" is none.
func verbatim(t *testing.T, name, text, script string) {
	t.Helper()
	for _, file := range regexp.MustCompile(`(?m)^-- (\S+\.sh) --$`).FindAllStringSubmatch(script, -1) {
		if !strings.Contains(script, "sh -eu "+file[1]) {
			t.Errorf("%s: its script does not run %s", name, file[1])
		}
	}
	var ran []string
	for _, line := range lines(script) {
		ran = append(ran, behind.ReplaceAllString(prefixes.ReplaceAllString(line, ""), ""))
	}
	for _, line := range wanted(text) {
		is := pattern(line)
		found := false
		for _, r := range ran {
			found = found || is.MatchString(r)
		}
		if !found {
			t.Errorf("%s: its script does not run %q", name, line)
		}
	}
}

// lines are those of a text, continued ones as one.
func lines(text string) []string {
	return strings.Split(regexp.MustCompile(`\\\n\s*`).ReplaceAllString(text, ""), "\n")
}

// wanted are the commands of a runbook that are run.
func wanted(text string) (out []string) {
	for i, part := range strings.Split(text, "```") {
		if i%2 == 0 {
			for _, m := range inline.FindAllStringSubmatch(part, -1) {
				if m[2] == "" {
					out = append(out, m[1])
				}
			}
			continue
		}
		kind, body, _ := strings.Cut(part, "\n")
		if kind != "sh" {
			continue
		}
		for _, line := range lines(body) {
			told := comment.FindString(line)
			line = strings.TrimSpace(behind.ReplaceAllString(strings.TrimSuffix(line, told), ""))
			if line != "" && !strings.Contains(told, "not run") {
				out = append(out, line)
			}
		}
	}
	return out
}

// pattern is what the line of a script looks like that runs a command.
func pattern(command string) *regexp.Regexp {
	var words []string
	for _, word := range strings.Fields(command) {
		switch {
		case strings.Contains(word, "postgres://"):
			words = append(words, `\S+`)
			continue
		case strings.Contains(word, "127.0.0.1:"):
			word = regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(word, "127.0.0.1:…")
		case regexp.MustCompile(`^\d{4}$`).MatchString(word):
			words = append(words, `\S+:`+word)
			continue
		}
		var b strings.Builder
		at := 0
		for _, m := range placeholder.FindAllStringIndex(word, -1) {
			b.WriteString(regexp.QuoteMeta(word[at:m[0]]))
			if at = m[1]; word[m[0]:m[1]] == "'" {
				b.WriteString("'?")
			} else {
				b.WriteString(`\S+`)
			}
		}
		b.WriteString(regexp.QuoteMeta(word[at:]))
		words = append(words, b.String())
	}
	whole := "^" + strings.Join(words, `\s+`)
	if strings.HasPrefix(command, "sala ") { // by whoever is signed in
		whole += `(?:\s+--token-file\s+\S+)?`
	}
	return regexp.MustCompile(whole + `\s*$`)
}

// TestVerbatim: what differs is found, and what each site has otherwise is not.
func TestVerbatim(t *testing.T) {
	for _, c := range []struct {
		book, script string
		want         bool
	}{
		{"kubectl patch agency CODE -p '{\"a\":\"B\"}'", "! kubectl patch agency mofa -p '{\"a\":\"B\"}'", true},
		{"kubectl patch agency CODE -p '{\"a\":\"B\"}'", "kubectl patch agency mofa -p '{\"a\":\"C\"}'", false},
		{"sala backup x.age --to age1… --database postgres://o@…/sala", "sala backup x.age --to $RECIPIENT --database $OWNER", true},
		{"sala backup x.age --to age1… --database postgres://o@…/sala", "sala backup x.age --to $RECIPIENT", false},
		{"kubectl -n sala port-forward deployment/sala-api 9090", "exec kubectl -n sala port-forward deployment/sala-api $OPERATIONS:9090 &api&", true},
		{"curl -s 'http://127.0.0.1:9090/readyz?verbose'", "curl -s http://127.0.0.1:$OPERATIONS/readyz?verbose", true},
		{"sala agency list", "sala agency list --token-file x.token", true},
		{"kubectl -n sala get pods", "kubectl -n sala get pods -A", false},
		{"kubectl delete node NODE", "eventually ! kubectl delete nodes x", false},
	} {
		if got := pattern(c.book).MatchString(behind.ReplaceAllString(prefixes.ReplaceAllString(c.script, ""), "")); got != c.want {
			t.Errorf("%q is run by %q: %v", c.book, c.script, got)
		}
	}
	if got := wanted("`helm x` (not run: why) and `helm y`\n```sh\na  # c\nb  # not run\n```"); len(got) != 2 || got[0] != "helm y" || got[1] != "a" {
		t.Errorf("%q", got)
	}
}
