package controller

import (
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// readiness is 1 for an object that is as declared and 0 for one that is not yet.
var readiness = prometheus.NewGaugeVec(prometheus.GaugeOpts{
	Name: "sala_operator_ready", Help: "1 where an object is as declared, 0 where it waits or cannot become so.",
}, []string{"kind", "name"})

func init() { metrics.Registry.MustRegister(readiness, departures, runs) } //nolint:gochecknoinits // controller-runtime's registry is one a process

func ready(kind, name string, conditions []metav1.Condition) {
	value := 0.0
	if meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionReady) {
		value = 1
	}
	readiness.WithLabelValues(kind, name).Set(value)
}

// departures are those of agencies that leave by a deadline.
var departures = prometheus.NewGaugeVec(prometheus.GaugeOpts{
	Name: "sala_operator_departure_overdue", Help: "1 where an agency's departure is past its deadline, 0 where it is not yet; of agencies that leave by a deadline.",
}, []string{"name"})

func deadline(a *v1alpha1.Agency) {
	d := a.Status.Departure
	switch {
	case d == nil || d.Deadline == nil || a.Status.State == "ENDED":
		departures.DeleteLabelValues(a.Name)
	case d.Overdue:
		departures.WithLabelValues(a.Name).Set(1)
	default:
		departures.WithLabelValues(a.Name).Set(0)
	}
}

// forget removes an object's metrics with the object.
func forget(kind, name string) {
	readiness.DeleteLabelValues(kind, name)
	if kind == v1alpha1.KindAgency {
		departures.DeleteLabelValues(name)
	}
}

// runs is when a schedule's last build ended, by what came of it.
var runs = prometheus.NewGaugeVec(prometheus.GaugeOpts{
	Name: "sala_operator_release_run_seconds", Help: "When the last build of a release ended, in seconds of Unix time, by its outcome.",
}, []string{"name", "outcome"})

// ran notes a run that ended; a schedule has one outcome at a time.
func ran(name string, run *v1alpha1.ReleaseRun) {
	forgetRuns(name)
	if run.EndedOn != nil {
		runs.WithLabelValues(name, string(run.Outcome)).Set(float64(run.EndedOn.Unix()))
	}
}

// forgetRuns removes a schedule's metrics with the schedule.
func forgetRuns(name string) { runs.DeletePartialMatch(prometheus.Labels{"name": name}) }
