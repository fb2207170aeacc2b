// Package serve runs the API as a service: TLS, health, metrics, logs, traces, bounds
// on everything, and an orderly end.
//
// It promises that a configuration which lacks what safety needs does not start; that
// the server says it is ready only where the database, its migrations, the live
// policy, the ledger and what else is handed in hold; that nothing a person typed
// reaches a log, a metric or a trace; and that what is cut off is stored wholly or not at
// all. It
// holds no rule of the field.
package serve

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"io"
	"log/slog"
	"time"

	"github.com/sala-exchange/sala/ent/migrate/versions"
	"github.com/sala-exchange/sala/ent/store"
	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/internal/logline"
	"github.com/sala-exchange/sala/internal/seal"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/configuration"
	"github.com/sala-exchange/sala/services/departure"
	"github.com/sala-exchange/sala/services/erasure"
	"github.com/sala-exchange/sala/services/identity"
	"github.com/sala-exchange/sala/services/listen"
	"github.com/sala-exchange/sala/services/notify"
	"github.com/sala-exchange/sala/services/onboarding"
	"github.com/sala-exchange/sala/services/revisions"
)

// Run serves until ctx ends, and then drains; to takes the log's JSON lines. It returns an error where the
// configuration is not sound, an address is taken, or operations had to be cut off.
func Run(ctx context.Context, v *configuration.Values, to io.Writer) error {
	s, err := assemble(ctx, v, to)
	if err != nil {
		return err
	}
	defer s.close()
	return s.run(ctx)
}

// sequenceEvery is how often records are given their places in the ledger.
const sequenceEvery = time.Second

// lagEvery is how often a server that gives none looks how long records wait.
const lagEvery = 2 * time.Second

// tellEvery is how often it is told of what ended by itself: C8 gives it a minute.
const tellEvery = 20 * time.Second

// eraseEvery is how often erasures that are due are carried out.
const eraseEvery = time.Minute

// policiesEvery is how often it is looked which policies come into force: one that a server
// does not know yet when it does is read at the first request.
const policiesEvery = 2 * time.Second

// issuersEvery is how often the issuers that agencies have registered are read anew.
const issuersEvery = 5 * time.Second

// assemble puts the server together; nothing listens yet.
func assemble(ctx context.Context, v *configuration.Values, to io.Writer) (_ *server, err error) {
	if err := v.Check().Err(); err != nil {
		return nil, err
	}
	collect(v)
	s := &server{values: v, log: logger(v, to), metrics: newMetrics(), up: make(chan struct{}), ending: make(chan struct{})}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	book, err := Book(v)
	if err != nil {
		return nil, err
	}
	keys, closed, err := Keyring(ctx, v)
	if err != nil {
		return nil, err
	}
	s.closes = append(s.closes, closed)
	cursorKey, err := configuration.CursorKey(v)
	if err != nil {
		return nil, err
	}
	st, beside, err := s.stores(v, book, keys, cursorKey)
	if err != nil {
		return nil, err
	}
	book.Attach(beside)
	if err := versions.Current(ctx, beside.DB(), beside.Dialect()); err != nil {
		return nil, err
	}
	if err := beside.LogsNothingTyped(ctx); err != nil {
		return nil, err
	}
	if err := goLive(ctx, st, book); err != nil {
		return nil, err
	}
	if err := s.secure(v); err != nil {
		return nil, err
	}
	erased, closed, err := Erasures(ctx, v)
	if err != nil {
		return nil, err
	}
	s.closes = append(s.closes, closed)
	if err := s.answer(ctx, v, book, st, cursorKey, erased); err != nil {
		return nil, err
	}
	ledger := s.ledger(v, beside)
	s.jobs = append(s.jobs, func(ctx context.Context) { notify.Run(ctx, beside, tellEvery, s.log) },
		func(ctx context.Context) { book.Run(ctx, policiesEvery, s.log) })
	if err := s.erasing(ctx, beside, keys, erased); err != nil {
		return nil, err
	}
	checks := append(ownChecks(beside, book, ledger, configuration.LedgerMaxLag.In(v)), listen.Check{Name: "key store", Func: func(ctx context.Context) error {
		if err := keys.Check(ctx); err != nil {
			return err
		}
		return erased.Check(ctx, beside)
	}})
	s.ready = listen.NewReadiness(s.log, checks...)
	return s, s.observe(ctx, v, book)
}

// ledger has records given their places here, or watches that another process gives them.
func (s *server) ledger(v *configuration.Values, beside *store.Store) lagging {
	if configuration.LedgerSequencer.In(v) == "apart" {
		watch := api.NewLagwatch(beside, lagEvery, s.log)
		s.jobs = append(s.jobs, watch.Run)
		s.metrics.lag(watch)
		return watch
	}
	return s.sequence(beside)
}

// sequence has records given their places by this process.
func (s *server) sequence(st *store.Store) lagging {
	sequencer := api.NewSequencer(st, sequenceEvery, s.log)
	s.jobs = append(s.jobs, sequencer.Run)
	s.metrics.lag(sequencer)
	s.metrics.placed(sequencer)
	return sequencer
}

// erasing refuses a database that holds somebody who was erased, or whose cases the keys do
// not open, and carries out erasures that are due.
func (s *server) erasing(ctx context.Context, st *store.Store, keys *seal.Keyring, l *erasure.List) error {
	// One that broke off is finished before anything is served.
	if _, err := erasure.Carry(ctx, st, keys, l); err != nil {
		return err
	}
	if err := l.Check(ctx, st); err != nil {
		return err
	}
	if err := opening(ctx, st, keys); err != nil {
		return err
	}
	s.jobs = append(s.jobs, func(ctx context.Context) { erasure.Run(ctx, st, keys, l, eraseEvery, s.log) })
	return nil
}

func logger(v *configuration.Values, to io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(configuration.LogLevel.In(v))) // one of four words
	log := logline.New(to, level)
	logline.SetDefault(log)
	return log
}

// stores opens the operations' pool, and a small one beside it for the checks and the
// sequencer, which must go on where all of the other is in use.
func (s *server) stores(v *configuration.Values, p *revisions.Book, keys *seal.Keyring, key []byte) (st, beside *store.Store, err error) {
	o := bounded(v, configuration.DatabaseMaxConnections.In(v))
	o.Keys = keys
	if o.Secret, err = hkdf.Key(sha256.New, key, nil, "sala digests", 32); err != nil {
		return nil, nil, errs.Wrap(err, errs.Internal, "deriving a key failed")
	}
	if st, err = Database(v, p, o); err != nil {
		return nil, nil, err
	}
	s.closes = append(s.closes, func() { _ = st.Close() })
	s.metrics.pool("operations", st.DB())
	if st.Dialect() != "postgres" {
		s.log.Warn("SQLite has no row-level security: for trying out only; real people's data belong on PostgreSQL")
		return st, st, nil // a second pool would be a second writer
	}
	if beside, err = Database(v, p, bounded(v, 2)); err != nil {
		return nil, nil, err
	}
	s.closes = append(s.closes, func() { _ = beside.Close() })
	s.metrics.pool("beside", beside.DB())
	return st, beside, nil
}

// secure loads the certificate, where there is one.
func (s *server) secure(v *configuration.Values) error {
	if configuration.TLSCertificateFile.In(v) == "" {
		return nil
	}
	c, err := listen.NewCertificate(configuration.TLSCertificateFile.In(v), configuration.TLSKeyFile.In(v), s.log)
	if err != nil {
		return err
	}
	c.AskClients = configuration.ClientCertificates.In(v)
	s.certificate = c
	s.metrics.certificate(c)
	s.jobs = append(s.jobs, func(ctx context.Context) { listen.Watch(ctx, configuration.TLSReloadInterval.In(v), c.Look) })
	return nil
}

// answer makes the API's handler.
func (s *server) answer(ctx context.Context, v *configuration.Values, p *revisions.Book, st *store.Store, cursorKey []byte, erased *erasure.List) error {
	registry := api.Registry{Store: st, Audience: configuration.Audience.In(v)}
	verifier, err := identity.New(ctx, issuers(v), identity.WithMaxLifetime(configuration.TokenLifetime.In(v)), identity.WithSource(registry, reach(v)), identity.WithProxies(proxies(v)),
		identity.WithProofs(identity.Proofs{URL: configuration.PublicURL.In(v), Once: api.Proofs{Store: st}.Once}),
		identity.WithRefusals(func(_ context.Context, err error) {
			s.metrics.refusals.WithLabelValues(identity.ReasonOf(err)).Inc()
		}))
	if err != nil {
		return err
	}
	s.jobs = append(s.jobs, func(ctx context.Context) {
		verifier.Watch(ctx, issuersEvery, func(err error) {
			s.log.LogAttrs(ctx, slog.LevelWarn, "a registered issuer could not be read or discovered", slog.Any("error", err))
		})
	})
	s.bound = newAdmission(configuration.MaxOperations.In(v), s.metrics)
	registered, err := s.documents(v)
	if err != nil {
		return err
	}
	s.api, err = api.New(api.Config{Store: st, Policies: p.Policy, Verifier: verifier, CursorKey: cursorKey, Admit: s.bound.admit, Registered: registered, Streams: s.streams(v),
		Member:    api.MemberLimits{RequestsPerMinute: configuration.MemberRequestsPerMinute.In(v), ConcurrentRequests: configuration.MemberConcurrentRequests.In(v)},
		Departure: onboarding.Departure{Export: departure.Export, Depart: erased.Depart}})
	return err
}

// streams bounds the event streams; they end when the server is told to stop.
func (s *server) streams(v *configuration.Values) *api.Streams {
	if configuration.MaxStreams.In(v) == 0 {
		return nil
	}
	return &api.Streams{
		Every: configuration.StreamInterval.In(v), Within: configuration.OperationTimeout.In(v),
		Most: configuration.MaxStreams.In(v), OfMember: configuration.MemberStreams.In(v), Ending: s.ending,
	}
}

// observe starts the traces and tells which program this is.
func (s *server) observe(ctx context.Context, v *configuration.Values, p *revisions.Book) error {
	b := ThisBuild()
	s.metrics.build(b, p.Revision())
	flush, err := listen.Traces{Endpoint: configuration.TraceEndpoint.In(v), Share: configuration.TraceShare.In(v), Service: "sala"}.Start(ctx, s.log)
	if err != nil {
		return err
	}
	s.closes = append(s.closes, func() {
		bounded, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		flush(bounded)
	})
	s.log.LogAttrs(ctx, slog.LevelInfo, "starting", slog.String("version", b.Version), slog.String("revision", p.Revision()))
	return nil
}
