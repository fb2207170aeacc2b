package specs

import (
	"errors"
	"maps"
	"strconv"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sala-exchange/sala/operator/api/v1alpha1"
)

// LabelSchedule names the ReleaseSchedule that something was made for, AnnotationDefinition
// the SHA-256 of the definition that is built.
const (
	LabelSchedule        = "sala.exchange/release-schedule"
	AnnotationDefinition = "sala.exchange/definition"
)

// Places within a build's container. The platform's template has the first three.
const (
	builderKey  = "/etc/sala/secrets/builder.key"
	candidates  = "/var/lib/sala-candidates"
	outcomeFile = corev1.TerminationMessagePathDefault
	definitions = "/etc/sala/definition"
)

// BuildContainer is the name of the one container of a build.
const BuildContainer = "build"

// ReleaseName is the name of a schedule's CronJob.
func ReleaseName(schedule string) string { return "sala-release-" + schedule }

// DefinitionName is the name of the ConfigMap of one definition: another text is another
// object, so that what a Job ran can be read as long as the Job is there.
func DefinitionName(s *v1alpha1.ReleaseSchedule) string {
	return ReleaseName(s.Name) + "-" + s.Spec.Digest()[:10]
}

func releaseLabels(s *v1alpha1.ReleaseSchedule) map[string]string {
	return map[string]string{LabelManagedBy: ManagedBy, LabelSchedule: s.Name}
}

func releaseOwner(s *v1alpha1.ReleaseSchedule) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.KindReleaseSchedule, Name: s.Name, UID: s.UID, Controller: new(true)}}
}

// Definition is the ConfigMap with a schedule's definition, which never changes.
func Definition(s *v1alpha1.ReleaseSchedule, namespace string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: DefinitionName(s), Namespace: namespace, Labels: releaseLabels(s), OwnerReferences: releaseOwner(s),
			Annotations: map[string]string{AnnotationDefinition: s.Spec.Digest()}},
		Immutable: new(true),
		Data:      map[string]string{"definition.yaml": s.Spec.Definition},
	}
}

// Release is the CronJob of a schedule, by the platform's template of a build. It starts
// nothing where the schedule is suspended, or held.
func Release(s *v1alpha1.ReleaseSchedule, t *corev1.PodTemplate, held bool) (*batchv1.CronJob, error) {
	pod, err := buildPod(s, &t.Template)
	if err != nil {
		return nil, err
	}
	about := metav1.ObjectMeta{Labels: releaseLabels(s), Annotations: map[string]string{AnnotationDefinition: s.Spec.Digest()}}
	job := batchv1.JobSpec{
		Template: *pod, Parallelism: new(int32(1)), Completions: new(int32(1)), BackoffLimit: s.Spec.Retries, ActiveDeadlineSeconds: s.Spec.DeadlineSeconds,
		PodReplacementPolicy: new(batchv1.Failed), // never two at one candidate
		PodFailurePolicy: &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{
			{Action: batchv1.PodFailurePolicyActionIgnore, OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue}}},
			// The exit codes of sala that stay what they are, however often it is asked.
			{Action: batchv1.PodFailurePolicyActionFailJob, OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{
				ContainerName: new(BuildContainer), Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: []int32{1, 2, 3, 4, 5}}},
		}},
	}
	return &batchv1.CronJob{
		TypeMeta:   metav1.TypeMeta{APIVersion: "batch/v1", Kind: "CronJob"},
		ObjectMeta: metav1.ObjectMeta{Name: ReleaseName(s.Name), Namespace: t.Namespace, Labels: about.Labels, Annotations: about.Annotations, OwnerReferences: releaseOwner(s)},
		Spec: batchv1.CronJobSpec{
			Schedule: s.Spec.Schedule, TimeZone: new(s.Spec.TimeZone), StartingDeadlineSeconds: s.Spec.StartingDeadlineSeconds,
			ConcurrencyPolicy: batchv1.ForbidConcurrent, Suspend: new(s.Spec.Suspend || held),
			SuccessfulJobsHistoryLimit: s.Spec.SuccessfulRunsKept, FailedJobsHistoryLimit: s.Spec.FailedRunsKept,
			JobTemplate: batchv1.JobTemplateSpec{ObjectMeta: about, Spec: job},
		},
	}, nil
}

// errTemplate is the error of a template that is none of a build.
var errTemplate = errors.New("the platform's template of a build has not exactly one container, by the name " + BuildContainer + ": upgrade charts/sala")

func buildPod(s *v1alpha1.ReleaseSchedule, t *corev1.PodTemplateSpec) (*corev1.PodTemplateSpec, error) {
	if len(t.Spec.Containers) != 1 || t.Spec.Containers[0].Name != BuildContainer {
		return nil, errTemplate
	}
	pod := t.DeepCopy()
	labels := maps.Clone(pod.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, releaseLabels(s))
	pod.ObjectMeta = metav1.ObjectMeta{Labels: labels, Annotations: pod.Annotations}
	pod.Spec.RestartPolicy = corev1.RestartPolicyNever // a policy of failures asks for it
	c := &pod.Spec.Containers[0]
	c.Args = buildArgs(s)
	c.TerminationMessagePath, c.TerminationMessagePolicy = outcomeFile, corev1.TerminationMessageReadFile
	c.Env = append(c.Env, corev1.EnvVar{Name: "JOB_NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.labels['" + batchv1.JobNameLabel + "']"}}})
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "definition", MountPath: definitions, ReadOnly: true})
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "definition", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
		LocalObjectReference: corev1.LocalObjectReference{Name: DefinitionName(s)}, DefaultMode: new(int32(0o444))}}})
	return pod, nil
}

// buildArgs is the command line: it repeats what the schedule says, so that the program
// refuses a definition that is another, whoever put it there.
func buildArgs(s *v1alpha1.ReleaseSchedule) []string {
	args := []string{
		"release", "build", definitions + "/definition.yaml", "--key", builderKey, "--file", candidates + "/$(JOB_NAME).json", "--once", "--check",
		"--outcome", outcomeFile, "--sha256", s.Spec.Digest(), "--audience", s.Spec.Audience,
	}
	epsilon, delta := s.Spec.PrivacyBudget.Numbers()
	number := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	return append(args, "--max-epsilon", number(epsilon), "--max-delta", number(delta))
}
