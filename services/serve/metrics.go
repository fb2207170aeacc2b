package serve

import (
	"database/sql"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sala-exchange/sala/internal/request"
	"github.com/sala-exchange/sala/services/api"
	"github.com/sala-exchange/sala/services/listen"
)

// metrics are the server's figures. Their labels are words of the program: kinds of
// operation, kinds of agency, codes, classes; never what a client typed, an agency, a
// member or a case. So they are also few.
type metrics struct {
	registry   *prometheus.Registry
	operations *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	underWay   prometheus.Gauge
	turnedAway prometheus.Counter
	refusals   *prometheus.CounterVec
	panics     prometheus.Counter
	ready      *prometheus.GaugeVec
}

// ownMetrics are what every process of Sala's has, whatever it serves.
func ownMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		ready: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sala_ready", Help: "Whether a check of readiness holds: 1 or 0.",
		}, []string{"check"}),
	}
	m.registry.MustRegister(m.ready, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// newMetrics are the API's.
func newMetrics() *metrics {
	m := ownMetrics()
	m.operations = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sala_operations_total", Help: "Requests of the API by kind of operation, kind of agency and outcome (OK or an error's code).",
	}, []string{"operation", "agency_kind", "outcome"})
	m.seconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "sala_operation_seconds", Help: "How long requests of the API took, by kind of operation and kind of agency.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120},
	}, []string{"operation", "agency_kind"})
	m.underWay = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "sala_operations_under_way", Help: "Operations under way now, at most maxOperations.",
	})
	m.turnedAway = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "sala_operations_turned_away_total", Help: "Operations answered with 503 because maxOperations were under way.",
	})
	m.refusals = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "sala_sign_in_refusals_total", Help: "Requests refused at signing in, by class of the check that failed.",
	}, []string{"reason"})
	m.panics = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "sala_panics_total", Help: "Panics outside resolvers that were answered as internal errors.",
	})
	m.registry.MustRegister(m.operations, m.seconds, m.underWay, m.turnedAway, m.refusals, m.panics)
	return m
}

// build tells which program this is.
func (m *metrics) build(b Build, revision string) {
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "sala_build_info", Help: "Which program this is; always 1.",
		ConstLabels: prometheus.Labels{"version": b.Version, "commit": b.Commit, "modified": strconv.FormatBool(b.Modified), "go": b.Go, "policy": revision},
	})
	info.Set(1)
	m.registry.MustRegister(info)
}

func (m *metrics) pool(name string, db *sql.DB) {
	m.registry.MustRegister(collectors.NewDBStatsCollector(db, name))
}

func (m *metrics) lag(l lagging) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sala_ledger_lag_seconds", Help: "No record older than this waits for its place in the ledger.",
	}, func() float64 { return l.Lag().Seconds() }))
}

func (m *metrics) placed(s *api.Sequencer) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "sala_ledger_placed_total", Help: "Records that this process gave a place in the ledger.",
	}, func() float64 { return float64(s.Placed()) }))
}

func (m *metrics) certificate(c *listen.Certificate) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "sala_tls_certificate_not_after_seconds", Help: "When the certificate in use ends, in seconds since 1970.",
	}, func() float64 { return float64(c.NotAfter().Unix()) }))
}

// served counts one request, by words of the program.
func (m *metrics) served(f request.Facts, took time.Duration) {
	m.operations.WithLabelValues(f.Operation, f.AgencyKind, f.Outcome).Inc()
	m.seconds.WithLabelValues(f.Operation, f.AgencyKind).Observe(took.Seconds())
}

// handler answers a scrape, after a look at the checks.
func (m *metrics) handler(r *listen.Readiness) http.Handler {
	scrape := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		failed := r.Look(q.Context())
		for i, c := range r.Checks {
			holds := 0.0
			if failed[i] == nil {
				holds = 1
			}
			m.ready.WithLabelValues(c.Name).Set(holds)
		}
		scrape.ServeHTTP(w, q)
	})
}
