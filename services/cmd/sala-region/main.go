// Command sala-region is the program of the anonymised zone: it serves published releases
// to counterparts and reaches no case.
package main

import (
	"os"

	"github.com/sala-exchange/sala/services/region"
)

func main() { os.Exit(region.Main()) }
