// Command generate writes docs/cli.md from the commands. It runs in
// services/command, by `make generate`.
package main

import (
	"log"
	"os"

	"github.com/sala-exchange/sala/services/command"
)

func main() {
	if err := os.WriteFile("../../docs/cli.md", []byte(command.Document()), 0o644); err != nil { //nolint:gosec // for everybody to read
		log.Fatal(err)
	}
}
