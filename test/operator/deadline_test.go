package operator

import (
	"fmt"
	"strings"
	"testing"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// TestDepartureByADeadline: what the object says of a departure is what two people approve
// and nothing else; past its deadline it is overdue by condition, event, metric and command,
// and goes on to its end all the same.
func TestDepartureByADeadline(t *testing.T) {
	e := founded(t).operate()
	a := e.onboard(e.manifest("a10", "SHELTER", ""))
	e.join("a10", e.invitation("a10"))
	by := time.UnixMicro(e.api.Store.Now()).Add(30 * 24 * time.Hour).UTC().Truncate(time.Second)
	leaving := func(to string, by time.Time) {
		e.set(a, fmt.Sprintf(`{"state":"OFFBOARDING","offboarding":{"handOverTo":%q,"deadline":%q}}`, to, by.Format(time.RFC3339)))
	}
	refused := func(what string) func() bool {
		return func() bool {
			c := meta.FindStatusCondition(a.Status.Conditions, "Ready")
			return is(a, "Stalled", "Refused") && strings.Contains(c.Message, what)
		}
	}
	leaving("nobody", by)
	e.until(a, "refused for its target", refused("another agency, one that is active"))
	leaving("lwu", by.AddDate(9, 0, 0))
	e.until(a, "refused for its deadline", refused("7 to 730 days"))
	leaving("lwu", by)
	waits := func() bool { return is(a, "Ready", "Waiting") && strings.Contains(a.Status.WaitsFor, "two people") }
	e.until(a, "waiting for two", waits)
	leaving("atd", by)
	e.until(a, "refused while another is proposed", refused("refuse it first"))
	leaving("lwu", by)
	e.until(a, "waiting for two again", waits)
	if a.Status.Departure != nil || a.Status.State != "ACTIVE" {
		t.Errorf("the operator alone sent an agency away: %+v", a.Status)
	}
	e.approve("lwu")
	e.approve("atd")
	e.until(a, "begun as approved", func() bool {
		d := a.Status.Departure
		return is(a, "Departed", "Waiting") && is(a, "SharingEnded", "Done") && d != nil && d.HandOverTo == "lwu" && d.Deadline != nil && d.Deadline.Time.Equal(by) && !d.Overdue
	})
	leaving("atd", by)
	e.until(a, "refused once begun", refused("its handOverTo is lwu"))
	e.set(a, `{"offboarding":null}`)
	e.until(a, "left to what was approved", func() bool { return is(a, "Ready", "Waiting") && a.Status.Departure.HandOverTo == "lwu" })
	if n := overdueMetric(t, "a10"); n != 0 {
		t.Errorf("before its deadline the metric is %v", n)
	}
	e.api.Advance(31 * 24 * time.Hour)
	e.until(a, "overdue", func() bool {
		return is(a, "Ready", "Overdue") && is(a, "Departed", "Overdue") && is(a, "Reconciling", "Overdue") && a.Status.Departure.Overdue
	})
	if n := overdueMetric(t, "a10"); n != 1 {
		t.Errorf("past its deadline the metric is %v", n)
	}
	if _, out, _ := status(t, "a10", "--kubeconfig", kubeconfig(t, plane.Config)); !strings.Contains(out, "it is overdue, and nothing ends by that") || !strings.Contains(out, "offered to lwu") {
		t.Errorf("sala agency status: %s", out)
	}
	e.overdueOnce(a)
	e.export("a10")
	d := e.advance("lwu", "a10")
	if d.Waiting != "objection" || !d.Overdue || d.HandOverTo != "lwu" {
		t.Fatalf("it does not go on: %+v", d)
	}
	e.api.Advance(73 * time.Hour)
	for d.EndedOn == nil {
		d = e.advance("lwu", "a10")
	}
	e.until(a, "departed", func() bool { return is(a, "Departed", "Done") && is(a, "Ready", "Done") && !a.Status.Departure.Overdue })
	if n := overdueMetric(t, "a10"); n != -1 {
		t.Errorf("of an agency that has left the metric is %v", n)
	}
}

// overdueOnce: one event tells it, however often the operator looks.
func (e *exchange) overdueOnce(a *v1alpha1.Agency) {
	e.t.Helper()
	asked := reconciled(e.t)
	for end := time.Now().Add(20 * time.Second); reconciled(e.t) < asked+3 && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	var events eventsv1.EventList
	if err := e.cluster.List(e.t.Context(), &events); err != nil {
		e.t.Fatal(err)
	}
	n := 0
	for _, one := range events.Items {
		if one.Reason == "Overdue" && one.Regarding.Name == a.Name {
			n++
			if one.Series != nil {
				e.t.Errorf("it was told %d times", one.Series.Count)
			}
		}
	}
	if n != 1 {
		e.t.Errorf("%d events tell that it is overdue", n)
	}
}

// overdueMetric is an agency's; -1 where there is none.
func overdueMetric(t *testing.T, code string) float64 {
	t.Helper()
	families, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "sala_operator_departure_overdue" {
			continue
		}
		for _, m := range f.GetMetric() {
			if len(m.GetLabel()) == 1 && m.GetLabel()[0].GetValue() == code {
				return m.GetGauge().GetValue()
			}
		}
	}
	return -1
}

// TestDepartureOfASuspendedAgency: one that is shut out first and then sent away, as the
// runbook says, leaves as any other; while it is shut out it waits to be let in, for its own
// people do the next step.
func TestDepartureOfASuspendedAgency(t *testing.T) {
	e := founded(t).operate()
	a := e.onboard(e.manifest("a11", "NGO", ""))
	e.join("a11", e.invitation("a11"))
	e.set(a, `{"state":"SUSPENDED"}`)
	e.until(a, "suspended", func() bool { return a.Status.State == "SUSPENDED" })
	e.set(a, `{"state":"OFFBOARDING","offboarding":{"handOverTo":"lwu"}}`)
	e.until(a, "waiting for two", func() bool { return strings.Contains(a.Status.WaitsFor, "two people") })
	e.approve("lwu")
	e.approve("atd")
	e.until(a, "begun though suspended", func() bool {
		return a.Status.State == "SUSPENDED" && a.Status.Departure != nil && is(a, "SharingEnded", "Done") && is(a, "Departed", "Waiting") &&
			strings.HasPrefix(a.Status.WaitsFor, "its being let in again")
	})
	if _, out, _ := status(t, "a11", "--kubeconfig", kubeconfig(t, plane.Config)); !strings.Contains(out, "sala agency resume a11") {
		t.Errorf("sala agency status: %s", out)
	}
	e.set(a, `{"offboarding":{"handOverTo":"atd"}}`)
	e.until(a, "other terms refused", func() bool { return is(a, "Stalled", "Refused") })
	e.set(a, `{"offboarding":{"handOverTo":"lwu"}}`)
	e.until(a, "waiting again", func() bool { return is(a, "Ready", "Waiting") })
}
