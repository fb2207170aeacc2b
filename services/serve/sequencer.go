package serve

import (
	"context"
	"io"
	"log/slog"

	"github.com/sala-exchange/sala/ent/migrate/versions"
	"github.com/sala-exchange/sala/ent/rule"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/listen"
)

// Sequence gives records their places in the ledger until ctx ends, beside health and
// metrics, and does nothing else: it has no key, no policy and no issuer, and its login
// needs to act as rule.Sequence alone. Several may run, and servers that sequence too: a
// lock in the database lets one work at a time. What is cut off at the end is placed wholly
// or not at all. It returns an error where the configuration is not sound, the database has
// other migrations, or the address is taken.
func Sequence(ctx context.Context, v *configuration.Values, to io.Writer) error {
	s, err := assembleSequencer(ctx, v, to)
	if err != nil {
		return err
	}
	defer s.close()
	return s.place(ctx)
}

// sequencerConnections are one for its passes and one for the checks of readiness.
const sequencerConnections = 2

// assembleSequencer puts it together; nothing listens yet.
func assembleSequencer(ctx context.Context, v *configuration.Values, to io.Writer) (_ *server, err error) {
	if err := v.CheckSequencer().Err(); err != nil {
		return nil, err
	}
	collect(v)
	s := &server{values: v, log: logger(v, to), metrics: ownMetrics(), up: make(chan struct{})}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	st, err := Database(v, nil, bounded(v, sequencerConnections))
	if err != nil {
		return nil, err
	}
	s.closes = append(s.closes, func() { _ = st.Close() })
	if err := versions.CurrentAs(ctx, st.DB(), st.Dialect(), rule.Sequence); err != nil {
		return nil, err
	}
	if err := st.LogsNothingTyped(ctx); err != nil {
		return nil, err
	}
	s.metrics.pool("sequencer", st.DB())
	b := ThisBuild()
	s.metrics.build(b, "")
	s.ready = listen.NewReadiness(s.log, reachable(st), migrated(st, rule.Sequence),
		placing(s.sequence(st), configuration.LedgerMaxLag.In(v)), listen.Check{Name: "database log", Func: st.LogsNothingTyped})
	s.log.LogAttrs(ctx, slog.LevelInfo, "starting", slog.String("version", b.Version))
	return s, nil
}

// place works and answers for health until ctx ends.
func (s *server) place(ctx context.Context) error {
	l, err := s.listen(configuration.OperationsAddress.In(s.values), "operationsAddress")
	if err != nil {
		return err
	}
	s.operateAddr = l.Addr()
	operate := s.operationsServer()
	failed := make(chan error, 1)
	go func() { failed <- operate.Serve(l) }()
	defer func() { _ = operate.Close() }()
	jobs, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer s.work(jobs, cut)()
	s.log.LogAttrs(ctx, slog.LevelInfo, "sequencing the ledger")
	s.log.LogAttrs(ctx, slog.LevelInfo, "serving health and metrics", slog.Any("address", s.operateAddr))
	close(s.up)
	select {
	case err := <-failed:
		return errs.Wrap(err, errs.Unavailable, "serving ended by itself: see the log")
	case <-ctx.Done():
	}
	s.ready.Drain()
	s.log.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, "stopped")
	return nil
}
