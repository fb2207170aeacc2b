// Command generate writes docs/operator.md from the operator's flags.
//
// It promises the same file for the same flags, whatever the environment.
package main

import (
	"fmt"
	"os"

	"github.com/sala-exchange/sala/operator/serve"
)

func main() {
	if err := os.WriteFile("../../docs/operator.md", []byte(serve.Document()), 0o644); err != nil { //nolint:gosec // a document is for everybody to read
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}
