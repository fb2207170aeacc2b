package release_test

import (
	"os"
	"testing"

	"github.com/sala-exchange/sala/test/postgres"
)

var server *postgres.Server

func TestMain(m *testing.M) {
	os.Exit(postgres.Run(m, func(s *postgres.Server) { server = s }))
}
