// Command ci runs the stages given as NAME=COMMAND in order, each in a shell, and
// says how long each took.
//
// It promises to stop at the first stage that fails, with an exit code that is not
// zero, and to end by listing what ran, what failed and what did not run. It will
// not decide what the stages are: the Makefile does.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

type stage struct{ name, command string }

func main() {
	stages, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "ci:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ok := run(ctx, stages, os.Stdout, time.Now)
	stop()
	if !ok {
		os.Exit(1)
	}
}

func parse(args []string) ([]stage, error) {
	var stages []stage
	for _, a := range args {
		name, command, found := strings.Cut(a, "=")
		if !found || name == "" || command == "" {
			return nil, fmt.Errorf("reading the stages: %q is not NAME=COMMAND", a)
		}
		stages = append(stages, stage{name, command})
	}
	if len(stages) == 0 {
		return nil, fmt.Errorf("reading the stages: there are none; give NAME=COMMAND")
	}
	return stages, nil
}

// run runs the stages and reports whether all passed.
func run(ctx context.Context, stages []stage, out io.Writer, now func() time.Time) bool {
	begun := now()
	var summary []string
	failed := false
	for _, s := range stages {
		if failed {
			summary = append(summary, fmt.Sprintf("  %-10s not run", s.name))
			continue
		}
		_, _ = fmt.Fprintf(out, "== %s: %s\n", s.name, s.command)
		from := now()
		err := command(ctx, s.command, out)
		took := now().Sub(from)
		_, _ = fmt.Fprintf(out, "stage %s: %.1f min\n", s.name, took.Minutes())
		verdict := "passed"
		if err != nil {
			verdict, failed = "FAILED: "+err.Error(), true
		}
		summary = append(summary, fmt.Sprintf("  %-10s %4.1f min  %s", s.name, took.Minutes(), verdict))
	}
	_, _ = fmt.Fprintf(out, "== what ran, in %.1f min\n%s\n", now().Sub(begun).Minutes(), strings.Join(summary, "\n"))
	return !failed
}

func command(ctx context.Context, line string, out io.Writer) error {
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
	return cmd.Run()
}
