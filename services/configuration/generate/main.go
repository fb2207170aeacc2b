// Command generate writes docs/configuration.md from the declared keys. It runs in
// services/configuration, by `make generate`.
package main

import (
	"log"
	"os"

	"github.com/sala-exchange/sala/services/configuration"
)

func main() {
	if err := os.WriteFile("../../docs/configuration.md", []byte(configuration.Document()), 0o644); err != nil { //nolint:gosec // for everybody to read
		log.Fatal(err)
	}
}
