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

func init() { metrics.Registry.MustRegister(readiness) } //nolint:gochecknoinits // controller-runtime's registry is one a process

func ready(kind, name string, conditions []metav1.Condition) {
	value := 0.0
	if meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionReady) {
		value = 1
	}
	readiness.WithLabelValues(kind, name).Set(value)
}

// forget removes an object's metrics with the object.
func forget(kind, name string) { readiness.DeleteLabelValues(kind, name) }
