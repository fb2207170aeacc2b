// Command sala is the program of the identified zone: API, imports, ledger,
// migrations and the demonstration, each a sub-command.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/sala-exchange/sala/services/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := command.Execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
