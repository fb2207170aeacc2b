package controller

import (
	"time"

	"github.com/robfig/cron/v3"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// keepTime says when the next build is due, and whether one that was due was not started.
func (r *Releases) keepTime(s *v1alpha1.ReleaseSchedule, c *conditions, held bool) {
	cadence := s.Spec.Schedule + " " + s.Spec.TimeZone
	if s.Spec.Suspend || held {
		cadence = ""
	}
	if cadence != s.Status.Cadence || s.Status.Since == nil {
		s.Status.Cadence, s.Status.Since = cadence, new(metav1.NewTime(time.Now().Truncate(time.Second)))
	}
	s.Status.NextOn = nil
	plan, err := cron.ParseStandard("TZ=" + s.Spec.TimeZone + " " + s.Spec.Schedule)
	if cadence == "" || err != nil { // the API server took it, which knows more forms
		meta.RemoveStatusCondition(c.list, v1alpha1.ConditionOnTime)
		return
	}
	now := time.Now()
	s.Status.NextOn = new(metav1.NewTime(plan.Next(now)))
	late := time.Duration(0)
	if d := s.Spec.StartingDeadlineSeconds; d != nil {
		late = time.Duration(*d) * time.Second
	}
	if due := overdue(plan, s, now.Add(-late)); !due.IsZero() {
		if !meta.IsStatusConditionFalse(*c.list, v1alpha1.ConditionOnTime) {
			r.Events.Eventf(s, nil, "Warning", "Missed", "Build", "the build that was due on %s was not started", due.UTC().Format(time.RFC3339))
		}
		c.note(v1alpha1.ConditionOnTime, metav1.ConditionFalse, reasonMissed, "the build that was due on "+due.UTC().Format(time.RFC3339)+" was not started in time: is the cluster's CronJob controller up, and was another build under way?")
		return
	}
	c.note(v1alpha1.ConditionOnTime, metav1.ConditionTrue, reasonAsDeclared, "no build was missed")
}

// overdue is the last time before a limit at which a build was due and none was started
// since; zero where there is none.
func overdue(plan cron.Schedule, s *v1alpha1.ReleaseSchedule, limit time.Time) (due time.Time) {
	from := s.Status.Since.Time
	if run := s.Status.LastRun; run != nil && run.StartedOn != nil && run.StartedOn.After(from) {
		from = run.StartedOn.Time
	}
	if s.Status.Running != "" {
		return due
	}
	for next := plan.Next(from); !next.IsZero() && next.Before(limit); next = plan.Next(next) {
		due = next
	}
	return due
}

// again is when to look next: when a build that is due would be missed, at the latest.
func (r *Releases) again(s *v1alpha1.ReleaseSchedule) ctrl.Result {
	wait := r.Resync
	if s.Status.NextOn != nil && s.Spec.StartingDeadlineSeconds != nil {
		wait = min(wait, time.Until(s.Status.NextOn.Time)+time.Duration(*s.Spec.StartingDeadlineSeconds)*time.Second)
	}
	return after(wait)
}
