// Command generate writes docs/region-configuration.md. It runs in services/region, by `make
// generate`.
package main

import (
	"log"
	"os"

	"github.com/sala-exchange/sala/services/region"
)

func main() {
	if err := os.WriteFile("../../docs/region-configuration.md", []byte(region.Document()), 0o644); err != nil { //nolint:gosec // for everybody to read
		log.Fatal(err)
	}
}
