package progress

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sala-exchange/sala/internal/errs"
	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// Outcome is what an object's conditions come to.
type Outcome string

// The outcomes.
const (
	Ready   Outcome = "READY"   // all is as declared
	Waiting Outcome = "WAITING" // something is under way, or somebody is waited for
	Stalled Outcome = "STALLED" // it cannot become so as it stands
)

// Standing is how an agency's object stands.
type Standing struct {
	Code     string  `json:"code"`
	Outcome  Outcome `json:"outcome"`
	State    string  `json:"state,omitempty"`    // where the agency stands at the API; empty while it is not there
	Says     string  `json:"says"`               // in a sentence
	WaitsFor string  `json:"waitsFor,omitempty"` // in the operator's words
	Leaving  bool    `json:"leaving,omitempty"`  // the object is deleted, and waits for its agency to be gone
	// Departure is to whom its cases are handed over and until when, as was decided.
	Departure *v1alpha1.DepartureStatus `json:"departure,omitempty"`
	Steps     []Step                    `json:"steps"`
	Duties    []Duty                    `json:"duties"`
}

// Step is one condition.
type Step struct {
	Step   string    `json:"step"`
	Status string    `json:"status"` // True, False or Unknown
	Reason string    `json:"reason"`
	Says   string    `json:"says"`
	Since  time.Time `json:"since"`
}

// Of reads how an agency's object stands.
func Of(a *v1alpha1.Agency) *Standing {
	s := &Standing{Code: a.Name, State: a.Status.State, WaitsFor: a.Status.WaitsFor, Leaving: !a.DeletionTimestamp.IsZero(), Departure: a.Status.Departure, Steps: []Step{}, Duties: []Duty{}}
	for _, c := range a.Status.Conditions {
		s.Steps = append(s.Steps, Step{c.Type, string(c.Status), c.Reason, c.Message, c.LastTransitionTime.UTC()})
	}
	s.Outcome, s.Says = outcome(a)
	s.Duties = duties(a, s.Outcome)
	return s
}

func outcome(a *v1alpha1.Agency) (Outcome, string) {
	ready := meta.FindStatusCondition(a.Status.Conditions, v1alpha1.ConditionReady)
	switch {
	case ready == nil || a.Status.ObservedGeneration != a.Generation || ready.ObservedGeneration != a.Generation:
		return Waiting, "the operator has not looked at this version of the manifest yet"
	case ready.Status == metav1.ConditionTrue:
		return Ready, "all is as the manifest says"
	case meta.IsStatusConditionTrue(a.Status.Conditions, v1alpha1.ConditionStalled):
		return Stalled, "it cannot become so as the manifest stands: " + ready.Message
	case ready.Status == metav1.ConditionUnknown:
		return Waiting, "the operator could not find out: " + ready.Message
	}
	return Waiting, ready.Message
}

// every is how often an object is looked at while it is waited for.
const every = 2 * time.Second

// Wait looks until the agency is ready or stalled, or ctx ends, and tells each change. A
// cluster that cannot be reached is asked again. It returns the last standing with ctx's
// error where that ended, or, where there never was one, why.
func (c *Cluster) Wait(ctx context.Context, code string, tell func(*Standing)) (*Standing, error) {
	var last *Standing
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		a, err := c.Agency(ctx, code)
		switch {
		case err == nil:
			now := Of(a)
			if last == nil || now.Outcome != last.Outcome || now.Says != last.Says || now.WaitsFor != last.WaitsFor {
				tell(now)
			}
			if last = now; now.Outcome != Waiting {
				return now, nil
			}
		case errs.KindOf(err) != errs.Unavailable && ctx.Err() == nil:
			return last, err
		}
		select {
		case <-ctx.Done():
			if last == nil && err != nil {
				return nil, err
			}
			return last, ctx.Err()
		case <-tick.C:
		}
	}
}
