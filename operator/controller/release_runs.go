package controller

import (
	"context"
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
)

// learn takes the outcome of the run that ended last into the status.
func (r *Releases) learn(ctx context.Context, s *v1alpha1.ReleaseSchedule, c *conditions) error {
	var jobs batchv1.JobList
	if err := r.Client.List(ctx, &jobs, client.InNamespace(r.Platform.Namespace), client.MatchingLabels{specs.LabelSchedule: s.Name}); err != nil {
		return fmt.Errorf("listing the runs of a release: %w", err)
	}
	slices.SortFunc(jobs.Items, func(a, b batchv1.Job) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
	s.Status.Running = ""
	var last *batchv1.Job
	for i := range jobs.Items {
		if ended(&jobs.Items[i]) == nil {
			s.Status.Running = jobs.Items[i].Name
			continue
		}
		last = &jobs.Items[i]
	}
	if known := s.Status.LastRun; last != nil && (known == nil || known.Job != last.Name) {
		run, err := r.run(ctx, last)
		if err != nil {
			return err
		}
		s.Status.LastRun = run
		r.tellRun(s, run)
	}
	if s.Status.LastRun != nil {
		ran(s.Name, s.Status.LastRun) // also what another copy of the operator learnt
	}
	outcomeOf(s, c)
	return nil
}

// ended is the condition by which a Job is over.
func ended(j *batchv1.Job) *batchv1.JobCondition {
	for i, c := range j.Status.Conditions {
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return &j.Status.Conditions[i]
		}
	}
	return nil
}

// run reads what came of a Job: whether it was completed says the Job alone, why says the
// last message of its pod, of which only the fixed words are taken.
func (r *Releases) run(ctx context.Context, j *batchv1.Job) (*v1alpha1.ReleaseRun, error) {
	end := ended(j)
	run := &v1alpha1.ReleaseRun{Job: j.Name, StartedOn: j.Status.StartTime, EndedOn: new(end.LastTransitionTime), Definition: j.Annotations[specs.AnnotationDefinition]}
	if j.Status.CompletionTime != nil {
		run.EndedOn = j.Status.CompletionTime
	}
	message, err := r.message(ctx, j)
	if err != nil {
		return nil, err
	}
	outcome, code, understood := v1alpha1.ParseMessage(message)
	switch complete := end.Type == batchv1.JobComplete; {
	case complete == (outcome == v1alpha1.Built) && understood:
		run.Outcome, run.Code = outcome, code
	case complete: // it ended well, and did not say that it built anything
		run.Outcome, run.Code = v1alpha1.Failed, v1alpha1.CodeUnknown
	case end.Reason == batchv1.JobReasonDeadlineExceeded:
		run.Outcome, run.Code = v1alpha1.Failed, v1alpha1.CodeDeadline
	case message == "" || outcome == v1alpha1.Built:
		run.Outcome, run.Code = v1alpha1.Failed, v1alpha1.CodeCrashed
	default:
		run.Outcome, run.Code = v1alpha1.Failed, v1alpha1.CodeUnknown
	}
	return run, nil
}

// message is the last message of the Job's newest pod that ended.
func (r *Releases) message(ctx context.Context, j *batchv1.Job) (message string, err error) {
	var pods corev1.PodList
	if err := r.Reader.List(ctx, &pods, client.InNamespace(j.Namespace), client.MatchingLabels{batchv1.JobNameLabel: j.Name}); err != nil {
		return "", fmt.Errorf("reading the last message of a release's build: %w", err)
	}
	var at metav1.Time
	for i := range pods.Items {
		for _, c := range pods.Items[i].Status.ContainerStatuses {
			if t := c.State.Terminated; c.Name == specs.BuildContainer && t != nil && !t.FinishedAt.Before(&at) {
				message, at = t.Message, t.FinishedAt
			}
		}
	}
	return message, nil
}

// outcomeOf says what came of the last run, and for whom its candidate waits.
func outcomeOf(s *v1alpha1.ReleaseSchedule, c *conditions) {
	s.Status.WaitsFor = ""
	run := s.Status.LastRun
	switch {
	case run == nil && s.Status.Running != "":
		c.note(v1alpha1.ConditionBuilt, metav1.ConditionUnknown, reasonUnderWay, "the first build is under way")
	case run == nil:
		c.note(v1alpha1.ConditionBuilt, metav1.ConditionUnknown, reasonNeverRan, "nothing was built yet")
	case run.Outcome == v1alpha1.Built:
		s.Status.WaitsFor = v1alpha1.WaitsForPublisher
		c.note(v1alpha1.ConditionBuilt, metav1.ConditionTrue, "Built", "the candidate "+run.Job+".json passed every gate and is not published by this: it waits for "+v1alpha1.WaitsForPublisher)
	default:
		c.note(v1alpha1.ConditionBuilt, metav1.ConditionFalse, map[v1alpha1.Outcome]string{v1alpha1.Refused: "Refused", v1alpha1.Failed: "Failed"}[run.Outcome], meaning(run))
	}
}

// meanings tell each code in a sentence.
var meanings = map[v1alpha1.Code]string{
	v1alpha1.CodeDefinition:    "the definition is malformed, or not the one of this schedule: sala release plan FILE says more",
	v1alpha1.CodeAudience:      "the definition is for another audience than the schedule",
	v1alpha1.CodeBudget:        "the definition asks for more of the privacy budget than the schedule allows",
	v1alpha1.CodeNotReleasable: "nothing can be released so: too few persons, a period that is not over, or noise that leaves nothing; declare more years or fewer columns",
	v1alpha1.CodeInput:         "a key, a file or a setting of the build is wrong: its log says which",
	v1alpha1.CodeUnavailable:   "the database could not be reached, or the claim is full",
	v1alpha1.CodeStopped:       "it was told to end before it was done",
	v1alpha1.CodeInternal:      "a fault of the program: its log says more",
	v1alpha1.CodeDeadline:      "it took longer than spec.deadlineSeconds",
	v1alpha1.CodeCrashed:       "it ended without a word: out of memory, or its node was lost",
	v1alpha1.CodeUnknown:       "it ended with words that are none of a build's",
}

func meaning(run *v1alpha1.ReleaseRun) string {
	if m := meanings[run.Code]; m != "" {
		return string(run.Code) + ": " + m
	}
	return string(run.Code) + ": a gate refused it; a person builds it by hand and reads what `sala release check` found"
}

// tellRun makes an event of a run that ended.
func (r *Releases) tellRun(s *v1alpha1.ReleaseSchedule, run *v1alpha1.ReleaseRun) {
	if run.Outcome == v1alpha1.Built {
		r.Events.Eventf(s, nil, "Normal", "Built", "Build", "%s passed every gate: a person publishes it", run.Job)
		return
	}
	r.Events.Eventf(s, nil, "Warning", map[v1alpha1.Outcome]string{v1alpha1.Refused: "Refused", v1alpha1.Failed: "Failed"}[run.Outcome], "Build", "%s: %s", run.Job, meaning(run))
}
