package serve

import (
	"context"
	"time"

	"github.com/sala-exchange/sala/ent/migrate/versions"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/listen"
	"github.com/sala-exchange/sala/services/revisions"
)

// lagging says how long records wait for their places in the ledger at most.
type lagging interface{ Lag() time.Duration }

// ownChecks are what every server needs. st is a pool of its own: a server whose
// operations use all connections is busy, not broken.
func ownChecks(st *store.Store, book *revisions.Book, ledger lagging, maxLag time.Duration) []listen.Check {
	return []listen.Check{
		reachable(st),
		migrated(st, rule.Onboarding),
		{Name: "policy", Func: func(ctx context.Context) error { return live(ctx, st, book) }},
		placing(ledger, maxLag),
		{Name: "database log", Func: st.LogsNothingTyped},
	}
}

func reachable(st *store.Store) listen.Check {
	return listen.Check{Name: "database", Func: func(ctx context.Context) error {
		if err := st.DB().PingContext(ctx); err != nil {
			return errs.Wrap(err, errs.Unavailable, "the database cannot be reached")
		}
		return nil
	}}
}

// migrated compares the migrations under the role that the login may act as.
func migrated(st *store.Store, as rule.Mode) listen.Check {
	return listen.Check{Name: "migrations", Func: func(ctx context.Context) error {
		return versions.CurrentAs(ctx, st.DB(), st.Dialect(), as)
	}}
}

func placing(ledger lagging, maxLag time.Duration) listen.Check {
	return listen.Check{Name: "ledger", Func: func(context.Context) error {
		if ledger.Lag() > maxLag {
			return errs.New(errs.Unavailable, "records have waited longer than ledgerMaxLag for their place in the ledger: see the log of whoever sequences it, this process or `sala ledger sequence`")
		}
		return nil
	}}
}
