package controller

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/services/apply"
)

// The reasons of conditions.
const (
	reasonAsDeclared  = "AsDeclared"
	reasonWaiting     = "Waiting"
	reasonChanging    = "Changing"
	reasonRefused     = "Refused"
	reasonUnavailable = "APIUnavailable"
	reasonInTheWay    = "InTheWay"
	reasonDone        = "Done"
	reasonOverdue     = "Overdue"
	reasonThere       = "AgencyIsThere"
	reasonTaken       = "NamespaceTaken"
	reasonCluster     = "ClusterRefused"
	reasonTakenUp     = v1alpha1.ReasonTakenUp
	reasonLapsed      = v1alpha1.ReasonLapsed
)

// longest bounds what is shown of a message, in bytes; the definition allows 32 KiB.
const longest = 1024

func shown(message string) string {
	if len(message) > longest {
		message = strings.ToValidUTF8(message[:longest], "") + "…"
	}
	return message
}

// conditions are those of one object at one generation.
type conditions struct {
	list       *[]metav1.Condition
	generation int64
}

func ofAgency(a *v1alpha1.Agency) *conditions {
	return &conditions{&a.Status.Conditions, a.Generation}
}

func (c *conditions) note(kind string, status metav1.ConditionStatus, reason, message string) {
	meta.SetStatusCondition(c.list, metav1.Condition{Type: kind, Status: status, Reason: reason, Message: shown(message), ObservedGeneration: c.generation})
}

func (c *conditions) without(kind string) { meta.RemoveStatusCondition(c.list, kind) }

func (c *conditions) has(kind string) bool { return meta.FindStatusCondition(*c.list, kind) != nil }

func (c *conditions) holds(kind string) bool { return meta.IsStatusConditionTrue(*c.list, kind) }

// says reports whether Ready says this already.
func (c *conditions) says(message string) bool {
	was := meta.FindStatusCondition(*c.list, v1alpha1.ConditionReady)
	return was != nil && was.Message == shown(message)
}

// outcome sets Ready, Reconciling and Stalled, so that a client that knows nothing of
// agencies can wait: of Reconciling and Stalled at most one is there.
func (c *conditions) outcome(ready metav1.ConditionStatus, reason, message string) {
	c.note(v1alpha1.ConditionReady, ready, reason, message)
	kind, other := v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled
	if reason == reasonRefused || reason == reasonThere || reason == reasonTaken {
		kind, other = other, kind
	}
	meta.RemoveStatusCondition(c.list, other)
	if ready == metav1.ConditionTrue {
		meta.RemoveStatusCondition(c.list, kind)
		return
	}
	c.note(kind, metav1.ConditionTrue, reason, message) // never removed and made anew: it would be another time
}

// steady keeps the time of what did not change in a reconcile, however often it was said
// anew in between.
func steady(before, now []metav1.Condition) {
	for i := range now {
		if was := meta.FindStatusCondition(before, now[i].Type); was != nil && was.Status == now[i].Status {
			now[i].LastTransitionTime = was.LastTransitionTime
		}
	}
}

// sentence says of steps what they are about and for whom is waited.
func sentence(steps []*apply.Step) string {
	var out []string
	for _, s := range steps {
		line := strings.Join(s.About, ", ")
		if s.Waits != "" {
			line = strings.TrimPrefix(line+" waits for "+s.Waits, " ")
		}
		if line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "; ")
}

// waits lists for whom is waited.
func waits(steps []*apply.Step) string {
	var out []string
	for _, s := range steps {
		if s.Waits != "" && !slices.Contains(out, s.Waits) {
			out = append(out, s.Waits)
		}
	}
	return strings.Join(out, "; ")
}
