// Command generate writes gqlgen's code of the region's API. It runs in graph/region, by
// `make generate`.
package main

import (
	"log"
	"os"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	if err := os.Chdir("../.."); err != nil { // paths relate to the folder of go.mod
		return err
	}
	cfg, err := config.LoadConfig("graph/region/gqlgen.yml")
	if err != nil {
		return err
	}
	return api.Generate(cfg)
}
