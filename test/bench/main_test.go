package bench

import (
	"flag"
	"os"
	"testing"

	"github.com/sala-exchange/sala/test/postgres"
)

var (
	server *postgres.Server
	size   = flag.Int("cases", 300, "how many cases to load")
	rounds = flag.Int("rounds", 3, "how often each page is asked for")
)

func TestMain(m *testing.M) {
	if os.Getenv("SALA_IMPORT_FILE") != "" {
		os.Exit(m.Run()) // the client of TestImportIsFlat: it needs no database
	}
	os.Exit(postgres.Run(m, func(s *postgres.Server) { server = s }))
}
