package serve

import (
	"context"
	"time"

	"github.com/sala-exchange/sala/ent/migrate/versions"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/listen"
	"github.com/sala-exchange/sala/services/revisions"
)

// ownChecks are what every server needs. st is a pool of its own: a server whose
// operations use all connections is busy, not broken.
func ownChecks(st *store.Store, book *revisions.Book, ledger *api.Sequencer, maxLag time.Duration) []listen.Check {
	return []listen.Check{
		{Name: "database", Func: func(ctx context.Context) error {
			if err := st.DB().PingContext(ctx); err != nil {
				return errs.Wrap(err, errs.Unavailable, "the database cannot be reached")
			}
			return nil
		}},
		{Name: "migrations", Func: func(ctx context.Context) error { return versions.Current(ctx, st.DB(), st.Dialect()) }},
		{Name: "policy", Func: func(ctx context.Context) error { return live(ctx, st, book) }},
		{Name: "ledger", Func: func(context.Context) error {
			if ledger.Lag() > maxLag {
				return errs.New(errs.Unavailable, "records have waited longer than ledgerMaxLag for their place in the ledger: see the log")
			}
			return nil
		}},
		{Name: "database log", Func: st.LogsNothingTyped},
	}
}
