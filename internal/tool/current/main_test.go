package main

import (
	"os/exec"
	"slices"
	"testing"
)

// clone makes a repository with one committed and one ignored file.
func clone(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	shell(t, dir, `git init -q && echo one > kept && echo two > gone && echo ignored > .gitignore &&
		git add . && git -c user.name=n -c user.email=e commit -q -m m`)
	return dir
}

func shell(t *testing.T, dir, script string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestWhatAGeneratorChangesIsNamed(t *testing.T) {
	for _, c := range []struct {
		what, arrange, generator string
		want                     []string
	}{
		{"the same content again", ":", "echo one > kept", nil},
		{"an ignored file", ":", "echo x > ignored", nil},
		{"other content", ":", "echo other > kept", []string{"kept"}},
		{"a new file", ":", "mkdir d && echo x > d/new", []string{"d/new"}},
		{"a file less", ":", "rm gone", []string{"gone"}},
		{"edits under way are no difference", "echo edit > kept; echo y > new", "echo edit > kept", nil},
		{"edits that are not current are", "echo edit > kept; echo y > new", "echo one > kept; echo z > new", []string{"kept", "new"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			dir := clone(t)
			shell(t, dir, c.arrange)
			got, err := check(dir, []string{"sh", "-c", c.generator})
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestAGeneratorThatFailsIsNotCurrent(t *testing.T) {
	_, err := check(clone(t), []string{"false"})
	if err == nil {
		t.Error("a failing generator was taken for one that changes nothing")
	}
}

func TestOutsideAClone(t *testing.T) {
	_, err := check(t.TempDir(), []string{"true"})
	if err == nil {
		t.Error("without git nothing was compared, and that was called current")
	}
}
