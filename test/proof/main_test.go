package proof

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/sala-exchange/sala/test/postgres"
)

// How much is tried. -short tries little, `make attack` what CI does, `make attack-long`
// as many times more as -times says.
var (
	seed    = flag.Uint64("seed", 0, "the `seed` of what is made at random; 0 draws one")
	queries = flag.Int("queries", 0, "how many queries each pair of worlds is asked, instead")
	times   = flag.Int("times", 1, "how many times as much as in CI is tried")
)

var server *postgres.Server

func TestMain(m *testing.M) {
	flag.Parse()
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	os.Exit(postgres.Run(m, func(s *postgres.Server) { server = s }))
}

// random is a test's own randomness, from the seed that it prints.
func random(t testing.TB, stream uint64) *rand.Rand {
	t.Helper()
	t.Logf("seed %d: -seed runs the same again", *seed)
	return rand.New(rand.NewPCG(*seed, stream))
}

// size is how many of something are tried: few in short tests.
func size(few, ci int) int {
	if testing.Short() {
		return few
	}
	return ci * *times
}
