package graph_test

import (
	"os"
	"testing"

	"github.com/sala-exchange/sala/test/postgres"
	"github.com/sala-exchange/sala/test/world"
)

var server *postgres.Server

func TestMain(m *testing.M) { os.Exit(postgres.Run(m, func(s *postgres.Server) { server = s })) }

// both runs a test on SQLite and on PostgreSQL.
func both(t *testing.T, test func(*testing.T, *world.World)) {
	t.Run("SQLite", func(t *testing.T) { test(t, world.OnSQLite(t, world.Options{})) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, world.OnPostgres(t, server, world.Options{})) })
}
