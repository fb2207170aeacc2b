package bench

import (
	"flag"
	"os"
	"testing"

	"github.com/sala-exchange/sala/test/postgres"
)

var (
	server  *postgres.Server
	size    = flag.Int("cases", 300, "how many cases to load")
	reading = flag.Int("reading", 32, "how many read while the policy is changed, each once a second")
	rounds  = flag.Int("rounds", 3, "how often each page is asked for, or each server is loaded")
	peer    = flag.String("peer", "", "folder with PostGraphile and Node, as make bench-peer installs them; without it Sala runs alone")
	seconds = flag.Float64("seconds", 1, "how long a round of load lasts")
	literal = flag.Bool("literal", false, "also load PostGraphile under the policies of Sala itself")
	targets = flag.String("gc", "", "values of gcTarget under which Sala is loaded too, between blanks")
	profile = flag.String("profile", "", "file for a CPU profile of Sala under load")
)

func TestMain(m *testing.M) {
	if os.Getenv("SALA_IMPORT_FILE") != "" {
		os.Exit(m.Run()) // the client of TestImportIsFlat: it needs no database
	}
	if os.Args[0] == salaName {
		os.Exit(serveProfiled())
	}
	os.Exit(postgres.Run(m, func(s *postgres.Server) { server = s }))
}
