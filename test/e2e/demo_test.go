package e2e

import (
	"bufio"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestTheDemonstrationIsTriedByItsWords: what the demonstration suggests to type is typed, as
// it prints it; the sign-in is confirmed by a click, and what the issuer's library tells of
// it is nobody's to read.
func TestTheDemonstrationIsTriedByItsWords(t *testing.T) {
	home := t.TempDir()
	start := func(command string) (*exec.Cmd, *bufio.Scanner) {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "exec "+command)
		cmd.Env = append(os.Environ(), "SALA_CONFIG_HOME="+home, "SALA_TOKEN=")
		cmd.WaitDelay = time.Second
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdout, cmd.Stderr = w, w
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = r.Close() })
		return cmd, bufio.NewScanner(r)
	}
	until := func(lines *bufio.Scanner, word string) (said []string) {
		for lines.Scan() {
			if said = append(said, lines.Text()); strings.Contains(lines.Text(), word) {
				return said
			}
		}
		t.Fatalf("it does not say %q: %s", word, strings.Join(said, "\n"))
		return nil
	}
	running, demo := start("sala demo --addr 127.0.0.1:0 --cases 14")
	var typed []string
	for _, line := range until(demo, "stop with Ctrl-C") {
		if strings.HasPrefix(line, "  sala ") || strings.HasPrefix(line, "  curl -sN ") {
			typed = append(typed, strings.TrimSpace(line))
		}
	}
	if len(typed) != 5 || !strings.HasPrefix(typed[0], "sala login ") || !strings.HasPrefix(typed[2], "sala explain --case ") {
		t.Fatalf("it suggests %q", typed)
	}
	_, login := start(typed[0])
	said := strings.Join(until(login, "confirm the code"), " ")
	prompt := regexp.MustCompile(`Open (\S+) and confirm the code (\S+)`).FindStringSubmatch(said)
	if prompt == nil {
		t.Fatalf("the sign-in says %q", said)
	}
	page, _, _ := strings.Cut(prompt[1], "?")
	resp, err := http.PostForm(page, url.Values{"user_code": {prompt[2]}, "subject": {"worker"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	until(login, "signed in as profile")
	for line, says := range map[string]string{typed[1]: "PRESUMED", typed[2]: "IDENTITY", typed[2] + " --language lo": "ຕົວຕົນຂອງຜູ້ກ່ຽວ (IDENTITY)", typed[3]: "--language"} {
		_, ran := start(line)
		until(ran, says)
	}
	_, stream := start(typed[4])
	until(stream, ": open")
	// A question of a device that the issuer does not know is one that its library tells of.
	issuer := regexp.MustCompile(`--issuer (\S+)`).FindStringSubmatch(typed[0])[1]
	resp, err = http.PostForm(issuer+"/oauth/token", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {"sala-cli"}, "device_code": {"none"}})
	if err != nil || resp.StatusCode == http.StatusOK {
		t.Fatalf("%v %v", resp, err)
	}
	_ = resp.Body.Close()
	_ = running.Process.Kill()
	for demo.Scan() {
		if line := demo.Text(); strings.Contains(line, "oidc") || strings.Contains(line, "request") {
			t.Errorf("after the welcome it says %s", line)
		}
	}
}
