// Command sala is the program of the identified zone: API, imports, ledger,
// migrations and the demonstration, each a sub-command.
package main

import (
	"os"

	"github.com/sala-exchange/sala/services/command"
)

func main() { os.Exit(command.Main()) }
