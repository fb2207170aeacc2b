package operator

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/yaml"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
	"github.com/sala-exchange/sala/operator/specs"
)

const soundSchedule = `apiVersion: sala.exchange/v1alpha1
kind: ReleaseSchedule
metadata: {name: persons}
spec:
  schedule: "30 2 1 2 *"
  audience: COUNTERPARTS
  definition: |
    name: persons
    title: Persons by sex and year
    publisher: Secretariat
    country: LA
    geography: Lao People's Democratic Republic
    population: {name: persons, unit: CASE}
    period: {from: 2023, to: 2024}
    columns:
      - {name: year}
      - {name: sex}
    method: counts
    audience: COUNTERPARTS
`

// TestRulesOfSchedules: what needs no look-up is refused before it is stored.
func TestRulesOfSchedules(t *testing.T) {
	c := cluster(t)
	if err := c.Create(t.Context(), object(t, soundSchedule), client.DryRunAll); err != nil {
		t.Fatal(err)
	}
	budget := func(e, d string) [2]string {
		return [2]string{"audience: COUNTERPARTS\n  def", fmt.Sprintf("audience: COUNTERPARTS\n  privacyBudget: {epsilon: %q, delta: %q}\n  def", e, d)}
	}
	for change, want := range map[[2]string]string{
		{"{name: persons}\nspec", "{name: Persons}\nspec"}:                                 "",
		{"{name: persons}\nspec", "{name: persons.x}\nspec"}:                               "metadata.name is 1 to 38",
		{"{name: persons}\nspec", "{name: " + strings.Repeat("a", 39) + "}\nspec"}:         "metadata.name is 1 to 38",
		{`"30 2 1 2 *"`, `"* 2 1 2 *"`}:                                                    "at most once a day",
		{`"30 2 1 2 *"`, `"30 */2 1 2 *"`}:                                                 "at most once a day",
		{`"30 2 1 2 *"`, `"@hourly"`}:                                                      "at most once a day",
		{`"30 2 1 2 *"`, `"TZ=UTC 30 2 1 2 *"`}:                                            "at most once a day",
		{`"30 2 1 2 *"`, `"30 2 1 2"`}:                                                     "at most once a day",
		{"audience: COUNTERPARTS\n  def", "audience: EVERYBODY\n  def"}:                    "audience",
		{"audience: COUNTERPARTS\n  def", "audience: PUBLIC\n  timeZone: ../x\n  def"}:     "timeZone",
		{"audience: COUNTERPARTS\n  def", "audience: PUBLIC\n  deadlineSeconds: 5\n  def"}: "deadlineSeconds",
		budget("9", "0.00001"):                                                             "epsilon is above 0 and at most 8",
		budget("0", "0.00001"):                                                             "epsilon is above 0 and at most 8",
		budget("1e3", "0.00001"):                                                           "epsilon",
		budget("2", "0.1"):                                                                 "delta is above 0 and at most 0.0001",
		budget("2", "0"):                                                                   "delta is above 0",
		budget("2", "0.00001"):                                                             "none",
		{`"30 2 1 2 *"`, `"@monthly"`}:                                                     "none",
	} {
		bad := strings.Replace(soundSchedule, change[0], change[1], 1)
		if bad == soundSchedule {
			t.Fatalf("%q is not there", change[0])
		}
		err := c.Create(t.Context(), object(t, bad), client.DryRunAll)
		if want == "none" && err != nil || want != "none" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", change[1], err, want)
		}
	}
	s := &v1alpha1.ReleaseSchedule{ObjectMeta: metav1.ObjectMeta{Name: "fromgo"}, Spec: v1alpha1.ReleaseScheduleSpec{Definition: "x", Schedule: "@daily", Audience: "PUBLIC"}}
	if err := c.Create(t.Context(), s, client.DryRunAll); err != nil {
		t.Fatal(err)
	}
	if s.Spec.TimeZone != "Asia/Vientiane" || *s.Spec.DeadlineSeconds != 3600 || *s.Spec.Retries != 2 || *s.Spec.FailedRunsKept != 3 || s.Status.ObservedGeneration != -1 {
		t.Errorf("the defaults of an object from Go: %+v", s.Spec)
	}
}

// template is the platform's, as charts/sala renders it.
func template(t *testing.T) *corev1.PodTemplate {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "charts", "testdata", "golden", "sala-national.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range strings.Split(string(raw), "\n---\n") {
		var p corev1.PodTemplate
		if strings.Contains(doc, "\nkind: PodTemplate\n") && yaml.Unmarshal([]byte(doc), &p) == nil {
			return &p
		}
	}
	t.Fatal("charts/sala renders no template of a build")
	return nil
}

// scheduled is an operator with one schedule.
type scheduled struct {
	*exchange
	s    *v1alpha1.ReleaseSchedule
	jobs int
}

func schedule(t *testing.T, manifest string, templated bool) *scheduled {
	t.Helper()
	e := &scheduled{exchange: founded(t).operate()}
	if templated {
		e.template()
	}
	u := object(t, manifest)
	if err := e.cluster.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	e.s = &v1alpha1.ReleaseSchedule{ObjectMeta: metav1.ObjectMeta{Name: u.GetName()}}
	t.Cleanup(func() {
		e.stop() // it would put back what is taken away here
		ctx := context.Background()
		_ = e.cluster.Delete(ctx, e.s)
		for _, kind := range []client.Object{&batchv1.CronJob{}, &batchv1.Job{}, &corev1.ConfigMap{}, &corev1.Pod{}, &corev1.PodTemplate{}} {
			_ = e.cluster.DeleteAllOf(ctx, kind, client.InNamespace(platform), client.GracePeriodSeconds(0), client.PropagationPolicy(metav1.DeletePropagationBackground))
		}
	})
	return e
}

func (e *scheduled) template() {
	e.t.Helper()
	if err := e.cluster.Create(e.t.Context(), template(e.t)); client.IgnoreAlreadyExists(err) != nil {
		e.t.Fatal(err)
	}
}

// so waits for the schedule to be so.
func (e *scheduled) so(what string, is func(*v1alpha1.ReleaseSchedule) bool) {
	e.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := e.cluster.Get(e.t.Context(), client.ObjectKeyFromObject(e.s), e.s); err != nil {
			e.t.Fatal(err)
		}
		if e.s.Status.ObservedGeneration == e.s.Generation && is(e.s) {
			return
		}
	}
	e.t.Fatalf("not %s: %+v\n%s", what, e.s.Status, e.log)
}

func condition(s *v1alpha1.ReleaseSchedule, kind string) string {
	c := meta.FindStatusCondition(s.Status.Conditions, kind)
	if c == nil {
		return ""
	}
	return string(c.Status) + " " + c.Reason
}

func (e *scheduled) cron() *batchv1.CronJob {
	e.t.Helper()
	j := &batchv1.CronJob{}
	if err := e.cluster.Get(e.t.Context(), client.ObjectKey{Namespace: platform, Name: specs.ReleaseName(e.s.Name)}, j); err != nil {
		e.t.Fatal(err)
	}
	return j
}

// runs plays the parts of the CronJob's and the Job's controllers and of the kubelet: a
// Job of the CronJob's template, a pod of the Job's, and what they report.
func (e *scheduled) runs(message string, end batchv1.JobConditionType, reason string) *batchv1.Job {
	e.t.Helper()
	e.jobs++
	cron := e.cron()
	j := &batchv1.Job{ObjectMeta: *cron.Spec.JobTemplate.ObjectMeta.DeepCopy(), Spec: *cron.Spec.JobTemplate.Spec.DeepCopy()}
	j.Name, j.Namespace = fmt.Sprintf("%s-%d", cron.Name, e.jobs), platform
	j.OwnerReferences = []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "CronJob", Name: cron.Name, UID: cron.UID, Controller: new(true)}}
	p := &corev1.Pod{ObjectMeta: *j.Spec.Template.ObjectMeta.DeepCopy(), Spec: *j.Spec.Template.Spec.DeepCopy()}
	p.Name, p.Namespace = j.Name+"-x", platform
	p.Labels[batchv1.JobNameLabel] = j.Name
	for _, o := range []client.Object{j, p} {
		if err := e.cluster.Create(e.t.Context(), o); err != nil {
			e.t.Fatal(err)
		}
	}
	e.so("under way", func(s *v1alpha1.ReleaseSchedule) bool { return s.Status.Running == j.Name })
	now := metav1.NewTime(time.Now().Truncate(time.Second))
	p.Status.Phase = corev1.PodSucceeded
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: specs.BuildContainer, Image: "x", ImageID: "x",
		State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Message: message, FinishedAt: now}}}}
	if err := e.cluster.Status().Update(e.t.Context(), p); err != nil {
		e.t.Fatal(err)
	}
	j.Status.StartTime = &now
	first := batchv1.JobSuccessCriteriaMet
	if end == batchv1.JobComplete {
		j.Status.CompletionTime, j.Status.Succeeded = &now, 1
	} else {
		j.Status.Failed, first = 1, batchv1.JobFailureTarget
	}
	for _, kind := range []batchv1.JobConditionType{first, end} {
		j.Status.Conditions = append(j.Status.Conditions, batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, Reason: reason, LastTransitionTime: now})
	}
	if err := e.cluster.Status().Update(e.t.Context(), j); err != nil {
		e.t.Fatal(err)
	}
	time.Sleep(time.Second) // the next one is newer by a second, as times of objects are
	e.so("told of "+j.Name, func(s *v1alpha1.ReleaseSchedule) bool {
		return s.Status.LastRun != nil && s.Status.LastRun.Job == j.Name && s.Status.Running == ""
	})
	return j
}

// TestScheduleRunsAndTells: a CronJob as the object says, and what came of each run, by
// words of a fixed list alone.
func TestScheduleRunsAndTells(t *testing.T) {
	e := schedule(t, soundSchedule, false)
	e.so("waiting for the platform", func(s *v1alpha1.ReleaseSchedule) bool { return condition(s, "Ready") == "False NotSetUp" })
	e.template()
	e.so("ready", func(s *v1alpha1.ReleaseSchedule) bool { return condition(s, "Ready") == "True AsDeclared" })
	if got := condition(e.s, "Built"); got != "Unknown NeverRan" || e.s.Status.WaitsFor != "" || e.s.Status.NextOn == nil {
		t.Errorf("before the first run: %s %+v", got, e.s.Status)
	}
	e.made()
	e.runs("BUILT done", batchv1.JobComplete, "")
	if c := condition(e.s, "Built"); c != "True Built" || e.s.Status.WaitsFor != v1alpha1.WaitsForPublisher || e.s.Status.LastRun.Definition != e.s.Spec.Digest() {
		t.Errorf("built: %s %+v", c, e.s.Status)
	}
	for _, c := range []struct {
		message string
		end     batchv1.JobConditionType
		reason  string
		want    string
	}{
		{"REFUSED gate-k", batchv1.JobFailed, batchv1.JobReasonPodFailurePolicy, "REFUSED gate-k"},
		{"REFUSED not-releasable", batchv1.JobFailed, batchv1.JobReasonPodFailurePolicy, "REFUSED not-releasable"},
		{"FAILED unavailable", batchv1.JobFailed, batchv1.JobReasonBackoffLimitExceeded, "FAILED unavailable"},
		{"", batchv1.JobFailed, batchv1.JobReasonBackoffLimitExceeded, "FAILED crashed"},
		{"", batchv1.JobFailed, batchv1.JobReasonDeadlineExceeded, "FAILED deadline"},
		{"BUILT done", batchv1.JobFailed, batchv1.JobReasonBackoffLimitExceeded, "FAILED crashed"},
		{"REFUSED gate-k", batchv1.JobComplete, "", "FAILED unknown"},
		{"Canary Kham was refused: gate-k", batchv1.JobFailed, batchv1.JobReasonPodFailurePolicy, "FAILED unknown"},
		{"REFUSED gate-Canary", batchv1.JobFailed, batchv1.JobReasonPodFailurePolicy, "FAILED unknown"},
		{"BUILT Canary", batchv1.JobComplete, "", "FAILED unknown"},
	} {
		e.runs(c.message, c.end, c.reason)
		run := e.s.Status.LastRun
		if got := string(run.Outcome) + " " + string(run.Code); got != c.want || e.s.Status.WaitsFor != "" || !strings.HasPrefix(condition(e.s, "Built"), "False") {
			t.Errorf("%q of a Job that is %s: %s, %s, want %s", c.message, c.end, got, condition(e.s, "Built"), c.want)
		}
	}
	if n := metricsOf(t, "persons"); n != 2 {
		t.Errorf("%d metrics of the schedule, want its readiness and its last run", n)
	}
	e.quiet("Canary")
	if err := e.cluster.Delete(t.Context(), e.s); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); metricsOf(t, "persons") > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the metrics stay when the object is gone")
		}
	}
}

// made looks at the CronJob and the definition.
func (e *scheduled) made() {
	e.t.Helper()
	j := e.cron()
	spec, owner := j.Spec, j.OwnerReferences
	if spec.Schedule != "30 2 1 2 *" || *spec.TimeZone != "Asia/Vientiane" || spec.ConcurrencyPolicy != batchv1.ForbidConcurrent || *spec.Suspend || *spec.StartingDeadlineSeconds != 21600 ||
		*spec.JobTemplate.Spec.ActiveDeadlineSeconds != 3600 || *spec.JobTemplate.Spec.BackoffLimit != 2 || len(owner) != 1 || owner[0].UID != e.s.UID {
		e.t.Errorf("the CronJob: %+v %+v", spec, owner)
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "restricted", Namespace: "restricted", Labels: spec.JobTemplate.Spec.Template.Labels}, Spec: spec.JobTemplate.Spec.Template.Spec}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "restricted", Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}}}
	if err := client.IgnoreAlreadyExists(e.cluster.Create(e.t.Context(), ns)); err != nil {
		e.t.Fatal(err)
	}
	if err := e.cluster.Create(e.t.Context(), pod, client.DryRunAll); err != nil {
		e.t.Errorf("the pod of a build under the restricted profile: %v", err)
	}
	args := strings.Join(pod.Spec.Containers[0].Args, " ")
	if strings.Contains(args, "publish") || !strings.Contains(args, "--sha256 "+e.s.Spec.Digest()) || !strings.Contains(args, "--check") {
		e.t.Errorf("the command line: %s", args)
	}
	m := &corev1.ConfigMap{}
	if err := e.cluster.Get(e.t.Context(), client.ObjectKey{Namespace: platform, Name: specs.DefinitionName(e.s)}, m); err != nil {
		e.t.Fatal(err)
	}
	if m.Immutable == nil || !*m.Immutable || m.Data["definition.yaml"] != e.s.Spec.Definition || m.OwnerReferences[0].UID != e.s.UID {
		e.t.Errorf("the definition: %+v", m)
	}
}

// quiet finds a word nowhere: in no object of the operator's, no event and not in its log.
func (e *scheduled) quiet(word string) {
	e.t.Helper()
	var all eventsv1.EventList
	if err := e.cluster.List(e.t.Context(), &all); err != nil {
		e.t.Fatal(err)
	}
	if len(all.Items) == 0 {
		e.t.Error("there are no events")
	}
	if text := fmt.Sprintf("%+v %+v %s", all.Items, e.s, e.log); strings.Contains(text, word) {
		e.t.Errorf("%s is told", word)
	}
}

func metricsOf(t *testing.T, name string) (n int) {
	t.Helper()
	families, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if strings.HasPrefix(f.GetName(), "sala_operator") && l.GetName() == "name" && l.GetValue() == name {
					n++
				}
			}
		}
	}
	return n
}

// TestScheduleKeepsItsOwn: drift is corrected, another definition is another object while
// the old one is still in use, and what is refused is not built.
func TestScheduleKeepsItsOwn(t *testing.T) {
	e := schedule(t, soundSchedule, true)
	e.so("ready", func(s *v1alpha1.ReleaseSchedule) bool { return condition(s, "Ready") == "True AsDeclared" })
	eventually := func(what string, so func() bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal(what, e.log)
			}
		}
	}
	// Somebody else's change.
	j := e.cron()
	patch := `{"spec":{"schedule":"* * * * *","jobTemplate":{"spec":{"template":{"spec":{"containers":[{"name":"build","args":["release","publish"]}]}}}}}}`
	if err := e.cluster.Patch(t.Context(), j, client.RawPatch("application/strategic-merge-patch+json", []byte(patch))); err != nil {
		t.Fatal(err)
	}
	eventually("drift of the CronJob stays", func() bool {
		s := e.cron().Spec
		return s.Schedule == "30 2 1 2 *" && slices.Contains(s.JobTemplate.Spec.Template.Spec.Containers[0].Args, "build")
	})
	// Another text under the definition's name.
	m := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: platform, Name: specs.DefinitionName(e.s)}}
	if err := e.cluster.Delete(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	forged := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: platform, Name: m.Name}, Immutable: new(true), Data: map[string]string{"definition.yaml": "name: other"}}
	if err := e.cluster.Create(t.Context(), forged); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
	eventually("a forged definition stays", func() bool {
		return e.cluster.Get(t.Context(), client.ObjectKeyFromObject(m), m) == nil && m.Data["definition.yaml"] == e.s.Spec.Definition
	})
	// Another definition: the one that a Job ran stays as long as the Job.
	ran := e.runs("BUILT done", batchv1.JobComplete, "")
	old := specs.DefinitionName(e.s)
	e.change(`{"definition":` + fmt.Sprintf("%q", strings.Replace(e.s.Spec.Definition, "to: 2024", "to: 2025", 1)) + `}`)
	e.so("changed", func(s *v1alpha1.ReleaseSchedule) bool {
		return s.Status.Definition == s.Spec.Digest() && condition(s, "Ready") == "True AsDeclared"
	})
	time.Sleep(1500 * time.Millisecond)
	if err := e.cluster.Get(t.Context(), client.ObjectKey{Namespace: platform, Name: old}, m); err != nil {
		t.Errorf("what a Job ran can be read no more: %v", err)
	}
	if got := e.cron().Spec.JobTemplate.Annotations[specs.AnnotationDefinition]; got != e.s.Spec.Digest() {
		t.Errorf("the CronJob builds %s", got)
	}
	if err := e.cluster.Delete(t.Context(), ran, client.PropagationPolicy(metav1.DeletePropagationBackground)); err != nil {
		t.Fatal(err)
	}
	eventually("a definition stays that nothing runs", func() bool {
		return apierrors.IsNotFound(e.cluster.Get(t.Context(), client.ObjectKey{Namespace: platform, Name: old}, m))
	})
	e.refusals()
}

func (e *scheduled) change(spec string) {
	e.t.Helper()
	if err := e.cluster.Patch(e.t.Context(), e.s.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(`{"spec":`+spec+`}`))); err != nil {
		e.t.Fatal(err)
	}
	if err := e.cluster.Get(e.t.Context(), client.ObjectKeyFromObject(e.s), e.s); err != nil {
		e.t.Fatal(err)
	}
}

// refusals: each holds the CronJob, and says why; suspended is no refusal.
func (e *scheduled) refusals() {
	e.t.Helper()
	good := e.s.Spec.Definition
	private := strings.Replace(good, "method: counts", "method: private\nparameters: {epsilon: 2, delta: 0.000001}", 1)
	for _, c := range []struct{ spec, says string }{
		{`{"audience":"PUBLIC"}`, "audience: "},
		{`{"audience":"COUNTERPARTS","definition":` + fmt.Sprintf("%q", private) + `}`, "budget: the definition spends"},
		{`{"privacyBudget":{"epsilon":"1","delta":"0.000001"}}`, "budget: the definition asks for a greater"},
		{`{"privacyBudget":{"epsilon":"2","delta":"0.000001"}}`, ""},
		{`{"definition":"nothing"}`, "definition: "},
		{`{"definition":` + fmt.Sprintf("%q", strings.Replace(good, "method: counts", "method: series", 1)) + `}`, "a person builds it"},
		{`{"definition":` + fmt.Sprintf("%q", good) + `,"timeZone":"Asia/Nowhere"}`, "the cluster refuses the CronJob"},
		{`{"timeZone":"Asia/Bangkok"}`, ""},
		{`{"suspend":true}`, "suspended"},
	} {
		e.change(c.spec)
		ready := func(s *v1alpha1.ReleaseSchedule) string {
			return meta.FindStatusCondition(s.Status.Conditions, "Ready").Message
		}
		want := "False Refused"
		if c.says == "" || c.says == "suspended" {
			want = "True AsDeclared"
		}
		e.so(c.spec, func(s *v1alpha1.ReleaseSchedule) bool {
			return condition(s, "Ready") == want && strings.Contains(ready(s), c.says)
		})
		held := *e.cron().Spec.Suspend
		if wants := c.says != "" && !strings.HasPrefix(c.says, "the cluster"); held != wants && !strings.HasPrefix(c.says, "the cluster") {
			e.t.Errorf("%s: the CronJob is held: %v", c.spec, held)
		}
	}
	if e.s.Status.NextOn != nil || condition(e.s, "OnTime") != "" {
		e.t.Errorf("suspended, it has a next run: %+v", e.s.Status)
	}
}

// TestWithoutAPlaceNothingIsBuilt: the operator says so, and touches nothing of batch.
func TestWithoutAPlaceNothingIsBuilt(t *testing.T) {
	x := founded(t)
	x.nowhere = true
	e := &scheduled{exchange: x.operate(), s: &v1alpha1.ReleaseSchedule{ObjectMeta: metav1.ObjectMeta{Name: "persons"}}}
	if err := e.cluster.Create(t.Context(), object(t, soundSchedule)); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.cluster.Delete(context.Background(), e.s) }()
	e.so("told that there is no place", func(s *v1alpha1.ReleaseSchedule) bool {
		return condition(s, "Ready") == "False NotSetUp" && strings.Contains(meta.FindStatusCondition(s.Status.Conditions, "Ready").Message, "releases.namespace")
	})
	var jobs batchv1.CronJobList
	if err := e.cluster.List(t.Context(), &jobs); err != nil || len(jobs.Items) != 0 {
		t.Errorf("%d CronJobs, %v", len(jobs.Items), err)
	}
}

// TestMissedRunIsTold: one that was due and was not started.
func TestMissedRunIsTold(t *testing.T) {
	e := schedule(t, strings.Replace(soundSchedule, "30 2 1 2 *", "@daily", 1), true)
	e.so("on time", func(s *v1alpha1.ReleaseSchedule) bool { return condition(s, "OnTime") == "True AsDeclared" })
	e.stop()
	long := fmt.Sprintf(`{"status":{"since":%q}}`, time.Now().Add(-72*time.Hour).UTC().Format(time.RFC3339))
	if err := e.cluster.Status().Patch(t.Context(), e.s.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(long))); err != nil {
		t.Fatal(err)
	}
	e.operate()
	e.so("late", func(s *v1alpha1.ReleaseSchedule) bool { return condition(s, "OnTime") == "False Missed" })
	e.runs("BUILT before", batchv1.JobComplete, "")
	e.so("on time again", func(s *v1alpha1.ReleaseSchedule) bool { return condition(s, "OnTime") == "True AsDeclared" })
}
