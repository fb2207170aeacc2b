// Command withpg runs a command with one PostgreSQL for all the tests that it
// starts: withpg -- go test ./...; or with settings of the server's own, as postgres takes
// them: withpg -c shared_buffers=1GB -- go test ./...; with -m its folder is in memory where
// there is room, which is for tests and not for measuring.
//
// It promises that the server ends with the command, and gives the command's exit
// code. Where a server is shared already, or SALA_TEST_WITHOUT_POSTGRES=1, it
// only runs the command. It will not run against a server with real data: the one
// that it starts is new and thrown away.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/sala-exchange/sala/test/postgres"
)

func main() {
	args, settings, start := os.Args[1:], []string(nil), postgres.Start
	if len(args) > 0 && args[0] == "-m" {
		args, start = args[1:], postgres.StartInMemory
	}
	for len(args) > 1 && args[0] == "-c" {
		settings, args = append(settings, args[1]), args[2:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: withpg [-m] [-c setting=value ...] -- command [argument ...]")
		os.Exit(2)
	}
	// An interrupt ends the command first, then the server.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code, err := run(ctx, args, start, settings...)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpg:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func run(ctx context.Context, args []string, start func(context.Context, ...string) (*postgres.Server, error), settings ...string) (int, error) {
	if postgres.Without() || os.Getenv("SALA_TEST_POSTGRES") != "" {
		return command(ctx, args, nil)
	}
	s, err := start(ctx, settings...)
	if err != nil {
		return 1, err
	}
	code, err := command(ctx, args, s.Environment())
	return code, errors.Join(err, s.Stop())
}

// command runs args and returns their exit code.
func command(ctx context.Context, args, environment []string) (int, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), environment...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, fmt.Errorf("running %s: %w", args[0], err)
	}
	return 0, nil
}
