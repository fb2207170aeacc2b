package region

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sala-exchange/sala/internal/request"
)

// metrics are the door's figures. Their labels are words of the program.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.CounterVec
	seconds    prometheus.Histogram
	refusals   *prometheus.CounterVec
	panics     prometheus.Counter
	releases   prometheus.Gauge
	unverified prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sala_region_requests_total", Help: "Requests by kind of operation and outcome (OK or an error's code).",
		}, []string{"operation", "outcome"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "sala_region_request_seconds", Help: "How long requests took.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, 1, 10},
		}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sala_region_sign_in_refusals_total", Help: "Requests refused at signing in, by class of the check that failed.",
		}, []string{"reason"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "sala_region_panics_total", Help: "Requests that panicked; above 0 it is a defect.",
		}),
		releases: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sala_region_releases", Help: "Verified versions that are held.",
		}),
		unverified: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sala_region_releases_unverified", Help: "Versions in the stores that do not verify and are not served; above 0 somebody must look.",
		}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.refusals, m.panics, m.releases, m.unverified,
		// Package collectors has the same, and links database/sql.
		prometheus.NewGoCollector(), prometheus.NewProcessCollector(prometheus.ProcessCollectorOpts{})) //nolint:staticcheck // as said
	return m
}

// served counts one request. What did not come to GraphQL is a download or a refusal.
func (m *metrics) served(f request.Facts, took time.Duration) {
	m.requests.WithLabelValues(f.Operation, f.Outcome).Inc()
	m.seconds.Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
